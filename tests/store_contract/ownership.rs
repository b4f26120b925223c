//! One process, one schema: who may open a database, and what the migrations make of it.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{AnyConnection, Connection as _, Row as _};
use threadline::store::{self, Look, Store, StoreError};

use crate::room::{Room, customer};
use crate::support::database::Database;

pub async fn a_second_process_is_refused(room: &Room) {
    let refused = Store::open(room.database.url()).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotAlone));
    let sentence = "another Threadline is running on this database: stop it first (one process owns a database, so \
                    that nothing is sent twice)";
    assert_eq!(refused.to_string(), sentence);
    room.store.still_alone().await.unwrap();
    room.store.close().await;
    Store::open(room.database.url()).await.unwrap().close().await;
}

pub async fn a_database_opens_again(room: &Room) {
    let mut tx = room.begin().await;
    let made = customer(&mut tx).await;
    tx.commit().await.unwrap();
    room.store.close().await;
    let store = Store::open(room.database.url()).await.unwrap();
    store.ping().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(store::customers::lock(&mut tx, made.id).await.unwrap().address, made.address);
    drop(tx);
    store.close().await;
}

pub async fn a_newer_schema_is_refused(room: &Room) {
    room.store.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations LIMIT 1";
    room.database.run(newer).await;
    let refused = Store::open(room.database.url()).await.unwrap_err();
    let sentence = "the database was made by a newer version of Threadline (its migration 9999 is unknown here): run \
                    that version, or restore the backup made before the upgrade";
    assert_eq!(refused.to_string(), sentence);
}

pub async fn a_look_claims_nothing_and_makes_nothing(room: &Room) {
    let url = room.database.url();
    let look = async || Store::look(url).await.unwrap();
    assert_eq!(look().await, Look::Opens { behind: 0, claimed: true });
    room.store.still_alone().await.unwrap();
    room.store.close().await;
    assert_eq!(look().await, Look::Opens { behind: 0, claimed: false });
    room.database.run("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    assert!(matches!(look().await, Look::Opens { behind: 1.., claimed: false }));
    room.database.run("UPDATE _sqlx_migrations SET version = 9999").await;
    assert!(matches!(Store::look(url).await, Err(StoreError::NewerSchema(9999))));
}

#[tokio::test]
async fn a_look_at_nothing_makes_nothing() {
    let sqlite = Database::sqlite();
    assert_eq!(Store::look(sqlite.url()).await.unwrap(), Look::Absent);
    assert_eq!(Store::look(sqlite.url()).await.unwrap(), Look::Absent, "the first look made a file");
    let Some(postgres) = Database::postgres().await else { return };
    for _ in 0..2 {
        assert!(matches!(Store::look(postgres.url()).await.unwrap(), Look::Opens { behind: 2.., claimed: false }));
    }
}

#[tokio::test]
async fn another_kind_of_database_is_refused() {
    for url in ["mysql://localhost/threadline", "threadline.db", ""] {
        let refused = Store::open(url).await.unwrap_err();
        assert_eq!(refused.to_string(), "DATABASE_URL must begin with sqlite:// or postgres://");
    }
}

#[tokio::test]
async fn a_lost_claim_is_regained() {
    let Some(database) = Database::postgres().await else { return };
    let store = Store::open(database.url()).await.unwrap();
    database.run(CUT_THE_CLAIM).await;
    store.still_alone().await.unwrap();
    assert!(matches!(Store::open(database.url()).await, Err(StoreError::NotAlone)));
    store.close().await;
}

#[tokio::test]
async fn a_claim_that_another_has_taken_is_lost() {
    let Some(database) = Database::postgres().await else { return };
    let store = Store::open(database.url()).await.unwrap();
    database.run(CUT_THE_CLAIM).await;
    let another = Store::open(database.url()).await.unwrap();
    assert!(matches!(store.still_alone().await, Err(StoreError::NotAlone)));
    another.close().await;
    store.still_alone().await.unwrap();
    store.close().await;
}

/// Ends the connection that holds the claim, and waits until it is gone.
const CUT_THE_CLAIM: &str = "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l \
     JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()";

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let sqlite = Database::sqlite();
    let Some(postgres) = Database::postgres().await else { return };
    for database in [&sqlite, &postgres] {
        Store::open(database.url()).await.unwrap().close().await;
    }
    let columns = "SELECT m.name || '.' || p.name || ' ' || p.type || \
                   CASE WHEN p.\"notnull\" = 1 OR p.pk = 1 THEN ' NOT NULL' ELSE '' END \
                   FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                   WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~'";
    let same_columns = "SELECT (table_name || '.' || column_name || ' ' || upper(data_type) || \
                        CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END)::text \
                        FROM information_schema.columns WHERE table_schema = 'public'";
    assert_eq!(described(&sqlite, columns).await, described(&postgres, same_columns).await);

    let indexes = "SELECT name || CASE WHEN sql LIKE '% UNIQUE %' THEN ' UNIQUE' ELSE '' END \
                   FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let same_indexes = "SELECT (indexname || CASE WHEN indexdef LIKE '% UNIQUE %' THEN ' UNIQUE' ELSE '' END)::text \
                        FROM pg_indexes WHERE schemaname = 'public' \
                        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)";
    let found = described(&sqlite, indexes).await;
    assert!(found.contains("one_open_conversation UNIQUE"), "{found:?}");
    assert_eq!(found, described(&postgres, same_indexes).await);
}

/// One column of text, in the words of SQLite; the migrations' own table aside.
async fn described(database: &Database, sql: &'static str) -> BTreeSet<String> {
    let mut connection = AnyConnection::connect(database.url()).await.unwrap();
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    let texts = rows.iter().map(|row| row.get::<String, _>(0)).filter(|text| !text.contains("_sqlx_migrations"));
    // SQLite's rowid has to be called INTEGER; it is as long as a BIGINT.
    texts.map(|text| text.replace("BYTEA", "BLOB").replace("INTEGER", "BIGINT")).collect()
}
