//! `threadline numbers list`

use super::{Counter, describe};
use crate::wording::numbers::{self as wording, ByDefault, Goes};

pub(super) async fn run(counter: &Counter) -> anyhow::Result<()> {
    let owned = counter.vonage.owned(None).await.map_err(|error| counter.failed(error))?;
    if owned.is_empty() {
        println!("{}", wording::none_owned(&counter.account.api_key));
        return Ok(());
    }
    let default = if owned.iter().any(|number| number.inbound_url.is_none()) {
        counter.default_destination().await
    } else {
        ByDefault::Unknown
    };
    let rows: Vec<_> = owned
        .iter()
        .map(|number| {
            let own = counter.destination_of(number);
            let application = counter.application_of(number);
            let goes = wording::goes(&Goes { own: own.as_ref(), default: &default, application });
            let desk = number.number.phone().and_then(|phone| counter.account.desk(phone));
            (describe(number), desk, goes)
        })
        .collect();
    print!("{}", wording::owned(&rows));
    if counter.ours.is_none() {
        println!("\n{}", wording::OURS_UNKNOWN);
    }
    Ok(())
}
