//! Where the providers' descriptions say less than the real services take, each with its reason.

use serde_json::{Value, json};

struct Amendment {
    file: &'static str,
    /// A JSON merge patch (RFC 7396).
    patch: fn() -> Value,
    /// Why the real service is known to differ.
    because: &'static str,
}

const AMENDMENTS: &[Amendment] = &[
    Amendment {
        file: "vonage-sms.yml",
        patch: || json!({"components": {"schemas": {"NewMessage": {"required": ["from", "to"]}}}}),
        because: "credentials may come as Authorization: Basic, as all newer SDKs send them; the simulator checks them itself",
    },
    Amendment {
        file: "vonage-sms.yml",
        patch: || {
            let message = json!({"schema": {"$ref": "#/components/schemas/NewMessage"}});
            json!({"paths": {"/sms/{format}": {"post": {"requestBody": {"content": {"application/json": message}}}}}})
        },
        because: "the official Node SDK sends JSON, and is served",
    },
    Amendment {
        file: "vonage-account.yml",
        patch: || json!({"paths": {"/account/get-balance": {"get": {"parameters": null}}}}),
        because: "the SDKs send Authorization: Basic in place of the credentials in the query",
    },
    Amendment {
        file: "vonage-account.yml",
        patch: || {
            let refusal = json!({"description": "Action failed"});
            json!({"paths": {"/account/settings": {"post": {"parameters": null, "responses": {"420": refusal}}}}})
        },
        because: "as above; and a URL that does not answer 200 is refused, which the numbers API documents as 420",
    },
    Amendment {
        file: "vonage-messages.json",
        patch: || {
            let problem = |names: &[&str]| {
                let any: Vec<Value> =
                    names.iter().map(|name| json!({"$ref": format!("#/components/schemas/Error{name}")})).collect();
                json!({"content": {"application/json": null, "application/problem+json": {"schema": {"anyOf": any}}}})
            };
            let params = ["InvalidJson", "Channel", "ChannelParams", "Sender", "Recipient", "MessageType"];
            json!({"paths": {"/v1/messages": {"post": {"responses": {
                "401": problem(&["UnauthorizedMissingCredentials", "UnauthorizedInvalidApplication"]),
                "402": problem(&["PaymentRequired"]),
                "422": problem(&[&params[..], &["MessageParams", "ClientReference"]].concat()),
                "429": problem(&["Throttled"]),
                "500": problem(&["Internal"]),
            }}}}})
        },
        because: "errors are problem+json; and their kinds differ in their examples only, so that oneOf holds for none",
    },
    Amendment {
        file: "vonage-messages.json",
        patch: || {
            let required = json!({"required": ["type", "title", "detail", "instance"]});
            json!({"components": {"schemas": {
                "ErrorUnauthorizedMissingCredentials": required, "ErrorUnauthorizedInvalidApplication": required,
            }}})
        },
        because: "they require `details` and describe `detail`",
    },
    Amendment {
        file: "vonage-numbers.yml",
        patch: || {
            let refusals = json!({"responses": {
                "400": {"description": "A parameter is missing"}, "420": {"description": "Action failed"},
            }});
            json!({"paths": {
                "/number/search": {"get": refusals}, "/number/cancel": {"post": refusals},
                "/number/update": {"post": refusals}, "/number/buy": {"post": refusals},
            }})
        },
        because: "what buying a number documents is answered by all of them; 400 is known from the issues of the SDKs",
    },
];

/// Applies what is known about `file`.
pub(super) fn apply(file: &str, root: &mut Value) {
    for amendment in AMENDMENTS.iter().filter(|amendment| amendment.file == file) {
        debug_assert!(!amendment.because.is_empty());
        merge(root, (amendment.patch)());
    }
}

/// OpenAPI 3.0 writes `nullable: true` where JSON Schema lists the type `null`.
pub(super) fn nullable(value: &mut Value) {
    each_object(value, &mut |object| {
        if object.get("nullable") == Some(&Value::Bool(true))
            && let Some(kind) = object.get("type").cloned()
        {
            object.insert("type".to_owned(), json!([kind, "null"]));
        }
    });
}

/// Discord's description types sets of permissions as integers; the API takes and gives them as text, since they have
/// outgrown what JavaScript can count. Its own README says so.
pub(super) fn permissions_as_text(value: &mut Value) {
    each_object(value, &mut |object| {
        for name in ["permissions", "default_member_permissions", "allow", "deny"] {
            if let Some(kind) = object.get_mut(name).and_then(|schema| schema.get_mut("type")) {
                match kind {
                    Value::String(only) if only == "integer" => {
                        *kind = json!(["integer", "string"]);
                    }
                    Value::Array(kinds) if kinds.contains(&json!("integer")) => {
                        kinds.push(json!("string"));
                    }
                    _ => {}
                }
            }
        }
    });
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| each_object(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each_object(value, change)),
        _ => {}
    }
}

fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, change) in patch {
                if change.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}
