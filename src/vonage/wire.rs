//! The encodings of webhooks (three of the SMS API, JSON of the Messages API), as stored and as named fields.
//!
//! A stored webhook is one line and then the bytes as they came. The line is `query`, `form` or `json`, for what
//! follows it; a POST whose URL had a query as well keeps that in the line: `form?a=1`.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_bytes::ByteBuf;
use serde_json::value::RawValue;
use url::form_urlencoded;

/// A webhook's fields by name. All of them are text; a repeated name keeps its last value that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    plain: BTreeMap<String, String>,
    /// What stands deeper in JSON, by the outermost object's name; the names below it are joined by dots.
    within: BTreeMap<String, BTreeMap<String, String>>,
}

impl Fields {
    /// The field, if it is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The field `name` of the object `object`, if both are there and it is not empty. Of an object within that, the name
    /// is `inner.name`.
    pub(super) fn within(&self, object: &str, name: &str) -> Option<&str> {
        self.within.get(object)?.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the field is there, perhaps empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.plain.contains_key(name)
    }

    /// All plain fields, in the order of their names' bytes.
    pub(super) const fn by_name(&self) -> &BTreeMap<String, String> {
        &self.plain
    }

    fn read(&mut self, encoding: &[u8], rest: &[u8]) -> Result<(), &'static str> {
        match encoding {
            b"query" | b"form" => self.extend(form(rest)),
            b"json" => {
                let text = String::from_utf8_lossy(without_mark(rest));
                let object = object(&text).ok_or("the body is no JSON object")?;
                self.within = object.iter().filter_map(|(name, value)| Some((name.clone(), inner(value)?))).collect();
                self.extend(plain(object));
            }
            _ => return Err("the stored bytes name no encoding that is known"),
        }
        Ok(())
    }

    fn extend(&mut self, fields: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in fields {
            if !value.is_empty() || !self.has(&name) {
                self.plain.insert(name, value);
            }
        }
    }
}

/// The bytes to store for a request with this query string and, if it is a POST, this body.
pub(super) fn pack(query: &str, body: Option<&[u8]>) -> Bytes {
    let Some(body) = body else {
        return [b"query\n", query.as_bytes()].concat().into();
    };
    // The label is not asked: a real JSON webhook was seen without a Content-Type, and no form of Vonage's begins so.
    let encoding = if without_mark(body).trim_ascii_start().starts_with(b"{") { "json" } else { "form" };
    let mark = if query.is_empty() { "" } else { "?" };
    [encoding.as_bytes(), mark.as_bytes(), query.as_bytes(), b"\n", body].concat().into()
}

/// Reads what [`pack`] made: the query and the body, of which the body wins. Text that is no UTF-8 is read with U+FFFD
/// for what is wrong in it.
///
/// # Errors
/// A sentence without any of the content.
pub(super) fn unpack(raw: &[u8]) -> Result<Fields, &'static str> {
    let Packed { encoding, query, rest } = packed(raw)?;
    let mut fields = Fields::default();
    // First, so that the body wins.
    fields.extend(form(query));
    fields.read(encoding, rest)?;
    Ok(fields)
}

/// As [`unpack`], of the body alone.
///
/// # Errors
/// As [`unpack`], and where there was no body.
pub(super) fn unpack_body(raw: &[u8]) -> Result<Fields, &'static str> {
    let Packed { encoding, rest, .. } = packed(raw)?;
    if encoding == b"query" {
        return Err("it came without a body");
    }
    let mut fields = Fields::default();
    fields.read(encoding, rest)?;
    Ok(fields)
}

struct Packed<'a> {
    encoding: &'a [u8],
    /// Of a POST; that of a GET is the rest.
    query: &'a [u8],
    rest: &'a [u8],
}

fn packed(raw: &[u8]) -> Result<Packed<'_>, &'static str> {
    let line = raw.iter().position(|&byte| byte == b'\n').ok_or("the stored bytes do not name their encoding")?;
    let (head, rest) = (&raw[..line], &raw[line + 1..]);
    let mark = head.iter().position(|&byte| byte == b'?');
    let (encoding, query) = mark.map_or((head, &b""[..]), |mark| (&head[..mark], &head[mark + 1..]));
    Ok(Packed { encoding, query, rest })
}

fn form(bytes: &[u8]) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

fn object(json: &str) -> Option<Object<'_>> {
    serde_json::from_str(json).ok()
}

/// How deep objects within objects are read; what lies deeper is nothing that we know.
const DEPTH: u32 = 3;

/// The plain values of an object within an object, and of those within it.
fn inner(value: &RawValue) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    gather(value.get(), "", DEPTH, &mut found).then_some(found)
}

/// Adds the plain values of the object `value`, with `prefix` before their names. False where it is none.
fn gather(value: &str, prefix: &str, depth: u32, found: &mut BTreeMap<String, String>) -> bool {
    if depth == 0 || !value.starts_with('{') {
        return false;
    }
    let Some(object) = object(value) else { return false };
    for (name, value) in object {
        let name = format!("{prefix}{name}");
        match as_text(value.get()) {
            Some(text) => _ = found.insert(name, text),
            None => _ = gather(value.get(), &format!("{name}."), depth - 1, found),
        }
    }
    true
}

