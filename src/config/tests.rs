//! What a broken configuration is answered with, word for word.

mod vonage;

use super::*;

const GOOD: &str = r#"
[[desks]]
name = "support"
number = "441632960960"
guild_id = "1000000000000000001"
channel_id = "1000000000000000002"
agent_role_ids = ["1000000000000000003"]
default_template = "delivery"

[[templates]]
name = "delivery"
text = "Tomorrow, {name}? Reply 1 (yes) or 2 (no)."
options = [{ key = "1", label = "yes" }, { key = "2", label = "no" }]
confirmation = "Thank you for picking {choice}, {label}."
"#;

fn variables() -> Vec<(&'static str, &'static str)> {
    vec![
        ("DISCORD_TOKEN", "hush-discord"),
        ("VONAGE_API_KEY", "abcd1234"),
        ("VONAGE_API_SECRET", "hush-vonage"),
        ("WEBHOOK_PATH_TOKEN", "hush-hush-hush-hush"),
    ]
}

/// The problems with `text`, or with the good file and these variables besides.
fn problems(text: &str, more: &[(&'static str, &'static str)]) -> String {
    let mut pairs = variables();
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    pairs.extend(more);
    let error = Config::parse(text, &Environment::from_pairs(pairs)).unwrap_err();
    let error = error.to_string();
    assert!(!error.contains("hush"), "{error}");
    error
}

fn good() -> Config {
    Config::parse(GOOD, &Environment::from_pairs(variables())).unwrap()
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = good();
    assert_eq!(config.discord.operator_channel.get(), 1_000_000_000_000_000_002);
    assert_eq!(config.desks.iter().next().unwrap().title, "support");
    assert!(config.vonage.door.path_token.is_some() && matches!(config.vonage.door.sms, Guard::Open));
    assert!(matches!(config.vonage.sending, Sending::Sms { signature: None }));
    assert_eq!(config.vonage.receipt_callback(&config.server), None);
}

