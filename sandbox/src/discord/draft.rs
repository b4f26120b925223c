//! What a bot asks to post: a message's body, checked against Discord's limits.

use serde_json::Value;

use super::{components, embeds, error::ApiError, form::Form, form::join, id::Id};

/// Only the person who acted sees the message.
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// "… is thinking".
pub(crate) const LOADING: u64 = 1 << 7;
/// Nobody's Discord rings.
pub(crate) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
const COMPONENTS_V2: u64 = 1 << 15;

/// A body that Discord would take. `None` where the body does not speak of it: an edit then leaves it alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) allowed: Allowed,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) flags: u64,
    /// The message that this one answers, and whether it must exist.
    pub(crate) reference: Option<(Id, bool)>,
    /// Uploaded files: name and size in bytes.
    pub(crate) files: Vec<(String, usize)>,
}

/// Who may be called, by `allowed_mentions`.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    pub(crate) everyone: bool,
    pub(crate) people: Circle,
    pub(crate) roles: Circle,
}

/// All that the text names, or those listed.
#[derive(Clone, Debug)]
pub(crate) enum Circle {
    All,
    These(Vec<Id>),
}

impl Circle {
    pub(crate) fn contains(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

impl Default for Allowed {
    /// Without `allowed_mentions` a message calls everyone it names.
    fn default() -> Self {
        Self { everyone: true, people: Circle::All, roles: Circle::All }
    }
}

impl Draft {
    /// Reads a body; `at` is where it stands in the form: empty, or `data` in an interaction's response.
    ///
    /// # Errors
    /// 50035 with the tree of what is wrong.
    pub(crate) fn read(body: &Value, at: &str) -> Result<Self, ApiError> {
        let mut form = Form::default();
        let draft = Self::read_into(&mut form, body, at);
        form.finish().map(|()| draft)
    }

    pub(crate) fn read_into(form: &mut Form, body: &Value, at: &str) -> Self {
        if !body.is_object() {
            let message = "Only dictionaries may be used in a DictType";
            form.wrong(at, "DICT_TYPE_CONVERT", message);
        }
        let flags = form.integer(body, at, "flags").unwrap_or_default();
        if flags & COMPONENTS_V2 != 0 {
            let message = "The sandbox does not simulate components of version 2.";
            form.wrong(&join(at, "flags"), "SANDBOX_DOES_NOT_SIMULATE", message);
        }
        form.boolean(body, at, "tts");
        let content = form.text(body, at, "content", 0..=2000).unwrap_or_default();
        let embeds = embeds::read(form, body, at);
        let components = components::message_rows(form, body, at);
        let spoken = |key| body.get(key).is_some();
        Self {
            content: spoken("content").then(|| content.to_owned()),
            embeds: spoken("embeds").then_some(embeds),
            components: spoken("components").then_some(components),
            allowed: allowed(form, body, at),
            nonce: nonce(form, body, at),
            enforce_nonce: form.boolean(body, at, "enforce_nonce").unwrap_or_default(),
            flags,
            reference: reference(form, body, at),
            files: Vec::new(),
        }
    }

    /// Whether a new message of this draft would show nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.content.as_deref().unwrap_or_default().trim().is_empty()
            && self.embeds.as_deref().unwrap_or_default().is_empty()
            && self.components.as_deref().unwrap_or_default().is_empty()
            && self.files.is_empty()
    }

    pub(crate) fn has_flag(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }
}

fn allowed(form: &mut Form, body: &Value, at: &str) -> Allowed {
    let Some(asked) = body.get("allowed_mentions").filter(|asked| !asked.is_null()) else {
        return Allowed::default();
    };
    let at = join(at, "allowed_mentions");
    let parse = form.list(asked, &at, "parse", 3);
    for (index, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("roles" | "users" | "everyone")) {
            let path = format!("{at}.parse.{index}");
            let message = "Value must be one of ('users', 'everyone', 'roles').";
            form.wrong(&path, "BASE_TYPE_CHOICES", message);
        }
    }
    let parsed = |kind: &str| parse.iter().any(|found| found == kind);
    let mut circle = |key: &str| {
        let ids = form.ids(asked, &at, key, 100);
        if parsed(key) && !ids.is_empty() {
            let message = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            form.wrong(&at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
        }
        if parsed(key) { Circle::All } else { Circle::These(ids) }
    };
    Allowed { everyone: parsed("everyone"), people: circle("users"), roles: circle("roles") }
}

/// A text of at most 25 characters, or an integer.
fn nonce(form: &mut Form, body: &Value, at: &str) -> Option<Value> {
    let nonce = body.get("nonce").filter(|nonce| !nonce.is_null())?;
    if nonce.is_string() {
        form.text(body, at, "nonce", 0..=25);
    } else if !nonce.is_i64() && !nonce.is_u64() {
        let message = "Value must be a string or an integer.";
        form.wrong(&join(at, "nonce"), "NONCE_TYPE_CONVERT", message);
    }
    Some(nonce.clone())
}

fn reference(form: &mut Form, body: &Value, at: &str) -> Option<(Id, bool)> {
    let reference = body.get("message_reference").filter(|found| !found.is_null())?;
    let at = join(at, "message_reference");
    let text = form.required_text(reference, &at, "message_id", 1..=20)?;
    let strict = form.boolean(reference, &at, "fail_if_not_exists").unwrap_or(true);
    match text.parse() {
        Ok(id) => Some((id, strict)),
        Err(_) => {
            let message = format!("Value \"{text}\" is not snowflake.");
            form.wrong(&join(&at, "message_id"), "NUMBER_TYPE_COERCE", message);
            None
        }
    }
}
