//! The lines in the operator's channel.

use crate::domain::conversation::Number;
use crate::domain::desk::DeskName;
use crate::domain::effect::{NoRing, Notice};
use crate::domain::pause::Pause;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Api, Price, Unsigned};
use crate::health::Paused;

use super::{defuse, euros, listed};

#[must_use]
pub fn notice(notice: &Notice) -> Post {
    let is_over = matches!(notice, Notice::AccountResumed { .. } | Notice::AlertsRing { .. });
    let mark = if is_over { "✅" } else { "⚠️" };
    Post { content: format!("{mark} {}", sentence(notice)), ..Post::default() }
}

/// The same in a desk's channel, with the reason why it stands there.
#[must_use]
pub fn told_elsewhere(notice: Post, why: &str) -> Post {
    let why = defuse::defuse(why, 400);
    Post { content: format!("{} (The operator's channel cannot be used: {why})", notice.content), ..notice }
}

/// The same without decoration, for `/readyz` and the log.
#[must_use]
pub fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::AccountPaused { pause, .. } => paused(*pause),
        Notice::AccountResumed { since } => {
            format!("Vonage takes our SMS again. What waited since <t:{}:t> leaves now.", since.unix_seconds())
        }
        Notice::LowBalance { micros } => low_balance(Price { micros: *micros }),
        Notice::NumberOfNoDesk { ending } if ending.is_empty() => {
            "An SMS came that does not say to which of our numbers. It is kept as a dead letter: `threadline dead-letters \
             list` shows it."
                .to_owned()
        }
        Notice::NumberOfNoDesk { ending } => format!(
            "An SMS came for {ending}, which is the number of no desk. It waits, as does what else comes for this number. \
             Correct `number` of the desk, or add a desk with it, and restart: then it shows. If nobody here should get it, \
             point the number's webhook elsewhere. `threadline dead-letters list` shows what waits."
        ),
        Notice::WrongClock { ahead_ms } => wrong_clock(*ahead_ms),
        Notice::WebhookNotUnderstood => {
            "A webhook from Vonage could not be understood. It is kept as a dead letter: `threadline dead-letters list` \
             shows it."
                .to_owned()
        }
        Notice::WebhookUnsigned { api, what, let_in } => unsigned(*api, *what, *let_in),
        Notice::OtherChannel { channel } => format!(
            "A message came by the channel {}, and only SMS are bridged. It is kept as a dead letter. Take the channel \
             out of the application at Vonage, or point its webhook elsewhere.",
            defuse::defuse(channel, 20)
        ),
        Notice::DiscordRefuses { channel, why, .. } => {
            format!("Discord refuses us in <#{channel}>: {} What waits is tried again.", defuse::defuse(why, 500))
        }
        Notice::AlertsRingNobody { desk, role, why: NoRing::Deleted, .. } => format!(
            "Alerts of the desk {:?} ring nobody: its role {role} was deleted. Correct `agent_role_ids`.",
            desk.0
        ),
        Notice::AlertsRingNobody { desk, role, why: NoRing::NotMentionable, .. } => format!(
            "Alerts of the desk {:?} ring nobody: its role <@&{role}> may not be mentioned. Let anyone mention the role, in \
             its settings, or give the bot the permission Mention Everyone.",
            desk.0
        ),
        Notice::AlertsRing { desk, role, .. } => {
            format!("Alerts of the desk {:?} ring <@&{role}> again.", desk.0)
        }
        Notice::DeskNotConfigured { desk, sms: 0, conversations: 0, .. } => desk_of_the_past(desk),
        Notice::DeskNotConfigured { desk, sms, fails, conversations } => {
            desk_not_configured(desk, *sms, *fails, *conversations)
        }
        Notice::DeskTooLate { desk, sms, .. } => format!(
            "{sms} SMS of the desk `{desk}` could not leave in time and failed: the configuration has no such desk. Their \
             conversations show it once the desk is back."
        ),
        Notice::AnswersUsedUp { desk, allowed } => format!(
            "The desk `{desk}` has answered {allowed} texts automatically within an hour, as many as \
             `limits.automatic_answers_per_hour` allows. Texts still show, and STOP holds, but what customers get no \
             answer to is marked in their threads. If so many customers write, raise the limit. If not, somebody may forge \
             texts: see whether `vonage.webhooks` checks signatures."
        ),
        Notice::NotShown { message, conversation, desk, why, .. } => format!(
            "Discord fails again and again over the text ·{message} of {} at the desk {:?} ({}). In its place stands a \
             line that says so. The text is stored, and can be looked up in the database.",
            Number(*conversation),
            desk.0,
            defuse::defuse(why, 200)
        ),
        Notice::ThreadFails { thread, conversation, desk, why } => format!(
            "Discord fails again and again in the thread <#{thread}> of {} at the desk {:?} ({}). What belongs there \
             stands beside the card, in the channel. If this does not end by itself, delete the thread: the next text \
             opens a new one.",
            Number(*conversation),
            desk.0,
            defuse::defuse(why, 200)
        ),
        Notice::ConversationFails { conversation, desk, why } => format!(
            "Discord fails again and again over {} at the desk {:?} ({}), while it does all else. Texts of this conversation \
             do not show. They are stored, and it is tried again and again. Look at the support channel: if people can \
             write there and the bot cannot, ask Discord's support.",
            Number(*conversation),
            desk.0,
            defuse::defuse(why, 200)
        ),
        Notice::EffectDead { kind, why, .. } => {
            format!("`{kind}` was given up on and is kept as a dead letter: {}", defuse::defuse(why, 500))
        }
    }
}

