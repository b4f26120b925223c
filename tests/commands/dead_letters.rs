//! `dead-letters`: what was given up on or waits for a desk, beside a running bridge and without one.

use threadline_sandbox::fault::{Answer, Fault, FaultKind};

use crate::CUSTOMER;
use crate::installation::{Installation, until};
use crate::support::database::{Database, Engine};

/// The list, without what differs from run to run.
async fn listed(here: &Installation) -> String {
    let listed = here.run(&["dead-letters", "list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:?}");
    without_times(&listed.stdout)
}

fn without_times(said: &str) -> String {
    let day = |word: &str| word.len() == 10 && word.bytes().filter(|byte| *byte == b'-').count() == 2;
    let time = |word: &str| word.len() == 5 && word.as_bytes()[2] == b':';
    let steady = |line: &str| {
        let steady = |word| {
            if day(word) {
                "(day)"
            } else if time(word) {
                "(time)"
            } else {
                word
            }
        };
        line.split(' ').map(steady).collect::<Vec<_>>().join(" ")
    };
    said.lines().map(steady).collect::<Vec<_>>().join("\n")
}

async fn of_no_desk(here: &Installation, count: usize) {
    let wanted = format!(r#""of_no_desk":{count}"#);
    until(&wanted, async || here.ask("/readyz").await.is_some_and(|(_, body)| body.contains(&wanted))).await;
}

async fn beside_a_running_bridge(here: Installation) {
    let right = here.vonage.setup().numbers[0].clone();
    let nothing = here.run(&["migrate"]).await;
    assert_eq!(nothing.code, Some(0), "{nothing:?}");
    assert_eq!(listed(&here).await, "Nothing was given up on, and no text waits for a desk.");
    here.configure(&format!("number = \"{right}\""), "number = \"447700900999\"");
    let serving = here.serve().await;
    let phone = here.vonage.phone(CUSTOMER);
    for text in ["My door code is 4711", "Did you get this?"] {
        assert_eq!(phone.send(text).await[0].statuses(), [Some(200)]);
    }
    let webhook = format!("http://{}/webhooks/a-path-token-of-tests/inbound-sms", here.addresses()[0]);
    let junk = here.vonage.push_raw(http::Method::POST, &webhook, http::HeaderMap::new(), "a=b").await;
    assert_eq!(junk.status, Some(200));
    of_no_desk(&here, 2).await;
    until("the junk is a dead letter", async || listed(&here).await.contains("inbox:3")).await;
    let list = listed(&here).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(list, @"
        inbox:1 · (day) (time) UTC · SMS from +61 ••• 0006 to +447700900000
            waits until a desk has the number +447700900000
        inbox:2 · (day) (time) UTC · SMS from +61 ••• 0006 to +447700900000
            waits until a desk has the number +447700900000
        inbox:3 · (day) (time) UTC · webhook that is not understood
            not understood
        `threadline dead-letters retry` with an id has it tried again, `threadline dead-letters drop` forgets it.
        ");
    }
    let with_text = here.run(&["dead-letters", "list", "--text"]).await;
    assert!(with_text.stdout.contains("My door code is 4711"), "{with_text:?}");

    // Nobody agreed.
    let asked = here.run(&["dead-letters", "drop", "inbox:1"]).await;
    assert_eq!(asked.code, Some(1));
    assert!(asked.stderr.contains("--yes"), "{asked:?}");
    let dropped = here.run(&["dead-letters", "drop", "inbox:1", "inbox:3", "--yes"]).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(without_times(&dropped.stdout), @"
        inbox:1 · (day) (time) UTC · SMS from +61 ••• 0006 to +447700900000
            waits until a desk has the number +447700900000
        inbox:3 · (day) (time) UTC · webhook that is not understood
            not understood
        2 entries will be dropped: they have no effect, nobody sees them, and what customers wrote is deleted.
        2 entries were dropped.
        ");
    }
    of_no_desk(&here, 1).await;
    let gone = here.run(&["dead-letters", "retry", "inbox:1"]).await;
    assert_eq!(gone.code, Some(1));
    insta::allow_duplicates! {
        insta::assert_snapshot!(gone.stderr, @"
        inbox:1 is neither given up on nor waiting for a desk: `threadline dead-letters list` shows what is.
        threadline: one was not tried again
        ");
    }
    // The desk still has another number: it waits again, and is not told again.
    let retried = here.run(&["dead-letters", "retry", "all"]).await;
    assert_eq!(retried.code, Some(0), "{retried:?}");
    of_no_desk(&here, 1).await;
    assert_eq!(serving.terminate().await.code(), Some(0));

    here.configure("number = \"447700900999\"", &format!("number = \"{right}\""));
    let serving = here.serve().await;
    here.shows(&["> Did you get this?"]).await;
    assert_eq!(listed(&here).await, "Nothing was given up on, and no text waits for a desk.");
    assert_eq!(serving.terminate().await.code(), Some(0));
    assert!(!here.discord.transcript(here.discord.channel_id("support")).contains("4711"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_no_desk_are_listed_dropped_and_read_again_on_sqlite() {
    beside_a_running_bridge(Installation::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_no_desk_are_listed_dropped_and_read_again_on_postgres() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let here = Installation::new().await;
    here.set("DATABASE_URL", database.url());
    beside_a_running_bridge(here).await;
}

/// Discord refuses a post in a way that no second try mends; then what was in its way is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_discord_refused_is_tried_again_and_shows() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    let refusal = r#"{"code": 50035, "message": "Invalid Form Body"}"#;
    let answer = Answer { status: http::StatusCode::BAD_REQUEST, headers: Vec::new(), body: refusal.into() };
    here.discord.faults().add(Fault::on("PATCH", "*/messages/*").kind(FaultKind::Status(answer)).until_cleared());
    here.vonage.phone(CUSTOMER).send("Is anybody there?").await;
    here.shows(&["> Is anybody there?"]).await;
    until("an effect was given up on", async || listed(&here).await.contains("outbox:")).await;
    let list = listed(&here).await;
    let id = list.split_whitespace().find(|word| word.starts_with("outbox:")).unwrap();
    here.discord.faults().clear();
    let retried = here.run(&["dead-letters", "retry", id]).await;
    assert_eq!(retried.code, Some(0), "{retried:?}");
    until("it is done", async || listed(&here).await.starts_with("Nothing")).await;
    assert_eq!(serving.terminate().await.code(), Some(0));
}

/// Whether an SMS was sent nobody can tell where its attempt had begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_that_may_have_been_sent_is_never_sent_again() {
    let here = Installation::new().await;
    assert_eq!(here.run(&["migrate"]).await.code, Some(0));
    let begun = "INSERT INTO outbox (outside, lane, precedence, effect, created, due, attempts, first_begun, dead, error) \
        VALUES ('vonage', 'sms:1', 0, '{}', 1, 1, 1, 2, 3, 'cannot be read'), \
        ('vonage', 'sms:2', 0, '{}', 1, 1, 0, NULL, 3, 'cannot be read')";
    here.execute(begun).await;
    let refused = here.run(&["dead-letters", "retry", "all"]).await;
    assert_eq!(refused.code, Some(1));
    insta::assert_snapshot!(refused.stdout + &refused.stderr, @"
    outbox:2 is tried again: a running bridge takes it up within a second, another when it starts.
    outbox:1 is not tried again: its sending had begun, so the customer may have the SMS. Look into its thread, and write to the customer anew if it is needed.
    threadline: one was not tried again
    ");
    let dropped = here.run(&["dead-letters", "drop", "all", "--yes"]).await;
    assert_eq!(dropped.code, Some(0), "{dropped:?}");
}

/// Its text is gone: nothing could be read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_whose_text_was_deleted_is_not_tried_again() {
    let here = Installation::new().await;
    assert_eq!(here.run(&["migrate"]).await.code, Some(0));
    let cut = "INSERT INTO inbox (source, dedupe, raw, received, due, attempts, dead, error) \
        VALUES ('inbound_sms', 'sms:1', x'', 1, 0, 10, 3, 'the database failed')";
    here.execute(cut).await;
    let before = listed(&here).await;
    insta::assert_snapshot!(before, @"
    inbox:1 · (day) (time) UTC · webhook without a text, or whose text was deleted
        the database failed
    `threadline dead-letters retry` with an id has it tried again, `threadline dead-letters drop` forgets it.
    ");
    let refused = here.run(&["dead-letters", "retry", "all"]).await;
    assert_eq!(refused.code, Some(1));
    insta::assert_snapshot!(refused.stdout + &refused.stderr, @"
    inbox:1 is not tried again: it has no text, or its text was deleted after 30 days.
    threadline: one was not tried again
    ");
    assert_eq!(listed(&here).await, before, "nothing has changed");
}

/// An SMS that was given up on before its sending began, as when its customer's consent could not be read.
async fn an_sms_given_up_on(database: Database) {
    let here = Installation::new().await;
    here.set("DATABASE_URL", database.url());
    let bury = async |begun: &str| {
        database.run("UPDATE messages SET state = 'queued', failure = NULL WHERE direction = 'outbound'").await;
        let bury = format!(
            "UPDATE outbox SET dead = created, done = NULL, begun = NULL, lease = NULL, first_begun = {begun}, \
             error = 'cannot be read' WHERE outside = 'vonage'"
        );
        database.run(&bury).await;
    };
    let serving = here.serve().await;
    here.vonage.down().await;
    let number = format!("+{CUSTOMER}");
    let support = here.discord.channel_id("support");
    here.discord.member("Ana").command(support, "notify", [("number", number.as_str())]).await.unwrap();
    here.shows(&["⏳ queued"]).await;
    assert_eq!(serving.terminate().await.code(), Some(0));
    bury("NULL").await;
    here.vonage.up().await.unwrap();
    let serving = here.serve().await;
    let list = listed(&here).await;
    let id = list.split_whitespace().find(|word| word.starts_with("outbox:")).unwrap();
    let steady = |said: &str| without_times(&said.replace(id, "outbox:(id)"));

    let dropped = here.run(&["dead-letters", "drop", id, "--yes"]).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(steady(&dropped.stdout), @"
        outbox:(id) · (day) (time) UTC · SMS to a customer
            cannot be read
        1 entry will be dropped: it has no effect, nobody sees it, and what the customer wrote is deleted.
        An SMS among what is dropped fails in its thread, where agents see it and can send it again.
        1 entry was dropped.
        ");
    }
    here.shows(&["❌ **failed**: the operator dropped it", "did not leave: the operator dropped it"]).await;
    assert!(listed(&here).await.starts_with("Nothing"));

    // As an older version leaves it: the agents see that it failed, and its effect is a dead letter all the same.
    bury("NULL").await;
    database.run("UPDATE messages SET state = 'failed', failure = 'unreadable' WHERE direction = 'outbound'").await;
    let refused = here.run(&["dead-letters", "retry", id]).await;
    assert_eq!(refused.code, Some(1));
    insta::allow_duplicates! {
        insta::assert_snapshot!(steady(&refused.stderr), @"
        outbox:(id) is not tried again: its message has failed, and its thread says so. Agents can press Send again there.
        threadline: one was not tried again
        ");
    }
    assert!(listed(&here).await.contains(id), "nothing has changed");

    // What may have left is not said to have failed.
    bury("1").await;
    let dropped = here.run(&["dead-letters", "drop", id, "--yes"]).await;
    assert_eq!(dropped.code, Some(0), "{dropped:?}");
    here.shows(&["❓ **unconfirmed**"]).await;

    // What was in its way is gone: it leaves.
    assert!(here.vonage.sent().is_empty());
    bury("NULL").await;
    let retried = here.run(&["dead-letters", "retry", id]).await;
    assert_eq!(retried.code, Some(0), "{retried:?}");
    here.shows(&["✅ delivered"]).await;
    assert_eq!(here.vonage.sent().len(), 1);
    assert_eq!(serving.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_that_is_dropped_fails_and_one_that_failed_is_not_tried_again_on_sqlite() {
    an_sms_given_up_on(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sms_that_is_dropped_fails_and_one_that_failed_is_not_tried_again_on_postgres() {
    let Some(database) = Database::postgres().await else { return };
    an_sms_given_up_on(database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_it_cannot_do() {
    let here = Installation::new().await;
    let absent = here.run(&["dead-letters", "list"]).await;
    assert_eq!(absent.code, Some(1));
    insta::assert_snapshot!(here.steady(&absent.stderr), @"threadline: there is no database yet: `threadline serve` makes it");
    let odd = here.run(&["dead-letters", "retry", "inbox:x"]).await;
    assert!(odd.stderr.contains("inbox:12"), "{odd:?}");
    assert_eq!(here.run(&["migrate"]).await.code, Some(0));
    let unknown = here.run(&["dead-letters", "retry", "outbox:99"]).await;
    assert_eq!(unknown.code, Some(1));
    insta::assert_snapshot!(unknown.stderr, @"
    outbox:99 is neither given up on nor waiting for a desk: `threadline dead-letters list` shows what is.
    threadline: one was not tried again
    ");
}
