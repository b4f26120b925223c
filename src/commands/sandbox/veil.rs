//! What of the wire nobody is to see, even here: screens are shared, and pictures of them kept.

use std::borrow::Cow;

use serde_json::Value;
use url::form_urlencoded;

use super::wire::Provider;

/// How much of a signature is shown: enough to tell one from another.
const KEPT: usize = 8;

/// A header's value.
pub(super) fn header<'a>(provider: Provider, name: &str, value: &'a str) -> &'a str {
    if name != "authorization" {
        return value;
    }
    match (provider, value.split_once(' ')) {
        (Provider::Discord, _) => "(the bot's token)",
        (Provider::Vonage, Some(("Basic", _))) => "Basic (the account's key and secret)",
        (Provider::Vonage, Some(("Bearer", _))) => "Bearer (a signed token)",
        (Provider::Vonage, _) => "(a secret)",
    }
}

/// A parameter's value, in a query, a form or JSON.
pub(super) fn parameter<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    match name {
        "api_secret" => "(the account's secret)".into(),
        "sig" if value.len() > KEPT => {
            let shown: String = value.chars().take(KEPT).collect();
            format!("{shown}… (shortened)").into()
        }
        _ => value.into(),
    }
}

/// A path with its query.
pub(super) fn path(path: &str, query: Option<&str>) -> String {
    let path = without_token(path);
    let Some(query) = query else { return path.into_owned() };
    let hides = |pair: &str| matches!(pair.split_once('='), Some(("api_secret" | "sig", _)));
    if !query.split('&').any(hides) {
        return format!("{path}?{query}");
    }
    let pairs = form_urlencoded::parse(query.as_bytes());
    let shown: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", parameter(&name, &value))).collect();
    format!("{path}?{}", shown.join("&"))
}

/// Discord's paths hold an interaction's token, by which anybody could respond to it.
fn without_token(path: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = path.split('/').collect();
    let token = parts.iter().position(|part| matches!(*part, "interactions" | "webhooks")).map(|at| at + 2);
    match token {
        Some(at) if path.starts_with("/api/") && parts.len() > at => {
            let shown = parts.iter().enumerate().map(|(index, part)| if index == at { TOKEN } else { *part });
            shown.collect::<Vec<_>>().join("/").into()
        }
        _ => path.into(),
    }
}

const TOKEN: &str = "(the interaction's token)";

/// The data of an event of Discord's gateway.
pub(super) fn event(name: &str, mut data: Value) -> Value {
    match name {
        "INTERACTION_CREATE" => data["token"] = TOKEN.into(),
        "READY" => data["session_id"] = "(the session's id)".into(),
        _ => {}
    }
    data
}

/// A JSON object, one level deep, as Vonage's are.
pub(super) fn json(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        for (name, value) in fields {
            if let Value::String(text) = value {
                *text = parameter(name, text).into_owned();
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let (vonage, discord) = (Provider::Vonage, Provider::Discord);
        assert_eq!(header(discord, "authorization", "Bot abc"), "(the bot's token)");
        assert_eq!(header(vonage, "authorization", "Basic abc"), "Basic (the account's key and secret)");
        assert_eq!(header(vonage, "authorization", "Bearer a.b.c"), "Bearer (a signed token)");
        assert_eq!(header(vonage, "authorization", "abc"), "(a secret)");
        assert_eq!(header(vonage, "accept", "Bearer abc"), "Bearer abc");
        let signed = json!({ "text": "Hi", "sig": "0123456789abcdef", "api_secret": "hush", "parts": 2 });
        assert_eq!(
            super::json(signed),
            json!({
                "text": "Hi", "sig": "01234567… (shortened)", "api_secret": "(the account's secret)", "parts": 2
            })
        );
        assert_eq!(path("/a", None), "/a");
        assert_eq!(
            path("/api/v10/interactions/1/hush/callback", None),
            "/api/v10/interactions/1/(the interaction's token)/callback"
        );
        assert_eq!(
            path("/api/v10/webhooks/1/hush/messages/@original", None),
            "/api/v10/webhooks/1/(the interaction's token)/messages/@original"
        );
        let interaction = super::event("INTERACTION_CREATE", json!({ "id": "1", "token": "hush" }));
        assert_eq!(interaction, json!({ "id": "1", "token": "(the interaction's token)" }));
        let ready = super::event("READY", json!({ "v": 10, "session_id": "hush" }));
        assert_eq!(ready, json!({ "v": 10, "session_id": "(the session's id)" }));
        assert_eq!(path("/a", Some("text=a%20b")), "/a?text=a%20b");
        assert_eq!(path("/a", Some("text=a%20b&api_secret=hush")), "/a?text=a b&api_secret=(the account's secret)");
    }
}
