//! The one door to Discord's REST API: every request of ours, and no other, goes through here.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::gateway::BotGateway;
use serenity::model::id::ApplicationId;
use tokio::sync::{Mutex, Notify, OnceCell};

use super::error::RestError;
use super::limits::Limits;
use super::token_gate::{Leave, TokenGate};
use crate::domain::ids::{InteractionId, UserId};
use crate::health::Health;
use crate::ports::{Clock, Room};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

/// An interaction waits three seconds for its first response; a later one would be of no use.
const CALLBACK_TIMEOUT: Duration = Duration::from_millis(2500);

/// Performs requests: one call is one request, with timeouts, within Discord's limits, counted by outcome.
pub struct Rest {
    /// `https://discord.com` or what stands for it, without a slash at the end.
    api_url: String,
    /// As Discord wants it in a header: with `Bot` in front.
    token: SecretString,
    client: reqwest::Client,
    limits: Limits,
    token_gate: TokenGate,
    clock: Arc<dyn Clock>,
    asks_about_token: Mutex<()>,
    me: OnceCell<Me>,
    rang_nobody: Notify,
    /// Hears by which clock the answers are dated.
    dates: Option<Arc<Health>>,
}

/// Who we are to Discord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Me {
    /// The bot's account: the author of what we post.
    pub user: UserId,
    /// Older applications have another id than their bot.
    pub application: ApplicationId,
}

impl Rest {
    /// Must be called within a Tokio runtime. `api_url` is the only address that is ever asked.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(api_url: &str, token: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A redirect would carry the token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            api_url: api_url.trim_end_matches('/').to_owned(),
            token: SecretString::from(format!("Bot {}", token.expose_secret())),
            client,
            limits: Limits::new(clock.clone()),
            token_gate: TokenGate::default(),
            clock,
            asks_about_token: Mutex::default(),
            me: OnceCell::new(),
            rang_nobody: Notify::new(),
            dates: None,
        })
    }

    /// Tells `health` by which clock the answers are dated.
    #[must_use]
    pub fn dated_for(mut self, health: Arc<Health>) -> Self {
        self.dates = Some(health);
        self
    }

    /// Who we are; asked once.
    ///
    /// # Errors
    /// Those of any request.
    pub async fn me(&self) -> Result<Me, RestError> {
        #[derive(Deserialize)]
        struct Named<T> {
            id: T,
        }
        let ask = async || {
            let user = self.get::<Named<UserId>>("get_user", Route::UserMe).await?;
            let application = self.get::<Named<_>>("get_application", Route::Oauth2ApplicationCurrent).await?;
            Ok(Me { user: user.id, application: application.id })
        };
        self.me.get_or_try_init(ask).await.copied()
    }

    /// Waits until a post named a role, and Discord rang nobody by it.
    pub(super) async fn rang_nobody(&self) {
        self.rang_nobody.notified().await;
    }

    pub(super) fn note_that_nobody_rang(&self) {
        self.rang_nobody.notify_one();
    }

    /// Spares [`Rest::me`] the question, where the gateway has told already.
    pub(super) fn know_me(&self, me: Me) {
        // Err: it is known. It cannot change under one token.
        let _ = self.me.set(me);
    }

    /// Where the gateway is, and how many sessions may still be started.
    ///
    /// # Errors
    /// Those of any request.
    pub async fn gateway(&self) -> Result<BotGateway, RestError> {
        self.get("get_gateway", Route::GatewayBot).await
    }

    /// The first response to an interaction.
    ///
    /// # Errors
    /// Refused with code 10062 where the interaction's three seconds are over, with 40060 where it has been answered.
    pub(super) async fn respond(
        &self,
        interaction: InteractionId,
        token: &str,
        response: &(impl Serialize + Sync),
    ) -> Result<(), RestError> {
        let route = Route::InteractionResponse { interaction_id: interaction.into(), token };
        self.perform("respond", with_body(route, LightMethod::Post, response)).await.map(drop)
    }

    /// How long nothing may be asked, since the token is refused; `None`: it is good as far as is known.
    pub(super) fn token_opens_in(&self) -> Option<Duration> {
        self.token_gate.opens_in(self.clock.now())
    }

    /// How many requests like this may be under way at once.
    pub(super) fn room(&self, method: LightMethod, route: Route<'_>) -> Room {
        self.limits.room(method, &route.path())
    }

    /// For serenity's client, so that its requests have timeouts too.
    pub(super) fn http_client(&self) -> reqwest::Client {
        self.client.clone()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, what: &'static str, route: Route<'_>) -> Result<T, RestError> {
        self.read(what, Request::new(route, LightMethod::Get)).await
    }

    /// Performs a request and reads its answer. `what` names it in metrics.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        what: &'static str,
        request: Request<'_>,
    ) -> Result<T, RestError> {
        let answer = self.perform(what, request).await?;
        serde_json::from_slice(&answer)
            .map_err(|error| RestError::Unanswered { why: format!("the answer cannot be read ({error})") })
    }

    /// Performs a request and gives the body of its answer, which is empty for a 204.
    pub(super) async fn perform(&self, what: &'static str, request: Request<'_>) -> Result<Bytes, RestError> {
        let begun = self.clock.now();
        let result = self.attempt(request).await;
        let outcome = result.as_ref().err().map_or("ok", RestError::outcome);
        metrics::counter!("threadline_discord_requests_total", "request" => what, "outcome" => outcome).increment(1);
        let took = self.clock.now().since(begun);
        metrics::histogram!("threadline_discord_request_seconds", "request" => what).record(took.as_secs_f64());
        result
    }

    async fn attempt(&self, request: Request<'_>) -> Result<Bytes, RestError> {
        let is_callback = matches!(request.route_ref(), Route::InteractionResponse { .. });
        let leave = self.leave(request.route_ref())?;
        let (method, path) = (*request.method_ref(), request.route_ref().path().into_owned());
        let permit = if is_callback {
            // Callbacks have no limit, and must not queue behind each other.
            None
        } else {
            Some(self.limits.permit(method, &path).await?)
        };
        let mut request = request
            .build(&self.client, self.token.expose_secret(), Some(&self.api_url))
            .map_err(|_| RestError::Unreachable { why: "no valid address or token".into() })?;
        if is_callback {
            request = request.timeout(CALLBACK_TIMEOUT);
        }
        let response = request.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(health) = &self.dates {
            health.hear_date(&headers, self.clock.now());
        }
        let body = response.bytes().await;
        let wait = self.limits.learn((method, &path), permit, status, &headers, body.as_deref().unwrap_or_default());
        if let Some(leave) = leave {
            let says_nothing = matches!(method, LightMethod::Get);
            let is_refused = status == StatusCode::UNAUTHORIZED && (says_nothing || self.is_token_refused(leave).await);
            self.token_gate.answered(leave, is_refused, self.clock.now());
            if is_refused {
                return Err(RestError::TokenRefused);
            }
        }
        match wait {
            Some(after) => Err(RestError::Limited { after }),
            None => judge(status, body.map_err(unanswered)?),
        }
    }
}

