//! Customers' numbers: who is a phone, what is read of what was typed, and one subscriber by several spellings.

use crate::support::Bench;

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
    insta::assert_snapshot!(asked.wait_answer().await.unwrap().content, @"0491 570 15 → +61 4915 7015. This does not look like a number in use. Check it; if it is right, send anyway.");
    asked.click("Send anyway").await.unwrap().wait_answer_containing("is queued").await.unwrap();
    bench.vonage.phone("6149157015").next_sms().await;
    bench.finish().await;
}
