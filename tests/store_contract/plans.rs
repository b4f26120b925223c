//! However much there is, a statement reads no more than it needs: the databases' planners are asked about every statement
//! of the store, and what is old goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use bytes::Bytes;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use threadline::store::inbox::{self, NewWebhook};
use threadline::store::{BATCH, Store, sent_parts};

use crate::room::{Room, at, desk, user};
use crate::support::database::Engine;

/// Tables that grow for as long as Threadline runs, or for a week at least.
const GROWING: [&str; 9] =
    ["inbox", "outbox", "messages", "parts", "conversations", "customers", "consents", "notifications", "interactions"];

/// Part of the definition of an index that stays small, whatever grows: of what waits, of what was given up on, of what is
/// in trouble or open, of answers that can still be edited, of what an older version left.
const FEW: [&str; 7] = [
    "dialled IS NULL",
    "closed IS NULL",
    "done IS NULL",
    "dead IS NOT NULL",
    "decision IS NULL",
    "token IS NOT NULL",
    "outdated IS NOT NULL",
];

/// Columns by which a search finds far too much: few values, and each in very many rows.
const COARSE: [&str; 6] = ["desk", "direction", "kind", "state", "source", "outside"];

pub async fn no_statement_scans_what_grows(room: &Room) {
    let statements = statements();
    assert!(statements.len() > 90, "only {} statements were found", statements.len());
    let bytes = if room.engine == Engine::Sqlite { "blob" } else { "bytea" };
    room.database.run(&SEED.replace("AS blob", &format!("AS {bytes}"))).await;
    room.database.run("ANALYZE").await;
    let mut faults = BTreeSet::new();
    let mut asked = 0;
    match room.engine {
        Engine::Sqlite => {
            let mut database = SqliteConnection::connect(room.database.url()).await.unwrap();
            let few =
                few("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL", &mut database)
                    .await;
            for sql in statements.iter().filter(|sql| !sql.contains("FOR UPDATE")) {
                let plan = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
                let plan = plan.fetch_all(&mut database).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
                let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
                let aliases = aliases(sql);
                faults
                    .extend(plan.iter().filter_map(|step| sqlite_fault(step, &aliases, &few)).map(|step| (step, sql)));
                asked += 1;
            }
        }
        Engine::Postgres => {
            let mut database = PgConnection::connect(room.database.url()).await.unwrap();
            let few = few_of_postgres(&mut database).await;
            // As for a statement that is prepared once and run with whatever comes.
            sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut database).await.unwrap();
            for sql in &statements {
                let plan = postgres_plan(&mut database, sql).await;
                faults.extend(postgres_faults(&plan, &few).into_iter().map(|step| (step, sql)));
                asked += 1;
            }
        }
    }
    assert!(asked > 80, "the planner was asked about {asked} statements only");
    let faults: Vec<String> = faults.into_iter().map(|(step, sql)| format!("{step}\n    {sql}")).collect();
    assert!(faults.is_empty(), "statements that read a table that grows:\n{}", faults.join("\n"));
}

async fn postgres_plan(database: &mut PgConnection, sql: &str) -> Vec<String> {
    let parameters = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let mut types = vec!["unknown"; parameters];
    loop {
        let (mut of, mut values) = (types.join(", "), vec!["NULL"; parameters].join(", "));
        if parameters > 0 {
            (of, values) = (format!("({of})"), format!("({values})"));
        }
        let ask = format!("PREPARE asked{of} AS {sql}; EXPLAIN EXECUTE asked{values}; DEALLOCATE asked");
        match sqlx::raw_sql(AssertSqlSafe(ask)).fetch_all(&mut *database).await {
            Ok(plan) => return plan.iter().map(|row| row.get(0)).collect(),
            Err(error) => {
                // The store says what it binds; where that cannot be seen from the statement, it is a text.
                let unknown = error.to_string();
                let number = unknown.split_once("data type of parameter $").map(|(_, rest)| rest);
                let number =
                    number.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
                match number.and_then(|number| types.get_mut(number - 1)).filter(|of| **of == "unknown") {
                    Some(of) => *of = "text",
                    None => panic!("{error}: {sql}"),
                }
            }
        }
    }
}

async fn few(list: &'static str, database: &mut SqliteConnection) -> BTreeSet<String> {
    let rows = sqlx::raw_sql(list).fetch_all(database).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).filter(is_few).map(|(name, _)| name).collect()
}

