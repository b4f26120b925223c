//! The one door to Discord's REST API and the threads behind it, against the simulated Discord.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use threadline::discord::{DiscordThreads, Rest, RestError};
use threadline::domain::desk::ArchiveAfter;
use threadline::domain::ids::{ChannelId, ConversationId, DiscordMessageId, Nonce, UserId};
use threadline::domain::post::{Action, Button, ButtonStyle, Embed, Post, Ring, Tone};
use threadline::ports::{AgentThreads, SystemClock, ThreadsError, fresh_uuid};
use threadline_sandbox::discord::{Discord, Id, Limit, Permissions, RateLimits, Setup};
use threadline_sandbox::fault::Fault;

type Tested = Result<(), Box<dyn Error>>;

struct Bench {
    discord: Discord,
    threads: DiscordThreads,
    rest: Arc<Rest>,
    support: ChannelId,
}

impl Bench {
    async fn new(setup: Setup) -> Result<Self, Box<dyn Error>> {
        let discord = Discord::start(Setup { specs: threadline_sandbox::spec::folder(), ..setup }).await?;
        let token = SecretString::from(discord.token());
        let rest = Arc::new(Rest::new(&discord.url(), &token, Arc::new(SystemClock))?);
        let support = channel(discord.channel_id("support"));
        Ok(Self { threads: DiscordThreads::new(rest.clone()), rest, support, discord })
    }

    async fn card(&self) -> Result<DiscordMessageId, ThreadsError> {
        self.threads.post(self.support, &nonce(), &card("#1042 Ms Example")).await
    }

    /// A card and its thread.
    async fn thread(&self) -> Result<(DiscordMessageId, ChannelId), ThreadsError> {
        let card = self.card().await?;
        Ok((card, self.threads.open_thread(self.support, card, "#1042 Ms Example", ArchiveAfter::ThreeDays).await?))
    }

    fn assert_well(&self) {
        assert_eq!(self.discord.violations(), Vec::<String>::new());
        assert_eq!(self.discord.throttled(), 0);
    }
}

fn channel(id: Id) -> ChannelId {
    ChannelId::new(id.get()).expect("the simulator's ids are not zero")
}

fn simulated(id: ChannelId) -> Id {
    Id::new(id.get())
}

fn nonce() -> Nonce {
    Nonce::from_uuid(fresh_uuid(&SystemClock))
}

fn plain(content: &str) -> Post {
    Post { content: content.to_owned(), ..Post::default() }
}

fn card(title: &str) -> Post {
    let close = Action::Close(ConversationId(fresh_uuid(&SystemClock)));
    Post {
        embed: Some(Box::new(Embed {
            title: title.to_owned(),
            description: String::new(),
            fields: vec![("State".into(), "open".into())],
            tone: Tone::Calm,
        })),
        buttons: vec![Button { label: "Close".into(), action: close, style: ButtonStyle::Danger }],
        ..Post::default()
    }
}

