//! A bot made by hand: raw REST requests and a raw gateway connection.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use threadline_sandbox::{
    discord::{Discord, Id, Interaction, RateLimits, Setup},
    spec,
    wire::WRONG_ON_PURPOSE,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// What a client without wishes of its own asks the gateway for.
pub(crate) const GUILDS: u64 = 1;
pub(crate) const GUILD_MESSAGES: u64 = 1 << 9;

pub(crate) const USER_AGENT: &str = "DiscordBot (https://example.com, 1.0)";

pub(crate) struct Bot {
    pub(crate) discord: Discord,
    http: reqwest::Client,
}

/// Limits off: a test of something else should not meet them.
pub(crate) fn lenient() -> Setup {
    Setup { rate_limits: RateLimits::LENIENT, specs: spec::folder(), ..Setup::default() }
}

impl Bot {
    pub(crate) async fn start(setup: Setup) -> Self {
        let discord = Discord::start(setup).await.unwrap();
        Self { discord, http: reqwest::Client::new() }
    }

    pub(crate) fn support(&self) -> Id {
        self.discord.channel_id("support")
    }

    /// A request that must be right.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(self.request(method.clone(), path), body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// A request that is wrong on purpose: the status, Discord's code, and the whole answer.
    pub(crate) async fn wrong(&self, method: Method, path: &str, body: Value) -> (u16, u64, Value) {
        let request = self.request(method, path).header(WRONG_ON_PURPOSE, "1");
        let (status, answer) = self.send(request, body).await;
        (status, answer["code"].as_u64().unwrap_or_default(), answer)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}/api/v10{path}", self.discord.url()))
            .header("user-agent", USER_AGENT)
            .header("authorization", format!("Bot {}", self.discord.token()))
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder, body: Value) -> (u16, Value) {
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Posts a plain text and returns the message.
    pub(crate) async fn say(&self, channel: Id, text: &str) -> Id {
        let message =
            self.ask(Method::POST, &format!("/channels/{channel}/messages"), json!({ "content": text })).await;
        id(&message)
    }

    pub(crate) async fn register(&self, commands: Value) -> Value {
        self.ask(Method::PUT, &self.commands_path(), commands).await
    }

    pub(crate) fn commands_path(&self) -> String {
        format!("/applications/{}/guilds/{}/commands", self.discord.bot_id(), self.discord.guild_id())
    }

    /// Responds to an interaction of which the gateway told.
    pub(crate) async fn respond(&self, event: &Value, response: Value) {
        self.ask(Method::POST, &callback(event), response).await;
    }

    /// Where an interaction's token leads; `name` is `@original` or an id.
    pub(crate) fn answer_path(&self, event: &Value, name: &str) -> String {
        format!("/webhooks/{}/{}/messages/{name}", self.discord.bot_id(), text(&event["token"]))
    }

    pub(crate) async fn gateway(&self, intents: u64) -> Gateway {
        let mut gateway = Gateway::connect(&self.discord).await;
        gateway.identify(&self.discord.token(), intents).await;
        gateway.event("GUILD_CREATE").await;
        gateway
    }
}

pub(crate) fn callback(event: &Value) -> String {
    format!("/interactions/{}/{}/callback", text(&event["id"]), text(&event["token"]))
}

pub(crate) fn id(thing: &Value) -> Id {
    text(&thing["id"]).parse().unwrap()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The code under a path of a 50035's tree.
pub(crate) fn error_at<'a>(answer: &'a Value, path: &str) -> &'a Value {
    let node = path.split('.').fold(&answer["errors"], |node, step| &node[step]);
    &node["_errors"][0]["code"]
}

/// `/notify number [template]`, as the tests use it.
pub(crate) fn notify() -> Value {
    json!([{
        "name": "notify",
        "description": "Texts a customer",
        "options": [
            { "type": 3, "name": "number", "description": "Whom", "required": true, "max_length": 20 },
            { "type": 3, "name": "template", "description": "What", "autocomplete": true },
            { "type": 3, "name": "tone", "description": "How", "choices": [{ "name": "Kind", "value": "kind" }] },
        ],
    }])
}

/// Ana uses `/notify`; the interaction and the gateway's event.
pub(crate) async fn notified(bot: &Bot, gateway: &mut Gateway) -> (Interaction, Value) {
    bot.register(notify()).await;
    let ana = bot.discord.member("Ana");
    let asked = ana.command(bot.support(), "notify", [("number", "07700 900001")]).await.unwrap();
    (asked, gateway.event("INTERACTION_CREATE").await)
}

pub(crate) struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    pub(crate) session: String,
    pub(crate) sequence: u64,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Coded(u16),
    WithoutCode,
    Torn,
}

impl Gateway {
    pub(crate) async fn connect(discord: &Discord) -> Self {
        let url = format!("{}/?v=10", discord.url().replace("http", "ws"));
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut gateway = Self { socket, session: String::new(), sequence: 0 };
        let hello = gateway.frame().await.unwrap();
        assert_eq!(hello["op"], 10);
        assert!(hello["d"]["heartbeat_interval"].is_u64());
        gateway
    }

    pub(crate) async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        self.say(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } })).await;
    }

    pub(crate) async fn resume(&mut self, token: &str, session: &str, sequence: u64) {
        self.say(json!({ "op": 6, "d": { "token": token, "session_id": session, "seq": sequence } })).await;
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or how the connection ended.
    pub(crate) async fn frame(&mut self) -> Result<Value, Ended> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await;
        match next.expect("the gateway said nothing for ten seconds") {
            Some(Ok(Message::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if let Some(sequence) = frame["s"].as_u64() {
                    assert_eq!(sequence, self.sequence + 1, "sequence numbers have no gaps");
                    self.sequence = sequence;
                }
                if frame["t"] == "READY" {
                    self.session = text_of(&frame["d"]["session_id"]);
                }
                Ok(frame)
            }
            Some(Ok(Message::Close(Some(frame)))) => Err(Ended::Coded(frame.code.into())),
            Some(Ok(Message::Close(None))) => Err(Ended::WithoutCode),
            Some(Ok(other)) => panic!("an unexpected frame: {other:?}"),
            Some(Err(_)) | None => Err(Ended::Torn),
        }
    }

    /// The data of the next event of a kind; others are passed over.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let mut frame = self.frame().await.unwrap_or_else(|ended| panic!("no {kind}: {ended:?}"));
            if frame["t"] == kind {
                return frame["d"].take();
            }
        }
    }
}

fn text_of(value: &Value) -> String {
    text(value).to_owned()
}
