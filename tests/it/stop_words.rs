//! STOP with something beside it: obeyed, or an agent is asked; and words that may mean the delivery.

use crate::support::{Bench, Options, PATIENCE};

async fn notified() -> Bench {
    notified_with(Options::default()).await
}

async fn notified_with(options: Options) -> Bench {
    let bench = Bench::with(options).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench
}

fn thread(bench: &Bench) -> String {
    bench.discord.transcript(bench.thread().id)
}

#[tokio::test]
async fn a_trifle_beside_stop_opts_out() {
    for text in [
        "STOP STOP STOP",
        "Stop 😡",
        "STOP\n\nSent from my iPhone",
        "STOP\0",
        "please opt me out",
        "STOP2QUIT",
        "Please remove me from your list!",
        "🛑 “STOP”",
        "STOP “Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).”",
    ] {
        let bench = notified().await;
        bench.phone().send(text).await;
        let answer = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
        assert!(answer.text.starts_with("You will get no more messages"), "{text:?}: {}", answer.text);
        bench.shows(&["🛑 Customer · opted out: gets no more messages", "· opted out"]).await;
        bench.notify_with(&[("text", "Hello?")]).await.wait_answer_containing("opted out").await.unwrap();
        assert!(!thread(&bench).contains("[Opt out]"), "{}", thread(&bench));
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_trifle_is_one_in_the_desks_languages_too() {
    let config_desk = "languages = [\"de\", \"fr\"]".to_owned();
    let bench = notified_with(Options { config_desk, ..Options::default() }).await;
    bench.phone().send("Bitte keine SMS mehr 😡").await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.starts_with("You will get no more messages"));
    bench.phone().send("ARRÊT svp !").await;
    bench.shows(&["had opted out before"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn what_may_be_a_stop_is_asked_about_and_a_click_opts_out() {
    let bench = notified().await;
    bench.phone().send("Who is this? STOP").await;
    bench.shows(&["may ask for no more messages: if so, press Opt out @Ana", "[Opt out]"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing automatic is sent");
    let ben = bench.discord.member("Ben");
    let clicked = ben.click(bench.thread().id, bench.post_of(2).id, "Opt out").await.unwrap();
    clicked.wait_answer_containing("has opted out and gets no more messages").await.unwrap();
    bench.shows(&["press Opt out · opted out by @Ben", "· opted out"]).await;
    assert!(!thread(&bench).contains("[Opt out]"), "{}", thread(&bench));
    bench.notify().await.wait_answer_containing("opted out").await.unwrap();
    let consent = bench.ana().command(bench.thread().id, "consent", []).await.unwrap();
    consent.wait_answer_containing(": “Who is this? STOP”").await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "the agent has the last word, as by /optout");
    bench.finish().await;
}

#[tokio::test]
async fn a_late_click_finds_that_all_is_said() {
    let bench = notified().await;
    bench.phone().send("stop?").await;
    bench.shows(&["[Opt out]"]).await;
    bench.phone().send("STOP").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.shows(&["**·3** 🛑 Customer"]).await;
    let clicked = bench.ana().click(bench.thread().id, bench.post_of(2).id, "Opt out").await.unwrap();
    clicked.wait_answer_containing("had opted out already").await.unwrap();
    bench.shows(&["opted out by @Ana"]).await;
    assert!(!thread(&bench).contains("[Opt out]"), "{}", thread(&bench));
    bench.finish().await;
}

#[tokio::test]
async fn a_remark_that_holds_stop_is_one() {
    let bench = notified().await;
    for text in ["We have got to STOP this bill", "stop by at 5?", "please don't stop"] {
        bench.phone().send(text).await;
        bench.shows(&[text]).await;
    }
    bench.quiet().await;
    assert!(!thread(&bench).contains("Opt out"), "{}", thread(&bench));
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.notify_with(&[("text", "We will")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.finish().await;
}

#[tokio::test]
async fn a_template_thanks_nobody_who_may_want_no_more() {
    let bench = Bench::start().await;
    bench.notify_with(&[("template", "plain")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.phone().send("why do you not stop texting my wife").await;
    bench.shows(&["[Opt out]"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn an_option_is_a_choice_whatever_word_it_holds() {
    let templates = r#"
[[templates]]
name = "delivery"
text = "Reply 1 or 2."
options = [{ key = "1", label = "stop delivery" }, { key = "2", label = "go on" }]
confirmation = "Thank you, {label}."
"#;
    let bench = notified_with(Options { templates: templates.into(), ..Options::default() }).await;
    bench.phone().send("Stop delivery").await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Thank you, stop delivery.");
    bench.finish().await;
}

#[tokio::test]
async fn cancel_beside_polite_words_opts_out_and_calls_an_agent() {
    for text in ["Please cancel", "ok cancel", "wrong number, stop"] {
        let bench = notified().await;
        bench.phone().send(text).await;
        let answer = bench.phone().wait_for_sms(2, PATIENCE).await.pop().unwrap();
        assert!(answer.text.starts_with("You will get no more messages"), "{}", answer.text);
        bench.shows(&["opted out: gets no more messages · it may say more than that, please read it @Ana", text]).await;
        bench.shows(&["Waits for an agent"]).await;
        bench.finish().await;
    }
}

#[tokio::test]
async fn cancel_beside_a_time_is_asked_about() {
    for text in ["Cancel today", "please cancel now"] {
        let bench = notified().await;
        bench.phone().send(text).await;
        bench.shows(&["may ask for no more messages: if so, press Opt out @Ana", "[Opt out]", text]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 1, "nothing automatic is sent");
        // It meant the delivery.
        bench.notify_with(&[("text", "We will")]).await.wait_answer_containing("Its state").await.unwrap();
        bench.phone().wait_for_sms(2, PATIENCE).await;
        bench.finish().await;
    }
}

#[tokio::test]
async fn cancel_alone_calls_nobody() {
    let bench = notified().await;
    bench.phone().send("Cancel.").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.shows(&["opted out: gets no more messages"]).await;
    bench.quiet().await;
    assert!(!thread(&bench).contains("please read it"), "{}", thread(&bench));
    bench.finish().await;
}
