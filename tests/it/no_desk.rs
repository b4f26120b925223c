//! Texts for a number of no desk: they wait, and show once a desk has the number.

use std::time::Duration;

use serde_json::json;
use threadline::domain::desk::{Desk, Desks};
use threadline::domain::phone::PhoneNumber;

use crate::engines::{on_both_engines, run};
use crate::support::{Bench, OTHER_CUSTOMER, Options};

on_both_engines! {
    texts_to_a_mistyped_number_show_in_their_order_once_it_is_mended
    a_stop_to_a_mistyped_number_is_obeyed_before_anything_leaves
}

/// The operator types the desk's number, wrong or right.
fn set_number(bench: &mut Bench, number: &str) {
    let number = PhoneNumber::from_e164(number).unwrap();
    let desks = bench.config.desks.iter().map(|desk| Desk { number: number.clone(), ..desk.clone() });
    bench.config.desks = Desks::new(desks.collect());
}

async fn restart(bench: &mut Bench) {
    bench.stop().await;
    bench.run().await;
    bench.connected().await;
}

async fn of_no_desk(bench: &Bench) -> serde_json::Value {
    bench.readyz().await.1["inbox"]["of_no_desk"].clone()
}

/// What the operator read about it, and how often.
fn told(bench: &Bench) -> usize {
    bench.discord.transcript(bench.operators()).matches("which is the number of no desk").count()
}

async fn texts_to_a_mistyped_number_show_in_their_order_once_it_is_mended(options: Options) {
    let mut bench = Bench::with(options).await;
    let right = format!("+{}", bench.vonage.setup().numbers[0]);
    set_number(&mut bench, "+447700900999");
    restart(&mut bench).await;
    let texts: Vec<_> = (0..20).map(|number| format!("text {number:02}")).collect();
    let mut sent = Vec::new();
    for text in &texts[..18] {
        sent.extend(bench.phone().send(text).await);
    }
    bench.vonage.phone(OTHER_CUSTOMER).send("from another").await;
    assert!(sent.iter().all(|webhook| webhook.statuses() == [Some(200)]));
    bench.quiet().await;
    assert_eq!((of_no_desk(&bench).await, told(&bench)), (json!(19), 1));
    // The same once more is the same.
    bench.vonage.push_again(&sent[0]).await;
    // A start does not help, and is no reason to tell it again.
    bench.clock.advance(Duration::from_secs(2 * 60 * 60));
    restart(&mut bench).await;
    bench.quiet().await;
    bench.phone().send(&texts[18]).await;
    bench.quiet().await;
    assert_eq!((of_no_desk(&bench).await, told(&bench)), (json!(20), 1));
    assert_eq!(bench.discord.messages(bench.channel()).len(), 0);

    set_number(&mut bench, &right);
    restart(&mut bench).await;
    bench.phone().send(&texts[19]).await;
    bench.shows(&["> text 19", "> from another"]).await;
    bench.quiet().await;
    let shown = bench.discord.transcript(bench.channel());
    let order: Vec<_> = texts.iter().map(|text| shown.find(&format!("> {text}"))).collect();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}\n{shown}");
    assert_eq!(shown.matches("> text").count(), texts.len(), "{shown}");
    assert_eq!(of_no_desk(&bench).await, json!(0));
    bench.finish().await;
}

async fn a_stop_to_a_mistyped_number_is_obeyed_before_anything_leaves(options: Options) {
    let mut bench = Bench::with(options).await;
    let right = format!("+{}", bench.vonage.setup().numbers[0]);
    // Something waits to be sent when the mistake is made.
    bench.vonage.down().await;
    bench.notify().await.wait_answer_containing("queued").await.unwrap();
    set_number(&mut bench, "+447700900999");
    restart(&mut bench).await;
    assert_eq!(bench.phone().send("STOP").await[0].statuses(), [Some(200)]);
    bench.stop().await;
    set_number(&mut bench, &right);
    bench.vonage.up().await.unwrap();
    bench.run().await;
    bench.connected().await;
    bench.shows(&["> STOP", "❌ **failed**"]).await;
    bench.quiet().await;
    let texts: Vec<_> = bench.phone().inbox().into_iter().map(|sms| sms.text).collect();
    assert!(!texts.iter().any(|text| text.contains("delivery")), "{texts:?}");
    bench.finish().await;
}
