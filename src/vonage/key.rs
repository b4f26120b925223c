//! Dedupe keys: what makes a webhook that comes again recognisable.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded::byte_serialize;

use super::reader::Kind;
use super::wire::Fields;

/// Characters, all of them ASCII, in the longest key.
pub(super) const LONGEST: usize = 200;

/// The key of a webhook that was read. Never of the body, for a webhook that comes again may be signed anew.
/// An inbound SMS: `sms:<messageId>`. A receipt, of which one message has several:
/// `dlr:<messageId>:<status>:<err-code>:<scts>`. Of the Messages API: `message:<message_uuid>` and
/// `status:<message_uuid>:<status>`. What is not a letter, a digit or one of `*-._` is percent-encoded, so
/// that no U+0000 reaches the database and no field reaches into the next.
pub(super) fn of(kind: Kind, fields: &Fields) -> String {
    let (prefix, names): (&str, &[&str]) = match kind {
        Kind::InboundSms => ("sms", &["messageId"]),
        Kind::DeliveryReceipt => ("dlr", &["messageId", "status", "err-code", "scts"]),
        Kind::InboundMessage => ("message", &["message_uuid"]),
        Kind::MessageStatus => ("status", &["message_uuid", "status"]),
    };
    let mut key = prefix.to_owned();
    for name in names {
        key.push(':');
        key.extend(byte_serialize(fields.get(name).unwrap_or_default().as_bytes()));
    }
    bounded(key)
}

/// The key of a webhook that could not be read: its bytes are all there is. It never keeps out a webhook that can be.
pub(super) fn of_unreadable(raw: &[u8]) -> String {
    format!("unread:{}", hash(raw))
}

fn bounded(key: String) -> String {
    if key.len() <= LONGEST {
        return key;
    }
    let tail = hash(key.as_bytes());
    format!("{}~{tail}", &key[..LONGEST - tail.len() - 1])
}

fn hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vonage::wire::unpack;

    fn key(kind: Kind, query: &str) -> String {
        of(kind, &unpack(format!("query\n{query}").as_bytes()).unwrap())
    }

    #[test]
    fn keys_are_the_ones_of_the_contract() {
        assert_eq!(key(Kind::InboundSms, "messageId=0A00000001-B_c&text=2"), "sms:0A00000001-B_c");
        let receipt = "messageId=0A1&status=delivered&err-code=0&scts=2611221530&message-timestamp=now";
        assert_eq!(key(Kind::DeliveryReceipt, receipt), "dlr:0A1:delivered:0:2611221530");
        assert_eq!(key(Kind::DeliveryReceipt, "messageId=0A1&status=accepted"), "dlr:0A1:accepted::");
        let status = "message_uuid=aaaaaaaa-bbbb&status=delivered&timestamp=now";
        assert_eq!(key(Kind::InboundMessage, status), "message:aaaaaaaa-bbbb");
        assert_eq!(key(Kind::MessageStatus, status), "status:aaaaaaaa-bbbb:delivered");
    }

    #[test]
    fn odd_ids_are_escaped() {
        assert_eq!(key(Kind::InboundSms, "messageId=a%00b"), "sms:a%00b");
        assert_eq!(key(Kind::InboundSms, "messageId=a%2500b"), "sms:a%2500b");
        assert_ne!(
            key(Kind::DeliveryReceipt, "messageId=a&status=b:c"),
            key(Kind::DeliveryReceipt, "messageId=a:b&status=c")
        );
    }

    proptest! {
        #[test]
        fn keys_are_bounded_and_tell_ids_apart(one in "\\PC{1,150}", other in "\\PC{1,150}", length in 0usize..400) {
            let of_id = |id: &str| {
                let id: String = byte_serialize(format!("{}{id}", "x".repeat(length)).as_bytes()).collect();
                key(Kind::InboundSms, &format!("messageId={id}"))
            };
            prop_assert!(of_id(&one).len() <= LONGEST && of_id(&one).is_ascii());
            prop_assert_eq!(of_id(&one) == of_id(&other), one == other);
        }
    }
}
