//! What the webhooks of the Messages API mean.

use super::{moment, our_number, storable, unreadable};
use crate::domain::delivery::{PartState, ReceiptStatus};
use crate::domain::ids::{MessageId, ProviderMessageId};
use crate::domain::message::Failure;
use crate::domain::phone::Address;
use crate::domain::sms;
use crate::domain::webhook::{DeliveryReceipt, InboundSms, Price, Scope, Webhook};
use crate::ports::Unreadable;
use crate::vonage::verdict::messages::code_of_type;
use crate::vonage::wire::Fields;
use crate::wording::remarks;

/// Characters of a word of Vonage's, such as a channel, that are shown.
const LONGEST_WORD: usize = 20;

/// Whether the fields hold a message as version 0.1 of the API has it: an object `message` with its `content`.
pub(super) fn has_content(fields: &Fields) -> bool {
    fields.within("message", CONTENT_TYPE).is_some() || fields.within("message", "content.text").is_some()
}

/// Where version 0.1 has what version 1 calls `message_type`.
const CONTENT_TYPE: &str = "content.type";

/// A text, or what stands in its place. A long SMS comes as one.
pub(super) fn inbound_message(fields: &Fields) -> Result<Webhook, Unreadable> {
    let channel = word(of_channel(fields));
    if channel != "sms" {
        return Ok(Webhook::OtherChannel(channel));
    }
    let sender = number(fields, "from").ok_or_else(|| unreadable("it has no from, the sender's number"))?;
    Ok(Webhook::InboundSms(InboundSms {
        provider_id: provider_id(fields)?,
        from: Address::from_sender(sender),
        to: number(fields, "to").and_then(our_number),
        unicode: sms::encoding(&text(fields)) == sms::Encoding::Ucs2,
        text: text(fields),
        stamp: fields.get("timestamp").and_then(moment),
        concat: None,
    }))
}

/// The channel; version 0.1 names it as the type of sender and recipient.
fn of_channel(fields: &Fields) -> &str {
    let named = fields.get("channel").or_else(|| fields.within("from", "type"));
    named.or_else(|| fields.within("to", "type")).unwrap_or("sms")
}

/// The number or name of `from` or `to`; in version 0.1 it stands in an object.
fn number<'f>(fields: &'f Fields, side: &str) -> Option<&'f str> {
    fields.get(side).or_else(|| fields.within(side, "number")).or_else(|| fields.within(side, "id"))
}

/// Of whatever channel: a message of ours is known by its id.
pub(super) fn status(fields: &Fields) -> Result<DeliveryReceipt, Unreadable> {
    let named = fields.get("status").unwrap_or_default().trim().to_ascii_lowercase();
    let state = match (named.as_str(), ReceiptStatus::from_receipt(&named)) {
        ("submitted", _) | (_, Some(ReceiptStatus::Accepted | ReceiptStatus::Buffered)) => PartState::Sent,
        // SMS are not known to be read; who read it has it.
        ("read", _) | (_, Some(ReceiptStatus::Delivered)) => PartState::Delivered,
        (_, Some(_)) => PartState::Failed(Failure::Reported(code(fields))),
        (_, None) => return Err(unreadable("its status is none that the Messages API has")),
    };
    Ok(DeliveryReceipt {
        provider_id: provider_id(fields)?,
        message: fields.get("client_ref").and_then(|reference| reference.parse::<MessageId>().ok()),
        scope: Scope::Message { parts: parts(fields) },
        state,
        price: fields.within("usage", "price").and_then(Price::from_decimal),
    })
}

fn provider_id(fields: &Fields) -> Result<ProviderMessageId, Unreadable> {
    let id = fields.get("message_uuid").ok_or_else(|| unreadable("it has no message_uuid"))?;
    Ok(ProviderMessageId(storable(id)))
}

/// The text, which may be empty. The description names no `message_type` for an SMS; webhooks were seen that have it.
fn text(fields: &Fields) -> String {
    let of_kind = fields.get("message_type").or_else(|| fields.within("message", CONTENT_TYPE));
    let kind = word(of_kind.unwrap_or("text"));
    let text = fields.get("text").or_else(|| fields.within("message", "content.text"));
    if kind == "text" {
        return storable(text.unwrap_or_default());
    }
    let caption = || fields.within(&kind, "caption");
    let in_content = || fields.within("message", &format!("content.{kind}.caption"));
    let words = text.or_else(caption).or_else(in_content).map(storable);
    remarks::no_text(&kind, words.as_deref())
}

