//! What the commands say to an operator when something cannot be had: once, in a sentence, with what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::installation::{Ended, Installation};

/// What `serve` says before it ends.
async fn refused(here: &Installation) -> String {
    let Ended { code, stdout, stderr } = here.run(&["serve"]).await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
    steady(here, &stderr)
}

/// The line of `doctor` about the database, and that it fails.
async fn examined(here: &Installation) -> String {
    let Ended { code, stdout, .. } = here.run(&["doctor"]).await;
    assert_eq!(code, Some(1), "{stdout}");
    let lines: Vec<_> = stdout.lines().skip_while(|line| !line.contains("database: ")).take(2).collect();
    steady(here, &lines.join("\n"))
}

/// Without what differs from run to run.
fn steady(here: &Installation, said: &str) -> String {
    here.steady(said).replace(folder(here).to_str().unwrap(), "(folder)")
}

fn folder(here: &Installation) -> PathBuf {
    PathBuf::from(here.database().trim_start_matches("sqlite://")).parent().unwrap().to_owned()
}

fn mode(path: &Path) -> String {
    let meta = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    format!("{:o}", meta.permissions().mode() & 0o777)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_cannot_be_reached_is_named_with_what_to_do() {
    let here = Installation::new().await;
    here.set("DATABASE_URL", "postgres://threadline:hush-hush@127.0.0.1:1/threadline");
    insta::assert_snapshot!(refused(&here).await, @"threadline: PostgreSQL does not answer at 127.0.0.1:1: nothing listens there. Start it, or correct `url` under [database] (DATABASE_URL)");
    insta::assert_snapshot!(examined(&here).await, @"
    ✗ database: postgres://127.0.0.1/threadline cannot be used: PostgreSQL does not answer at 127.0.0.1:1: nothing listens there. Start it, or correct `url` under [database] (DATABASE_URL).
        `threadline serve` cannot start before that is mended.
    ");
    here.set("DATABASE_URL", "postgres://threadline:hush-hush@postgres.invalid/threadline");
    insta::assert_snapshot!(refused(&here).await, @"threadline: the host postgres.invalid of the database is not known. Correct `url` under [database] (DATABASE_URL), or look at the network");
    let letters = here.run(&["dead-letters", "list"]).await;
    assert_eq!(letters.code, Some(1));
    assert!(letters.stderr.contains("postgres.invalid") && !letters.stderr.contains("hush"), "{letters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_refuses_is_named_with_what_to_do() {
    let Ok(admin) = std::env::var("THREADLINE_TEST_POSTGRES") else {
        crate::support::skipped("postgres", "THREADLINE_TEST_POSTGRES names no PostgreSQL for tests");
        return;
    };
    let here = Installation::new().await;
    let admin = Url::parse(&admin).unwrap();
    let server = format!("{}:{}", admin.host_str().unwrap_or("localhost"), admin.port().unwrap_or(5432));
    let mut unknown = admin.clone();
    unknown.set_path("/no_such_database");
    here.set("DATABASE_URL", unknown.as_str());
    insta::assert_snapshot!(refused(&here).await.replace(&server, "(server)"), @"threadline: PostgreSQL at (server) has no database no_such_database. Make it (`createdb no_such_database`), or correct `url` under [database] (DATABASE_URL)");
    let mut nobody = admin;
    nobody.set_username("no_such_role").unwrap();
    nobody.set_password(Some("hush-hush")).unwrap();
    here.set("DATABASE_URL", nobody.as_str());
    let said = refused(&here).await;
    // Where passwords are asked for, it is the password that is refused.
    assert!(said.contains(&server) && said.contains("let the user no_such_role in"), "{said}");
    assert!(!said.contains("hush-hush"), "{said}");
    if !said.contains("password. ") {
        insta::assert_snapshot!(said.replace(&server, "(server)"), @r#"threadline: PostgreSQL at (server) does not let the user no_such_role in: role "no_such_role" does not exist. Make the user or let it in (pg_hba.conf), or correct `url` under [database] (DATABASE_URL)"#);
    }
}

/// A server that asks for the password and refuses whatever it is told, as PostgreSQL does.
async fn refuses_every_password() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move { refuse_password(&mut client).await });
        }
    });
    address
}