fn desk_of_the_past(desk: &DeskName) -> String {
    format!(
        "The configuration has no desk `{desk}`, and the database knows customers of it. Was it renamed? Give the desk its old \
         name back (`name = \"{desk}\"`; `title` is what people read): under another name nobody is known who opted out. If it \
         was given up, nothing is to be done."
    )
}

fn desk_not_configured(desk: &DeskName, sms: i64, fails: Option<Timestamp>, conversations: i64) -> String {
    let mut what = Vec::new();
    match sms {
        0 => {}
        1 => what.push("1 SMS waits for it".to_owned()),
        many => what.push(format!("{many} SMS wait for it")),
    }
    match conversations {
        0 => {}
        1 => what.push("1 conversation of it is open".to_owned()),
        many => what.push(format!("{many} conversations of it are open")),
    }
    let fails = fails.filter(|_| sms > 0).map(|first| {
        let which = if sms == 1 { "it fails" } else { "the first of them fails" };
        format!(" Else {which} at <t:{}:f>, when its time to leave is over.", first.unix_seconds())
    });
    format!(
        "The configuration has no desk `{desk}`, and the database knows one: {}. Was it renamed? Give the desk its old name \
         back (`name = \"{desk}\"`; `title` is what people read), and all goes on.{}",
        listed(&what),
        fails.unwrap_or_default()
    )
}

/// Webhooks come that are not signed as they should be.
#[must_use]
pub fn unsigned(api: Api, what: Unsigned, let_in: bool) -> String {
    let (what, remedy) = match (api, what) {
        (Api::Messages, Unsigned::Missing) => (
            "Webhooks of the Messages API come without their token.",
            "Vonage signs them unless that was switched off: look at the application in its dashboard.",
        ),
        (Api::Messages, Unsigned::Wrong) => (
            "Webhooks of the Messages API come with a wrong token.",
            "Compare VONAGE_SIGNATURE_SECRET and VONAGE_API_KEY with the API settings of Vonage's dashboard.",
        ),
        (Api::Sms, Unsigned::Missing) => (
            "Webhooks come without a signature.",
            "If customers' texts still arrive, a stranger sent this, and nothing is to be done. If not, switch signing on in \
             the API settings of Vonage's dashboard.",
        ),
        (Api::Sms, Unsigned::Wrong) => (
            "Webhooks come with a wrong signature.",
            "Compare VONAGE_SIGNATURE_SECRET and `vonage.webhooks.signature` with the API settings of Vonage's dashboard.",
        ),
    };
    let fate = if let_in {
        "They are let in, since `vonage.webhooks.observe` is true."
    } else {
        "They are refused; Vonage keeps them and sends them again for 24 hours."
    };
    format!("{what} {fate} {remedy}")
}

/// This machine's clock is so many milliseconds ahead of everybody else's; less than 0: behind.
#[must_use]
pub fn wrong_clock(ahead_ms: i64) -> String {
    format!(
        "This machine's clock is {}. Set it right, and let a time service keep it right. Until then signed webhooks may \
         be refused (Vonage keeps them for 24 hours), and times are shown wrongly.",
        apart(ahead_ms)
    )
}

