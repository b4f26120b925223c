//! Discord's codes in what an agent writes: they leave as what they show, and the agent reads that before.

use crate::support::{Bench, Options, PATIENCE};

const NOON: &str = "<t:1795564798:t>";

/// A desk in Berlin that has notified its customer; Ben used the bot before.
async fn notified() -> Bench {
    let bench =
        Bench::with(Options { config_desk: r#"time_zone = "Europe/Berlin""#.into(), ..Options::default() }).await;
    bench.notify().await.wait_answer_containing("Its state").await.unwrap();
    bench.phone().next_sms().await;
    bench.shows(&["✅ delivered"]).await;
    let ben = bench.discord.member("Ben");
    ben.command(bench.channel(), "status", []).await.unwrap().wait_answer().await.unwrap();
    bench
}

#[tokio::test]
async fn a_reply_leaves_as_what_it_shows() {
    let bench = notified().await;
    let (ben, role) = (bench.discord.member("Ben").id, bench.discord.role_id("Agents"));
    let channel = bench.channel();
    let written = format!(
        "<@{ben}> or <@!{ben}> of <@&{role}> comes at {NOON} on <t:1795564798:D> (<#{channel}>) <:truck:400000000000000004> \
         with <@400000000000000005>, </status:400000000000000006> <3"
    );
    let asked = bench.reply(&written).await;
    let question = asked.wait_answer_containing("leaves as").await.unwrap().content;
    let expected =
        "Ben or Ben of Agents comes at 00:59 on 25 November 2026 (#support) :truck: with a colleague, /status <3";
    assert!(question.replace(['\\', '\u{200B}'], "").contains(expected), "{question}");
    assert_eq!(bench.vonage.sent().len(), 1, "nothing leaves before the agent has read it");
    asked.click("Send").await.unwrap().wait_answer_containing("is queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, expected);
    bench.finish().await;
}

#[tokio::test]
async fn a_form_and_a_notification_leave_so_too() {
    let bench = notified().await;
    let form = bench.ana().click(bench.channel(), bench.card().id, "Reply").await.unwrap();
    form.modal().await.unwrap();
    let asked = form.submit_modal(&[("text", &format!("At {NOON}."))]).await.unwrap();
    asked.wait_answer_containing("At 00:59.").await.unwrap();
    asked.click("Do not send").await.unwrap().wait_answer_containing("Nothing was sent").await.unwrap();

    let asked = bench.notify_with(&[("text", &format!("At {NOON}.")), ("name", "<@&400000000000000004>")]).await;
    asked.wait_answer_containing("At 00:59.").await.unwrap();
    asked.click("Send").await.unwrap().wait_answer_containing("is queued").await.unwrap();
    assert_eq!(bench.phone().wait_for_sms(2, PATIENCE).await[1].text, "At 00:59.");
    bench.shows(&["our team"]).await;
    // What has no codes is not asked about.
    bench.reply("See you at 5 < 6 :)").await.wait_answer_containing("is queued").await.unwrap();
    bench.phone().wait_for_sms(3, PATIENCE).await;
    bench.finish().await;
}