/// One conversation, by PostgreSQL's protocol: a message is a letter (but for the first), its length, and what it says.
async fn refuse_password(client: &mut TcpStream) -> std::io::Result<()> {
    const SSL_REQUEST: u32 = 80_877_103;
    loop {
        let rest = client.read_u32().await? - 4;
        let version = client.read_u32().await?;
        client.read_exact(&mut vec![0; rest as usize - 4]).await?;
        if version != SSL_REQUEST {
            break;
        }
        client.write_all(b"N").await?;
    }
    client.write_all(b"R\0\0\0\x08\0\0\0\x03").await?;
    client.read_u8().await?;
    let rest = client.read_u32().await? - 4;
    client.read_exact(&mut vec![0; rest as usize]).await?;
    client.write_all(&refusal("28P01", "password authentication failed for user \"threadline\"")).await
}

/// How PostgreSQL refuses, by its protocol.
fn refusal(code: &str, message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len()).unwrap() + 4;
    [&b"E"[..], &length.to_be_bytes(), fields.as_bytes()].concat()
}

/// A server that says this to whoever has introduced themselves, and no more.
async fn says(said: Vec<u8>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut clients = Vec::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let mut ask = [0; 1024];
            let asked = client.read(&mut ask).await.unwrap_or_default();
            let wants_tls = ask[..asked].ends_with(&80_877_103_u32.to_be_bytes());
            let _ = client.write_all(if wants_tls { b"N" } else { &said }).await;
            if wants_tls {
                let _ = client.read(&mut ask).await;
                let _ = client.write_all(&said).await;
            }
            clients.push(client);
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_not_ready_is_named_with_what_to_do() {
    for (said, wanted) in [
        (Vec::new(), "cannot be reached at (server): no answer came in time. Look at the network"),
        (
            refusal("57P03", "the database system is starting up"),
            "at (server) is starting, stopping or recovering: the database system is starting up. Wait a moment",
        ),
        (
            refusal("53300", "sorry, too many clients already"),
            "at (server) has no connection left: sorry, too many clients already. Raise its max_connections",
        ),
        (
            refusal("42501", "permission denied for schema public"),
            "at (server) does not let the user threadline do what is needed: permission denied for schema public",
        ),
        (refusal("XX000", "a page is broken"), "at (server) cannot be used: a page is broken. Look at its log"),
    ] {
        let here = Installation::new().await;
        let server = says(said).await;
        // The host and the port may stand among the parameters.
        let (host, port) = (server.ip(), server.port());
        for url in [
            format!("postgres://threadline:hush-hush@{server}/threadline"),
            format!("postgres://threadline:hush-hush@localhost:1/threadline?host={host}&port={port}"),
        ] {
            here.set("DATABASE_URL", &url);
            let told = refused(&here).await.replace(&server.to_string(), "(server)");
            assert!(told.contains(wanted) && !told.contains("hush"), "{told}");
        }
        let examined = examined(&here).await.replace(&server.to_string(), "(server)");
        assert!(examined.contains(wanted), "{examined}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_cannot_be_read_is_said_so() {
    let here = Installation::new().await;
    for url in [
        "postgres://threadline:hush-hush@/threadline",
        "postgres://threadline:hush-hush@host:port/threadline",
        "sqlite://threadline.db?journal=wal",
    ] {
        here.set("DATABASE_URL", url);
        let told = refused(&here).await;
        assert!(told.contains("`url` under [database] (DATABASE_URL) cannot be read: "), "{told}");
        assert!(!told.contains("hush"), "{told}");
        assert!(!folder(&here).join(".lock").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_file_with_a_blank_in_its_name_is_like_any_other() {
    let here = Installation::new().await;
    let url = here.database().replace("threadline.db", "my%20texts.db");
    here.configure(&here.database(), &url);
    let looked = here.run(&["doctor"]).await.stdout;
    assert!(!looked.contains("✗ database"), "{looked}");
    let serving = here.serve().await;
    for file in ["my texts.db", "my texts.db-wal", "my texts.db.lock"] {
        assert_eq!(mode(&folder(&here).join(file)), "600", "{file}");
    }
    assert_eq!(serving.terminate().await.code(), Some(0));
    std::fs::write(folder(&here).join("my texts.db"), "This is a letter to my bank.\n".repeat(1000)).unwrap();
    assert!(refused(&here).await.contains("(folder)/my texts.db is no SQLite database"));
}

/// Another program has the address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_is_not_taken_for_the_bridge() {
    for said in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\nnot found",
        "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"status\":\"ok\"}",
    ] {
        let here = Installation::new().await;
        let others = [says(said.into()).await, says(said.into()).await];
        for (address, other) in here.addresses().iter().zip(others) {
            here.configure(&format!("\"{address}\""), &format!("\"{other}\""));
        }
        let healthcheck = here.run(&["healthcheck"]).await;
        assert_eq!(healthcheck.code, Some(1), "{healthcheck:?}");
        assert!(healthcheck.stderr.contains("(`server.admin_listen`) is no Threadline"), "{healthcheck:?}");
        let text = here.run(&["simulate-inbound", "--from", "+61 491 570 006", "--text", "Hello?"]).await;
        assert_eq!((text.code, text.stdout.as_str()), (Some(1), ""), "{text:?}");
        let wanted = if said.contains("404") { "404" } else { "(`server.listen`) is no Threadline" };
        assert!(text.stderr.contains(wanted), "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_of_postgres_is_named_with_what_to_do() {
    let here = Installation::new().await;
    let server = refuses_every_password().await.to_string();
    here.set("DATABASE_URL", &format!("postgres://threadline:hush-hush@{server}/threadline"));
    insta::assert_snapshot!(refused(&here).await.replace(&server, "(server)"), @"threadline: PostgreSQL at (server) does not let the user threadline in with this password. Correct the user or the password in `url` under [database] (DATABASE_URL)");
    insta::assert_snapshot!(examined(&here).await.replace(&server, "(server)"), @"
    ✗ database: postgres://127.0.0.1/threadline cannot be used: PostgreSQL at (server) does not let the user threadline in with this password. Correct the user or the password in `url` under [database] (DATABASE_URL).
        `threadline serve` cannot start before that is mended.
    ");
    let letters = here.run(&["dead-letters", "list"]).await;
    assert_eq!(letters.code, Some(1));
    assert!(letters.stderr.contains("with this password") && !letters.stderr.contains("hush"), "{letters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_file_that_cannot_be_used_is_named_with_what_to_do() {
    let here = Installation::new().await;
    let path = folder(&here).join("threadline.db");
    std::fs::write(&path, "This is a letter to my bank.\n".repeat(1000)).unwrap();
    insta::assert_snapshot!(refused(&here).await, @"threadline: (folder)/threadline.db is no SQLite database. Move the file away, or correct `url` under [database] (DATABASE_URL)");
    insta::assert_snapshot!(examined(&here).await, @"
    ✗ database: (database) cannot be used: (folder)/threadline.db is no SQLite database. Move the file away, or correct `url` under [database] (DATABASE_URL).
        `threadline serve` cannot start before that is mended.
    ");

    // The head of a database, and rubbish behind it.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(here.run(&["migrate"]).await.code, Some(0));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    insta::assert_snapshot!(refused(&here).await, @"threadline: the SQLite database (folder)/threadline.db is damaged. Restore a backup, or have `sqlite3` recover what is in it");
    assert!(examined(&here).await.starts_with('✗'));

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    insta::assert_snapshot!(refused(&here).await, @"threadline: (folder)/threadline.db is a folder, and the database is a file. Correct `url` under [database] (DATABASE_URL)");
    insta::assert_snapshot!(examined(&here).await, @"
    ✗ database: (database) cannot be used: (folder)/threadline.db is a folder, and the database is a file. Correct `url` under [database] (DATABASE_URL).
        `threadline serve` cannot start before that is mended.
    ");

    let database = here.database();
    here.configure(&database, "sqlite:///no/such/folder/threadline.db");
    insta::assert_snapshot!(refused(&here).await, @"threadline: the folder /no/such/folder for the database does not exist. Make it, or correct `url` under [database] (DATABASE_URL)");
    insta::assert_snapshot!(examined(&here).await, @"
    ✗ database: sqlite:///no/such/folder/threadline.db cannot be used: the folder /no/such/folder for the database does not exist. Make it, or correct `url` under [database] (DATABASE_URL).
        `threadline serve` cannot start before that is mended.
    ");
    // A folder in which nobody can make a file, whoever they are.
    here.configure("sqlite:///no/such/folder/threadline.db", "sqlite:///proc/threadline.db");
    let said = refused(&here).await;
    assert!(said.contains("/proc/threadline.db") && said.contains("cannot be made"), "{said}");
    assert!(examined(&here).await.starts_with('✗'));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_for_its_owner_alone() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    for file in ["threadline.db", "threadline.db-wal", "threadline.db-shm", "threadline.db.lock"] {
        assert_eq!(mode(&folder(&here).join(file)), "600", "{file}");
    }
    assert_eq!(serving.terminate().await.code(), Some(0));
}

/// As an earlier version made it, which everybody might read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_others_may_read_is_closed_to_them() {
    let here = Installation::new().await;
    // So that its journal is left behind.
    here.serve().await.kill();
    let files = ["threadline.db", "threadline.db-wal", "threadline.db-shm"].map(|file| folder(&here).join(file));
    for file in &files {
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o644)).unwrap();
    }
    let serving = here.serve().await;
    for file in &files {
        assert_eq!(mode(file), "600", "{}", file.display());
    }
    assert_eq!(serving.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_does_not_run_is_said_in_a_sentence() {
    let here = Installation::new().await;
    let healthcheck = here.run(&["healthcheck"]).await;
    assert_eq!(healthcheck.code, Some(1));
    insta::assert_snapshot!(here.steady(&healthcheck.stderr), @"threadline: nothing listens at (private) (`server.admin_listen`): start `threadline serve`, or run this with the configuration of the bridge that runs");
    let text = here.run(&["simulate-inbound", "--from", "+61 491 570 006", "--text", "Hello?"]).await;
    assert_eq!(text.code, Some(1));
    insta::assert_snapshot!(here.steady(&text.stderr), @"threadline: nothing listens at (public) (`server.listen`): start `threadline serve`, or run this with the configuration of the bridge that runs");
    assert!(!text.stderr.contains("a-path-token-of-tests"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_vonage_cannot_use_is_refused_by_all() {
    let here = Installation::new().await;
    let mut before = format!("http://{}", here.addresses()[0]);
    for (wrong, why) in [
        ("https://sms.example.com/threadline", "must end after the host"),
        ("https://sms.example.com?a=b", "must have no ?"),
        ("http://sms.example.com", "must begin with https://"),
        ("http://192.0.2.1:8080", "must begin with https://"),
    ] {
        here.configure(&format!("public_url = \"{before}\""), &format!("public_url = \"{wrong}\""));
        before = wrong.to_owned();
        for command in ["check-config", "serve", "doctor"] {
            let ended = here.run(&[command]).await;
            let said = ended.stdout + &ended.stderr;
            assert_eq!(ended.code, Some(1), "{command}: {said}");
            assert!(said.contains("`server.public_url`") && said.contains(why), "{command}: {said}");
        }
    }
}