async fn few_of_postgres(database: &mut PgConnection) -> BTreeSet<String> {
    let list = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'";
    let rows = sqlx::raw_sql(list).fetch_all(database).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).filter(is_few).map(|(name, _)| name).collect()
}

fn is_few((_, definition): &(String, String)) -> bool {
    definition.split_once(" WHERE ").is_some_and(|(_, which)| FEW.iter().any(|few| which.contains(few)))
}

/// `SCAN messages`, or `SEARCH c USING INDEX … (desk=?)`.
fn sqlite_fault(step: &str, aliases: &BTreeMap<String, String>, few: &BTreeSet<String>) -> Option<String> {
    let mut words = step.split_whitespace();
    let how = words.next()?;
    let table = words.next()?;
    let table = aliases.get(table).map_or(table, String::as_str);
    let index = step.split_once("INDEX ").and_then(|(_, rest)| rest.split_whitespace().next());
    if !GROWING.contains(&table) || index.is_some_and(|index| few.contains(index)) {
        return None;
    }
    let by = step.rsplit_once('(').map(|(_, by)| by.trim_end_matches(')'));
    let coarse = by.is_some_and(|by| COARSE.iter().any(|column| by == format!("{column}=?")));
    (how == "SCAN" || (how == "SEARCH" && coarse)).then(|| step.to_owned())
}

fn postgres_faults(plan: &[String], few: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, step) in plan.iter().enumerate() {
        let after = |what: &str| step.split_once(what).and_then(|(_, rest)| rest.split_whitespace().next());
        if after("Seq Scan on ").is_some_and(|table| GROWING.contains(&table)) {
            faults.push(step.trim().to_owned());
        }
        let table = after("Scan using ").and_then(|_| after(" on "));
        let (Some(index), Some(table)) = (after("Scan using "), table) else { continue };
        if !GROWING.contains(&table) || few.contains(index) {
            continue;
        }
        let details = plan[number + 1..].iter().take_while(|line| !line.contains("->"));
        let by = details.into_iter().find_map(|line| line.trim().strip_prefix("Index Cond: "));
        let coarse = by.is_some_and(|by| {
            let columns = by.matches(" = ").count() + by.matches(" > ").count() + by.matches(" < ").count();
            columns == 1 && COARSE.iter().any(|column| by.starts_with(&format!("({column} = ")))
        });
        if by.is_none() || coarse {
            faults.push(step.trim().to_owned());
        }
    }
    faults
}

/// What a statement calls its tables.
fn aliases(sql: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> =
        sql.split(|c: char| c.is_whitespace() || "(),".contains(c)).filter(|word| !word.is_empty()).collect();
    words
        .windows(3)
        .filter(|words| ["FROM", "JOIN"].contains(&words[0]))
        .map(|words| (words[2].to_owned(), words[1].to_owned()))
        .collect()
}

/// Every statement in the sources of the store, with its macros expanded.
fn statements() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(Path::new("src/store")).unwrap() {
        let path = entry.unwrap().path();
        // Their statements are about the database itself.
        if ["alone.rs", "look.rs"].iter().any(|name| path.ends_with(name)) {
            continue;
        }
        assert!(path.is_file(), "this test does not look into {path:?} yet");
        let source = fs::read_to_string(&path).unwrap();
        for text in texts(&tokens(&source)) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = text.replace("VALUES {}", "VALUES ($2, $3, $4, $1, $1, 0)");
            if ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb)) {
                assert!(!text.contains('{'), "this test cannot fill in {text}");
                if text != "SELECT 1" {
                    all.insert(text);
                }
            } else {
                let part = [" WHERE ", " FROM ", " SET "].iter().any(|word| format!(" {text} ").contains(word));
                assert!(!part, "a part of a statement, which this test cannot put together: {text}");
            }
        }
    }
    all
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Mark(char),
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    match (c, rest.peek()) {
                        // A line that goes on.
                        ('\\', Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                        ('\\', _) => text.extend(rest.next()),
                        _ => text.push(c),
                    }
                }
                tokens.push(Token::Text(text));
            }
            // A character, not a lifetime.
            '\'' => {
                let ahead: Vec<char> = rest.clone().take(3).collect();
                if ahead.get(1) == Some(&'\'') || ahead.first() == Some(&'\\') {
                    let length = if ahead[0] == '\\' { 3 } else { 2 };
                    rest.by_ref().take(length).for_each(drop);
                }
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
            c if c.is_whitespace() => {}
            c => tokens.push(Token::Mark(c)),
        }
    }
    tokens
}

