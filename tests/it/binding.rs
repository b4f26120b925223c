//! What a customer's reply is taken for: a choice, a change, or something for the agents.

use std::time::Duration;

use crate::support::{Bench, Options, PATIENCE};

async fn notified_with(options: Options) -> Bench {
    let bench = Bench::with(options).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench
}

async fn notified() -> Bench {
    notified_with(Options::default()).await
}

#[tokio::test]
async fn a_choice_is_confirmed_once_and_a_change_again() {
    let bench = notified().await;
    for (reply, remark) in [
        (" 2. ", "chose 2 (Thursday)"),
        ("Thursday", "chose 2 (Thursday) again"),
        ("option 3", "changed from 2 (Thursday) to 3 (deliver to post office)"),
        ("#3", "chose 3 (deliver to post office) again"),
        ("2️⃣", "changed from 3 (deliver to post office) to 2 (Thursday)"),
        ("２", "chose 2 (Thursday) again"),
    ] {
        bench.phone().send(reply).await;
        bench.shows(&[&format!("Customer · {remark}\n")]).await;
    }
    bench.quiet().await;
    let sent: Vec<String> = bench.phone().inbox().into_iter().skip(1).map(|sms| sms.text).collect();
    insta::assert_snapshot!(sent.join("\n"), @"
    Thank you for picking option 2. Your delivery is now fully scheduled in.
    Thank you for picking option 3. Your delivery is now fully scheduled in.
    Thank you for picking option 2. Your delivery is now fully scheduled in.
    ");
    insta::assert_snapshot!(bench.discord.transcript(bench.channel()), @"
    Threadline:  (edited)
      | #1 · +61 ••• 0006
      | State: Customer answered
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
          > 2.
        Threadline: **·3** 📤 Confirmation · ✅ delivered
          > Thank you for picking option 2. Your delivery is now fully scheduled in. (edited)
        Threadline: **·4** 📩 Customer · chose 2 (Thursday) again
          > Thursday
        Threadline: **·5** 📩 Customer · changed from 2 (Thursday) to 3 (deliver to post office)
          > option 3
        Threadline: **·6** 📤 Confirmation · ✅ delivered
          > Thank you for picking option 3. Your delivery is now fully scheduled in. (edited)
        Threadline: **·7** 📩 Customer · chose 3 (deliver to post office) again
          > #3
        Threadline: **·8** 📩 Customer · changed from 3 (deliver to post office) to 2 (Thursday)
          > 2️⃣
        Threadline: **·9** 📤 Confirmation · ✅ delivered
          > Thank you for picking option 2. Your delivery is now fully scheduled in. (edited)
        Threadline: **·10** 📩 Customer · chose 2 (Thursday) again
          > ２
    ");
    bench.finish().await;
}

#[tokio::test]
async fn what_is_no_choice_goes_to_the_agents_and_rings() {
    let bench = notified().await;
    for reply in ["2 or 3?", "I was not home on 2 May", "not 2", "22", ""] {
        bench.phone().send(reply).await;
    }
    bench.shows(&["22", "(empty)", "Waits for an agent"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is confirmed");
    let thread = bench.thread();
    let rang: Vec<_> = bench.discord.messages(thread.id).iter().map(|message| bench.discord.rung(message)).collect();
    assert_eq!(rang.iter().filter(|people| **people == ["Ana"]).count(), 5, "{rang:?}");
    assert_eq!(thread.members, ["Ana", "Threadline"]);
    bench.finish().await;
}

#[tokio::test]
async fn the_unclear_sentence_goes_out_once() {
    let templates = r#"
[[templates]]
name = "delivery"
text = "Reply 1 or 2."
options = [{ key = "1", label = "today" }, { key = "2", label = "tomorrow" }]
confirmation = "Thank you, {label}."
unclear = "Please reply 1 or 2 only."
"#;
    let bench = notified_with(Options { templates: templates.into(), ..Options::default() }).await;
    bench.phone().send("What?").await;
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "Please reply 1 or 2 only.");
    bench.phone().send("Who?").await;
    bench.phone().send("1").await;
    assert_eq!(bench.phone().wait_for_sms(3, PATIENCE).await[2].text, "Thank you, today.");
    bench.finish().await;
}

#[tokio::test]
async fn after_an_agents_own_text_a_two_is_for_the_agents() {
    let bench = notified().await;
    let thread = bench.thread().id;
    let asked = bench.ana().command(thread, "reply", [("text", "How many parcels, 1 or 2?")]).await.unwrap();
    asked.wait_answer_containing("is queued").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("2").await;
    bench.shows(&["Waits for an agent"]).await;
    bench.quiet().await;
    assert_eq!(bench.phone().inbox().len(), 2);

    // A new notification asks anew.
    bench.notify_with(&[("template", "plain")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(3, PATIENCE).await;
    bench.phone().send("yes").await;
    assert_eq!(bench.phone().wait_for_sms(4, PATIENCE).await[3].text, "Thank you.");
    bench.phone().send("and another thing").await;
    bench.shows(&["and another thing", "Waits for an agent"]).await;
    bench.finish().await;
}

/// Nobody can know what the answer to an open question says.
#[tokio::test]
async fn an_answer_to_a_template_without_options_calls_somebody() {
    let bench = Bench::start().await;
    bench.notify_with(&[("template", "plain")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    let texts = ["I smell gas in the kitchen, please call me NOW", "Are you there?"];
    for text in texts {
        bench.phone().send(text).await;
        bench.shows(&[text, "Waits for an agent"]).await;
    }
    bench.quiet().await;
    let posts = bench.discord.messages(bench.thread().id);
    for text in texts {
        let post = posts.iter().find(|post| post.says(text)).unwrap();
        assert_eq!(bench.discord.rung(post), ["Ana"], "{text}");
    }
    // Its confirmation went out once.
    let sent: Vec<String> = bench.phone().inbox().into_iter().map(|sms| sms.text).collect();
    assert_eq!(sent, ["Hello, please answer.", "Thank you."]);
    bench.finish().await;
}

#[tokio::test]
async fn a_template_without_options_needs_no_confirmation() {
    let templates = r#"
[[templates]]
name = "delivery"
text = "How can we help?"
"#;
    let bench = notified_with(Options { templates: templates.into(), ..Options::default() }).await;
    bench.phone().send("My parcel is wet").await;
    bench.shows(&["My parcel is wet", "Waits for an agent"]).await;
    bench.quiet().await;
    let posts = bench.discord.messages(bench.thread().id);
    let post = posts.iter().find(|post| post.says("My parcel is wet")).unwrap();
    assert_eq!(bench.discord.rung(post), ["Ana"]);
    assert_eq!(bench.phone().inbox().len(), 1, "nothing is sent");
    bench.finish().await;
}

#[tokio::test]
async fn a_free_text_by_notify_is_an_agents_own_text_too() {
    let bench = notified().await;
    bench.notify_with(&[("text", "1 or 2 chairs?")]).await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().wait_for_sms(2, PATIENCE).await;
    bench.phone().send("2").await;
    bench.shows(&["Waits for an agent"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_expired_notification_confirms_nothing() {
    let bench = notified().await;
    bench.advance(Duration::from_secs(73 * 60 * 60)).await;
    bench.phone().send("2").await;
    bench.shows(&["Waits for an agent"]).await;
    bench.finish().await;
}

#[tokio::test]
async fn an_answer_by_a_robot_at_once_is_bound_too() {
    let bench = Bench::start().await;
    bench.phone().auto_answer(|sms| sms.text.contains("scheduled for").then(|| "1".to_owned()));
    bench.notify().await;
    assert!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text.contains("option 1"));
    bench.finish().await;
}
