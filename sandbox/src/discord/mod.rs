//! The simulated Discord: one guild, its REST API and its gateway, strict where the real ones are.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use threadline_sandbox::discord::{Discord, Setup};
//!
//! let discord = Discord::start(Setup::default()).await?;
//! // … start a bot against discord.url() with discord.token() …
//! let support = discord.channel_id("support");
//! let ana = discord.member("Ana");
//! let asked = ana.command(support, "notify", [("number", "07700 900001")]).await?;
//! let answer = asked.wait_answer().await?;
//! println!("{}\n{}", answer.content, discord.transcript(support));
//! # Ok(())
//! # }
//! ```
//!
//! | room | what it is for |
//! |---|---|
//! | `setup`, `world` | what it starts with; all that it knows, behind one lock |
//! | `guild`, `permissions`, `threads` | roles, people, channels; who may do what; threads as things that live |
//! | `message`, `posting`, `draft`, `embeds`, `components`, `markup` | messages: seen, made, checked |
//! | `commands`, `invocation`, `interaction`, `responses` | slash commands, clicks, modals, and how the bot answers them |
//! | `rest`, `gateway` | the two doors to the bot; `form`, `error`, `rate_limit` are how they refuse |
//! | `people`, `asked`, `moderator`, `views`, `window`, `transcript` | the handle: what people do, and what they see |
//!
//! What is not simulated: direct messages, voice, forums, reactions, components of version 2, compression of the
//! gateway's stream, and sharding.

mod asked;
mod commands;
mod components;
mod draft;
mod embeds;
mod error;
mod form;
mod gateway;
mod guild;
mod id;
mod interaction;
mod invocation;
mod markup;
mod message;
mod moderator;
mod people;
mod permissions;
mod posting;
mod rate_limit;
mod responses;
mod rest;
mod setup;
mod threads;
mod transcript;
mod views;
mod window;
mod world;

use std::{io, sync::Arc, time::Duration};

pub use self::{
    asked::{Answer, Field, Interaction, Modal},
    gateway::{Cut, Event},
    id::Id,
    message::{Button, Message, Pinged},
    people::{Member, Refused},
    permissions::Permissions,
    rate_limit::{Limit, RateLimits},
    setup::{MESSAGE_CONTENT, Setup},
    transcript::Shown,
    views::Thread,
    window::{Author, GuildView, Person, Private, PrivateState, Role, Seen},
    world::World,
};
use self::{gateway::sessions::Order, world::Shared};
use crate::{
    fault::Faults,
    server::{Server, Watch},
    signal::Changes,
    spec::Spec,
    wire::WireLog,
};

/// A running Discord. Dropping it takes it down.
pub struct Discord {
    shared: Shared,
    server: Server,
    watch: Watch,
}

impl Discord {
    /// # Errors
    /// When the address cannot be bound, or the API description cannot be read.
    pub async fn start(setup: Setup) -> io::Result<Self> {
        let spec = setup.specs.as_deref().map(Spec::discord).transpose();
        let watch = Watch { spec: spec.map_err(io::Error::other)?.map(Arc::new), ..Watch::default() };
        let listen = setup.listen;
        let shared = Shared::new(World::new(setup, watch.spec.clone()));
        let server = Server::start(listen, rest::router(&shared), watch.clone()).await?;
        Ok(Self { shared, server, watch })
    }

    /// What stands in place of `https://discord.com`: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many milliseconds the `Date` of the answers is ahead of the machine's time; less than 0: behind it.
    pub fn date_ahead(&self) -> Arc<std::sync::atomic::AtomicI64> {
        self.watch.date_ahead.clone()
    }

    /// Every REST exchange so far.
    pub fn requests(&self) -> &WireLog {
        &self.watch.log
    }

    /// Wakes after every change.
    pub fn changes(&self) -> Changes {
        self.shared.changes()
    }

    /// Whether REST and gateway take connections.
    pub fn is_up(&self) -> bool {
        self.server.is_up()
    }

    /// Where a test says what goes wrong.
    pub fn faults(&self) -> &Faults {
        &self.watch.faults
    }

    /// REST and gateway are gone: connections are refused, open ones end. People go on.
    pub async fn down(&self) {
        self.drop_gateway(Cut::Tcp);
        self.server.down().await;
    }

    /// Both are back, on the same port.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn up(&self) -> io::Result<()> {
        self.server.up().await
    }

    /// Ends the bot's gateway connections.
    pub fn drop_gateway(&self, cut: Cut) {
        self.shared.change(|world| {
            world.sessions.order(|| match cut {
                Cut::Tcp => Order::Drop,
                Cut::Close(code) => Order::Close(code),
                Cut::Reconnect => Order::Send(serde_json::json!({ "op": 7, "d": null })),
                Cut::InvalidSession => Order::Invalidate,
            });
            if cut == Cut::InvalidSession {
                world.sessions.forget();
            }
        });
    }

    /// Waits until `look` finds something in the world; woken by every change. None: not within `patience`.
    /// `look` reads the world that it is given: the handle's own views would wait for it.
    pub async fn wait_for<T>(&self, look: impl FnMut(&World) -> Option<T>, patience: Duration) -> Option<T> {
        self.shared.wait_for(patience, look).await
    }
}