/// The object's plain values as text: numbers as they are written, nothing for null and for nested values.
fn plain(object: Object<'_>) -> impl Iterator<Item = (String, String)> {
    object.into_iter().filter_map(|(name, value)| Some((name, as_text(value.get())?)))
}

fn as_text(value: &str) -> Option<String> {
    match value.as_bytes().first()? {
        // By way of bytes, for half a surrogate pair is no error there: a long SMS may be cut inside an emoji.
        b'"' => serde_json::from_str(value).ok().map(|bytes: ByteBuf| String::from_utf8_lossy(&bytes).into_owned()),
        b'{' | b'[' | b'n' => None,
        _ => Some(value.to_owned()),
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str, body: Option<&str>) -> Fields {
        unpack(&pack(query, body.map(str::as_bytes))).unwrap()
    }

    #[test]
    fn all_encodings_say_the_same() {
        let form = "msisdn=447700900001&messageId=0A1&text=Caf%C3%A9+%26+%F0%9F%98%80&empty=";
        let json = r#" {"msisdn": 447700900001, "messageId":"0A1", "text":"Caf\u00e9 & \ud83d\ude00", "empty":"", "none":null, "deep":{"a":1}}"#;
        let fields = read(form, None);
        assert_eq!(fields.get("text"), Some("Café & 😀"));
        assert_eq!(fields.get("msisdn"), Some("447700900001"));
        assert!(fields.has("empty") && fields.get("empty").is_none());
        for body in [form, json, &format!("\u{feff}{json}")] {
            assert_eq!(read("", Some(body)).by_name(), fields.by_name());
        }
    }

    #[test]
    fn what_stands_deeper_has_all_its_names() {
        let fields = read(
            "",
            Some(r#"{"usage": {"price": "0.03", "deep": {"a": 1}}, "sms": {"count": 2, "none": null}, "list": [{}]}"#),
        );
        assert_eq!(fields.within("usage", "deep.a"), Some("1"));
        let found =
            [("usage", "price"), ("sms", "count"), ("sms", "none"), ("usage", "deep"), ("list", "a"), ("no", "a")];
        let found = found.map(|(object, name)| fields.within(object, name));
        assert_eq!(found, [Some("0.03"), Some("2"), None, None, None, None]);
        assert!(fields.by_name().is_empty());
    }

    #[test]
    fn the_body_can_be_read_alone() {
        let body = |query, body: Option<&str>| unpack_body(&pack(query, body.map(str::as_bytes)));
        assert_eq!(body("text=query&x=1", Some(r#"{"text":""}"#)).unwrap().get("text"), None);
        assert_eq!(body("text=query", Some("text=body")).unwrap().get("text"), Some("body"));
        assert!(body("text=query", None).is_err() && body("", Some("{")).is_err());
    }

    #[test]
    fn the_body_wins_unless_it_is_empty() {
        let fields = read("text=query&to=1", Some("text=body&to="));
        assert_eq!((fields.get("text"), fields.get("to")), (Some("body"), Some("1")));
        let fields = read("text=query&to=1", Some(r#"{"text":"body","to":""}"#));
        assert_eq!((fields.get("text"), fields.get("to")), (Some("body"), Some("1")));
        assert_eq!(read("text=query", Some("")).get("text"), Some("query"));
    }

    #[test]
    fn wrong_utf8_and_half_an_emoji_are_read_around() {
        assert_eq!(read("text=a%FFb", None).get("text"), Some("a\u{fffd}b"));
        let raw = pack("", Some(b"{\"text\":\"a\xFFb\"}"));
        assert_eq!(unpack(&raw).unwrap().get("text"), Some("a\u{fffd}b"));
        let half = read("", Some(r#"{"text":"half \ud83d","messageId":"1"}"#));
        assert!(half.get("text").unwrap().starts_with("half \u{fffd}"));
        assert_eq!(half.get("messageId"), Some("1"));
    }

    #[test]
    fn what_is_stored_is_what_came() {
        assert_eq!(pack("a=1", None), "query\na=1");
        assert_eq!(pack("", Some(b"a=1")), "form\na=1");
        assert_eq!(pack("x=1", Some(b"{\"a\":\xFF}")), &b"json?x=1\n{\"a\":\xFF}"[..]);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for raw in ["", "query", "xml\n<a/>", "json\n[]", "json\n{\"a\":", "json\n{}{}"] {
            assert!(unpack(raw.as_bytes()).is_err(), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_every_encoding(text in any::<String>(), name in "[a-z-]{1,8}") {
            let form: String = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &text).finish();
            let json = serde_json::json!({ name.as_str(): text }).to_string();
            let value = Some(text.as_str()).filter(|text| !text.is_empty());
            for fields in [read(&form, None), read("", Some(&form)), read("", Some(&json))] {
                prop_assert_eq!(fields.get(&name), value);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(raw in any::<Vec<u8>>(), query in "[ -~]{0,40}") {
            let _ = unpack(&raw);
            let _ = unpack_body(&raw);
            let _ = unpack(&pack(&query, Some(&raw)));
            let _ = unpack(&[b"json\n{\"text\":", &raw[..], b"}"].concat());
            let _ = unpack(&[b"json\n{\"usage\":{\"price\":", &raw[..], b"}}"].concat());
        }
    }
}
