//! `doctor`: what it finds, in all the ways in which something does not fit together.

use threadline_sandbox::fault::Fault;

use crate::installation::{Ended, Installation, program};

/// What `doctor` says, and its exit code. It never says a secret.
async fn examined(here: &Installation) -> (String, Option<i32>) {
    let Ended { code, stdout, stderr } = here.run(&["doctor"]).await;
    let said = stdout + &stderr;
    let secrets = ["a-path-token-of-tests", &here.discord.token(), &here.vonage.setup().api_secret].map(str::to_owned);
    for secret in secrets {
        assert!(!said.contains(&secret), "{said}");
    }
    (here.steady(&said), code)
}

/// The lines with this mark, and what is to be done about each.
fn marked(said: &str, mark: char) -> String {
    let mut kept = String::new();
    let mut keeps = false;
    for line in said.lines() {
        keeps = if line.starts_with("    ") { keeps } else { line.starts_with(mark) };
        if keeps {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_well() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    let linked = here.run(&["numbers", "link", "447700900000", "--yes"]).await;
    assert_eq!(linked.code, Some(0), "{linked:?}");
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @"
    ✓ configuration: threadline.toml holds.
    ✓ bridge: it runs, has the database, and can store webhooks (http://(private)/readyz).
    ✓ credentials: Vonage accepts the key abcd1234 and its secret.
    ✓ balance: €1000.00 of credit are left.
    ✓ desk support: the texts to +447700900000 go to this bridge (http://(public)/webhooks/<token>/inbound-sms), by its own address.
    ✓ public address: http://(public)/webhooks/<token>/inbound-sms answers as Vonage wants it.
    ✓ protection: the webhooks have a path token; signatures are not asked for.
    ✓ receipts: each SMS asks for its receipts at http://(public)/webhooks/<token>/delivery-receipt.
    ✓ Discord: the bot's token is accepted.
    ✓ desk support in Discord: the bot can do all it needs in its channel, and its roles are there.
    ✓ operator's channel: the bot can write there.
    ✓ clock: it agrees with those of Vonage and Discord.
    All is well.
    ");
    assert!(serving.terminate().await.success());
    assert_eq!(here.vonage.left_over(), Vec::<String>::new());
    assert_eq!(here.discord.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_first_start() {
    let here = Installation::new().await;
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    ✓ configuration: threadline.toml holds.
    ✓ database: (database) does not exist yet; `threadline serve` makes it.
    ✓ credentials: Vonage accepts the key abcd1234 and its secret.
    ✓ balance: €1000.00 of credit are left.
    ✗ desk support: the texts to +447700900000 go nowhere: neither the number nor the account has an address.
        `threadline numbers link +447700900000` has them come to http://(public)/webhooks/<token>/inbound-sms.
    ✗ public address: http://(public)/webhooks/<token>/inbound-sms cannot be reached from here: Connection refused (os error 111).
        Start `threadline serve` and the proxy or tunnel in front of it, and compare `public_url` with its address. (Some networks cannot reach their own public address; then Vonage may reach it all the same.)
    ✓ protection: the webhooks have a path token; signatures are not asked for.
    ✓ receipts: each SMS asks for its receipts at http://(public)/webhooks/<token>/delivery-receipt.
    ✓ Discord: the bot's token is accepted.
    ✓ desk support in Discord: the bot can do all it needs in its channel, and its roles are there.
    ✓ operator's channel: the bot can write there.
    ✓ clock: it agrees with those of Vonage and Discord.
    threadline: 2 things are wrong
    ");
    assert!(!std::path::Path::new(here.database().trim_start_matches("sqlite://")).exists(), "it made a database");

    assert_eq!(here.run(&["migrate"]).await.code, Some(0));
    let (said, _) = examined(&here).await;
    assert!(said.contains("✓ database: (database) opens and is up to date. The bridge does not run here.\n"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_configuration_does_not_keep_it_from_the_account() {
    let here = Installation::new().await;
    here.configure("channel_id = ", "chanel_id = ");
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    ✗ configuration: threadline.toml: 3 problems
      - line 10: `discord.operator_chanel_id`: unknown key; did you mean `operator_channel_id`?
      - line 15: `desks[0].channel_id`: must be set: the support channel's id
      - line 19: `desks[0].chanel_id`: unknown key; did you mean `channel_id`?
        Correct it: config.example.toml and .env.example explain every line.
    ✓ credentials: Vonage accepts the key abcd1234 and its secret.
    ✓ balance: €1000.00 of credit are left.
    ✗ desk support: the texts to +447700900000 go nowhere: neither the number nor the account has an address.
        `threadline numbers link +447700900000` has them come to http://(public)/webhooks/<token>/inbound-sms.
    ✗ public address: http://(public)/webhooks/<token>/inbound-sms cannot be reached from here: Connection refused (os error 111).
        Start `threadline serve` and the proxy or tunnel in front of it, and compare `public_url` with its address. (Some networks cannot reach their own public address; then Vonage may reach it all the same.)
    ✓ protection: the webhooks have a path token; signatures are not asked for.
    ✓ receipts: each SMS asks for its receipts at http://(public)/webhooks/<token>/delivery-receipt.
    ✓ clock: it agrees with those of Vonage and Discord.
    threadline: 3 things are wrong
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_at_vonage() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    here.vonage.set_balance(4_990_000);
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(marked(&said, '!'), @"
    ! balance: €4.99 of credit are left.
        Top the account up: that is less than €5.00 (`low_balance` under [vonage]).
    ");
    assert!(said.contains("/inbound-sms), by the account's default address.\n"), "{said}");

    here.vonage.set_inbound_url("").await.unwrap();
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ desk support: the texts to +447700900000 go nowhere: neither the number nor the account has an address.
        `threadline numbers link +447700900000` has them come to http://(public)/webhooks/<token>/inbound-sms.
    ");
    here.configure("447700900000", "442079460900");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ desk support: the account does not have its number +442079460900.
        Correct its `number`: `threadline numbers list` shows the account's. `threadline numbers buy` rents one.
    ");
    let bought = here.run(&["numbers", "buy", "442079460900", "--yes"]).await;
    assert_eq!(bought.code, Some(0), "{bought:?}");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ desk support: its number +442079460900 cannot text.
        Give the desk a number with the feature SMS: `threadline numbers search --country GB` shows which can be rented.
    ");
    here.vonage.faults().add(Fault::on("GET", "/account/numbers").status(500));
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ numbers: Vonage does not tell the account's numbers: no clear answer: HTTP 500.
        Try again.
    ");
    here.vonage.faults().add(Fault::on("GET", "/account/get-balance").status(401));
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ credentials: Vonage does not accept the API key and secret (HTTP 401).
        Compare VONAGE_API_KEY and VONAGE_API_SECRET with the front page of its dashboard. Until then, nothing else is asked of it.
    ");
    here.vonage.down().await;
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(1));
    assert!(marked(&said, '✗').starts_with("✗ credentials: Vonage gives no clear answer at (Vonage): "), "{said}");
    here.vonage.up().await.unwrap();
    assert!(serving.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_webhooks_lead() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    // Restarting was forgotten after a change of the token.
    here.configure("a-path-token-of-tests", "another-token-of-tests");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"
    ✗ desk support: the texts to +447700900000 go to an address that this bridge does not have now (http://(public)/webhooks/<token>/inbound-sms), by the account's default address.
        `threadline numbers link +447700900000` has them come to http://(public)/webhooks/<token>/inbound-sms.
    ✗ public address: http://(public)/webhooks/<token>/inbound-sms answers 404, and Vonage wants 200.
        Either the path token there is another one (restart the bridge after a change), or what answers is not this bridge: look at the proxy or tunnel, and at `public_url`.
    ");
    here.configure("path_token = \"another-token-of-tests\"", "insecure = true");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '!'), @"
    ! protection: nothing keeps strangers from posting texts in your customers' names (`insecure` is true).
        Set WEBHOOK_PATH_TOKEN: `openssl rand -hex 16` makes a good one.
    ");
    here.configure("insecure = true", "signature = \"sha256\"\nobserve = true\npath_token = \"a-path-token-of-tests\"");
    here.set("VONAGE_SIGNATURE_SECRET", "a-signature-secret");
    let (said, _) = examined(&here).await;
    assert!(!said.contains("a-signature-secret"));
    insta::assert_snapshot!(marked(&said, '!'), @"
    ! protection: the webhooks have a path token and signatures (sha256), which are only observed.
        Vonage does not tell its side: compare the method (SHA-256 HMAC) and the signature secret with the API settings of its dashboard. When all come signed, take `observe` away.
    ");

    here.configure("signature = \"sha256\"\nobserve = true\n", "signature = \"sha256\"\n");
    here.set("VONAGE_SIGNATURE_SECRET", "a-signature-secret");
    let protection = async || {
        let (said, _) = examined(&here).await;
        let lines: Vec<_> = said.lines().skip_while(|line| !line.contains("protection: ")).take(2).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(protection().await, @"
    ✓ protection: the webhooks have a path token and signatures (sha256).
        Vonage does not tell its side: compare the method (SHA-256 HMAC) and the signature secret with the API settings of its dashboard.
    ");
    here.configure("signature = \"sha256\"\n", "");
    here.configure("[vonage]\n", "[vonage]\napi = \"messages\"\n");
    insta::assert_snapshot!(protection().await, @"
    ✓ protection: the webhooks have a path token and signatures (of the Messages API).
        Vonage does not tell its side: compare the signature secret with the API settings of its dashboard.
    ");
    here.configure("api = \"messages\"\n", "");
    here.set("VONAGE_SIGNATURE_SECRET", "");

    let [public, _] = here.addresses();
    here.configure(&format!("public_url = \"http://{public}\""), "");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '!'), @r#"
    ! desk support: the texts to +447700900000 go to http://(public)/webhooks/<token>/inbound-sms, by the account's default address.
        Whether that is this bridge is not known: set `public_url` under [server].
    ! public address: `public_url` is not set.
        Set it under [server] to the address under which Vonage reaches this bridge: then every SMS asks for its receipt.
    ! receipts: they go to http://(public)/webhooks/<token>/delivery-receipt, the account's default address.
        With `public_url` under [server] each SMS asks for its own; without, messages stay at "sent".
    "#);
    assert!(serving.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_at_discord() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    let agents = here.discord.role_id("Agents");
    here.configure(&format!("agent_role_ids = [\"{agents}\"]"), "agent_role_ids = [\"1100000000000000003\"]");
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @r#"✗ desk support in Discord: There is no role 1100000000000000003 in the desk's Discord server. Correct `agent_role_ids` of the desk "support"."#);
    here.discord.faults().add(Fault::on("GET", "*/users/@me").status(401));
    insta::assert_snapshot!(marked(&examined(&here).await.0, '✗'), @"✗ Discord: Discord refuses the bot's token. Make a new one in Discord's developer portal (Bot, Reset Token), put it into DISCORD_TOKEN and restart. Texts from customers are stored meanwhile.");
    here.discord.down().await;
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(marked(&said, '✗'), @"
    ✗ Discord: Discord is not reachable: no connection.
        Check the network and `api_url` under [discord].
    ");
    here.discord.up().await.unwrap();
    assert!(serving.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_bridge_keeps_its_database() {
    let here = Installation::new().await;
    let serving = here.serve().await;
    // It answers elsewhere, as after a change without a restart.
    let [_, private] = here.addresses();
    here.configure(&format!("admin_listen = \"{private}\""), "admin_listen = \"127.0.0.1:1\"");
    let (said, _) = examined(&here).await;
    insta::assert_snapshot!(marked(&said, '!'), @"
    ! database: (database) opens, and a Threadline runs on it, but none answers at 127.0.0.1:1 (`server.admin_listen`).
        If it is not just starting, it runs with another `admin_listen`: restart it.
    ");
    here.configure("admin_listen = \"127.0.0.1:1\"", &format!("admin_listen = \"{private}\""));
    let healthy = here.run(&["healthcheck"]).await;
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    assert!(serving.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong() {
    let here = Installation::new().await;
    for dates in [here.vonage.date_ahead(), here.discord.date_ahead()] {
        dates.store(3 * 60 * 60 * 1000, std::sync::atomic::Ordering::Relaxed);
    }
    let (said, code) = examined(&here).await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said[said.find("✗ clock").unwrap_or(0)..], @"
    ✗ clock: this machine's clock is 3 hours behind those of Vonage and Discord.
        Set it right, and let a time service keep it right (`timedatectl set-ntp true`).
    threadline: 3 things are wrong
    ");
}

#[test]
fn it_explains_itself() {
    let help = program(&["doctor", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("configuration, database, Vonage, webhooks, Discord"));
}
