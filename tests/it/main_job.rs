//! The main job: a notification, a reply, a confirmation, and the thread that shows it.

use crate::support::Bench;

#[tokio::test]
async fn a_notification_is_answered_and_confirmed() {
    let bench = Bench::start().await;
    let asked = bench.notify().await;
    let sms = bench.phone().next_sms().await;
    assert_eq!(sms.from, bench.vonage.setup().numbers[0]);
    insta::assert_snapshot!(sms.text, @"Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).");
    asked.wait_answer_containing("Its state shows in").await.unwrap();
    bench.phone().send("2").await;
    let confirmation = bench.phone().wait_for_sms(2, crate::support::PATIENCE).await.pop().unwrap();
    insta::assert_snapshot!(confirmation.text, @"Thank you for picking option 2. Your delivery is now fully scheduled in.");
    bench.shows(&["Confirmation · ✅ delivered", "Message delivered"]).await;
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Message delivered
      | Template: delivery
      | Answer: 2 (Thursday)
      | Agent: @Ana
      | Last activity: (a moment)
      [Reply] [Close]
      > #1 +61 ••• 0006
        Threadline: **·1** 📤 Notification (delivery) by @Ana · ✅ delivered
          > Your delivery is scheduled for tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office). (edited)
        * Threadline added Ana to the thread
        Threadline: **·2** 📩 Customer · chose 2 (Thursday)
          > 2
        Threadline: **·3** 📤 Confirmation · ✅ delivered
          > Thank you for picking option 2. Your delivery is now fully scheduled in. (edited)
    ");
    insta::assert_snapshot!(asked.transcript(), @"Threadline: “delivery” to +61 ••• 0006 is queued as ·1 of #1 (1 part). Its state shows in #1 +61 ••• 0006. (edited)");
    bench.finish().await;
}
