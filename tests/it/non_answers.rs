//! What answers nothing is not answered: reactions, empty texts, machines, strangers; and a machine's signature below an
//! answer.

use crate::support::{Bench, Options, PATIENCE};

const TEMPLATES: &str = r#"
[[templates]]
name = "delivery"
text = "Your delivery is scheduled for tomorrow. Reply 1 or 2."
options = [{ key = "1", label = "today" }, { key = "2", label = "tomorrow" }]
confirmation = "Thank you, {label}."
unclear = "Please reply 1 or 2 only."

[[templates]]
name = "plain"
text = "Hello {name}, please answer."
confirmation = "Thank you."
"#;

async fn notified(template: &str) -> Bench {
    let bench = Bench::with(Options { templates: TEMPLATES.into(), ..Options::default() }).await;
    bench.notify_with(&[("template", template)]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    bench
}

fn thread(bench: &Bench) -> String {
    bench.discord.transcript(bench.thread().id)
}

#[tokio::test]
async fn a_reaction_shows_as_one_and_calls_nobody() {
    for template in ["delivery", "plain"] {
        let bench = notified(template).await;
        let ours = bench.phone().inbox()[0].text.clone();
        let reactions = [
            format!("Liked “{ours}”"),
            format!("Removed a heart from “{ours}”"),
            "👍 to “Hello, please answer.”".to_owned(),
            "Reacted 👍 to \"something\"".to_owned(),
            "Laughed at an image".to_owned(),
            // In a language that nobody listed.
            format!("Тебе понравилось «{ours}»"),
        ];
        for reaction in &reactions {
            bench.phone().send(reaction).await;
        }
        bench.shows(&["**·7** 📩 Customer · reacted to a text\n", "Customer wrote"]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 1, "{template}: nothing is sent");
        let shown = thread(&bench);
        assert_eq!(shown.matches("reacted to a text").count(), reactions.len(), "{shown}");
        assert!(!shown.contains("reacted to a text @"), "nobody is called\n{shown}");
        // It was no answer: the next text is.
        if template == "delivery" {
            bench.phone().send("2").await;
            assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Thank you, tomorrow.");
        }
        bench.finish().await;
    }
}

#[tokio::test]
async fn machines_strangers_and_silence_get_no_answer_and_call_an_agent() {
    for template in ["delivery", "plain"] {
        let bench = notified(template).await;
        for (text, remark) in [
            ("", "an empty text"),
            (" \n", "an empty text"),
            (
                "I’m driving with Focus turned on. I’ll see your message when I get there.",
                "looks like an automatic reply",
            ),
            ("Automatic reply: out of office", "looks like an automatic reply"),
            ("Sorry, wrong number", "says that this is the wrong number"),
        ] {
            bench.phone().send(text).await;
            bench.shows(&[&format!("Customer · {remark} @Ana")]).await;
        }
        bench.shows(&["Waits for an agent"]).await;
        bench.quiet().await;
        assert_eq!(bench.phone().inbox().len(), 1, "{template}: nothing is sent");
        bench.finish().await;
    }
}

#[tokio::test]
async fn a_persons_own_words_are_answered_as_before() {
    let bench = notified("delivery").await;
    bench.phone().send("I liked “the other day” more").await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Please reply 1 or 2 only.");
    bench.finish().await;
}

#[tokio::test]
async fn what_a_person_says_around_a_quotation_calls_an_agent() {
    let bench = notified("delivery").await;
    let ours = bench.phone().inbox()[0].text.clone();
    let said = [
        "Please call me “Bob”".to_owned(),
        "I said “call me now”".to_owned(),
        "Not true: “Your delivery is scheduled…”".to_owned(),
        format!("Tomorrow “{ours}”"),
    ];
    for text in &said {
        bench.phone().send(text).await;
        bench.shows(&[&format!("> {text}")]).await;
    }
    bench.quiet().await;
    let shown = thread(&bench);
    assert_eq!(shown.matches("Customer @Ana").count(), said.len(), "{shown}");
    bench.finish().await;
}

#[tokio::test]
async fn a_signature_below_an_answer_changes_nothing() {
    let bench = notified("delivery").await;
    bench.phone().send("2\n\nSent from my iPhone").await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Thank you, tomorrow.");
    bench.phone().send("1\n--\nVon meinem Samsung Galaxy Smartphone gesendet").await;
    assert_eq!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text, "Thank you, today.");
    bench.shows(&["changed from 2 (tomorrow) to 1 (today)"]).await;
    // Not after a line break, and not one that is known.
    bench.phone().send("2 Sent from my iPhone").await;
    bench.phone().send("2\n\nJohn from next door").await;
    bench.shows(&["> 2 Sent from my iPhone", "> John from next door"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 4, "only the template's own sentence followed, once");
    bench.finish().await;
}