impl Rest {
    /// Leave to send a request, which only those need that carry the bot's token: an interaction has one of its own.
    fn leave(&self, route: &Route<'_>) -> Result<Option<Leave>, RestError> {
        if matches!(route, Route::InteractionResponse { .. } | Route::WebhookOriginalInteractionResponse { .. }) {
            return Ok(None);
        }
        // The gateway asks seldom of itself.
        let is_rare = matches!(route, Route::GatewayBot);
        match self.token_gate.ask(self.clock.now(), is_rare) {
            Some(leave) => Ok(Some(leave)),
            None => Err(RestError::TokenRefused),
        }
    }

    /// Whether a 401 is about the token, and not about what the request says: asks who we are. Several ask once.
    async fn is_token_refused(&self, leave: Leave) -> bool {
        let _one_at_a_time = self.asks_about_token.lock().await;
        if leave == Leave::Usual && self.token_opens_in().is_some() {
            return true;
        }
        let request = Request::new(Route::UserMe, LightMethod::Get);
        let Ok(request) = request.build(&self.client, self.token.expose_secret(), Some(&self.api_url)) else {
            return true;
        };
        metrics::counter!("threadline_discord_requests_total", "request" => "get_user", "outcome" => "asked")
            .increment(1);
        // Where that is not answered either, the first answer counts.
        !request.send().await.is_ok_and(|response| response.status().is_success())
    }
}

/// A request with a JSON body.
pub(super) fn with_body<'a>(route: Route<'a>, method: LightMethod, body: &impl Serialize) -> Request<'a> {
    let body = serde_json::to_vec(body).expect("Discord's builders are plain data");
    Request::new(route, method).body(Some(body))
}