/// `28 hours behind those of Vonage and Discord`
#[must_use]
pub fn apart(ahead_ms: i64) -> String {
    let seconds = ahead_ms.unsigned_abs() / 1000;
    let length = match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", (seconds + 30) / 60),
        7200..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    };
    let side = if ahead_ms < 0 { "behind" } else { "ahead of" };
    format!("{length} {side} those of Vonage and Discord")
}

/// The credit runs out.
#[must_use]
pub fn low_balance(left: Price) -> String {
    format!(
        "Only {} of credit is left at Vonage. Top it up before it is used up: then sending is paused.",
        euros(left, 1)
    )
}

/// Why the account's sending is paused, and what ends the pause.
#[must_use]
pub fn paused(pause: Pause) -> String {
    match pause {
        Pause::Refused { status, http } => refused(status, http),
        Pause::Unconfirmed => {
            "Vonage gave no clear answer to several SMS in a row, so sending is paused: each of them may \
             have been sent or not, and shows so in its thread. Nothing else is lost: messages wait, and leave by \
             themselves once Vonage answers again."
                .to_owned()
        }
        Pause::Unreachable => {
            "Vonage cannot be reached. Nothing is lost: messages wait, are tried again and again, and leave by themselves \
             once Vonage is back."
                .to_owned()
        }
        Pause::Busy => {
            "Vonage takes no SMS: it says that it is too busy, or that the account sends too fast. Nothing is lost: messages \
             wait, are tried again and again, and leave by themselves once Vonage takes them."
                .to_owned()
        }
    }
}

/// Since when nothing leaves and why, for agents.
#[must_use]
pub fn paused_since(Paused { why, since }: Paused) -> String {
    format!("sending is paused since <t:{}:f>: {}", since.unix_seconds(), paused_for(why))
}

fn paused_for(pause: Pause) -> String {
    match pause {
        _ if pause.is_for_credit() => "the Vonage account has no credit left".to_owned(),
        Pause::Refused { status: 4, http: false } | Pause::Refused { status: 401, http: true } => {
            "Vonage does not accept the account's credentials".to_owned()
        }
        Pause::Refused { status: 14 | 32, http: false } => "Vonage wants requests signed otherwise".to_owned(),
        _ if pause.is_internal() => "Vonage has an internal error".to_owned(),
        _ if pause.is_of_account() => "Vonage does not let the account send".to_owned(),
        Pause::Refused { status, http: true } => format!("Vonage refuses every SMS (HTTP {status})"),
        Pause::Refused { status, http: false } => format!("Vonage refuses every SMS (status {status})"),
        Pause::Unconfirmed => "Vonage does not answer clearly".to_owned(),
        Pause::Unreachable => "Vonage cannot be reached".to_owned(),
        Pause::Busy => "Vonage is too busy to take SMS".to_owned(),
    }
}

/// Refusals that concern the whole account, or everything that is sent.
fn refused(status: u16, http: bool) -> String {
    let what = match (http, status) {
        (false, 4) => "Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET.",
        (true, 401) => {
            "Vonage does not accept the API key and secret. Check VONAGE_API_KEY and VONAGE_API_SECRET, or, where an \
             application sends, VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY."
        }
        (true, 402) => "The Vonage account has no credit left. Top it up.",
        (true, 403) => "Vonage forbids this account to send. Check the account in Vonage's dashboard.",
        (true, _) => {
            "Vonage refuses every SMS. Check `rest_url` and `api_url` in `[vonage]`, and whether a proxy or firewall answers in \
             place of Vonage."
        }
        (false, 8 | 1060) => "The Vonage account is barred. Write to Vonage's support.",
        (false, 9 | 1070) => "The Vonage account has no credit left. Top it up.",
        (false, 11) => "The Vonage account may not send by HTTP. Write to Vonage's support.",
        (false, 1080) => "The Vonage account may not send by the Messages API. Write to Vonage's support.",
        (false, 14 | 32) => {
            "Vonage wants requests signed otherwise. Set `vonage.request_signature` and VONAGE_SIGNATURE_SECRET as its \
             API settings say."
        }
        (false, 5 | 1030 | 1100 | 1331) => "Vonage has an internal error. Look at Vonage's status page if it goes on.",
        (false, _) => "Vonage refuses every SMS.",
    };
    let kind = if http { "HTTP" } else { "status" };
    format!(
        "{what} ({kind} {status}) Sending is paused. Nothing is lost: messages wait, and leave by themselves once Vonage takes them again."
    )
}
