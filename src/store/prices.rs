//! What one part cost last, by country.

use super::{Column as _, Result, Tx};
use crate::domain::phone::Region;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Price;

/// The last price of a part to this country; `None` where none was ever sent there.
pub async fn of(tx: &mut Tx, country: Region) -> Result<Option<Price>> {
    let row = sqlx::query("SELECT micros FROM prices WHERE country = $1")
        .bind(country.to_string())
        .fetch_optional(tx.db())
        .await?;
    row.map(|row| Ok(Price { micros: row.int("micros")? })).transpose()
}

/// Notes a price, if it is new.
pub async fn note(tx: &mut Tx, country: Region, price: Price, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO prices (country, micros, since) VALUES ($1, $2, $3) ON CONFLICT (country) \
         DO UPDATE SET micros = excluded.micros, since = excluded.since WHERE prices.micros <> excluded.micros",
    )
    .bind(country.to_string())
    .bind(price.micros)
    .bind(now.0)
    .execute(tx.db())
    .await?;
    Ok(())
}