#[test]
fn all_problems_are_told_at_once() {
    insta::assert_snapshot!(problems(r#"
[vonage]
rest_ulr = "https://rest.nexmo.com"
messages_per_second = 0
unconfirmed_after = "soon"
[vonage.webhooks]
insecur = true
[[desk]]
name = "support"
"#, &[("DISCORD_TOKEN", ""), ("WEBHOOK_PATH_TOKEN", "")]), @r#"
    the configuration: 8 problems
      - line 3: `vonage.rest_ulr`: unknown key; did you mean `rest_url`?
      - line 4: `vonage.messages_per_second`: must be a whole number from 1 to 1000
      - line 5: `vonage.unconfirmed_after`: must be a length of time, such as "15m" or "72h"
      - line 6: `vonage.webhooks.path_token`: nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random characters; or let Vonage sign (`signature`, without `observe`); or, to accept webhooks from anyone, `insecure = true`
      - line 7: `vonage.webhooks.insecur`: unknown key; did you mean `insecure`?
      - line 8: `desk`: unknown key; did you mean `desks`?
      - `desks`: there is none: add [[desks]] with a name, a number, a channel and its agents' roles
      - `DISCORD_TOKEN`: must be set: the bot's token, in the environment or in .env; or a file that holds it, in DISCORD_TOKEN_FILE
    "#);
}

#[test]
fn a_file_that_is_no_toml() {
    insta::assert_snapshot!(problems("[server\nlisten = 1\n[vonage]\napi = ", &[]), @"
    the configuration: 2 problems
      - line 1: not valid TOML: unclosed table, expected `]`
      - line 4: not valid TOML: string values must be quoted, expected literal string
    ");
}

#[test]
fn values_of_the_wrong_kind() {
    insta::assert_snapshot!(problems(r#"
server = "0.0.0.0:8080"
discord = { operator_channel_id = 1000000000000000002 }
[desks]
name = "support"
[vonage]
messages_per_second = "30"
[vonage.webhooks]
observe = "no"
[[templates]]
name = 1
options = ["1"]
"#, &[]), @"
    the configuration: 9 problems
      - line 2: `server`: must be a table: [server], but is text
      - line 3: `discord.operator_channel_id`: must be text in quotes, but is a number
      - line 4: `desks`: must be one or more tables: [[desks]], but is a table
      - line 7: `vonage.messages_per_second`: must be a whole number from 1 to 1000
      - line 9: `vonage.webhooks.observe`: must be true or false, but is text
      - line 10: `templates[0].text`: must be set: what the customer gets
      - line 10: `templates[0].confirmation`: must be set: the answer to a reply that is understood
      - line 11: `templates[0].name`: must be text in quotes, but is a number
      - line 12: `templates[0].options`: must be a table, but is text
    ");
}

#[test]
fn a_broken_desk() {
    let text = GOOD
        .replace("\"support\"", "\"Support Team\"")
        .replace("441632960960", "0163 2960960")
        .replace("\"1000000000000000001\"", "\"my server\"")
        .replace("[\"1000000000000000003\"]", "[]")
        .replace(
            "\"delivery\"\n\n",
            "\"delivry\"\nalert = \"owners\"\ndefault_region = \"England\"\ntime_zone = \"London\"\n",
        );
    insta::assert_snapshot!(problems(&text, &[]), @r#"
    the configuration: 8 problems
      - line 3: `desks[0].name`: must be 1 to 32 of the characters a to z, 0 to 9, - and _
      - line 4: `desks[0].number`: must be a number with its country code and nothing but digits, such as "441632960960"
      - line 5: `desks[0].guild_id`: not a Discord id: expected a number of 17 to 20 digits
      - line 7: `desks[0].agent_role_ids`: must name at least one role: its members are the desk's agents
      - line 8: `desks[0].default_template`: "delivry" names no template; did you mean `delivery`?
      - line 9: `desks[0].alert`: "owners" is not known here; did you mean `owner`?
      - line 10: `desks[0].default_region`: not a region: expected the two letters of a country, such as GB (not UK), US or DE
      - line 11: `desks[0].time_zone`: not a time zone: expected a name of the IANA database, such as "Europe/London", "America/New_York" or "UTC"
    "#);
}

#[test]
fn a_broken_template() {
    let text = GOOD
        .replace("{name}", "{choice}")
        .replace("{label}", "{lable}")
        .replace("key = \"2\"", "key = \"STOP\"")
        .replace("label = \"yes\"", "label = \"1\"")
        + "expires = \"0s\"\nsend_within = \"soon\"\n";
    insta::assert_snapshot!(problems(&text, &[]), @r#"
    the configuration: 5 problems
      - line 12: `templates[0].text`: {choice} stands for nothing here; allowed: {name}
      - line 13: `templates[0].options[1].key`: "STOP" is reserved: it changes whether a customer may be texted
      - line 14: `templates[0].confirmation`: {lable} stands for nothing here; allowed: {choice}, {label}, {name}
      - line 15: `templates[0].expires`: must be longer than nothing
      - line 16: `templates[0].send_within`: must be a length of time, such as "15m" or "72h"
    "#);
}

#[test]
fn only_a_template_with_options_needs_a_confirmation() {
    let without = |text: &str| text.replace("confirmation = \"Thank you for picking {choice}, {label}.\"", "");
    insta::assert_snapshot!(problems(&without(GOOD), &[]), @"
    the configuration: 1 problem
      - line 10: `templates[0].confirmation`: must be set: the answer to a reply that is understood
    ");
    let open = GOOD.replace("options = [{ key = \"1\", label = \"yes\" }, { key = \"2\", label = \"no\" }]", "");
    let config = Config::parse(&without(&open), &Environment::from_pairs(variables())).unwrap();
    let template = &config.desks.iter().next().unwrap().templates[0];
    assert_eq!((template.options.len(), template.confirmation.as_str()), (0, ""));
    assert_eq!(template.send_within, Duration::from_secs(24 * 60 * 60));
    insta::assert_snapshot!(problems(&open, &[]), @"
    the configuration: 1 problem
      - line 14: `templates[0].confirmation`: {choice} stands for nothing here; allowed: {name}
    ");
}

#[test]
fn options_that_answer_to_one_word() {
    let text = GOOD.replace("label = \"no\"", "label = \"YES\"");
    insta::assert_snapshot!(problems(&text, &[]), @r#"
    the configuration: 2 problems
      - line 13: `templates[0].options`: "yes" as a reply does not clearly choose "yes"
      - line 13: `templates[0].options`: "YES" as a reply does not clearly choose "YES"
    "#);
}

#[test]
fn two_desks_share_nothing() {
    let second = GOOD.split("[[templates]]").next().unwrap();
    insta::assert_snapshot!(problems(&format!("{GOOD}{second}"), &[]), @r#"
    the configuration: 3 problems
      - line 17: `desks[1].name`: the desk "support" has the same; each desk needs its own
      - line 18: `desks[1].number`: the desk "support" has the same; each desk needs its own
      - line 20: `desks[1].channel_id`: the desk "support" has the same; each desk needs its own
    "#);
}

#[test]
fn what_is_not_built_yet_is_refused() {
    let text = GOOD.replace("default_template", "thread_messages = \"reply\"\ndefault_template");
    insta::assert_snapshot!(problems(&text, &[]), @r#"
    the configuration: 1 problem
      - line 8: `desks[0].thread_messages`: plain messages as replies are not built yet; only "internal" works so far: agents answer with /reply
    "#);
}

#[test]
fn the_door_is_one_of_two() {
    let insecure = format!("{GOOD}[vonage.webhooks]\ninsecure = true\n");
    insta::assert_snapshot!(problems(GOOD, &[("WEBHOOK_PATH_TOKEN", "")]), @"
    the configuration: 1 problem
      - `vonage.webhooks.path_token`: nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random characters; or let Vonage sign (`signature`, without `observe`); or, to accept webhooks from anyone, `insecure = true`
    ");
    insta::assert_snapshot!(problems(GOOD, &[("WEBHOOK_PATH_TOKEN", "hush")]), @"
    the configuration: 1 problem
      - `WEBHOOK_PATH_TOKEN`: must be at least 16 of the characters A to Z, a to z, 0 to 9, -, _, . and ~; `openssl rand -hex 16` makes a good one
    ");
    insta::assert_snapshot!(problems(&insecure, &[]), @"
    the configuration: 1 problem
      - line 16: `vonage.webhooks.insecure`: is true, and yet a path token or a signature is asked for: keep one of the two
    ");
    let env = Environment::from_pairs(variables().into_iter().take(3));
    assert!(Config::parse(&insecure, &env).unwrap().vonage.door.is_open(Api::Sms));
}

#[test]
fn signatures_have_a_method_and_a_secret() {
    let with = |lines: &str| format!("{GOOD}[vonage.webhooks]\n{lines}\n");
    let secret = ("VONAGE_SIGNATURE_SECRET", "hush");
    insta::assert_snapshot!(problems(&with("signature = \"sha256\""), &[]), @"
    the configuration: 1 problem
      - `VONAGE_SIGNATURE_SECRET`: must be set, since `vonage.webhooks.signature` is: the signature secret (not the API secret) of the account, from the API settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE
    ");
    insta::assert_snapshot!(problems(&with("signature = \"sha265\"\nmax_age = \"old\""), &[secret]), @r#"
    the configuration: 2 problems
      - line 16: `vonage.webhooks.signature`: "sha265" is not known here; did you mean `sha256`?
      - line 17: `vonage.webhooks.max_age`: must be a length of time, such as "15m" or "72h"
    "#);
    insta::assert_snapshot!(problems(GOOD, &[secret]), @r#"
    the configuration: 1 problem
      - `vonage.webhooks.signature`: is "none", and yet a signature secret is set: name the algorithm that Vonage's dashboard shows
    "#);
    insta::assert_snapshot!(problems(&with("observe = true"), &[]), @r#"
    the configuration: 1 problem
      - line 15: `vonage.webhooks.signature`: is "none", and yet `observe` is true: name the algorithm that Vonage's dashboard shows
    "#);
    let observed = with("signature = \"md5hash\"\nobserve = true");
    insta::assert_snapshot!(problems(&observed, &[secret, ("WEBHOOK_PATH_TOKEN", "")]), @"
    the configuration: 1 problem
      - line 15: `vonage.webhooks.path_token`: nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random characters; or let Vonage sign (`signature`, without `observe`); or, to accept webhooks from anyone, `insecure = true`
    ");

    let variables = |token| {
        Environment::from_pairs(
            variables()
                .into_iter()
                .filter(|(name, _)| *name != "WEBHOOK_PATH_TOKEN")
                .chain([secret, ("WEBHOOK_PATH_TOKEN", token)]),
        )
    };
    let config = Config::parse(&with("signature = \"sha256\"\nmax_age = \"1h\""), &variables("")).unwrap();
    assert_eq!(config.vonage.door.webhooks_path(), "/webhooks");
    assert!(!Api::ALL.into_iter().any(|api| config.vonage.door.is_open(api) || config.vonage.door.is_closed(api)));
    insta::assert_snapshot!(config.vonage.to_string(), @r#"

    [vonage]
    # key: abcd1234
    # secret: set
    api = "sms"
    request_signature = "none"
    rest_url = "https://rest.nexmo.com"
    api_url = "https://api.nexmo.com"
    messages_per_second = 30
    low_balance = 5
    unconfirmed_after = "15m"

    [vonage.webhooks]
    # signature secret: set
    signature = "sha256"
    observe = false
    max_age = "1h"
    "#);
    let config = Config::parse(&observed, &variables("0123456789abcdef")).unwrap();
    let Guard::Signed(signatures) = config.vonage.door.sms else { panic!("signed") };
    assert!(signatures.observe && signatures.how == Algorithm::Md5Hash);
}

#[test]
fn urls_and_secrets() {
    let text =
        format!("{GOOD}[discord]\napi_url = \"http://discord.com\"\n[server]\npublic_url = \"sms.example.com\"\n");
    let more = [("DATABASE_URL", "mysql://u:hush@h/d"), ("VONAGE_API_SECRET_FILE", "/nowhere")];
    insta::assert_snapshot!(problems(&text, &more), @r#"
    the configuration: 4 problems
      - line 16: `discord.api_url`: must begin with https:// (plain http:// only for this machine itself, such as http://127.0.0.1:8080)
      - line 18: `server.public_url`: must be a URL that begins with https:// or http://
      - `DATABASE_URL`: must begin with sqlite:// or postgres://, such as "sqlite://threadline.db"
      - `VONAGE_API_SECRET`: VONAGE_API_SECRET_FILE is set as well; set only one of the two
    "#);
}

#[test]
fn a_callback_too_long_for_vonage_is_refused() {
    let with = |name: &str| format!("{GOOD}[server]\npublic_url = \"https://{name}sms.example.com\"\n");
    let env = Environment::from_pairs(variables());
    let config = Config::parse(&with(""), &env).unwrap();
    let url = "https://sms.example.com/webhooks/hush-hush-hush-hush/delivery-receipt";
    assert_eq!(config.vonage.receipt_callback(&config.server).unwrap(), url);
    let fits = 100 - url.len();
    assert!(Config::parse(&with(&"a".repeat(fits)), &env).is_ok());
    // The description of the Messages API names no limit.
    let long = with(&"a".repeat(fits + 1)) + "[vonage]\napi = \"messages\"\n";
    let config = Config::parse(&long, &env).unwrap();
    assert!(config.vonage.receipt_callback(&config.server).unwrap().ends_with("/hush-hush-hush-hush/message-status"));
    insta::assert_snapshot!(problems(&with(&"a".repeat(fits + 1)), &[]), @"
    the configuration: 1 problem
      - `server.public_url`: the URL for receipts (`public_url`, /webhooks/, the path token, /delivery-receipt) has 101 characters, and Vonage takes 100: shorten the path token or `public_url`
    ");
}

#[test]
fn an_option_named_like_an_opt_out_word_is_refused_in_each_language_of_a_desk() {
    let with = |lines: &str, label: &str| {
        let text = GOOD.replace("default_template", &format!("{lines}\ndefault_template"));
        text.replace("label = \"no\"", &format!("label = \"{label}\""))
    };
    insta::assert_snapshot!(problems(&with("languages = [\"es\", \"xx\"]", "Alto"), &[]), @r#"
    the configuration: 2 problems
      - line 8: `desks[0].languages`: "xx" is not a language whose words are known: en, da, nl, fi, fr, de, it, nb, pl, pt, es or sv
      - line 8: `desks[0].languages`: "Alto", an option of the template "delivery", means STOP, START or HELP in one of these languages: rename the option
    "#);
    let env = Environment::from_pairs(variables());
    assert!(Config::parse(&with("languages = [\"fr\"]", "Alto"), &env).is_ok(), "it means nothing in French");
    assert!(Config::parse(&with("", "Alto"), &env).is_ok());
}

#[test]
fn limits_are_held_to_what_makes_sense() {
    let limits = "\n[limits]\nautomatic_answers = 0\nidentical_texts = 1\nwindow = \"0s\"\ncountries = [\"UK\"]\n\
        daily_parts = -1\n";
    insta::assert_snapshot!(problems(&format!("{GOOD}{limits}"), &[]), @r#"
    the configuration: 5 problems
      - line 17: `limits.automatic_answers`: must be a whole number from 1 to 1000
      - line 18: `limits.identical_texts`: must be at least 2: one text is not the same as itself
      - line 19: `limits.window`: must be longer than nothing
      - line 20: `limits.countries`: "UK" is not a region: expected the two letters of a country, such as GB (not UK), US or DE
      - line 21: `limits.daily_parts`: must be a whole number from 0 to 10000000
    "#);
}

#[test]
fn one_number_may_come_from_the_environment() {
    let text = GOOD.replace("number = \"441632960960\"", "number = \"\"");
    let mut pairs = variables();
    pairs.push(("VONAGE_NUMBER", "441632960961"));
    let config = Config::parse(&text, &Environment::from_pairs(pairs)).unwrap();
    assert_eq!(config.desks.iter().next().unwrap().number.e164(), "+441632960961");
    insta::assert_snapshot!(problems(&text, &[]), @"
    the configuration: 1 problem
      - line 4: `desks[0].number`: must be set, here or in VONAGE_NUMBER: the Vonage number this desk texts from
    ");
}

#[test]
fn the_printed_configuration_reads_back_and_tells_no_secret() {
    let mut pairs = variables();
    pairs.push(("DATABASE_URL", "postgres://user:hush@db.example:5432/threadline?password=hush"));
    let config = Config::parse(GOOD, &Environment::from_pairs(pairs)).unwrap();
    let printed = config.to_string();
    assert!(!printed.contains("hush") && !format!("{config:?}").contains("hush"), "{printed}");
    assert!(printed.contains("url = \"postgres://db.example/threadline\""));
    let again = Config::parse(&printed, &Environment::from_pairs(variables())).unwrap();
    assert_eq!(again.to_string(), printed);
}

#[test]
fn a_file_that_is_not_there() {
    let error = Config::load(Path::new("nowhere.toml"), &Environment::default()).unwrap_err();
    insta::assert_snapshot!(error, @"
    nowhere.toml: 1 problem
      - cannot be read: No such file or directory (os error 2). config.example.toml shows what belongs there
    ");
}

proptest::proptest! {
    /// Whatever stands in the file: an answer, never a panic, and an error always says why.
    #[test]
    fn no_text_makes_the_parser_panic(at in 0..GOOD.len(), inserted in ".{0,4}|[\\[\\]{}\"=.#0-9\n]{0,6}") {
        let (before, after) = GOOD.split_at(at);
        if let Err(error) = Config::parse(&format!("{before}{inserted}{after}"), &Environment::from_pairs(variables())) {
            assert!(error.count() > 0);
        }
    }
}
