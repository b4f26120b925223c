//! Customers' numbers: who is a phone, what is read of what was typed, and one subscriber by several spellings.

use crate::engines::{on_both_engines, run_with_database as run};
use crate::shared::database::Database;
use crate::support::{Bench, CUSTOMER, OTHER_CUSTOMER, Options, PATIENCE};

on_both_engines! {
    several_spellings_are_one_customer
    who_was_two_customers_becomes_one
}

/// Pushes a text from any sender.
async fn text(bench: &Bench, sender: &str, text: &str) {
    let fields = bench.vonage.inbound_fields(sender, text);
    assert_eq!(bench.vonage.push_inbound(&fields).await[0].statuses(), [Some(200)]);
}

#[tokio::test]
async fn a_short_code_of_seven_digits_gets_nothing_automatic() {
    let bench = Bench::start().await;
    for (number, sender) in ["7878787", "4712345"].iter().enumerate() {
        for said in ["STOP", "HELP", "2"] {
            text(&bench, sender, said).await;
            bench.shows(&[&format!("#{} {sender}", number + 1), &format!("> {said}")]).await;
        }
    }
    let shown = bench.shows(&["from a sender that cannot be answered"]).await;
    assert!(!shown.contains("opted out"), "{shown}");
    bench.quiet().await;
    assert_eq!(bench.vonage.requests().count("POST", "/sms/json"), 0);
    bench.finish().await;
}

#[tokio::test]
async fn numbers_of_the_documentation_are_phones() {
    let bench = Bench::start().await;
    for number in ["447700900123", "61491570156", "12025550123"] {
        text(&bench, number, "STOP").await;
        bench.vonage.phone(number).next_sms().await;
    }
    bench.finish().await;
}

#[tokio::test]
async fn what_is_no_number_is_refused_in_plain_words() {
    let bench = Bench::start().await;
    for (typed, expected) in [
        ("+49 171 1234567.0", "a number as a spreadsheet changed it, with .0 or E+ in it"),
        ("4,91711E+12", "a number as a spreadsheet changed it, with .0 or E+ in it"),
        ("+49 171 1234567 ext. 5", "a number with an extension, which no SMS reaches"),
        ("0491570006, 0491570156", "more than one number"),
        ("0491-PARCEL", "a number with letters in it"),
    ] {
        let asked = bench.ana().command(bench.channel(), "notify", [("number", typed)]).await.unwrap();
        let answer = asked.wait_answer().await.unwrap().content;
        assert!(
            answer.starts_with(&format!("That is {expected}")) && answer.ends_with("Nothing was sent."),
            "{answer}"
        );
    }
    bench.quiet().await;
    assert!(bench.vonage.sent().is_empty());
    bench.finish().await;
}

#[tokio::test]
async fn a_real_mobile_whose_number_begins_with_zero_is_not_doubted() {
    let bench = Bench::start().await;
    for number in ["+225 07 07 12 34 56", "+242 06 612 3456", "+229 01 95 12 34 56"] {
        let asked = bench.ana().command(bench.channel(), "notify", [("number", number)]).await.unwrap();
        asked.wait_answer_containing("is queued").await.unwrap();
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        bench.vonage.phone(&digits).next_sms().await;
    }
    bench.finish().await;
}

