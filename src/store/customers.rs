//! Customers: a phone number as one desk knows it. The row that a flow locks.

use super::{Backend, Column as _, Result, StoreError, Tx};
use crate::domain::conversation::Customer;
use crate::domain::desk::DeskName;
use crate::domain::ids::CustomerId;
use crate::domain::phone::Address;
use crate::domain::time::Timestamp;

/// The customer, made where there is none, and locked until the transaction ends. All spellings of one number are one
/// customer; texts go to the spelling that was given last.
pub async fn find_or_make(tx: &mut Tx, desk: &DeskName, address: &Address, now: Timestamp) -> Result<Customer> {
    if let Some(customer) = find(tx, desk, address).await? {
        return dialled(tx, customer, address).await;
    }
    sqlx::query(
        "INSERT INTO customers (desk, phone, dialled, created) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (desk, phone) DO NOTHING",
    )
    .bind(desk.0.as_str())
    .bind(address.canonical().as_stored())
    .bind(address.as_stored())
    .bind(now.0)
    .execute(tx.db())
    .await?;
    let customer = find(tx, desk, address).await?.ok_or(StoreError::Corrupt("customers.phone"))?;
    dialled(tx, customer, address).await
}

/// The customer of this address at a desk, if there is one.
pub async fn find(tx: &mut Tx, desk: &DeskName, address: &Address) -> Result<Option<Customer>> {
    let sql = match tx.backend {
        Backend::Sqlite => {
            "SELECT id, desk, COALESCE(dialled, phone) AS phone, name FROM customers WHERE desk = $1 AND phone = $2"
        }
        Backend::Postgres => {
            "SELECT id, desk, COALESCE(dialled, phone) AS phone, name FROM customers WHERE desk = $1 AND phone = $2 \
             FOR UPDATE"
        }
    };
    let phone = address.canonical();
    let row = sqlx::query(sql).bind(desk.0.as_str()).bind(phone.as_stored()).fetch_optional(tx.db()).await?;
    row.as_ref().map(from_row).transpose()
}

/// Keeps the spelling that was used last.
async fn dialled(tx: &mut Tx, customer: Customer, address: &Address) -> Result<Customer> {
    if customer.address == *address {
        return Ok(customer);
    }
    sqlx::query("UPDATE customers SET dialled = $2 WHERE id = $1")
        .bind(customer.id.0)
        .bind(address.as_stored())
        .execute(tx.db())
        .await?;
    Ok(Customer { address: address.clone(), ..customer })
}

/// Locks a customer that is known to exist. The order is always: customer first, then what belongs to it.
pub async fn lock(tx: &mut Tx, id: CustomerId) -> Result<Customer> {
    let sql = match tx.backend {
        Backend::Sqlite => "SELECT id, desk, COALESCE(dialled, phone) AS phone, name FROM customers WHERE id = $1",
        Backend::Postgres => {
            "SELECT id, desk, COALESCE(dialled, phone) AS phone, name FROM customers WHERE id = $1 FOR UPDATE"
        }
    };
    let row = sqlx::query(sql).bind(id.0).fetch_one(tx.db()).await?;
    from_row(&row)
}

pub async fn rename(tx: &mut Tx, id: CustomerId, name: &str) -> Result<()> {
    sqlx::query("UPDATE customers SET name = $2 WHERE id = $1").bind(id.0).bind(name).execute(tx.db()).await?;
    Ok(())
}

pub(super) fn from_row(row: &sqlx::any::AnyRow) -> Result<Customer> {
    Ok(Customer {
        id: CustomerId(row.int("id")?),
        desk: DeskName(row.text("desk")?),
        address: Address::from_stored(&row.text("phone")?).ok_or(StoreError::Corrupt("customers.phone"))?,
        name: row.maybe_text("name")?,
    })
}