/// The error's `title` is its code, and its `type` ends in it; version 0.1 says `code`. 0 where none says it.
fn code(fields: &Fields) -> u16 {
    let title = fields.within("error", "title").and_then(|title| title.trim().parse().ok());
    let named = || fields.within("error", "code").and_then(|code| code.trim().parse().ok());
    title.or_else(|| fields.within("error", "type").and_then(code_of_type)).or_else(named).unwrap_or(0)
}

/// How many SMS it is for Vonage. Both names were seen.
fn parts(fields: &Fields) -> Option<u32> {
    let count = fields.within("sms", "count_total").or_else(|| fields.within("sms", "total_count"))?;
    count.trim().parse().ok().filter(|count| (1..=255).contains(count))
}

/// A word of Vonage's as it may be shown.
fn word(text: &str) -> String {
    let plain = text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    plain.take(LONGEST_WORD).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::ports::WebhookReader as _;
    use crate::vonage::Reader;
    use crate::vonage::reader::Kind;

    fn read(kind: Kind, body: &Value) -> Result<Webhook, Unreadable> {
        Reader.read(kind.source(), format!("json\n{body}").as_bytes())
    }

    /// As Vonage's description has it.
    fn message() -> Value {
        json!({"channel": "sms", "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": "441632960960",
            "from": "447700900001", "timestamp": "2025-02-03T12:14:25Z", "text": "Hello From Vonage!",
            "sms": {"num_messages": "2", "keyword": "HELLO"}, "usage": {"currency": "EUR", "price": "0.0333"},
            "origin": {"network_code": "12345"}})
    }

    fn a_status(status: &str) -> Value {
        json!({"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": "447700900001", "from": "441632960960",
            "timestamp": "2025-02-03T12:14:25Z", "status": status, "channel": "sms",
            "client_ref": "01890a5d-ac96-774b-bcce-b302099a8057", "destination": {"network_code": "12345"},
            "sms": {"count_total": "2"}, "usage": {"currency": "EUR", "price": "0.0666"},
            "error": {"type": "https://developer.vonage.com/api-errors/messages#1240", "title": "1240",
                "detail": "Illegal Number", "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf"}})
    }

    fn with(mut body: Value, name: &str, value: Value) -> Value {
        body[name] = value;
        body
    }

    fn sms(body: &Value) -> InboundSms {
        match read(Kind::InboundMessage, body).unwrap() {
            Webhook::InboundSms(sms) => sms,
            other => panic!("{other:?}"),
        }
    }

    fn receipt(body: &Value) -> DeliveryReceipt {
        match read(Kind::MessageStatus, body).unwrap() {
            Webhook::DeliveryReceipt(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text() {
        for body in [message(), with(message(), "message_type", json!("text"))] {
            let sms = sms(&body);
            assert_eq!(sms.provider_id.0, "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab");
            assert_eq!(sms.from.phone().unwrap().e164(), "+447700900001");
            assert_eq!(sms.to.unwrap().e164(), "+441632960960");
            assert_eq!((sms.text.as_str(), sms.concat), ("Hello From Vonage!", None));
        }
        assert_eq!(sms(&with(message(), "text", json!("a\0b"))).text, "a\u{fffd}b");
        assert_eq!(sms(&with(message(), "text", json!(""))).text, "");
    }

    /// As version 0.1 of the API has them.
    fn message_of_0_1() -> Value {
        json!({"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
            "to": {"type": "sms", "number": "441632960960"}, "from": {"type": "sms", "number": "447700900001"},
            "timestamp": "2020-01-01T14:00:00.000Z",
            "message": {"content": {"type": "text", "text": "Hello From Vonage!"}}})
    }

    fn a_status_of_0_1(status: &str) -> Value {
        json!({"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", "to": {"number": "447700900001", "type": "sms"},
            "from": {"number": "441632960960", "type": "sms"}, "timestamp": "2020-01-01T14:00:00.000Z",
            "status": status, "usage": {"price": "0.0333", "currency": "EUR"},
            "client_ref": "01890a5d-ac96-774b-bcce-b302099a8057",
            "error": {"code": 1300, "reason": "Not part of the provider network"}})
    }

    #[test]
    fn version_0_1_says_the_same_in_objects() {
        for kind in [Kind::InboundMessage, Kind::MessageStatus, Kind::InboundSms, Kind::DeliveryReceipt] {
            let recognised = |body: &Value| Kind::recognise(format!("json\n{body}").as_bytes(), kind).0;
            assert_eq!(recognised(&message_of_0_1()), Kind::InboundMessage);
            assert_eq!(recognised(&a_status_of_0_1("delivered")), Kind::MessageStatus);
        }
        let text = sms(&message_of_0_1());
        assert_eq!(text.stamp, Some(crate::domain::time::Timestamp(1_577_887_200_000)));
        assert_eq!(text.provider_id.0, "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab");
        assert_eq!(text.from.phone().unwrap().e164(), "+447700900001");
        assert_eq!(text.to.unwrap().e164(), "+441632960960");
        assert_eq!(text.text, "Hello From Vonage!");
        let mut plain_numbers = message_of_0_1();
        plain_numbers["from"]["number"] = json!(447_700_900_001_i64);
        assert_eq!(sms(&plain_numbers).from.phone().unwrap().e164(), "+447700900001");

        let image =
            json!({"content": {"type": "image", "image": {"url": "https://example.com/1", "caption": "My door"}}});
        let image = with(message_of_0_1(), "message", image);
        assert_eq!(sms(&image).text, "(image message: only texts are shown here) My door");
        let mut other = message_of_0_1();
        other["from"]["type"] = "whatsapp".into();
        let other = read(Kind::InboundMessage, &other).unwrap();
        assert!(matches!(other, Webhook::OtherChannel(channel) if channel == "whatsapp"));

        let failed = PartState::Failed(Failure::Reported(1300));
        for (status, state) in
            [("submitted", PartState::Sent), ("delivered", PartState::Delivered), ("rejected", failed)]
        {
            let receipt = receipt(&a_status_of_0_1(status));
            assert_eq!(receipt.message.unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
            assert_eq!((receipt.state, receipt.price), (state, Some(Price { micros: 33_300 })));
        }
        let nobody = with(message_of_0_1(), "from", json!({"type": "sms"}));
        assert!(read(Kind::InboundMessage, &nobody).is_err());
    }

    #[test]
    fn smpp_words_mean_what_they_mean() {
        let failed = PartState::Failed(Failure::Reported(1240));
        for (status, state) in [
            ("DELIVRD", PartState::Delivered),
            ("Delivered", PartState::Delivered),
            ("UNDELIV", failed),
            ("REJECTD", failed),
            ("EXPIRED", failed),
            ("DELETED", failed),
            ("UNKNOWN", failed),
            ("ACCEPTD", PartState::Sent),
            ("ENROUTE", PartState::Sent),
        ] {
            assert_eq!(receipt(&a_status(status)).state, state, "{status}");
        }
    }

    #[test]
    fn what_is_no_text_has_a_note_in_its_place() {
        let image = with(message(), "text", Value::Null);
        let image = with(image, "message_type", json!("Image\n*"));
        assert_eq!(sms(&image).text, "(image message: only texts are shown here)");
        let image = with(image, "image", json!({"url": "https://example.com/1.jpg", "caption": "My door"}));
        assert_eq!(sms(&image).text, "(image message: only texts are shown here) My door");
    }

    #[test]
    fn another_channel_is_named() {
        let other = read(Kind::InboundMessage, &with(message(), "channel", json!("whatsapp"))).unwrap();
        assert!(matches!(other, Webhook::OtherChannel(channel) if channel == "whatsapp"));
    }

    #[test]
    fn a_status_speaks_of_the_whole_message() {
        let failed = PartState::Failed(Failure::Reported(1240));
        for (status, state) in [
            ("submitted", PartState::Sent),
            ("delivered", PartState::Delivered),
            ("rejected", failed),
            ("undeliverable", failed),
        ] {
            let receipt = receipt(&a_status(status));
            assert_eq!(receipt.message.unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
            assert_eq!((receipt.scope, receipt.state), (Scope::Message { parts: Some(2) }, state));
            assert_eq!(receipt.price, Some(Price { micros: 66_600 }));
        }
    }

    #[test]
    fn a_code_is_found_where_it_stands() {
        let code = |error: Value| match receipt(&with(a_status("rejected"), "error", error)).state {
            PartState::Failed(Failure::Reported(code)) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(json!({"title": 1050})), 1050);
        assert_eq!(code(json!({"title": "Number barred", "type": "https://example.com/messages#1050"})), 1050);
        assert_eq!([code(json!({})), code(json!("1050")), code(json!(null)), code(json!({"title": "99999"}))], [0; 4]);
    }

    #[test]
    fn counts_of_parts_have_two_names_and_sense() {
        let scope = |sms: Value| receipt(&with(a_status("delivered"), "sms", sms)).scope;
        assert_eq!(scope(json!({"total_count": 3, "segments": [{}]})), Scope::Message { parts: Some(3) });
        for odd in [json!({}), json!({"count_total": "0"}), json!({"count_total": "-1"}), json!("2"), json!(null)] {
            assert_eq!(scope(odd), Scope::Message { parts: None });
        }
    }

    #[test]
    fn what_is_missing_is_said_without_the_content() {
        for (kind, body) in [
            (Kind::InboundMessage, with(message(), "from", json!(null))),
            (Kind::InboundMessage, with(message(), "message_uuid", json!(""))),
            (Kind::MessageStatus, a_status("secret")),
            (Kind::MessageStatus, with(a_status("delivered"), "message_uuid", json!(null))),
        ] {
            let error = read(kind, &with(body, "text", json!("secret"))).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn what_stands_in_the_url_is_not_read() {
        let raw = format!("json?text=forged&status=delivered\n{}", with(message(), "text", json!("")));
        assert_eq!(Kind::recognise(raw.as_bytes(), Kind::InboundMessage).0, Kind::InboundMessage);
        let Ok(Webhook::InboundSms(sms)) = Reader.read("inbound_message", raw.as_bytes()) else { panic!("an SMS") };
        assert_eq!(sms.text, "");
        let query = "query\nmessage_uuid=1&from=447700900001&text=forged";
        assert!(Reader.read("inbound_message", query.as_bytes()).is_err());
    }

    #[test]
    fn a_webhook_on_the_wrong_route_is_still_what_it_is() {
        let kind = |body: &Value, route| Kind::recognise(format!("json\n{body}").as_bytes(), route).0;
        let image = with(with(message(), "message_type", json!("image")), "text", Value::Null);
        for route in [Kind::InboundSms, Kind::DeliveryReceipt, Kind::InboundMessage, Kind::MessageStatus] {
            assert_eq!(kind(&message(), route), Kind::InboundMessage);
            assert_eq!(kind(&image, route), Kind::InboundMessage);
            assert_eq!(kind(&a_status("delivered"), route), Kind::MessageStatus);
            assert_eq!(kind(&json!({"msisdn": "1", "messageId": "1", "text": ""}), route), Kind::InboundSms);
            assert_eq!(kind(&json!({"messageId": "1", "status": "failed"}), route), Kind::DeliveryReceipt);
            assert_eq!(kind(&json!({}), route), route);
        }
    }

    /// Any JSON of a few levels.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(raw: Vec<u8>) {
            for kind in [Kind::InboundMessage, Kind::MessageStatus] {
                let _ = Reader.read(kind.source(), &raw);
                let _ = Reader.read(kind.source(), &[b"json\n", &raw[..]].concat());
                let _ = Kind::recognise(&raw, kind);
            }
        }

        #[test]
        fn any_value_of_any_field_is_read_or_refused(
            at in 0usize..20, value in any_json(), text in any::<String>(),
        ) {
            for (kind, body) in [(Kind::InboundMessage, message()), (Kind::MessageStatus, a_status("rejected"))] {
                let names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
                let body = with(body, &names[at % names.len()], value.clone());
                let body = with(body, "text", json!(text));
                if let Ok(Webhook::InboundSms(sms)) = read(kind, &body) {
                    prop_assert!(!sms.text.contains('\0'));
                }
            }
        }
    }
}
