//! The error codes of Vonage's Messages API in plain words: what happened, and what to do.
//!
//! Source of the codes: the API's list of errors, as its published description has it.

/// What a code means, as it follows "failed: ". 0: Vonage named no code.
#[must_use]
pub fn reported(code: u16) -> String {
    match (code, known(code)) {
        (0, _) => "it was not delivered".into(),
        (code, Some(what)) => format!("{what} (code {code})"),
        (code, None) => format!("it was not delivered; Vonage names code {code}, which is not known here"),
    }
}

/// The codes of the list; `None` for all others.
const fn known(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "Vonage had too much to send at that moment; send it again",
        1010 | 1020 | 1021 | 1130 | 1150 | 1410 | 1440 | 1450 => {
            "Vonage says the request was incomplete or invalid; tell the operator"
        }
        1022 => "Vonage does not take the message's template; tell the operator",
        1030 => "Vonage had an internal error; send it again later",
        1040 => "Vonage does not recognise the number; check it",
        1050 => "the number is barred: it has opted out at the carrier or at Vonage",
        1060 => "the Vonage account is barred; tell the operator",
        1070 => "the Vonage account has no credit left; tell the operator",
        1080 => "the Vonage account may not send by this API; tell the operator",
        1090 => "the text is too long for Vonage; shorten it",
        1100 => "Vonage could not hand it on, so it was not sent; send it again later",
        1120 => "our sender number may not be used for this country; tell the operator",
        1140 => "the Vonage account is not enabled for what this message needs; tell the operator",
        1160 => "the Vonage account may only text numbers on its list; tell the operator",
        1170 | 1430 => "Vonage does not take this number; check it",
        1180 => "the phone was switched off or out of reach; send it again later",
        1190 => "the number is not in use",
        1200 => "the number has moved between carriers and could not be found; its carrier has to help",
        1210 => "the carrier took it for spam",
        1220 => "the phone was busy; send it again later",
        1230 => "the network had an error; send it again later",
        1240 => "the number has opted out: it once sent STOP",
        1241 => "Vonage had too many requests for such numbers; send it again later",
        1250 | 1251 => "there is no route to the number",
        1260 => "the number could not be reached",
        1270 => "the carrier's age check refused it",
        1280 => "the carrier blocked it",
        1282 => "the carrier's provider blocked it",
        1290 => "the customer's prepaid card has no credit",
        1300 => "the number is no customer of that network; check it",
        1310 => "the customer's phone cannot receive it",
        1320 => "Vonage says that it was sent before",
        1330 => "the network does not say why; check the number",
        1331 => "the network did not answer; send it again in a few minutes",
        1340 => "it came after the time in which this customer may be answered",
        1350 => "a fee for the Facebook page is not paid; tell the operator",
        1360 => "it could not be delivered in time",
        1370 => "Vonage's access to the Facebook page is over; tell the operator",
        1380 => "Vonage could not fetch the message's file; tell the operator",
        1381 => "the message's file is too large; tell the operator",
        1382 => "the message's file is of a kind that cannot be sent; tell the operator",
        1400 => "Vonage does not know the channel SMS for this account; tell the operator",
        1420 => "Vonage does not take our sender number; tell the operator",
        1451 => "what it answers is no longer known to Vonage",
        1460 => "our number has reached its limit of this day; send it tomorrow, and tell the operator",
        1461 => "the customer gets too many messages these days; send it another day",
        1470 => "Vonage's fraud protection bars numbers like this one; tell the operator",
        1472 => "Vonage's fraud protection took it for a flood of texts; send it later, and tell the operator",
        1473 => "Vonage's fraud protection took it for artificial traffic; tell the operator",
        1480 => "the customer's country asks for a registered sender's id (entity); tell the operator",
        1481 => "the customer's country asks for a registered sender number (header); tell the operator",
        1482 => "the customer's country asks for a registered text (content); tell the operator",
        1483 => "the customer's country asks for a registered consent; tell the operator",
        1484 => "the rules of the customer's country refuse it; tell the operator",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_happened() {
        assert_eq!(reported(0), "it was not delivered");
        assert_eq!(reported(1190), "the number is not in use (code 1190)");
        assert_eq!(reported(1999), "it was not delivered; Vonage names code 1999, which is not known here");
        for code in 0..=u16::MAX {
            let said = reported(code);
            assert!(said.len() > 15 && !said.contains('\n') && !said.ends_with('.'), "{said}");
        }
    }
}
