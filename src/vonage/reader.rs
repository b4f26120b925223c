//! From the fields of a webhook to what it means. Those of the Messages API: [`messages`].

mod messages;

use super::wire::{self, Fields};
use crate::domain::delivery::{PartState, ReceiptStatus};
use crate::domain::ids::{MessageId, ProviderMessageId};
use crate::domain::phone::{Address, PhoneNumber};
use crate::domain::sms;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Api, Concat, DeliveryReceipt, InboundSms, Place, Price, Scope, Webhook};
use crate::ports::{Unreadable, WebhookReader};

/// Reads the stored webhooks of both APIs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader;

/// What a webhook is; its word is the `source` under which the inbox has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of the SMS API.
    InboundSms,
    DeliveryReceipt,
    /// Of the Messages API.
    InboundMessage,
    MessageStatus,
}

/// `err-code` 1: an unknown error. Source: the SMS API's page on delivery receipts.
const UNKNOWN_ERROR: u16 = 1;

impl WebhookReader for Reader {
    fn read(&self, source: &str, raw: &[u8]) -> Result<Webhook, Unreadable> {
        let kind = Kind::from_source(source).ok_or_else(|| unreadable("the source is not known"))?;
        read(kind, &kind.unpack(raw).map_err(unreadable)?)
    }
}

impl Kind {
    const ALL: [Self; 4] = [Self::InboundSms, Self::DeliveryReceipt, Self::InboundMessage, Self::MessageStatus];

    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::InboundSms => "inbound_sms",
            Self::DeliveryReceipt => "delivery_receipt",
            Self::InboundMessage => "inbound_message",
            Self::MessageStatus => "message_status",
        }
    }

    fn from_source(source: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.source() == source)
    }

    pub(super) const fn api(self) -> Api {
        match self {
            Self::InboundSms | Self::DeliveryReceipt => Api::Sms,
            Self::InboundMessage | Self::MessageStatus => Api::Messages,
        }
    }

    /// What a stored webhook is, where it says so itself, else what its route is for; and the fields that count. The
    /// account's setting decides the form of all webhooks, whatever their URLs, and these stand side by side in the
    /// dashboard: a receipt read as an SMS would be an empty text from the customer.
    pub(super) fn recognise(raw: &[u8], route: Self) -> (Self, Result<Fields, &'static str>) {
        let (all, body) = (wire::unpack(raw), wire::unpack_body(raw));
        let has =
            |fields: &Result<Fields, _>, name: &str| fields.as_ref().is_ok_and(|fields| fields.get(name).is_some());
        let api = match (has(&body, "message_uuid"), has(&all, "messageId")) {
            (true, false) => Api::Messages,
            (false, true) => Api::Sms,
            _ => route.api(),
        };
        let (fields, message, report) = match api {
            Api::Sms => (all, Self::InboundSms, Self::DeliveryReceipt),
            Api::Messages => (body, Self::InboundMessage, Self::MessageStatus),
        };
        let holds = |name| fields.as_ref().is_ok_and(|fields| fields.has(name));
        let reports = has(&fields, "status");
        let says_something = match api {
            // Empty fields of the SMS API are not authenticated: they must not make an SMS of a receipt.
            Api::Sms if reports => has(&fields, "text") || has(&fields, "data"),
            Api::Sms => holds("text"),
            Api::Messages => holds("text") || holds("message_type") || fields.as_ref().is_ok_and(messages::has_content),
        };
        let kind = match (reports, says_something) {
            (true, false) => report,
            (false, true) => message,
            _ if matches!(route, Self::InboundSms | Self::InboundMessage) => message,
            _ => report,
        };
        (kind, fields)
    }

    /// The fields that count. A token of the Messages API vouches for the body alone: what stands in the URL, anybody
    /// may have written.
    fn unpack(self, raw: &[u8]) -> Result<Fields, &'static str> {
        match self.api() {
            Api::Sms => wire::unpack(raw),
            Api::Messages => wire::unpack_body(raw),
        }
    }
}