#[tokio::test]
async fn a_post_with_one_nonce_stands_there_once() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let nonce = nonce();
    bench.discord.faults().add(Fault::on("POST", "/api/v10/channels/*/messages").status_after_effect(500));
    let lost = bench.threads.post(bench.support, &nonce, &plain("·1 hello")).await;
    assert!(matches!(lost, Err(ThreadsError::Retry { after: None, .. })), "{lost:?}");
    let id = bench.threads.post(bench.support, &nonce, &plain("·1 hello")).await?;
    let messages = bench.discord.messages(simulated(bench.support));
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].id.get(), id.get());
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn a_post_rings_exactly_whom_it_says() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let (ana, ben) = (bench.discord.member("Ana").id, bench.discord.member("Ben").id);
    let rings = UserId::new(ana.get()).map(Ring::User);
    let content = format!("<@{ana}> <@{ben}> @everyone <@&{}>", bench.discord.role_id("Agents"));
    bench.threads.post(bench.support, &nonce(), &Post { rings, ..plain(&content) }).await?;
    bench.threads.post(bench.support, &nonce(), &plain(&content)).await?;
    let messages = bench.discord.messages(simulated(bench.support));
    assert_eq!(messages[0].pinged.people, [ana]);
    assert!(messages[0].pinged.roles.is_empty() && !messages[0].pinged.everyone);
    assert!(messages[1].pinged.nobody());
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn an_edit_replaces_everything() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let id = bench.card().await?;
    bench.threads.edit(bench.support, id, &plain("moved")).await?;
    let message = &bench.discord.messages(simulated(bench.support))[0];
    assert_eq!((message.content.as_str(), message.edits), ("moved", 1));
    assert!(message.embeds.is_empty() && message.components.is_empty());
    bench.discord.delete_message(simulated(bench.support), message.id).map_err(|refused| refused.0)?;
    assert_eq!(bench.threads.edit(bench.support, id, &plain("again")).await, Err(ThreadsError::MessageGone));
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn a_thread_opens_once_and_its_end_is_known() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let (card, thread) = bench.thread().await?;
    assert_eq!(thread.get(), card.get());
    let again = bench.threads.open_thread(bench.support, card, "again", ArchiveAfter::Day).await;
    assert_eq!(again, Err(ThreadsError::AlreadyThere));
    assert!(bench.threads.thread_exists(thread).await?);

    let ben = bench.discord.member("Ben");
    bench.threads.add_member(thread, UserId::new(ben.id.get()).ok_or("zero")?).await?;
    assert_eq!(bench.discord.thread_members(simulated(thread)), ["Ben", "Threadline"]);
    assert_eq!(bench.discord.threads(simulated(bench.support))[0].auto_archive, 4320);

    let post = bench.threads.post(thread, &nonce(), &plain("·1 hello")).await?;
    bench.threads.set_archived(thread, true).await?;
    assert_eq!(bench.threads.edit(thread, post, &plain("·1 late")).await, Err(ThreadsError::Archived));
    bench.threads.set_archived(thread, false).await?;
    bench.threads.edit(thread, post, &plain("·1 late")).await?;

    bench.discord.delete_thread(simulated(thread)).map_err(|refused| refused.0)?;
    assert!(!bench.threads.thread_exists(thread).await?);
    assert_eq!(bench.threads.post(thread, &nonce(), &plain("·2")).await, Err(ThreadsError::ChannelGone));
    assert_eq!(
        bench.threads.open_thread(bench.support, card, "x", ArchiveAfter::Day).await,
        Err(ThreadsError::AlreadyThere)
    );
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn our_own_recent_messages_are_found_by_their_marker() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let (card, thread) = bench.thread().await?;
    let twelve = bench.threads.post(thread, &nonce(), &plain("·12 hello")).await?;
    bench.discord.member("Ana").post(simulated(thread), "·1 not ours").map_err(|refused| refused.0)?;
    assert_eq!(bench.threads.find_recent(bench.support, "#1042").await?, Some(card));
    assert_eq!(bench.threads.find_recent(bench.support, "#104").await?, None);
    assert_eq!(bench.threads.find_recent(thread, "·12").await?, Some(twelve));
    assert_eq!(bench.threads.find_recent(thread, "·1").await?, None);
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn a_refusal_names_the_permission_and_the_channel() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let (_, thread) = bench.thread().await?;
    let support = simulated(bench.support);
    bench.discord.revoke(support, Permissions::SEND_MESSAGES_IN_THREADS);
    let Err(ThreadsError::Refused { why }) = bench.threads.post(thread, &nonce(), &plain("·1")).await else {
        return Err("it was not refused".into());
    };
    assert!(why.contains("the permission Send Messages in Threads in #support"), "{why}");

    bench.discord.revoke(support, Permissions::VIEW_CHANNEL);
    let Err(ThreadsError::Refused { why }) = bench.threads.post(bench.support, &nonce(), &plain("·1")).await else {
        return Err("it was not refused".into());
    };
    assert!(why.contains("View Channel") && why.contains(&support.to_string()), "{why}");

    bench.discord.change_token("another");
    let refused = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
    assert_eq!(refused, Err(ThreadsError::TokenRefused));
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn a_rate_limit_becomes_a_due_time_and_is_never_met() -> Tested {
    let messages = Limit::new(3, Duration::from_secs(30));
    let rate_limits = RateLimits { messages, ..RateLimits::REAL };
    let bench = Bench::new(Setup { rate_limits, ..Setup::default() }).await?;
    for number in 1..=3 {
        bench.threads.post(bench.support, &nonce(), &plain(&format!("·{number}"))).await?;
    }
    let limited = bench.threads.post(bench.support, &nonce(), &plain("·4")).await;
    assert!(
        matches!(limited, Err(ThreadsError::Retry { after: Some(after), .. }) if after > Duration::from_secs(20)),
        "{limited:?}"
    );
    assert_eq!(bench.discord.requests().count("POST", "/api/v10/channels/*/messages"), 3);
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn edits_of_different_messages_share_a_limit() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let mut posted = Vec::new();
    for number in 1..=3 {
        posted.push(bench.threads.post(bench.support, &nonce(), &plain(&format!("·{number}"))).await?);
    }
    let mut limited = 0;
    for id in posted {
        match bench.threads.edit(bench.support, id, &plain("edited")).await {
            Ok(()) => {}
            Err(ThreadsError::Retry { after: Some(_), .. }) => limited += 1,
            Err(error) => return Err(error.into()),
        }
    }
    assert_eq!(limited, 1);
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn a_429_tells_when_to_come_back() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let minute = Duration::from_secs(60);
    let fault = Fault::on("POST", "/api/v10/channels/*/messages").rate_limited(minute, "shared");
    bench.discord.faults().add(fault);
    let limited = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
    assert!(matches!(limited, Err(ThreadsError::Retry { after: Some(after), .. }) if after == minute), "{limited:?}");

    bench.discord.faults().add(Fault::on("GET", "/api/v10/users/@me").rate_limited(minute, "global"));
    assert!(matches!(bench.rest.me().await, Err(RestError::Limited { .. })));
    let closed = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
    assert!(matches!(closed, Err(ThreadsError::Retry { after: Some(_), .. })), "{closed:?}");
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn an_outage_is_to_be_tried_again() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    for fault in [Fault::on("POST", "*").reset_after_effect(), Fault::on("POST", "*").status(502)] {
        bench.discord.faults().add(fault);
        let lost = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
        assert!(matches!(lost, Err(ThreadsError::Retry { after: None, .. })), "{lost:?}");
    }
    bench.discord.faults().add(Fault::on("POST", "*").garbage());
    let garbled = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
    assert!(matches!(garbled, Err(ThreadsError::Retry { after: None, .. })), "{garbled:?}");
    bench.discord.down().await;
    let down = bench.threads.post(bench.support, &nonce(), &plain("·1")).await;
    assert!(matches!(down, Err(ThreadsError::Retry { after: None, .. })), "{down:?}");
    bench.discord.up().await?;
    bench.threads.post(bench.support, &nonce(), &plain("·1")).await?;
    bench.assert_well();
    Ok(())
}

#[tokio::test]
async fn an_answer_whose_token_is_over_is_gone() -> Tested {
    let bench = Bench::new(Setup::default()).await?;
    let gone = bench.threads.edit_answer("no-such-token", &plain("late")).await;
    assert_eq!(gone, Err(ThreadsError::MessageGone));
    Ok(())
}
