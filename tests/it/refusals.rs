//! Refusals: whether one is of a message or of the account, other messages tell; and an outage loses nothing, whatever it
//! answers.

use std::time::Duration;

use http::StatusCode;
use threadline_sandbox::fault::{Answer, Fault, FaultKind};

use crate::messages_api::by_application;
use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options};

fn customer(number: usize) -> String {
    format!("614915710{number:02}")
}

async fn notify(bench: &Bench, customer: &str, text: &str) {
    let number = format!("+{customer}");
    let asked = bench.ana().command(bench.channel(), "notify", [("number", number.as_str()), ("text", text)]).await;
    asked.unwrap().wait_answer_containing("queued").await.unwrap();
}

fn sends(bench: &Bench, path: &str) -> usize {
    bench.vonage.requests().count("POST", path)
}

/// A firewall in between dislikes these words.
fn disliked(status: u16) -> Fault {
    Fault::on("POST", "*").body_contains("lottery").until_cleared().status(status)
}

/// Texts to others leave one by one, each before the next tries of what is refused, until the channel shows `wanted`.
async fn while_others_pass(bench: &Bench, wanted: &str) {
    for number in 0..60 {
        if bench.discord.transcript(bench.channel()).contains(wanted) {
            return;
        }
        let before = bench.vonage.sent().len();
        notify(bench, &customer(number), "Your parcel is here").await;
        bench.vonage.wait_for_sent(before + 1, Duration::from_secs(3)).await;
        assert_eq!(bench.vonage.sent().len(), before + 1, "others leave at once");
        bench.advance(Duration::from_secs(20)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not shown: {wanted}\n{}", bench.discord.transcript(bench.channel()));
}

fn notices(bench: &Bench) -> usize {
    bench.discord.messages(bench.operators()).len()
}

#[tokio::test]
async fn a_text_that_is_always_refused_pauses_nobody_and_fails_with_its_reason() {
    for (status, reason) in
        [(401, "HTTP 401"), (402, "HTTP 402"), (403, "HTTP 403"), (404, "HTTP 404"), (418, "HTTP 418")]
    {
        let bench = Bench::start().await;
        bench.vonage.faults().add(disliked(status));
        // All wait together.
        bench.vonage.down().await;
        notify(&bench, CUSTOMER, "You won the lottery").await;
        for number in 20..26 {
            notify(&bench, &customer(number), "Your parcel is here").await;
        }
        bench.vonage.up().await.unwrap();
        bench.vonage.wait_for_sent(6, Duration::from_secs(10)).await;
        assert_eq!(bench.vonage.sent().len(), 6, "others leave at once, HTTP {status}");
        while_others_pass(&bench, reason).await;
        bench.shows(&["·1 did not arrive", "[Send again] [Leave it]"]).await;
        assert_eq!(notices(&bench), 0, "HTTP {status}");
        assert_eq!(bench.readyz().await.1["vonage"], "ok");
        bench.vonage.faults().clear();
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_text_that_is_always_refused_by_a_status_fails_where_others_pass() {
    for status in [4, 8, 9, 11, 14, 32, 5] {
        let bench = Bench::start().await;
        let body = format!(r#"{{"message-count":"1","messages":[{{"status":"{status}","error-text":"no"}}]}}"#);
        let headers = vec![("content-type", "application/json".to_owned())];
        let answer = Answer { status: StatusCode::OK, headers, body: body.into() };
        let refused = Fault::on("POST", "/sms/json").body_contains("lottery").until_cleared();
        bench.vonage.faults().add(refused.kind(FaultKind::Status(answer)));
        notify(&bench, CUSTOMER, "You won the lottery").await;
        while_others_pass(&bench, "·1 did not arrive").await;
        assert!(notices(&bench) <= 2, "told once, and once that it is over");
        bench.vonage.faults().clear();
        bench.finish().await;
    }
}

#[tokio::test]
async fn two_texts_that_are_always_refused_hold_up_nobody_either() {
    for status in [401, 403, 404] {
        let bench = Bench::start().await;
        bench.vonage.faults().add(disliked(status));
        bench.vonage.down().await;
        notify(&bench, CUSTOMER, "You won the lottery").await;
        notify(&bench, &customer(70), "The lottery again").await;
        notify(&bench, &customer(71), "Your parcel is here").await;
        bench.vonage.up().await.unwrap();
        bench.vonage.wait_for_sent(1, Duration::from_secs(10)).await;
        assert_eq!(bench.vonage.sent().len(), 1, "the third leaves at once, HTTP {status}");
        while_others_pass(&bench, "·1 did not arrive").await;
        assert_eq!(notices(&bench), 0, "HTTP {status}");
        bench.vonage.faults().clear();
        bench.finish().await;
    }
}

/// What waits longer than others is tried first, and yet in a pause one goes first that was not tried.
#[tokio::test]
async fn culprits_that_paused_the_account_hold_up_nobody_once_it_is_tried() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(disliked(403));
    for number in 70..73 {
        notify(&bench, &customer(number), "You won the lottery").await;
    }
    bench.channel_shows(bench.operators(), &["HTTP 403"]).await;
    notify(&bench, CUSTOMER, "Your parcel is here").await;
    let began = bench.clock.ahead();
    bench.pass_until("it leaves", || bench.vonage.sent().len() == 1).await;
    assert!(bench.clock.ahead() - began < Duration::from_secs(60), "{:?}", bench.clock.ahead() - began);
    while_others_pass(&bench, "·1 did not arrive").await;
    assert_eq!(notices(&bench), 2, "once, and once that it is over");
    bench.vonage.faults().clear();
    bench.finish().await;
}

#[tokio::test]
async fn a_lone_culprit_is_told_once_and_what_comes_later_leaves_at_once() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(disliked(403));
    notify(&bench, CUSTOMER, "You won the lottery").await;
    bench.channel_shows(bench.operators(), &["HTTP 403"]).await;
    // Nobody else is there for a while: it is tried now and then, and costs it nothing.
    bench.pass_until("it is tried", || sends(&bench, "/sms/json") >= 4).await;
    assert_eq!(notices(&bench), 1);
    while_others_pass(&bench, "❌ **failed**").await;
    bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
    assert_eq!(notices(&bench), 2);
    bench.vonage.faults().clear();
    bench.finish().await;
}

/// Every send is answered so for a while, to many at once.
async fn outage(bench: &Bench, path: &str, fault: Fault, texts: usize, lasts: Duration) {
    bench.vonage.faults().add(fault.until_cleared());
    for number in 0..texts {
        notify(bench, &customer(number), "Your parcel is here").await;
    }
    let until = bench.clock.ahead() + lasts;
    bench.pass_until("it lasts", || bench.clock.ahead() >= until && sends(bench, path) >= 3).await;
    assert_ne!(bench.readyz().await.1["vonage"], "ok");
    bench.vonage.faults().clear();
    bench.pass_until("all are sent", || bench.vonage.sent().len() == texts).await;
    bench.quiet().await;
    let shown = bench.discord.transcript(bench.channel());
    assert_eq!(shown.matches("✅ delivered").count(), texts, "{shown}");
    assert!(!shown.contains("did not arrive"), "{shown}");
    let told = bench.discord.transcript(bench.operators());
    assert_eq!(told.matches("⚠️").count(), 1, "{told}");
    assert_eq!(told.matches("Vonage takes our SMS again").count(), 1, "{told}");
    assert_eq!(bench.readyz().await.1["vonage"], "ok");
}

#[tokio::test]
async fn an_outage_loses_nothing_whatever_status_it_has() {
    for status in [301, 302, 307, 308, 400, 404, 405, 407, 410, 418, 451] {
        let bench = Bench::start().await;
        let fault = Fault::on("POST", "/sms/json").status(status);
        outage(&bench, "/sms/json", fault, 5, Duration::from_secs(12)).await;
        bench.finish().await;
    }
}

#[tokio::test]
async fn internal_errors_for_minutes_lose_nothing() {
    let bench = Bench::start().await;
    let body = r#"{"message-count":"1","messages":[{"status":"5","error-text":"Internal error"}]}"#;
    let headers = vec![("content-type", "application/json".to_owned())];
    let answer = Answer { status: StatusCode::OK, headers, body: body.into() };
    let fault = Fault::on("POST", "/sms/json").kind(FaultKind::Status(answer));
    outage(&bench, "/sms/json", fault, 20, Duration::from_secs(10 * 60)).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_outage_of_the_messages_api_loses_nothing() {
    for (status, code) in
        [(404, ""), (400, "#odd"), (422, "messages#1030"), (422, "messages#1100"), (422, "messages#1331")]
    {
        let bench = by_application().await;
        let body = format!(r#"{{"type":"https://developer.vonage.com/api-errors/{code}","title":"No"}}"#);
        let headers = vec![("content-type", "application/problem+json".to_owned())];
        let answer = Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() };
        let fault = Fault::on("POST", "/v1/messages").kind(FaultKind::Status(answer));
        outage(&bench, "/v1/messages", fault, 4, Duration::from_secs(60)).await;
        bench.finish().await;
    }
}

/// 422 is documented as a refusal of the message, but only where the API itself says it.
#[tokio::test]
async fn a_page_with_the_status_of_a_refusal_loses_nothing() {
    for body in ["", "<html>Unprocessable</html>", r#"{"error":"no"}"#] {
        let bench = by_application().await;
        let answer = Answer { status: StatusCode::UNPROCESSABLE_ENTITY, headers: Vec::new(), body: body.into() };
        let fault = Fault::on("POST", "/v1/messages").kind(FaultKind::Status(answer));
        outage(&bench, "/v1/messages", fault, 4, Duration::from_secs(60)).await;
        bench.finish().await;
    }
}

/// What shows the page may have handed the request on. So nobody knows, and few are risked.
#[tokio::test]
async fn a_page_in_place_of_the_answer_pauses_and_nothing_is_sent_twice() {
    let bench = Bench::start().await;
    let page = Answer {
        status: StatusCode::OK,
        headers: vec![("content-type", "text/html".to_owned())],
        body: "<!doctype html><title>Sign in</title>".into(),
    };
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().kind(FaultKind::StatusAfterEffect(page)));
    bench.vonage.set_receipts(|receipts| receipts.held = true);
    for number in 0..8 {
        notify(&bench, &customer(number), "Your parcel is here").await;
        // One after the other, as they come.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.channel_shows(bench.operators(), &["no clear answer to several SMS in a row"]).await;
    assert_eq!(sends(&bench, "/sms/json"), 3);
    bench.vonage.faults().clear();
    bench.pass_until("the others are sent", || bench.vonage.sent().len() == 8).await;
    for number in 0..8 {
        bench.vonage.phone(&customer(number)).release_receipts().await;
    }
    // What is settled needs nobody.
    bench.advance(Duration::from_secs(16 * 60)).await;
    bench.quiet().await;
    assert_eq!(bench.discord.transcript(bench.channel()).matches("✅ delivered").count(), 8);
    assert_eq!((sends(&bench, "/sms/json"), notices(&bench)), (8, 2));
    bench.finish().await;
}

#[tokio::test]
async fn a_lone_text_that_is_refused_waits_and_is_told_after_two_minutes() {
    let bench = Bench::start().await;
    bench.vonage.faults().add(Fault::on("POST", "/sms/json").until_cleared().status(404));
    notify(&bench, CUSTOMER, "Your parcel is here").await;
    let told = |bench: &Bench| bench.discord.transcript(bench.operators());
    bench.pass_until("it is told", || told(&bench).contains("HTTP 404")).await;
    assert!(bench.clock.ahead() >= Duration::from_secs(100), "{:?}", bench.clock.ahead());
    assert!(bench.readyz().await.1["vonage"].as_str().unwrap().contains("HTTP 404"));
    bench.pass_until("it is tried often", || sends(&bench, "/sms/json") >= 20).await;
    assert_eq!(notices(&bench), 1);
    bench.shows(&["⏳ queued"]).await;
    bench.vonage.faults().clear();
    bench.pass_until("it is sent", || bench.vonage.sent().len() == 1).await;
    bench.shows(&["✅ delivered"]).await;
    bench.channel_shows(bench.operators(), &["Vonage takes our SMS again"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_culprit_stays_one_after_a_restart() {
    let mut bench = Bench::with(Options { config_vonage: "low_balance = 0".to_owned(), ..Options::default() }).await;
    bench.vonage.faults().add(disliked(401));
    notify(&bench, CUSTOMER, "You won the lottery").await;
    for _ in 0..2 {
        let before = bench.vonage.sent().len();
        notify(&bench, OTHER_CUSTOMER, &format!("Your parcel {before} is here")).await;
        bench.vonage.wait_for_sent(before + 1, Duration::from_secs(3)).await;
        bench.advance(Duration::from_secs(20)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bench.stop().await;
    let told = notices(&bench);
    bench.run().await;
    bench.connected().await;
    while_others_pass(&bench, "HTTP 401").await;
    assert_eq!(notices(&bench), told, "nobody hears of it again");
    bench.vonage.faults().clear();
    bench.finish().await;
}
