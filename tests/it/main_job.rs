//! The main job: a notification, a reply, a confirmation, and the thread that shows it.

use crate::support::Bench;

#[tokio::test]
async fn a_notification_is_answered_and_confirmed() {
    let bench = Bench::start().await;
    let asked = bench.notify().await;
    let sms = bench.phone().next_sms().await;
    assert_eq!(sms.from, bench.vonage.setup().numbers[0]);
    insta::assert_snapshot!(sms.text, @"");
    asked.wait_answer_containing("Its state shows in").await.unwrap();
    bench.phone().send("2").await;
    let confirmation = bench.phone().wait_for_sms(2, crate::support::PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(confirmation.text, @"");
    bench.shows(&["Confirmation · ✅ delivered", "Message delivered"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"");
    insta::assert_snapshot!(asked.transcript(), @"");
    bench.finish().await;
}
