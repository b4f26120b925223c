//! Sending: what Vonage is asked, and what follows from each way in which it answers.

use std::time::Duration;

use http::StatusCode;
use threadline_sandbox::discord::World;
use threadline_sandbox::fault::{Answer, Fault, FaultKind};
use threadline_sandbox::vonage;

use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

/// How long after an unconfirmed send an agent is asked, and a bit.
const UNCONFIRMED_AFTER: Duration = Duration::from_secs(15 * 60 + 1);

fn faulty() -> Fault {
    Fault::on("POST", "/sms/json")
}

fn throttled(retry_after: u64) -> Fault {
    faulty().kind(FaultKind::Status(Answer {
        status: StatusCode::TOO_MANY_REQUESTS,
        headers: vec![("retry-after", retry_after.to_string())],
        body: "".into(),
    }))
}

fn requests(bench: &Bench) -> usize {
    bench.vonage.requests().count("POST", "/sms/json")
}

/// Moves the clock forward in steps until Vonage was asked so often.
async fn until_asked(bench: &Bench, times: usize, step: Duration) {
    let started = std::time::Instant::now();
    while requests(bench) < times {
        assert!(started.elapsed() < PATIENCE, "Vonage was asked {} times, not {times}", requests(bench));
        bench.advance(step).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Gives whatever should not happen the time to happen.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// A conversation with one delivered message, and no receipts about the next ones until they are released.
async fn with_receipts_held() -> Bench {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    bench.quiet().await;
    bench.phone().receipts(|receipts| receipts.held = true);
    bench
}

/// The one receipt that is held back arrives.
async fn released(bench: &Bench) {
    while bench.phone().held_receipts() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(bench.phone().release_receipts().await.len(), 1);
}

/// Ana answers, and it is queued: two commands at once have no order.
async fn reply(bench: &Bench, text: &str) {
    bench.reply(text).await.wait_answer_containing("queued").await.unwrap();
}

async fn notify(bench: &Bench, customer: &str, text: &str) {
    let number = format!("+{customer}");
    let asked = bench.ana().command(bench.channel(), "notify", [("number", number.as_str()), ("text", text)]).await;
    asked.unwrap().wait_answer_containing("queued").await.unwrap();
}

#[tokio::test]
async fn a_request_is_a_form_with_our_reference_and_address() {
    let bench = Bench::start().await;
    notify(&bench, CUSTOMER, "Café £5 & }more{ €1 = 1+1").await;
    notify(&bench, OTHER_CUSTOMER, "Café \u{a0}5 日本").await;
    bench.quiet().await;
    let asked = bench.vonage.requests().matching("POST", "/sms/json");
    assert_eq!(asked.len(), 2);
    for (exchange, (text, kind)) in
        asked.iter().zip([("Café £5 & }more{ €1 = 1+1", "text"), ("Café \u{a0}5 日本", "unicode")])
    {
        assert_eq!(exchange.request_headers["content-type"], "application/x-www-form-urlencoded");
        let form = exchange.request_form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        assert_eq!((field("text"), field("type")), (text, kind));
        assert_eq!(field("client-ref").parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
        assert_eq!(field("callback"), bench.webhook("delivery-receipt"));
        let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
        insta::allow_duplicates! {
            insta::assert_snapshot!(names.join(" "), @"api_key api_secret callback client-ref from status-report-req text to type");
        }
    }
    assert!(bench.vonage.sent().iter().all(|sms| !sms.garbled && sms.from == bench.vonage.setup().numbers[0]));
    bench.finish().await;
}

#[tokio::test]
async fn a_refusal_is_said_in_the_thread_and_not_tried_again() {
    let bench = Bench::start().await;
    let statuses = [3, 6, 12, 15, 22, 23, 29, 99];
    bench.vonage.refuse(statuses[0], Some(1));
    notify(&bench, CUSTOMER, "first").await;
    bench.shows(&["·1 did not arrive"]).await;
    for (number, status) in (2..).zip(&statuses[1..]) {
        bench.vonage.refuse(*status, Some(1));
        reply(&bench, "again").await;
        bench.shows(&[&format!("·{number} did not arrive")]).await;
    }
    bench.vonage.refuse(33, Some(1));
    reply(&bench, "again").await;
    bench.shows(&["·9 did not arrive", "number out of reach"]).await;
    // Who writes is in reach again.
    bench.phone().send("Here I am").await;
    bench.shows(&["> Here I am"]).await;
    bench.vonage.refuse(7, Some(1));
    reply(&bench, "again").await;
    bench.shows(&["·11 did not arrive", "· opted out"]).await;
    bench.quiet().await;
    assert_eq!(requests(&bench), 10);
    assert!(bench.vonage.sent().is_empty());
    let reasons: Vec<String> = bench
        .discord
        .messages(bench.thread().id)
        .iter()
        .filter_map(|post| Some(post.content.lines().next()?.split_once("❌ ")?.1.to_owned()))
        .collect();
    insta::assert_snapshot!(reasons.join("\n"), @"
    **failed**: Vonage says the request was incomplete or invalid (status 3); tell the operator
    **failed**: Vonage does not recognise the number; check it
    **failed**: the text is too long for Vonage; shorten it
    **failed**: our sender number may not be used for this country; tell the operator
    **failed**: Vonage has no route to this network (status 22); tell the operator
    **failed**: Vonage refuses our receipt address (status 23); tell the operator
    **failed**: the Vonage account is in demo mode and may only text numbers on its list; tell the operator
    **failed**: Vonage refused it (status 99); tell the operator
    **failed**: the number has been deactivated
    **failed**: the number is barred: it has opted out at the carrier or at Vonage
    ");
    bench.finish().await;
}

#[tokio::test]
async fn what_was_certainly_not_sent_is_tried_again() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(faulty().times(2).status(503));
    bench.vonage.faults().add(throttled(1));
    bench.vonage.refuse(1, Some(1));
    bench.vonage.refuse(10, Some(1));
    notify(&bench, CUSTOMER, "at last").await;
    bench.shows(&["⏳ queued"]).await;
    until_asked(&bench, 6, Duration::from_secs(3)).await;
    bench.shows(&["✅ delivered"]).await;
    assert_eq!((requests(&bench), bench.vonage.sent().len()), (6, 1));
    assert_eq!(bench.discord.messages(bench.operators()).len(), 0);
    bench.finish().await;
}

#[tokio::test]
async fn vonage_says_when_to_come_back() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(throttled(300));
    notify(&bench, CUSTOMER, "later").await;
    bench.vonage.requests().wait_for_count("POST", "/sms/json", 1, PATIENCE).await;
    a_moment().await;
    bench.advance(Duration::from_secs(290)).await;
    a_moment().await;
    assert_eq!(requests(&bench), 1);
    bench.advance(Duration::from_secs(11)).await;
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(requests(&bench), 2);
    bench.finish().await;
}

#[tokio::test]
async fn nobody_there_is_tried_again_until_somebody_is() {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    notify(&bench, CUSTOMER, "hello").await;
    bench.shows(&["⏳ queued"]).await;
    a_moment().await;
    let (status, body) = bench.readyz().await;
    assert_eq!(status, 200);
    assert!(body["vonage"].as_str().unwrap().starts_with("Vonage cannot be reached: Connection refused"), "{body}");
    bench.vonage.up().await.unwrap();
    bench.shows(&["✅ delivered"]).await;
    assert_eq!(requests(&bench), 1);
    assert_eq!(bench.readyz().await.1["vonage"], "ok");
    bench.finish().await;
}

#[tokio::test]
async fn internal_errors_over_one_text_while_others_pass_are_tried_a_bounded_number_of_times() {
    let bench = Bench::start().await;
    let body = r#"{"message-count":"1","messages":[{"status":"5","error-text":"Internal error"}]}"#;
    let answer = Answer { status: StatusCode::OK, headers: Vec::new(), body: body.into() };
    let to_one = format!("to={CUSTOMER}");
    let internal = faulty().body_contains(&to_one).until_cleared().kind(FaultKind::Status(answer));
    bench.vonage.faults().add(internal);
    notify(&bench, CUSTOMER, "hello").await;
    bench.shows(&["> hello"]).await;
    let thread = bench.thread().id;
    let to_the_one = || {
        let asked = bench.vonage.requests().matching("POST", "/sms/json");
        let of_one = |(name, value): &(String, String)| name == "to" && value == CUSTOMER;
        asked.iter().filter(|exchange| exchange.request_form().iter().any(of_one)).count()
    };
    let started = std::time::Instant::now();
    for number in 0.. {
        if bench.discord.transcript(bench.channel()).contains('❌') {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "it is tried for ever");
        notify(&bench, OTHER_CUSTOMER, &format!("another {number}")).await;
        bench.vonage.wait_for_sent(number + 1, PATIENCE).await;
        bench.advance(Duration::from_secs(61)).await;
        a_moment().await;
    }
    // The first may have been of Vonage's making; then eight were its own, each with another that passed in between.
    let tries = to_the_one();
    assert!(tries >= 9, "{tries}");
    bench.shows(&["[Send again]"]).await;
    bench.advance(Duration::from_secs(60 * 60)).await;
    bench.shows(&["Nobody has answered"]).await;
    bench.quiet().await;
    assert_eq!(to_the_one(), tries);
    bench.vonage.faults().clear();
    insta::assert_snapshot!(bench.discord.transcript(thread), @"
    Threadline: **·1** 📤 Text by @Ana · ❌ **failed**: Vonage had internal errors for too long; try again later
      > hello (edited)
      [Send again] [Leave it]
    * Threadline added Ana to the thread
    Threadline: ⚠️ @Ana ·1 did not arrive. Send it again, or leave it. (link to #1 +61 ••• 0006)
    Threadline: ⏰ @Agents Nobody has answered since (a moment). #1 waits for an agent.
    ");
    let failed = bench.discord.messages(thread).into_iter().find(|post| post.says("❌")).unwrap();
    let again = bench.ana().click(thread, failed.id, "Send again").await.unwrap();
    again.wait_answer_containing("queued as ·2").await.unwrap();
    bench.channel_shows(thread, &["✅ delivered"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_unknown_outcome_is_never_sent_twice_and_its_receipt_settles_it() {
    let bench = with_receipts_held().await;
    let faults = [faulty().status_after_effect(500), faulty().reset_after_effect(), faulty().garbage()];
    for (number, fault) in (2..).zip(faults) {
        bench.vonage.faults().add(fault);
        reply(&bench, &format!("message {number}")).await;
        bench.shows(&["❓ **unconfirmed**", &format!("·{number} is unconfirmed")]).await;
        a_moment().await;
        assert_eq!((requests(&bench), bench.vonage.sent().len()), (number, number));
        assert!(bench.post_of(u32::try_from(number).unwrap()).buttons().is_empty());
        released(&bench).await;
        bench.shows(&["Message delivered"]).await;
    }
    // What is settled needs nobody.
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.quiet().await;
    assert_eq!((requests(&bench), bench.phone().inbox().len()), (4, 4));
    assert!(!bench.discord.transcript(bench.channel()).contains('⚠'));
    bench.finish().await;
}

#[tokio::test]
async fn a_receipt_before_the_connection_breaks_settles_it_at_once() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.before_answer = true);
    for fault in [faulty().status_after_effect(500), faulty().status_after_effect(503)] {
        bench.vonage.faults().add(fault);
    }
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    reply(&bench, "and this").await;
    bench.shows(&["·2** 📤 Reply by @Ana · ✅ delivered"]).await;
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.quiet().await;
    assert_eq!((requests(&bench), bench.phone().inbox().len()), (2, 2));
    assert_eq!(bench.discord.transcript(bench.channel()).matches("✅ delivered").count(), 2);
    bench.finish().await;
}

#[tokio::test]
async fn without_a_receipt_an_agent_is_asked() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(faulty().status(500));
    bench.notify().await;
    bench.shows(&["❓ **unconfirmed**", "·1 is unconfirmed"]).await;
    a_moment().await;
    assert_eq!(requests(&bench), 1);
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.shows(&["[Send again] [Leave it]", "Nobody knows"]).await;
    bench.quiet().await;
    let thread = bench.thread().id;
    let alert = bench.discord.messages(thread).into_iter().find(|post| post.says("Nobody knows")).unwrap();
    assert_eq!(bench.discord.rung(&alert), ["Ana"]);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: ·1 is unconfirmed
      | Template: delivery
      | Answer: none yet
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Notification (delivery) by @Ana · ❓ **unconfirmed**: Vonage gave no clear answer, it may have been sent or not
          > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
          [Send again] [Leave it]
        * Threadline added Ana to the thread
        Threadline: ⚠️ @Ana Nobody knows whether ·1 was sent: no receipt came. Send it again, or leave it. (link to #1 +61 ••• 0006)
    ");
    let ben = bench.discord.member("Ben").click(thread, bench.post_of(1).id, "Send again").await.unwrap();
    ben.wait_answer_containing("queued as ·2").await.unwrap();
    bench.shows(&["sent again as ·2", "✅ delivered"]).await;
    assert_eq!((requests(&bench), bench.phone().inbox().len()), (2, 1));
    bench.finish().await;
}

#[tokio::test]
async fn a_vonage_that_hangs_leaves_it_unconfirmed() {
    let bench = with_receipts_held().await;
    bench.vonage.faults().add(faulty().hang_after_effect());
    reply(&bench, "hello?").await;
    bench.shows(&["⏳ queued"]).await;
    let channel = bench.channel();
    let unconfirmed = |world: &World| world.transcript(channel).contains("❓ **unconfirmed**").then_some(());
    // We wait for an answer for 20 seconds.
    bench.discord.wait_for(unconfirmed, PATIENCE + Duration::from_secs(10)).await.expect("it is unconfirmed");
    assert_eq!((requests(&bench), bench.phone().inbox().len()), (2, 2));
    released(&bench).await;
    bench.shows(&["Message delivered"]).await;
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_accounts_rate_is_used_and_kept() {
    let vonage = vonage::Setup { messages_per_second: 20, ..vonage::Setup::default() };
    let config_vonage = "messages_per_second = 20".to_owned();
    let bench = Bench::with(Options { vonage, config_vonage, ..Options::default() }).await;
    bench.vonage.down().await;
    let customers: Vec<_> = (0..60).map(|n| bench.vonage.phone(&format!("614915710{n:02}"))).collect();
    for customer in &customers {
        assert_eq!(customer.send("HELP").await[0].statuses(), [Some(200)]);
    }
    bench.vonage.up().await.unwrap();
    let sent = bench.vonage.wait_for_sent(60, PATIENCE).await;
    assert_eq!(sent.len(), 60);
    // The first one that gets through brings the others along; the retries before it are over then.
    let took = sent[59].at.duration_since(sent[1].at).unwrap();
    assert!(took < Duration::from_secs(6), "{took:?}");
    for exchange in bench.vonage.requests().matching("POST", "/sms/json") {
        assert_eq!(exchange.response_json()["messages"][0]["status"], "0");
    }
    bench.finish().await;
}

#[tokio::test]
async fn a_retry_holds_its_customer_and_nobody_else() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(faulty().body_contains(&format!("to={CUSTOMER}")).times(2).status(503));
    notify(&bench, CUSTOMER, "one").await;
    bench.shows(&["> one"]).await;
    reply(&bench, "two").await;
    reply(&bench, "three").await;
    notify(&bench, OTHER_CUSTOMER, "at once").await;
    let sent: Vec<_> = bench.vonage.wait_for_sent(4, PATIENCE).await.into_iter().map(|sms| sms.text).collect();
    assert_eq!(sent, ["at once", "one", "two", "three"]);
    bench.finish().await;
}

#[tokio::test]
async fn an_unconfirmed_message_holds_nobody() {
    let bench = with_receipts_held().await;
    bench.vonage.faults().add(faulty().status(500));
    reply(&bench, "two").await;
    reply(&bench, "three").await;
    let sent: Vec<_> = bench.vonage.wait_for_sent(2, PATIENCE).await.into_iter().map(|sms| sms.text).collect();
    assert_eq!(sent[1], "three");
    released(&bench).await;
    bench.advance(UNCONFIRMED_AFTER).await;
    bench.shows(&["·2 was sent: no receipt came"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn who_opts_out_while_a_message_waits_does_not_get_it() {
    let bench = Bench::start().await;
    bench.vonage.down().await;
    bench.notify().await;
    bench.shows(&["⏳ queued"]).await;
    bench.phone().send("STOP").await;
    bench.shows(&["🛑"]).await;
    bench.vonage.up().await.unwrap();
    let answer = bench.phone().next_sms().await;
    insta::assert_snapshot!(answer.text, @"You will get no more messages from us. Reply START to hear from us again.");
    bench.shows(&["·1 did not leave", "✅ delivered"]).await;
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 1);
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Message delivered · opted out
      | Template: delivery
      | Answer: none yet
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Notification (delivery) by @Ana · ❌ **failed**: the customer has opted out, so it was not sent
          > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
        * Threadline added Ana to the thread
        Threadline: **·2** 🛑 Customer · opted out: gets no more messages
          > STOP
        Threadline: **·3** 📤 Automatic answer · ✅ delivered
          > You will get no more messages from us. Reply START to hear from us again. (edited)
        Threadline: ⚠️ @Ana ·1 did not leave: the customer has opted out, so it was not sent. (link to #1 +61 ••• 0006)
    ");
    bench.finish().await;
}
