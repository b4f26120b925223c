//! How long a text is: said before it is sent, with what it costs, and shown part by part when it fails.

use threadline_sandbox::vonage::Verdict;

use crate::support::{Bench, PATIENCE};

/// 100 characters that are in the SMS alphabet.
fn hundred() -> String {
    "0123456789".repeat(10)
}

#[tokio::test]
async fn a_long_text_says_its_parts_before_it_is_sent() {
    let bench = Bench::start().await;
    let asked = bench.notify_with(&[("text", &hundred().repeat(2))]).await;
    asked.wait_answer_containing("parts").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"
    Threadline: Your text “012345678901234567890123456789012345678…” to +61 ••• 0006:
      This text takes 2 parts.
      [Send] [Do not send]
    ");
    assert!(bench.vonage.sent().is_empty());
    let answer = asked.click("Send").await.unwrap();
    answer.wait_answer_containing("queued as ·1").await.unwrap();
    bench.shows(&["✅ delivered (2 parts)"]).await;
    // Now the price is known.
    let asked = bench.reply(&hundred().repeat(4)).await;
    asked.wait_answer_containing("parts").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"
    Threadline: Your text “012345678901234567890123456789012345678…” to +61 ••• 0006:
      This text takes 3 parts, about €0.100.
      [Send] [Do not send]
    ");
    asked.click("Do not send").await.unwrap().wait_answer_containing("Nothing").await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.vonage.sent().len(), 1);
    bench.finish().await;
}

#[tokio::test]
async fn a_character_that_forces_unicode_is_named_and_replaced_on_a_click() {
    let bench = Bench::start().await;
    let text = format!("It’s on its way – {}", hundred());
    let asked = bench.notify_with(&[("text", &text)]).await;
    asked.wait_answer_containing("parts").await.unwrap();
    insta::assert_snapshot!(asked.transcript(), @"
    Threadline: Your text “It’s on its way – 012345678901234567890…” to +61 ••• 0006:
      This text takes 2 parts. “’” is not in the SMS alphabet, so each part holds 67 characters in place of 153. In plain characters (“'” for “’”) it takes 1 part.
      [Send plain (1 part)] [Send] [Do not send]
    ");
    let answer = asked.click("Send plain (1 part)").await.unwrap();
    answer.wait_answer_containing("1 part").await.unwrap();
    let sms = bench.phone().next_sms().await;
    assert_eq!(sms.text, format!("It's on its way - {}", hundred()));
    assert!(!sms.unicode);
    // Nothing to gain, nothing to ask.
    bench.shows(&["✅ delivered"]).await;
    bench.reply("It’s here").await.wait_answer_containing("queued as ·2").await.unwrap();
    bench.quiet().await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "It’s here");
    bench.finish().await;
}

#[tokio::test]
async fn a_reply_is_asked_about_and_sent_as_it_was_written() {
    let bench = Bench::start().await;
    bench.notify().await;
    bench.shows(&["✅ delivered"]).await;
    let text = format!("🚚 {}", hundred());
    let asked = bench.reply(&text).await;
    asked.wait_answer_containing("“🚚” is not in the SMS alphabet").await.unwrap();
    let answer = asked.click("Send").await.unwrap();
    answer.wait_answer_containing("queued as ·2").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, text);
    bench.finish().await;
}

#[tokio::test]
async fn the_thread_says_which_part_failed() {
    let bench = Bench::start().await;
    bench.phone().receipts(|receipts| receipts.enabled = false);
    let asked = bench.notify_with(&[("text", &hundred().repeat(4))]).await;
    asked.wait_answer_containing("3 parts").await.unwrap();
    asked.click("Send").await.unwrap().wait_answer_containing("queued").await.unwrap();
    let sms = bench.vonage.wait_for_sent(1, PATIENCE).await.remove(0);
    bench.shows(&["✓ sent (3 parts)"]).await;
    let url = bench.webhook("delivery-receipt");
    for (part, verdict) in [(2, Verdict::Delivered), (0, Verdict::Delivered), (1, Verdict::Failed(8))] {
        let fields = bench.vonage.receipt_fields(&sms, part, verdict);
        bench.vonage.push_receipt(&url, &fields).await;
    }
    bench.shows(&["❌ **failed** (part 2 of 3): the network had an error"]).await;
    bench.quiet().await;
    bench.finish().await;
}

#[tokio::test]
async fn templates_are_offered_with_their_parts() {
    let bench = Bench::start().await;
    let offered = bench.ana().autocomplete(bench.channel(), "notify", "template", "d", []).await.unwrap();
    let names: Vec<_> = offered.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    assert_eq!(names, ["delivery (1 part) = delivery"]);
    bench.finish().await;
}
