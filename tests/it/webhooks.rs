//! Webhooks: every form in which they come, who is let in, and what is said about those that say nothing.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use threadline::store;
use threadline_sandbox::vonage::{Attempt, Fields, Verdict, WebhookFormat};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Bench, CUSTOMER, Options, sqlite};

/// Somebody on the internet sends this.
async fn send(bench: &Bench, method: Method, url: &str, body: impl Into<Vec<u8>>) -> Attempt {
    bench.vonage.push_raw(method, url, HeaderMap::new(), body).await
}

async fn post(bench: &Bench, url: &str, body: impl Into<Vec<u8>>) -> Option<u16> {
    send(bench, Method::POST, url, body).await.status
}

async fn get(bench: &Bench, url: &str) -> Option<u16> {
    send(bench, Method::GET, url, "").await.status
}

fn form(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.iter()).finish()
}

async fn dead_webhooks(bench: &Bench) -> i64 {
    let mut tx = bench.app().store().read().await.unwrap();
    store::inbox::counts(&mut tx).await.unwrap().1
}

#[tokio::test]
async fn an_sms_comes_by_every_route_and_in_every_encoding() {
    let bench = Bench::start().await;
    for route in ["inbound-sms", "update", "delivery-receipt"] {
        // This is also the check: a GET without parameters.
        bench.vonage.set_inbound_url(&bench.webhook(route)).await.unwrap();
        for format in [WebhookFormat::Get, WebhookFormat::Post, WebhookFormat::PostJson] {
            bench.vonage.set_webhook_format(format);
            let taken = bench.phone().send(&format!("Größe & 😀 = {format:?} by {route}")).await;
            assert_eq!(taken[0].statuses(), [Some(200)]);
        }
    }
    let unlabelled = bench.vonage.inbound_fields(CUSTOMER, "JSON without a Content-Type").json().to_string();
    assert_eq!(post(&bench, &bench.webhook("inbound-sms"), unlabelled).await, Some(200));
    bench.shows(&["**·10**"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📩 Customer @Agents
      > Größe & 😀 = Get by inbound-sms
    Threadline: **·2** 📩 Customer @Agents
      > Größe & 😀 = Post by inbound-sms
    Threadline: **·3** 📩 Customer @Agents
      > Größe & 😀 = PostJson by inbound-sms
    Threadline: **·4** 📩 Customer @Agents
      > Größe & 😀 = Get by update
    Threadline: **·5** 📩 Customer @Agents
      > Größe & 😀 = Post by update
    Threadline: **·6** 📩 Customer @Agents
      > Größe & 😀 = PostJson by update
    Threadline: **·7** 📩 Customer @Agents
      > Größe & 😀 = Get by delivery-receipt
    Threadline: **·8** 📩 Customer @Agents
      > Größe & 😀 = Post by delivery-receipt
    Threadline: **·9** 📩 Customer @Agents
      > Größe & 😀 = PostJson by delivery-receipt
    Threadline: **·10** 📩 Customer @Agents
      > JSON without a Content-Type
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_on_the_route_of_sms_is_a_receipt() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    bench.notify().await;
    let sms = bench.vonage.wait_for_sent(1, crate::support::PATIENCE).await.remove(0);
    for format in [WebhookFormat::Get, WebhookFormat::Post, WebhookFormat::PostJson] {
        bench.vonage.set_webhook_format(format);
        let receipt = bench.vonage.receipt_fields(&sms, 0, Verdict::Delivered);
        let taken = bench.vonage.push_receipt(&bench.webhook("inbound-sms"), &receipt).await;
        assert_eq!(taken[0].statuses(), [Some(200)]);
    }
    bench.shows(&["✅ delivered", "Message delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn who_does_not_know_the_token_learns_nothing_and_loses_no_text() {
    let bench = Bench::start().await;
    let text = bench.vonage.inbound_fields(CUSTOMER, "hello");
    let paths = ["/webhooks/a-wrong-token/inbound-sms", "/webhooks/inbound-sms", "/update", "/webhooks/update"];
    for url in paths.map(|path| bench.public(path)) {
        assert_eq!(post(&bench, &url, form(&text)).await, Some(503), "{url}");
        assert_eq!(post(&bench, &url, text.json().to_string()).await, Some(503), "{url}");
        assert_eq!(get(&bench, &format!("{url}?{}", form(&text))).await, Some(503), "{url}");
        assert_eq!(get(&bench, &url).await, Some(404), "{url}");
        assert!(bench.vonage.set_inbound_url(&url).await.is_err(), "{url}");
    }
    let refused = send(&bench, Method::POST, &bench.public(paths[0]), form(&text)).await;
    insta::assert_snapshot!(refused.body, @r#"{"error":"wrong_token","detail":"this is not the webhook URL that was configured"}"#);
    for nowhere in ["/", "/webhooks", "/webhooks/a-path-token-of-tests", "/readyz", "/metrics"] {
        assert_eq!(get(&bench, &bench.public(nowhere)).await, Some(404), "{nowhere}");
    }
    let put = send(&bench, Method::PUT, &bench.webhook("inbound-sms"), form(&text)).await;
    assert_eq!(put.status, Some(405));
    assert_eq!(bench.quiet().await, 0);
    assert_eq!(bench.discord.messages(bench.channel()).len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn an_open_door_takes_webhooks_and_refuses_junk() {
    let bench = Bench::with(Options { webhooks: "insecure = true".to_owned(), ..Options::default() }).await;
    for (number, path) in ["/webhooks/inbound-sms", "/webhooks/update", "/update"].into_iter().enumerate() {
        bench.vonage.set_inbound_url(&bench.public(path)).await.unwrap();
        bench.phone().send(&format!("hello {number}")).await;
    }
    for junk in ["", "a=b", "{}", "[]", "{\"text\":", "<xml/>", "\0\u{ff}"] {
        assert_eq!(post(&bench, &bench.public("/update"), junk).await, Some(400), "{junk}");
    }
    assert_eq!(get(&bench, &bench.public("/update?a=b")).await, Some(400));
    let guessed = bench.public("/webhooks/a-token/inbound-sms");
    assert_eq!(post(&bench, &guessed, form(&bench.vonage.inbound_fields(CUSTOMER, "no"))).await, Some(503));
    bench.shows(&["hello 0", "hello 1", "hello 2"]).await;
    assert_eq!(dead_webhooks(&bench).await, 0);
    bench.finish().await;
}

#[tokio::test]
async fn what_is_not_understood_is_kept_for_a_person() {
    let bench = Bench::start().await;
    let url = bench.webhook("inbound-sms");
    let junk = ["{\"text\": \"cut o", "[]", "a=b", "<xml/>", "", "msisdn=61491570006&text=no-id"];
    for junk in junk {
        assert_eq!(post(&bench, &url, junk).await, Some(200), "{junk}");
        assert_eq!(post(&bench, &url, junk).await, Some(200), "{junk}");
    }
    let odd = bench.vonage.inbound_fields(CUSTOMER, "x").with("status", "eaten");
    let mut odd_receipt = odd.clone();
    odd_receipt.remove("text");
    assert_eq!(post(&bench, &bench.webhook("delivery-receipt"), form(&odd_receipt)).await, Some(200));
    assert_eq!(bench.quiet().await, 0);
    assert_eq!(dead_webhooks(&bench).await, 7);
    assert_eq!(bench.discord.messages(bench.channel()).len(), 0);
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"Threadline: ⚠️ A webhook from Vonage could not be understood. It is kept as a dead letter: `threadline dead-letters list` shows it.");
    bench.finish().await;
}

#[tokio::test]
async fn too_large_is_said_and_wrongly_encoded_is_read_around() {
    let bench = Bench::start().await;
    let url = bench.webhook("inbound-sms");
    let large = bench.vonage.inbound_fields(CUSTOMER, &"x".repeat(64 * 1024));
    let refused = send(&bench, Method::POST, &url, form(&large)).await;
    assert_eq!(refused.status, Some(413));
    insta::assert_snapshot!(refused.body, @r#"{"error":"too_large","detail":"the body is longer than 64 KiB"}"#);

    let fields = form(&bench.vonage.inbound_fields(CUSTOMER, "caf_")).replace("caf_", "caf%E9");
    assert_eq!(post(&bench, &url, fields).await, Some(200));
    let latin1 = bench.vonage.inbound_fields(CUSTOMER, "caf_ au lait").json().to_string().replace("caf_", "caf\0");
    let latin1: Vec<u8> = latin1.into_bytes().into_iter().map(|byte| if byte == 0 { 0xE9 } else { byte }).collect();
    assert_eq!(post(&bench, &url, latin1).await, Some(200));
    bench.shows(&["> caf\u{fffd}\n", "> caf\u{fffd} au lait"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn empty_texts_nuls_and_binary_are_shown() {
    let bench = Bench::start().await;
    let mut binary = bench.vonage.inbound_fields(CUSTOMER, "").with("type", "binary").with("data", "48656C6C6F");
    binary.remove("text");
    let odd = bench.vonage.inbound_fields(CUSTOMER, "odd id").with("messageId", "id\0with a nul");
    let webhooks = [
        bench.vonage.inbound_fields(CUSTOMER, ""),
        bench.vonage.inbound_fields(CUSTOMER, " \n "),
        bench.vonage.inbound_fields(CUSTOMER, "a\0b"),
        odd.clone(),
        odd,
        binary,
    ];
    for fields in &webhooks {
        assert_eq!(bench.vonage.push_inbound(fields).await[0].statuses(), [Some(200)]);
    }
    bench.shows(&["**·5**"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.thread().id), @"
    Threadline: **·1** 📩 Customer · an empty text @Agents
      > *(empty)*
    Threadline: **·2** 📩 Customer · an empty text @Agents
      > *(empty)*
    Threadline: **·3** 📩 Customer @Agents
      > a�b
    Threadline: **·4** 📩 Customer @Agents
      > odd id
    Threadline: **·5** 📩 Customer @Agents
      > (binary message: 48656C6C6F)
    ");
    bench.finish().await;
}

#[tokio::test]
async fn a_number_of_no_desk_is_told_once_and_kept() {
    let bench = Bench::start().await;
    for text in ["one", "two"] {
        let stray = bench.vonage.inbound_fields(CUSTOMER, text).with("to", "447700900999");
        assert_eq!(bench.vonage.push_inbound(&stray).await[0].statuses(), [Some(200)]);
    }
    assert_eq!(bench.quiet().await, 0);
    assert_eq!(dead_webhooks(&bench).await, 0);
    assert_eq!(bench.readyz().await.1["inbox"]["of_no_desk"], 2);
    insta::assert_snapshot!(bench.discord.transcript(bench.operators()), @"Threadline: ⚠️ An SMS came for +44 ••• 0999, which is the number of no desk. It waits, as does what else comes for this number. Correct `number` of the desk, or add a desk with it, and restart: then it shows. If nobody here should get it, point the number's webhook elsewhere. `threadline dead-letters list` shows what waits.");
    assert_eq!(bench.discord.messages(bench.channel()).len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn one_sms_five_times_at_once_has_one_effect() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench.vonage.set_webhook_copies(5);
    let taken = bench.phone().send("2").await;
    assert_eq!(taken.len(), 5);
    assert!(taken.iter().all(|webhook| webhook.statuses() == [Some(200)]));
    // And once more a day later.
    bench.clock.advance(Duration::from_secs(24 * 60 * 60));
    bench.vonage.push_again(&taken[0]).await;
    assert_eq!(bench.quiet().await, 0);
    assert_eq!(bench.phone().inbox().len(), 2);
    assert_eq!(bench.discord.transcript(bench.channel()).matches("Customer").count(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_sender_that_is_no_phone_is_shown_and_never_answered() {
    let bench = Bench::start().await;
    for (sender, text) in [("60800", "Your code is 1"), ("ACME Bank", "STOP")] {
        let fields = bench.vonage.inbound_fields(sender, text);
        assert_eq!(bench.vonage.push_inbound(&fields).await[0].statuses(), [Some(200)]);
        bench.shows(&[text]).await;
    }
    let threads = bench.discord.threads(bench.channel());
    let asked = bench.ana().command(threads[0].id, "reply", [("text", "who are you?")]).await.unwrap();
    insta::assert_snapshot!(asked.wait_answer().await.unwrap().content, @"This sender is a short code or a name and cannot be answered by SMS.");
    assert_eq!(bench.quiet().await, 0);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · 60800
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 60800
        Threadline: **·1** 📩 Customer · from a sender that cannot be answered @Agents
          > Your code is 1
    Threadline:  (edited)
      | #2 · ACME Bank
      | State: Waits for an agent since (a moment)
      | Last activity: (a moment)
      [Reply] [Close]
      > #2 ACME Bank
        Threadline: **·1** 📩 Customer · from a sender that cannot be answered @Agents
          > STOP
    ");
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 0);
    bench.finish().await;
}

#[tokio::test]
async fn a_database_that_fails_makes_vonage_keep_the_text() {
    let folder = TempDir::new().unwrap();
    let database = sqlite(folder.path());
    let bench = Bench::with(Options { database: Some(database.clone()), ..Options::default() }).await;
    let options: sqlx::sqlite::SqliteConnectOptions = database.parse().unwrap();
    let mut other = options.connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();

    let refused = bench.phone().send("keep this").await;
    assert_eq!(refused[0].attempts[0].status, Some(503));
    let (status, body) = bench.readyz().await;
    assert_eq!((status, &body["ready"]), (503, &false.into()));
    insta::assert_snapshot!(body["degraded"][0], @r#""intake: the last webhook could not be stored""#);

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    bench.shows(&["keep this"]).await;
    let (status, body) = bench.readyz().await;
    assert_eq!((status, &body["ready"]), (200, &true.into()));
    assert_eq!(bench.discord.transcript(bench.channel()).matches("keep this").count(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off_and_delays_nobody() {
    let bench = Bench::start().await;
    let mut slow = TcpStream::connect(bench.app().public_address()).await.unwrap();
    slow.write_all(b"POST /webhooks/a-path-token-of-tests/inbound-sms HTTP/1.1\r\nHost: ").await.unwrap();
    bench.phone().send("hello").await;
    bench.shows(&["hello"]).await;
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(15), slow.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection is still open");
    assert!(!String::from_utf8_lossy(&answer).contains(StatusCode::OK.as_str()));
    bench.finish().await;
}
