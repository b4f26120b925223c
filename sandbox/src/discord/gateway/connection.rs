//! One websocket: hello, heartbeats, identify or resume, then orders from the sessions until somebody leaves.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep_until, timeout},
};

use super::sessions::{KNOWN, Order, PRIVILEGED};
use crate::discord::world::Shared;

const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;
const RATE_LIMITED: u16 = 4008;
const SESSION_TIMED_OUT: u16 = 4009;
const INVALID_VERSION: u16 = 4012;
const INVALID_INTENTS: u16 = 4013;
const DISALLOWED_INTENTS: u16 = 4014;

/// Bytes that one frame of a bot may have.
const FRAME: usize = 4096;
/// Frames that a bot may send in [`WINDOW`].
const FRAMES: u32 = 120;
const WINDOW: Duration = Duration::from_secs(60);
/// How long a bot that has said goodbye may take to hang up.
const FAREWELL: Duration = Duration::from_secs(1);

struct Connection {
    shared: Shared,
    url: String,
    heartbeat: Duration,
    link: UnboundedSender<Order>,
    session: Option<String>,
    window: (Instant, u32),
}

/// Why a connection ends.
enum End {
    /// Close it with this code.
    Close(Option<u16>),
    /// It is gone, or goes without a word.
    Gone,
    /// The bot said goodbye with 1000 or 1001, which ends its session.
    Goodbye,
}

pub(crate) async fn serve(mut socket: WebSocket, shared: Shared, version: Option<String>, url: String) {
    let (link, orders) = unbounded_channel();
    let heartbeat = shared.read(|world| world.setup.heartbeat);
    let mut connection = Connection { shared, url, heartbeat, link, session: None, window: (Instant::now(), 0) };
    let end = if version.is_none_or(|version| version == "10") {
        connection.run(&mut socket, orders).await
    } else {
        End::Close(Some(INVALID_VERSION))
    };
    connection.leave(&end);
    if let End::Close(code) = end {
        let frame = code.map(|code| CloseFrame { code, reason: "".into() });
        // Whoever has gone already needs no close frame.
        let _ = socket.send(Message::Close(frame)).await;
    } else if matches!(end, End::Goodbye) {
        // Its own close frame is answered as soon as somebody reads on.
        let _ = timeout(FAREWELL, socket.recv()).await;
    }
}

impl Connection {
    async fn run(&mut self, socket: &mut WebSocket, mut orders: UnboundedReceiver<Order>) -> End {
        let millis = u64::try_from(self.heartbeat.as_millis()).unwrap_or(u64::MAX);
        let hello = json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": millis } });
        if say(socket, &hello).await.is_err() {
            return End::Gone;
        }
        let mut silent_until = self.patience();
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Send(frame)) => {
                        if say(socket, &frame).await.is_err() {
                            return End::Gone;
                        }
                        self.shared.change(|world| world.sessions.events.note(&frame));
                    }
                    Some(Order::Close(code)) => return End::Close(code),
                    Some(Order::Invalidate) => {
                        self.session = None;
                        if say(socket, &invalid_session()).await.is_err() {
                            return End::Gone;
                        }
                    }
                    Some(Order::Drop) | None => return End::Gone,
                },
                frame = socket.recv() => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Close(frame))) => return goodbye(frame.as_ref()),
                        Some(Ok(Message::Binary(_))) => return End::Close(Some(DECODE_ERROR)),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Err(_)) | None => return End::Gone,
                    };
                    match self.hear(&text) {
                        Ok(None) => {}
                        Ok(Some(answer)) => if say(socket, &answer).await.is_err() {
                            return End::Gone;
                        },
                        Err(code) => return End::Close(Some(code)),
                    }
                    silent_until = self.patience();
                }
                () = sleep_until(silent_until) => return End::Close(Some(SESSION_TIMED_OUT)),
            }
        }
    }

    /// What a frame of the bot is answered, or the code that closes the connection.
    fn hear(&mut self, text: &str) -> Result<Option<Value>, u16> {
        if self.window.0.elapsed() > WINDOW {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        if self.window.1 > FRAMES {
            return Err(RATE_LIMITED);
        }
        if text.len() > FRAME {
            return Err(DECODE_ERROR);
        }
        let frame: Value = serde_json::from_str(text).map_err(|_| DECODE_ERROR)?;
        let data = &frame["d"];
        match frame["op"].as_u64() {
            Some(1) => Ok(Some(json!({ "op": 11 }))),
            Some(2) if self.session.is_some() => Err(ALREADY_AUTHENTICATED),
            Some(2) => self.identify(data).map(|()| None),
            Some(6) => self.resume(data),
            // A presence, a voice state, a wish for members: taken and without effect here.
            Some(3 | 4 | 8) if self.session.is_some() => Ok(None),
            Some(3 | 4 | 8) => Err(NOT_AUTHENTICATED),
            _ => Err(UNKNOWN_OPCODE),
        }
    }

    fn identify(&mut self, data: &Value) -> Result<(), u16> {
        let intents = data["intents"].as_u64().ok_or(INVALID_INTENTS)?;
        if !data["properties"].is_object() {
            return Err(DECODE_ERROR);
        }
        self.shared.change(|world| {
            if !same_token(data, &world.token) {
                return Err(AUTHENTICATION_FAILED);
            }
            if intents & !KNOWN != 0 {
                return Err(INVALID_INTENTS);
            }
            if intents & PRIVILEGED & !world.setup.privileged_intents != 0 {
                return Err(DISALLOWED_INTENTS);
            }
            self.session = Some(world.welcome(intents, self.link.clone(), &self.url));
            Ok(())
        })
    }

    fn resume(&mut self, data: &Value) -> Result<Option<Value>, u16> {
        let id = data["session_id"].as_str().unwrap_or_default();
        let sequence = data["seq"].as_u64().and_then(|seq| usize::try_from(seq).ok());
        self.shared.change(|world| {
            if !same_token(data, &world.token) {
                return Err(AUTHENTICATION_FAILED);
            }
            let sequence = sequence.ok_or(DECODE_ERROR)?;
            if world.sessions.resume(id, sequence, self.link.clone()) {
                self.session = Some(id.to_owned());
                Ok(None)
            } else {
                Ok(Some(invalid_session()))
            }
        })
    }

    fn leave(&self, end: &End) {
        let Some(session) = &self.session else {
            return;
        };
        self.shared.change(|world| match end {
            End::Goodbye => world.sessions.end(session),
            End::Close(_) | End::Gone => world.sessions.disconnect(session, &self.link),
        });
    }

    /// A bot that misses two heartbeats is taken for dead.
    fn patience(&self) -> Instant {
        Instant::now() + 2 * self.heartbeat
    }
}

async fn say(socket: &mut WebSocket, frame: &Value) -> Result<(), axum::Error> {
    socket.send(Message::text(frame.to_string())).await
}

/// Discord takes the token with `Bot ` before it and without.
fn same_token(data: &Value, token: &str) -> bool {
    let given = data["token"].as_str().unwrap_or_default();
    given.strip_prefix("Bot ").unwrap_or(given) == token
}

fn invalid_session() -> Value {
    json!({ "op": 9, "d": false })
}

fn goodbye(frame: Option<&CloseFrame>) -> End {
    match frame.map(|frame| frame.code) {
        Some(1000 | 1001) => End::Goodbye,
        _ => End::Gone,
    }
}