#[tokio::test]
async fn a_question_names_the_number_as_it_was_read() {
    let bench = Bench::start().await;
    let asked = bench.ana().command(bench.channel(), "notify", [("number", "0491 570 15")]).await.unwrap();
    insta::assert_snapshot!(asked.wait_answer().await.unwrap().content, @"
    “delivery” to +61 ••• 7015:
    0491 570 15 → +61 4915 7015. This does not look like a number in use. Check it; if it is right, send anyway.
    ");
    asked.click("Send anyway").await.unwrap().wait_answer_containing("is queued").await.unwrap();
    bench.vonage.phone("6149157015").next_sms().await;
    bench.finish().await;
}

/// One number in two spellings.
const SPELLINGS: [(&str, &str); 5] = [
    ("525512345678", "5215512345678"),
    ("5491123456789", "541123456789"),
    ("2290195123456", "22995123456"),
    ("2250707123456", "22507123456"),
    ("5511981234567", "551181234567"),
];

/// What Ana reads in the end, who is sure whatever she is asked.
async fn notify(bench: &Bench, number: &str) -> String {
    let typed = format!("+{number}");
    let mut asked = bench.ana().command(bench.channel(), "notify", [("number", typed.as_str())]).await.unwrap();
    loop {
        let answer = asked.wait_answer().await.unwrap();
        if answer.buttons().is_empty() {
            return answer.content;
        }
        asked = asked.click("Send anyway").await.unwrap();
    }
}

async fn several_spellings_are_one_customer(options: Options, _: &Database) {
    let bench = Bench::with(options).await;
    for (at, (typed, other)) in SPELLINGS.iter().enumerate() {
        assert!(notify(&bench, typed).await.contains("is queued"));
        bench.vonage.phone(typed).next_sms().await;
        // The reply finds the notification, and is answered where it came from.
        text(&bench, other, "2").await;
        assert!(bench.vonage.phone(other).next_sms().await.text.contains("option 2"));
        text(&bench, other, "STOP").await;
        bench.vonage.phone(other).wait_for_sms(2, PATIENCE).await;
        for spelling in [typed, other] {
            let refused = notify(&bench, spelling).await;
            assert!(refused.contains("opted out"), "{spelling}: {refused}");
        }
        // And the other way round.
        text(&bench, typed, "START").await;
        bench.vonage.phone(typed).wait_for_sms(2, PATIENCE).await;
        assert!(notify(&bench, other).await.contains("is queued"));
        bench.vonage.phone(other).wait_for_sms(3, PATIENCE).await;
        bench.quiet().await;
        assert_eq!(bench.discord.threads(bench.channel()).len(), at + 1, "one thread");
    }
    bench.finish().await;
}

/// As a database of an earlier version has them: two customers, each with a thread of their own.
async fn who_was_two_customers_becomes_one(options: Options, database: &Database) {
    let mut bench = Bench::with(options).await;
    let [old, new] = ["5215512345678", "525512345678"];
    for number in [CUSTOMER, OTHER_CUSTOMER] {
        assert!(notify(&bench, number).await.contains("is queued"));
        bench.vonage.phone(number).next_sms().await;
    }
    bench.phone().send("STOP").await;
    bench.phone().wait_for_sms(2, PATIENCE).await;
    text(&bench, OTHER_CUSTOMER, "I am here").await;
    bench.shows(&["> I am here"]).await;
    bench.quiet().await;
    bench.stop().await;
    for (number, spelling) in [(CUSTOMER, old), (OTHER_CUSTOMER, new)] {
        let sql = format!("UPDATE customers SET phone = '+{spelling}', dialled = NULL WHERE phone = '+{number}'");
        database.run(&sql).await;
    }
    bench.run().await;
    bench.connected().await;
    for spelling in [old, new] {
        let refused = notify(&bench, spelling).await;
        assert!(refused.contains("opted out"), "{spelling}: {refused}");
        text(&bench, spelling, &format!("from {spelling}")).await;
    }
    // All goes on where something was said last, and somebody still waits there.
    bench.shows(&[&format!("> from {old}"), &format!("> from {new}")]).await;
    bench.quiet().await;
    let threads = bench.discord.threads(bench.channel());
    let (open, archived): (Vec<_>, Vec<_>) = threads.iter().partition(|thread| !thread.archived);
    assert_eq!((open.len(), archived.len()), (1, 1), "{threads:?}");
    let shown = bench.discord.transcript(open[0].id);
    for said in ["> I am here", &format!("> from {old}"), &format!("> from {new}")] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    text(&bench, old, "START").await;
    bench.vonage.phone(old).next_sms().await;
    assert!(notify(&bench, new).await.contains("is queued"));
    bench.vonage.phone(new).next_sms().await;
    bench.finish().await;
}
