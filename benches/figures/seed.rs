//! What stands in the database before the load: customers who were asked and have not answered.

use std::time::Duration;

use threadline::domain::desk::DeskName;
use threadline::domain::ids::{ConversationId, MessageId};
use threadline::domain::message::{Kind, Outbound, State};
use threadline::domain::phone::Address;
use threadline::domain::template::{Choice, Template};
use threadline::ports::{Clock as _, SystemClock, fresh_uuid};
use threadline::store::messages::NewMessage;
use threadline::store::{self, Store};

/// How many customers write in turn.
pub const CUSTOMERS: u64 = 1000;

pub const DESK_NAME: &str = "support";
pub const DESK: &str = "447700900000";

/// The number of a customer, as Vonage writes it.
pub fn customer(index: u64) -> String {
    format!("614915{index:05}")
}

/// Every customer has a notification that waits for an answer. Their cards and threads come with their first text.
pub async fn customers(database: &str) -> anyhow::Result<()> {
    let store = Store::open(database).await?;
    let mut tx = store.begin().await?;
    let (now, template) = (SystemClock.now(), template());
    for index in 0..CUSTOMERS {
        let address = Address::from_sender(&customer(index));
        let customer = store::customers::find_or_make(&mut tx, &DeskName(DESK_NAME.to_owned()), &address, now).await?;
        let conversation = ConversationId(fresh_uuid(&SystemClock));
        store::conversations::open(&mut tx, conversation, &customer, now).await?;
        let message = NewMessage {
            id: MessageId(fresh_uuid(&SystemClock)),
            conversation,
            kind: Kind::Outbound(Outbound::Notification),
            author: None,
            text: template.text.clone(),
            remark: None,
            parts: 1,
            said: None,
        };
        store::messages::add(&mut tx, &message, now).await?;
        store::messages::set_state(&mut tx, message.id, State::Delivered, now).await?;
        store::notifications::add(&mut tx, message.id, customer.id, &template, now).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

fn template() -> Template {
    let choice = |key: &str, label: &str| Choice { key: key.to_owned(), label: label.to_owned() };
    Template {
        name: "delivery".to_owned(),
        text: "Your delivery comes tomorrow. Reply 1 (tomorrow), 2 (Thursday) or 3 (post office).".to_owned(),
        options: vec![choice("1", "tomorrow"), choice("2", "Thursday"), choice("3", "post office")],
        confirmation: "Thank you for picking option {choice}. Your delivery is now fully scheduled in.".to_owned(),
        expires: Duration::from_secs(24 * 60 * 60),
        send_within: Duration::from_secs(24 * 60 * 60),
        unclear: String::new(),
    }
}
