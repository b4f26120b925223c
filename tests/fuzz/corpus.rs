//! Good webhooks, as both APIs bring them.

use std::collections::BTreeMap;

pub type Fields = BTreeMap<String, String>;

const WEBHOOKS: &[&[(&str, &str)]] = &[
    &[
        ("msisdn", "447700900001"),
        ("to", "441632960960"),
        ("messageId", "0A0000000123ABCD1"),
        ("text", "Hello & grüße 👋 = ok"),
        ("type", "unicode"),
        ("keyword", "HELLO"),
        ("api-key", "abcd1234"),
        ("message-timestamp", "2026-11-22 13:05:09"),
    ],
    &[
        ("msisdn", "447700900001"),
        ("to", "441632960960"),
        ("messageId", "0A0000000123ABCD2"),
        ("text", "2"),
        ("type", "text"),
        ("keyword", "2"),
        ("timestamp", "1763816709"),
    ],
    &[
        ("msisdn", "447700900001"),
        ("to", "441632960960"),
        ("messageId", "0A0000000123ABCD3"),
        ("text", "a long text, its second part"),
        ("type", "text"),
        ("concat", "true"),
        ("concat-ref", "08B5"),
        ("concat-total", "3"),
        ("concat-part", "2"),
    ],
    &[
        ("msisdn", "60800"),
        ("to", "441632960960"),
        ("messageId", "0A0000000123ABCD4"),
        ("type", "binary"),
        ("data", "48656C6C6F"),
        ("udh", "06050415811581"),
    ],
    &[("msisdn", "ACME"), ("to", "441632960960"), ("messageId", "0A0000000123ABCD5"), ("text", ""), ("type", "text")],
    &[
        ("msisdn", "447700900001"),
        ("to", "441632960960"),
        ("network-code", "23410"),
        ("messageId", "0A0000000123ABCD6"),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "2611221305"),
        ("err-code", "0"),
        ("api-key", "abcd1234"),
        ("client-ref", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ("message-timestamp", "2026-11-22 13:05:09"),
    ],
    &[
        ("messageId", "0A0000000123ABCD8"),
        ("status", "DELIVRD"),
        ("err-code", "000"),
        ("message-timestamp", "yesterday"),
    ],
    &[("messageId", "0A0000000123ABCD7"), ("status", "failed"), ("err-code", "6"), ("scts", "2611221305")],
];

/// The fields of each webhook of the SMS API.
pub fn webhooks() -> Vec<Fields> {
    let owned = |pairs: &&[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    WEBHOOKS.iter().map(owned).collect()
}

/// As a query or a form.
pub fn form(fields: &Fields) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

/// As a JSON object of strings.
pub fn json(fields: &Fields) -> Vec<u8> {
    serde_json::to_vec(fields).unwrap()
}

/// Every webhook of both APIs, those of the SMS API in both encodings.
pub fn encoded() -> Vec<Vec<u8>> {
    webhooks().iter().flat_map(|fields| [form(fields), json(fields)]).chain(messages()).collect()
}

const MESSAGES: &[&str] = &[
    r#"{"channel":"sms","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","to":"441632960960","from":"447700900001","timestamp":"2025-11-22T13:05:09Z","message_type":"text","text":"Hello & grüße 👋 = ok","sms":{"num_messages":"2","keyword":"HELLO"},"usage":{"currency":"EUR","price":"0.0333"},"origin":{"network_code":"12345"}}"#,
    r#"{"channel":"sms","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ac","to":441632960960,"from":"ACME","text":""}"#,
    r#"{"channel":"mms","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ad","to":"441632960960","from":"447700900001","message_type":"image","image":{"url":"https://example.com/1.jpg","caption":"My door"}}"#,
    r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ae","to":"447700900001","from":"441632960960","timestamp":"2025-11-22T13:05:09Z","status":"rejected","channel":"sms","client_ref":"01890a5d-ac96-774b-bcce-b302099a8057","error":{"type":"https://developer.vonage.com/api-errors/messages#1240","title":"1240","detail":"Illegal Number","instance":"bf0ca0bf"},"usage":{"currency":"EUR","price":"0.0666"},"destination":{"network_code":"12345"},"sms":{"count_total":"2"}}"#,
    r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789b0","to":{"type":"sms","number":"441632960960"},"from":{"type":"sms","number":"447700900001"},"timestamp":"2020-01-01T14:00:00.000Z","message":{"content":{"type":"text","text":"STOP\u0000 \n\nSent from my iPhone"}}}"#,
    r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789b1","to":{"number":"447700900001","type":"sms"},"from":{"number":"441632960960","type":"sms"},"timestamp":"2020-01-01T15:00:00+01:00","status":"rejected","error":{"code":1300,"reason":"Not part of the provider network"},"usage":{"price":"0.0333","currency":"EUR"}}"#,
    r#"{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789af","status":"delivered","channel":"sms","sms":{"total_count":3,"segments":[{"status":"delivered"}]}}"#,
];

/// The webhooks of the Messages API, which are JSON.
pub fn messages() -> Vec<Vec<u8>> {
    MESSAGES.iter().map(|message| message.as_bytes().to_vec()).collect()
}