/// # Errors
/// Where the fields do not make a webhook of this kind. The sentence has none of their content.
pub(super) fn read(kind: Kind, fields: &Fields) -> Result<Webhook, Unreadable> {
    match kind {
        Kind::InboundSms => inbound_sms(fields).map(Webhook::InboundSms),
        Kind::DeliveryReceipt => delivery_receipt(fields).map(Webhook::DeliveryReceipt),
        Kind::InboundMessage => messages::inbound_message(fields),
        Kind::MessageStatus => messages::status(fields).map(Webhook::DeliveryReceipt),
    }
}

fn inbound_sms(fields: &Fields) -> Result<InboundSms, Unreadable> {
    let sender = fields.get("msisdn").ok_or_else(|| unreadable("it has no msisdn, the sender's number"))?;
    Ok(InboundSms {
        provider_id: provider_id(fields)?,
        from: Address::from_sender(sender),
        to: fields.get("to").and_then(our_number),
        unicode: match fields.get("type") {
            Some(kind) => kind.eq_ignore_ascii_case("unicode"),
            None => sms::encoding(fields.get("text").unwrap_or_default()) == sms::Encoding::Ucs2,
        },
        text: text(fields),
        stamp: fields.get("message-timestamp").and_then(moment),
        concat: concat(fields),
    })
}

fn delivery_receipt(fields: &Fields) -> Result<DeliveryReceipt, Unreadable> {
    let status = fields.get("status").and_then(ReceiptStatus::from_receipt);
    let status = status.ok_or_else(|| unreadable("its status is none that the SMS API has"))?;
    let code = fields.get("err-code").map_or(0, |code| code.parse().unwrap_or(UNKNOWN_ERROR));
    Ok(DeliveryReceipt {
        provider_id: provider_id(fields)?,
        message: fields.get("client-ref").and_then(|reference| reference.parse::<MessageId>().ok()),
        scope: Scope::Part,
        state: PartState::of_receipt(status, code),
        price: fields.get("price").and_then(Price::from_decimal),
    })
}

fn provider_id(fields: &Fields) -> Result<ProviderMessageId, Unreadable> {
    let id = fields.get("messageId").ok_or_else(|| unreadable("it has no messageId"))?;
    Ok(ProviderMessageId(storable(id)))
}

fn our_number(to: &str) -> Option<PhoneNumber> {
    PhoneNumber::from_e164(&format!("+{}", to.trim_start_matches('+'))).ok()
}

/// The text, which may be empty. A binary SMS has none; its `data`, in hexadecimal, is shown in its place.
fn text(fields: &Fields) -> String {
    match (fields.get("text"), fields.get("data")) {
        (None, Some(data)) => format!("(binary message: {})", storable(data)),
        (text, _) => storable(text.unwrap_or_default()),
    }
}

/// Set for a part of a long SMS, even where its numbers cannot be read: a part must never pass for a whole text.
fn concat(fields: &Fields) -> Option<Concat> {
    let marked = fields.get("concat")?.trim();
    if marked != "1" && !marked.eq_ignore_ascii_case("true") {
        return None;
    }
    let number = |name: &str| fields.get(name).and_then(|number| number.parse::<u32>().ok());
    let place = number("concat-part").zip(number("concat-total")).map(|(part, total)| Place { part, total });
    Some(Concat {
        reference: fields.get("concat-ref").map(storable).unwrap_or_default(),
        place: place.filter(|place| (2..=255).contains(&place.total) && (1..=place.total).contains(&place.part)),
    })
}

/// A moment as either API writes it, in UTC unless it names an offset: `2026-11-22 13:05:09`, `2026-11-22T13:05:09.123Z`,
/// `2026-11-22T14:05:09+01:00`.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let at_offset = text.char_indices().skip("2026-11-22T13:05".len()).find(|(_, c)| matches!(c, '+' | '-'));
    let (date, ahead) = match at_offset {
        Some((at, sign)) => (text[..at].trim_end(), offset(sign, &text[at + 1..])?),
        None => (text, 0),
    };
    let utc = humantime::parse_rfc3339_weak(date).ok()?;
    let since_epoch = utc.duration_since(std::time::UNIX_EPOCH).ok()?;
    let millis = i64::try_from(since_epoch.as_millis()).ok()?;
    Some(Timestamp(millis.checked_sub(ahead)?))
}