fn judge(status: StatusCode, body: Bytes) -> Result<Bytes, RestError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Refusal {
        code: u64,
        message: String,
        errors: Value,
    }
    if status.is_success() {
        return Ok(body);
    }
    if !status.is_client_error() {
        return Err(RestError::Unanswered { why: format!("HTTP {}", status.as_u16()) });
    }
    let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
    let mut message = refusal.message;
    let mut fields = Vec::new();
    name_fields(&refusal.errors, "", &mut fields);
    if !fields.is_empty() {
        message = format!("{message} ({})", fields.join(", "));
    }
    Err(RestError::Refused { status: status.as_u16(), code: refusal.code, message })
}

/// Finds what a form's tree of errors is about: `content: BASE_TYPE_BAD_LENGTH`. Its sentences are left out, for they
/// quote what was sent.
fn name_fields(errors: &Value, path: &str, found: &mut Vec<String>) {
    let Some(branches) = errors.as_object() else { return };
    for (key, below) in branches {
        if key == "_errors" {
            let codes = below.as_array().into_iter().flatten().filter_map(|error| error["code"].as_str());
            found.extend(codes.map(|code| format!("{path}: {code}")));
        } else {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            name_fields(below, &path, found);
        }
    }
}

/// Says why there is no answer, without the URL.
fn unanswered(error: reqwest::Error) -> RestError {
    let error = error.without_url();
    if error.is_connect() {
        let why = if error.is_timeout() { "connecting took too long" } else { "no connection" };
        RestError::Unreachable { why: why.into() }
    } else if error.is_timeout() {
        RestError::Unanswered { why: "it took too long".into() }
    } else {
        RestError::Unanswered { why: "the connection broke".into() }
    }
}

#[cfg(test)]
mod tests {
    use serenity::model::id::{ChannelId, GuildId, MessageId};

    use super::*;
    use crate::ports::SystemClock;

    #[test]
    fn no_route_leads_past_the_configured_address() {
        let id = 1_000_000_000_000_000_001;
        let (channel_id, message_id) = (ChannelId::new(id), MessageId::new(id));
        let (application_id, guild_id) = (ApplicationId::new(id), GuildId::new(id));
        let client = reqwest::Client::new();
        for route in [
            Route::GatewayBot,
            Route::UserMe,
            Route::Oauth2ApplicationCurrent,
            Route::Guild { guild_id },
            Route::GuildCommands { application_id, guild_id },
            Route::Channel { channel_id },
            Route::ChannelMessages { channel_id },
            Route::ChannelMessage { channel_id, message_id },
            Route::ChannelMessageThreads { channel_id, message_id },
            Route::WebhookOriginalInteractionResponse { application_id, token: "t" },
            Route::InteractionResponse { interaction_id: serenity::model::id::InteractionId::new(id), token: "t" },
        ] {
            let request = Request::new(route, LightMethod::Get).build(&client, "Bot t", Some("http://127.0.0.1:9"));
            let request = request.unwrap().build().unwrap();
            assert!(request.url().as_str().starts_with("http://127.0.0.1:9/api/v10/"), "{}", request.url());
            let agent = request.headers()[reqwest::header::USER_AGENT].to_str().unwrap();
            assert!(agent.starts_with("DiscordBot (https://"), "{agent}");
        }
    }

    #[tokio::test]
    async fn errors_do_not_tell_the_address() {
        let rest = Rest::new("http://127.0.0.1:1", &SecretString::from("t"), Arc::new(SystemClock)).unwrap();
        let interaction = InteractionId::new(7).unwrap();
        let error = rest.respond(interaction, "s3cr3t", &"x").await.unwrap_err();
        assert_eq!(error, RestError::Unreachable { why: "no connection".into() });
        assert!(!format!("{error:?} {error}").contains("s3cr3t"));
    }

    #[test]
    fn a_refused_form_names_its_fields_but_not_their_contents() {
        let body = br#"{"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title":
            {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "secret text"}]}}}}}"#;
        let error = judge(StatusCode::BAD_REQUEST, Bytes::from_static(body)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Discord answered 400, code 50035: Invalid Form Body (embeds.0.title: BASE_TYPE_REQUIRED)"
        );
    }
}