/// The texts of a file; those of a macro that joins texts (`concat!`) as they are where it is used.
fn texts(tokens: &[Token]) -> Vec<String> {
    let word = |at: usize| if let Some(Token::Word(word)) = tokens.get(at) { Some(word.as_str()) } else { None };
    let mark = |at: usize, mark: char| tokens.get(at) == Some(&Token::Mark(mark));
    let mut macros: BTreeMap<&str, (Vec<&str>, Vec<&Token>)> = BTreeMap::new();
    let mut texts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if word(at) == Some("macro_rules") {
            let name = word(at + 2).unwrap();
            let concat = (at..).find(|at| word(*at) == Some("concat")).unwrap();
            let parameters = (at..concat).filter(|at| mark(*at, '$')).filter_map(|at| word(at + 1)).collect();
            let end = (concat..).find(|at| mark(*at, ')')).unwrap();
            let parts = tokens[concat + 3..end].iter();
            let parts = parts.filter(|token| matches!(token, Token::Text(_) | Token::Word(_))).collect();
            macros.insert(name, (parameters, parts));
            at = end;
        } else if let Some((parameters, parts)) =
            word(at).and_then(|name| macros.get(name)).filter(|_| mark(at + 1, '!'))
        {
            let end = (at..).find(|at| mark(*at, ')')).unwrap();
            let given: Vec<&str> = tokens[at..end]
                .iter()
                .filter_map(|token| if let Token::Text(text) = token { Some(text.as_str()) } else { None })
                .collect();
            let part = |part: &&Token| match part {
                Token::Text(text) => text.clone(),
                Token::Word(name) => {
                    given[parameters.iter().position(|parameter| parameter == name).unwrap()].to_owned()
                }
                Token::Mark(_) => String::new(),
            };
            texts.push(parts.iter().map(part).collect());
            at = end;
        } else if let Token::Text(text) = &tokens[at] {
            texts.push(text.clone());
        }
        at += 1;
    }
    texts
}

/// So many rows that no planner reads them all unless it has to.
const SEED: &str = "
INSERT INTO customers (desk, phone, dialled, created)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT 'desk' || (i % 3), '+6149' || (1000000 + i), '+6149' || (1000000 + i), i FROM n;
INSERT INTO conversations (id, customer, desk, number, thread, card, last_message, opened, active, closed)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
SELECT 'c' || i, 1 + i % 20000, 'desk' || (i % 3), i, 't' || i, 'k' || i, 4, i, i, CASE WHEN i <= 20000 THEN i END FROM n;
INSERT INTO messages (id, conversation, number, direction, kind, text, state, parts, created, changed)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
SELECT 'm' || i, 'c' || (1 + i % 30000), i / 30000, CASE WHEN i % 2 = 0 THEN 'outbound' ELSE 'inbound' END,
    CASE WHEN i % 2 = 0 THEN 'reply' ELSE 'text' END, 'text', CASE WHEN i % 2 = 0 THEN 'delivered' ELSE 'received' END, 1, i, i
FROM n;
INSERT INTO parts (message, position, provider_id, state)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
SELECT 'm' || (2 * i), 1, 'p' || i, 'delivered' FROM n;
INSERT INTO notifications (message, customer, template, options, confirmation, unclear, created, expires)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT 'm' || (2 * i), 1 + (2 * i) % 20000, 'delivery', '[]', '', '', i, i FROM n;
INSERT INTO consents (customer, state, since, said_by, reason)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT i, 'opted_out', i, 'customer', 'STOP' FROM n;
INSERT INTO inbox (source, dedupe, raw, received, due, attempts, done, dead)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
SELECT 'inbound_sms', 'sms:' || i, CAST('{}' AS blob), i, i, 1, CASE WHEN i % 1000 > 1 THEN i END,
    CASE WHEN i % 1000 = 1 THEN i END FROM n;
INSERT INTO outbox (outside, lane, precedence, dedupe, effect, created, due, attempts, first_begun, done, dead, queue)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
SELECT CASE WHEN i % 2 = 0 THEN 'vonage' ELSE 'discord' END, 'discord:c' || (1 + i % 30000), i % 4, 'key:' || i, '{}', i, i, 1, i,
    CASE WHEN i % 1000 > 1 THEN i END, CASE WHEN i % 1000 = 1 THEN i END, 'desk1' FROM n;
INSERT INTO interactions (id, token, message, seen)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
SELECT CAST(i AS TEXT), CASE WHEN i > 199900 THEN 'token' END, 'm' || (1 + i % 100000), i FROM n;
";