/// `01:00`, `0100` or `01` in milliseconds.
fn offset(sign: char, text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let plain = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| plain)?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().unwrap_or(0);
    Some(if sign == '-' { -minutes } else { minutes } * 60_000)
}

/// PostgreSQL has no place for U+0000 in a text.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn unreadable(why: &str) -> Unreadable {
    Unreadable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMS: &str = "msisdn=447700900001&to=441632960960&messageId=0A1&text=2&type=text&keyword=2";
    const RECEIPT: &str = "msisdn=447700900001&to=441632960960&messageId=0A2&status=delivered&scts=2611221530\
        &err-code=0&price=0.03330000&client-ref=01890a5d-ac96-774b-bcce-b302099a8057";

    fn sms(query: &str) -> InboundSms {
        match Reader.read("inbound_sms", format!("query\n{query}").as_bytes()).unwrap() {
            Webhook::InboundSms(sms) => sms,
            other => panic!("{other:?}"),
        }
    }

    fn receipt(query: &str) -> DeliveryReceipt {
        match Reader.read("delivery_receipt", format!("query\n{query}").as_bytes()).unwrap() {
            Webhook::DeliveryReceipt(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_sms() {
        let sms = sms(SMS);
        assert_eq!(sms.provider_id.0, "0A1");
        assert_eq!(sms.from.phone().unwrap().e164(), "+447700900001");
        assert_eq!(sms.to.unwrap().e164(), "+441632960960");
        assert_eq!(sms.text, "2");
        assert_eq!(sms.concat, None);
    }

    #[test]
    fn stamps_are_read_or_ignored() {
        for (text, millis) in [
            ("2026-11-22 13:05:09", Some(1_795_352_709_000)),
            (" 2026-11-22T13:05:09Z ", Some(1_795_352_709_000)),
            ("2026-11-22T13:05:09.250Z", Some(1_795_352_709_250)),
            ("2026-11-22T14:05:09+01:00", Some(1_795_352_709_000)),
            ("2026-11-22T14:05:09.000+0100", Some(1_795_352_709_000)),
            ("2026-11-22 07:05:09-06", Some(1_795_352_709_000)),
            ("2026-11-22 13:05", None),
            ("22/11/2026 13:05:09", None),
            ("2026-13-41 13:05:09", None),
            ("1795352709", None),
            ("2026-11-22 13:05:09+x", None),
            ("2026-11-22 13:05:09é+1", None),
            ("", None),
        ] {
            assert_eq!(moment(text), millis.map(Timestamp), "{text}");
        }
        assert_eq!(
            sms(&format!("{SMS}&message-timestamp=2026-11-22+13:05:09")).stamp,
            Some(Timestamp(1_795_352_709_000))
        );
        assert_eq!(sms(&format!("{SMS}&message-timestamp=yesterday")).stamp, None);
    }

    #[test]
    fn a_short_code_an_empty_text_and_an_odd_recipient() {
        let sms = sms("msisdn=60800&to=ACME&messageId=1&text=");
        assert!(sms.from.phone().is_none() && sms.to.is_none());
        assert_eq!(sms.text, "");
    }

    #[test]
    fn a_binary_sms_shows_its_bytes() {
        let binary = sms("msisdn=447700900001&to=1&messageId=1&type=binary&data=48656C6C6F&udh=00");
        assert_eq!(binary.text, "(binary message: 48656C6C6F)");
    }

    #[test]
    fn a_nul_becomes_a_replacement_character() {
        let sms = sms("msisdn=447700900001&to=1&messageId=1%002&text=a%00b");
        assert_eq!((sms.text.as_str(), sms.provider_id.0.as_str()), ("a\u{fffd}b", "1\u{fffd}2"));
    }

    #[test]
    fn parts_of_a_long_sms() {
        let part = |fields: &str| sms(&format!("{SMS}&{fields}")).concat;
        let expected = Concat { reference: "08B5".into(), place: Some(Place { part: 2, total: 3 }) };
        for marked in ["true", "True", "TRUE", "1"] {
            let fields = format!("concat={marked}&concat-ref=08B5&concat-total=3&concat-part=2");
            assert_eq!(part(&fields), Some(expected.clone()), "{marked}");
        }
        for odd in
            ["", "&concat-part=x&concat-total=2", "&concat-part=3&concat-total=2", "&concat-part=1&concat-total=1"]
        {
            assert_eq!(part(&format!("concat=true{odd}")), Some(Concat { reference: String::new(), place: None }));
        }
        assert_eq!(part("concat=false"), None);
    }

    #[test]
    fn a_receipt() {
        let full = receipt(RECEIPT);
        assert_eq!(full.provider_id.0, "0A2");
        assert_eq!(full.message.unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!((full.scope, full.state), (Scope::Part, PartState::Delivered));
        assert_eq!(full.price, Some(Price { micros: 33_300 }));
        let foreign = receipt("messageId=1&status=failed&err-code=6&client-ref=order-12");
        let failed = |code| PartState::of_receipt(ReceiptStatus::Failed, code);
        assert_eq!((foreign.message, foreign.state, foreign.price), (None, failed(6), None));
        assert_eq!(receipt("messageId=1&status=failed&err-code=odd").state, failed(UNKNOWN_ERROR));
        assert_eq!(receipt("messageId=1&status=DELIVRD&err-code=000").state, PartState::Delivered);
        assert_eq!(receipt("messageId=1&status=Undeliv&err-code=006").state, failed(6));
    }

    #[test]
    fn what_is_missing_is_said_without_the_content() {
        for (source, query) in [
            ("inbound_sms", "messageId=1&text=secret"),
            ("inbound_sms", "msisdn=447700900001&text=secret"),
            ("delivery_receipt", "messageId=1&status=secret"),
            ("delivery_receipt", "status=delivered&client-ref=secret"),
            ("voice", SMS),
        ] {
            let error = Reader.read(source, format!("query\n{query}").as_bytes()).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_webhook_on_the_wrong_route_is_still_what_it_is() {
        let kind = |query: &str, route| Kind::recognise(format!("query\n{query}").as_bytes(), route).0;
        for route in [Kind::InboundSms, Kind::DeliveryReceipt] {
            assert_eq!(kind(SMS, route), Kind::InboundSms);
            assert_eq!(kind(RECEIPT, route), Kind::DeliveryReceipt);
            assert_eq!(kind("messageId=1", route), route);
        }
        assert_eq!(kind("messageId=1&text=", Kind::DeliveryReceipt), Kind::InboundSms);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(raw in any::<Vec<u8>>(), receipt: bool) {
            let kind = if receipt { Kind::DeliveryReceipt } else { Kind::InboundSms };
            for head in ["", "query\nmessageId=1&msisdn=1&status=failed&text=", "json\n", "form?messageId=1\n"] {
                let _ = Reader.read(kind.source(), &[head.as_bytes(), &raw].concat());
            }
        }

        #[test]
        fn any_stamp_is_read_or_ignored(text in "\\PC{0,40}", tail in "[-+:0-9é ]{0,8}") {
            let _ = moment(&text);
            let _ = moment(&format!("2026-11-22 13:05:09{tail}"));
        }

        #[test]
        fn any_values_of_the_fields_are_read(values in prop::collection::vec(any::<String>(), 9)) {
            let names =
                ["msisdn", "to", "text", "concat-ref", "concat-part", "concat-total", "err-code", "price", "client-ref"];
            let mut form = url::form_urlencoded::Serializer::new("query\nmessageId=1&concat=true&status=failed".to_owned());
            form.extend_pairs(names.iter().zip(&values));
            let raw = form.finish();
            if let Ok(Webhook::InboundSms(sms)) = Reader.read("inbound_sms", raw.as_bytes()) {
                prop_assert!(!sms.text.contains('\0') && sms.concat.is_some());
            }
            prop_assert!(Reader.read("delivery_receipt", raw.as_bytes()).is_ok());
        }
    }
}
