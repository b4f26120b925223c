//! The transcript: what customers see on their phones and agents in Discord, one line per piece of news.

use std::collections::{HashMap, HashSet};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use threadline_sandbox::discord::{Id, PrivateState};
use threadline_sandbox::vonage::Side as Whose;

use super::scene::Scene;
use crate::lifecycle::Shutdown;
use crate::ports::{Clock as _, SystemClock};

/// One look at both sides at a time: so their lines stand in the order in which things happened.
const TOGETHER: Duration = Duration::from_millis(50);

/// The columns before the text, in characters: the side and the place.
const SIDE: usize = 9;
const PLACE: usize = 22;

/// Prints news, each once.
pub(super) struct Transcript {
    scene: Scene,
    shutdown: Shutdown,
    colours: bool,
    seen: Mutex<Seen>,
}

/// What was printed.
#[derive(Default)]
struct Seen {
    /// Messages in Discord, as they stood.
    shown: HashMap<Id, String>,
    /// Private answers by their interaction, as they stood.
    answers: HashMap<Id, String>,
    /// How many texts of each phone.
    phones: HashMap<String, usize>,
}

impl Transcript {
    pub(super) fn new(scene: &Scene, shutdown: &Shutdown) -> Self {
        let colours = io::stdout().is_terminal();
        Self { scene: scene.clone(), shutdown: shutdown.clone(), colours, seen: Mutex::default() }
    }

    /// Prints what happens until the shutdown.
    pub(super) async fn follow(self: Arc<Self>) {
        let shutdown = self.shutdown.token();
        let (mut vonage, mut discord) = (self.scene.vonage.changes(), self.scene.discord.changes());
        while !shutdown.is_cancelled() {
            self.look();
            // What changes together is printed together.
            SystemClock.sleep_until(SystemClock.now().plus(TOGETHER)).await;
            tokio::select! {
                () = vonage.next() => {}
                () = discord.next() => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Prints what has happened since the last look.
    pub(super) fn look(&self) {
        let mut seen = self.seen();
        self.look_at_phones(&mut seen);
        self.look_at_answers(&mut seen);
        self.look_at_channels(&mut seen);
    }

    /// A member of the guild does something, in this place.
    pub(super) fn agent_does(&self, who: &str, place: Id, what: &str) {
        self.look();
        let place = self.name_of(place);
        self.line(Side::Discord, &place, &format!("{who}: {what}"));
    }

    /// Prints a text as it is. When nobody reads any more (`| head`), the sandbox ends.
    pub(super) fn print(&self, text: &str) {
        if io::stdout().write_all(text.as_bytes()).is_err() {
            self.shutdown.begin();
        }
    }

    fn look_at_phones(&self, seen: &mut Seen) {
        for phone in self.scene.vonage.phones() {
            let screen = phone.screen();
            let known = seen.phones.entry(phone.number().to_owned()).or_default();
            for bubble in &screen[(*known).min(screen.len())..] {
                let who = match &bubble.side {
                    Whose::Received { from } => format!("+{from}"),
                    Whose::Sent(_) => "customer".to_owned(),
                };
                self.line(Side::Phone, &format!("+{}", phone.number()), &format!("{who}: {}", bubble.text));
            }
            *known = screen.len();
        }
    }

    fn look_at_answers(&self, seen: &mut Seen) {
        for private in self.scene.discord.private() {
            let answered = private.state == PrivateState::Answered;
            let asked = answered.then(|| self.scene.discord.interaction(private.interaction)).flatten();
            if let Some((interaction, who)) = asked {
                let before = seen.answers.entry(private.interaction).or_default();
                self.news(&format!("only {who} sees"), before, interaction.transcript());
            }
        }
    }

    fn look_at_channels(&self, seen: &mut Seen) {
        for (_, channel) in &self.scene.channels {
            for shown in self.scene.discord.shown(*channel) {
                let before = seen.shown.entry(shown.message.id).or_default();
                let place = if shown.place.starts_with('#') { shown.place } else { format!("#{}", shown.place) };
                self.news(&place, before, shown.text);
            }
        }
    }

    /// Prints a new text, or the changed lines of one that was printed before.
    fn news(&self, place: &str, before: &mut String, now: String) {
        let lines = now.lines().map(without_mark);
        if before.is_empty() {
            self.line(Side::Discord, place, &lines.collect::<Vec<_>>().join("\n"));
        } else if *before != now {
            let known: HashSet<&str> = before.lines().map(without_mark).collect();
            let changed: Vec<_> = lines.filter(|line| !known.contains(line)).map(str::trim_start).collect();
            if !changed.is_empty() {
                self.line(Side::Discord, place, &format!("(edited) {}", changed.join("\n")));
            }
        }
        *before = now;
    }

    fn line(&self, side: Side, place: &str, text: &str) {
        let (word, colour) = match side {
            Side::Phone => ("Phone", "\x1b[32m"),
            Side::Discord => ("Discord", "\x1b[35m"),
        };
        let (colour, dim, plain) = if self.colours { (colour, "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let mut lines = text.trim_end().lines();
        let first = lines.next().unwrap_or_default();
        let mut out = format!("{colour}{word:SIDE$}{plain}{dim}{place:PLACE$}{plain} {first}\n");
        for line in lines {
            out.push_str(&format!("{:1$}{line}\n", "", SIDE + PLACE + 1));
        }
        self.print(&out);
    }

    fn name_of(&self, place: Id) -> String {
        if let Some((name, _)) = self.scene.channels.iter().find(|(_, id)| *id == place) {
            return format!("#{name}");
        }
        let threads = self.scene.channels.iter().flat_map(|(_, channel)| self.scene.discord.threads(*channel));
        threads.into_iter().find(|thread| thread.id == place).map_or_else(String::new, |thread| thread.name)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy)]
enum Side {
    Phone,
    Discord,
}

/// A line without the note that its message was edited.
fn without_mark(line: &str) -> &str {
    line.strip_suffix(" (edited)").unwrap_or(line).trim_end()
}