fn webhook(key: &str) -> NewWebhook {
    NewWebhook { source: "inbound_sms", key: key.to_owned(), raw: Bytes::from_static(b"text") }
}

pub async fn what_is_old_goes_in_small_batches(room: &Room) {
    let many: Vec<_> = (0..BATCH + 50).map(|number| webhook(&format!("done {number}"))).collect();
    room.store.keep_webhooks(&many, at(0)).await.unwrap();
    room.store.keep_webhooks(&[webhook("dead"), webhook("waiting")], at(0)).await.unwrap();
    room.database.run(&format!("UPDATE inbox SET done = {} WHERE dedupe LIKE 'done %'", at(0).0)).await;
    room.database.run(&format!("UPDATE inbox SET dead = {}, error = 'why' WHERE dedupe = 'dead'", at(0).0)).await;
    let count = async |which: &str| room.database.number(&format!("SELECT COUNT(*) FROM inbox WHERE {which}")).await;
    let drop_done = async |before| {
        let mut tx = room.begin().await;
        let dropped = inbox::drop_done(&mut tx, before).await.unwrap();
        tx.commit().await.unwrap();
        dropped
    };
    assert_eq!(drop_done(at(0)).await, 0);
    assert_eq!([drop_done(at(1)).await, drop_done(at(1)).await, drop_done(at(1)).await], [BATCH, 50, 0]);
    assert_eq!((count("dedupe = 'dead'").await, count("dedupe = 'waiting'").await, count("1 = 1").await), (1, 1, 2));
    // The text of what was given up on goes first, the entry later.
    let mut tx = room.begin().await;
    assert_eq!(inbox::cut_dead(&mut tx, at(0)).await.unwrap(), 0);
    assert_eq!(inbox::cut_dead(&mut tx, at(1)).await.unwrap(), 1);
    assert_eq!(inbox::cut_dead(&mut tx, at(1)).await.unwrap(), 0, "once");
    tx.commit().await.unwrap();
    assert_eq!(count("length(raw) = 0 AND error = 'why' AND dedupe = 'dead'").await, 1);
    let mut tx = room.begin().await;
    assert_eq!(inbox::drop_dead(&mut tx, at(1)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(count("1 = 1").await, 1);
}

/// The database of a version that counted over history.
pub async fn old_messages_are_counted_by_the_migration(room: &Room) {
    let hour = 60 * 60 * 1000;
    let now = at(0).0;
    room.database
        .run(&format!(
            "INSERT INTO customers (desk, phone, created) VALUES ('support', '+61491570006', 0);
             INSERT INTO conversations (id, customer, desk, number, last_message, opened, active)
             SELECT 'c', id, desk, 1, 0, 0, 0 FROM customers;
             INSERT INTO messages (id, conversation, number, direction, kind, author, text, state, failure, parts, created, changed)
             VALUES ('1', 'c', 1, 'outbound', 'reply', '7', '', 'sent', NULL, 2, {now}, 0),
                 ('2', 'c', 2, 'outbound', 'reply', '8', '', 'sent', NULL, 4, {now} - {hour}, 0),
                 ('3', 'c', 3, 'outbound', 'confirmation', NULL, '', 'sent', NULL, 8, {now}, 0),
                 ('4', 'c', 4, 'outbound', 'reply', '7', '', 'failed', 'opted_out', 16, {now}, 0),
                 ('5', 'c', 5, 'outbound', 'reply', '7', '', 'sent', NULL, 32, {now} - 30 * {hour}, 0),
                 ('6', 'c', 6, 'inbound', 'text', NULL, '', 'received', NULL, 64, {now}, 0);
             CREATE INDEX outbound_by_age ON messages (created) WHERE direction = 'outbound';
             DROP TABLE sent_parts; DROP INDEX messages_by_age; DROP INDEX messages_in_trouble; DROP INDEX inbox_done;
             DROP INDEX inbox_given_up; DROP INDEX inbox_given_up_text; DROP INDEX outbox_given_up;
             DROP INDEX interactions_with_token; DROP INDEX drafts_by_age; DROP INDEX conversations_open;
             DELETE FROM _sqlx_migrations WHERE version = 13;"
        ))
        .await;
    room.store.close().await;
    let store = Store::open(room.database.url()).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let since = at(-24 * 60 * 60);
    let spent = sent_parts::since(&mut tx, &desk("support"), Some(user(7)), since).await.unwrap();
    assert_eq!(spent, (14, 2));
    drop(tx);
    store.close().await;
}
