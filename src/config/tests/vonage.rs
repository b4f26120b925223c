//! By which API SMS leave, how requests are signed, and what guards the webhooks of each API.

use super::*;

/// A key of tests, in one line.
fn private_key() -> String {
    include_str!("../../../tests/support/application-key.pem").replace('\n', "\\n")
}

const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";

fn with_messages(lines: &str, more: &[(&str, &str)]) -> Config {
    let pairs = variables().into_iter().chain(more.iter().copied());
    let text = format!("{GOOD}[vonage]\napi = \"messages\"\n{lines}\n");
    Config::parse(&text, &Environment::from_pairs(pairs)).unwrap()
}

#[test]
fn the_messages_api_sends_for_an_application_or_for_the_account() {
    let config = with_messages("", &[]);
    assert!(matches!(config.vonage.sending, Sending::Messages { application: None }));
    assert_eq!(config.vonage.sending_url(), "https://api.nexmo.com");
    let key = private_key();
    let application = [("VONAGE_APPLICATION_ID", APPLICATION), ("VONAGE_PRIVATE_KEY", &key)];
    let in_lines = key.replace("\\n", "\n");
    let by_lines = [("VONAGE_APPLICATION_ID", APPLICATION), ("VONAGE_PRIVATE_KEY", &in_lines)];
    let by_file = [
        ("VONAGE_APPLICATION_ID", APPLICATION),
        ("VONAGE_PRIVATE_KEY_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/application-key.pem")),
    ];
    for more in [application, by_lines, by_file] {
        let config = with_messages("", &more);
        assert!(!format!("{config:?}").contains("MIIE"));
        let Sending::Messages { application: Some(application) } = &config.vonage.sending else { panic!("one") };
        assert_eq!(application.id, APPLICATION);
        insta::allow_duplicates! {
            insta::assert_snapshot!(config.vonage.to_string(), @r#"

            [vonage]
            # key: abcd1234
            # secret: set
            # application: aaaaaaaa-bbbb-cccc-dddd-0123456789ab
            # private key: set
            api = "messages"
            rest_url = "https://rest.nexmo.com"
            api_url = "https://api.nexmo.com"
            messages_per_second = 30
            low_balance = 5
            unconfirmed_after = "15m"

            [vonage.webhooks]
            # path token: set
            "#);
        }
    }
    // They may be there before they are used.
    let env = Environment::from_pairs(variables().into_iter().chain(application));
    assert!(Config::parse(GOOD, &env).is_ok());
}

#[test]
fn a_broken_application() {
    let messages = format!("{GOOD}[vonage]\napi = \"messages\"\nrequest_signature = \"sha256\"\n");
    insta::assert_snapshot!(problems(&messages, &[("VONAGE_APPLICATION_ID", APPLICATION)]), @r#"
    the configuration: 2 problems
      - line 17: `vonage.request_signature`: signs requests of the SMS API, and `vonage.api` is "messages": leave it out
      - `VONAGE_PRIVATE_KEY`: must be set, since VONAGE_APPLICATION_ID is: the application's private key, an RSA key in PEM form that begins with -----BEGIN PRIVATE KEY-----; Vonage's dashboard hands it out as private.key. Line breaks may be written as \n; or name the file in VONAGE_PRIVATE_KEY_FILE
    "#);
    insta::assert_snapshot!(problems(GOOD, &[("VONAGE_APPLICATION_ID", "hush"), ("VONAGE_PRIVATE_KEY", "hush")]), @r#"
    the configuration: 2 problems
      - `VONAGE_APPLICATION_ID`: must be the application's id as Vonage's dashboard shows it, such as aaaaaaaa-bbbb-cccc-dddd-0123456789ab
      - `VONAGE_PRIVATE_KEY`: must be the application's private key, an RSA key in PEM form that begins with -----BEGIN PRIVATE KEY-----; Vonage's dashboard hands it out as private.key. Line breaks may be written as \n; or name the file in VONAGE_PRIVATE_KEY_FILE
    "#);
    let cut = private_key().replace("\\n-----END", "A\\n-----END").replacen("MII", "HUS", 1);
    let cut: &'static str = cut.leak();
    for wrong in ["-----BEGIN PRIVATE KEY-----\\naHVzaA==\\n-----END PRIVATE KEY-----", EC_KEY, cut] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(problems(GOOD, &[("VONAGE_PRIVATE_KEY", wrong)]), @r#"
            the configuration: 2 problems
              - `VONAGE_APPLICATION_ID`: must be set, since VONAGE_PRIVATE_KEY is: the id of the application that the key belongs to
              - `VONAGE_PRIVATE_KEY`: must be the application's private key, an RSA key in PEM form that begins with -----BEGIN PRIVATE KEY-----; Vonage's dashboard hands it out as private.key. Line breaks may be written as \n; or name the file in VONAGE_PRIVATE_KEY_FILE
            "#);
        }
    }
}

/// A key of tests, of a kind that signs other tokens.
const EC_KEY: &str = "-----BEGIN PRIVATE KEY-----\\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyMEtsJrP/cEF3IyF\\n\
    OpxS5kHROWgseVMBPnRujeErB66hRANCAAS36r2+Cagb7lrFfBJLOfg/lY9hohGt\\n\
    7bOBVYKElH3q/NphIm6GRM3u/xhfc7lXEb3hBX09u1O2EjyBAJpaatwp\\n\
    -----END PRIVATE KEY-----";

#[test]
fn requests_may_be_signed() {
    let text = format!("{GOOD}[vonage]\nrequest_signature = \"md5hash\"\n");
    insta::assert_snapshot!(problems(&text, &[]), @"
    the configuration: 1 problem
      - `VONAGE_SIGNATURE_SECRET`: must be set, since `vonage.request_signature` is: the signature secret (not the API secret) of the account, from the API settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE
    ");
    let secret = ("VONAGE_SIGNATURE_SECRET", "hush");
    let env = Environment::from_pairs(variables().into_iter().chain([secret]));
    let config = Config::parse(&text, &env).unwrap();
    let Sending::Sms { signature: Some(signature) } = &config.vonage.sending else { panic!("signed") };
    assert_eq!(signature.algorithm, Algorithm::Md5Hash);
    // The secret is for our requests; webhooks of the SMS API need no signature yet.
    assert!(matches!(config.vonage.door.sms, Guard::Open));
    assert!(config.to_string().contains("request_signature = \"md5hash\""));
}

#[test]
fn each_api_has_its_guard() {
    const SECRET: (&str, &str) = ("VONAGE_SIGNATURE_SECRET", "hush");
    const OPEN: (&str, &str) = ("WEBHOOK_PATH_TOKEN", "");
    type Case = (&'static str, &'static [(&'static str, &'static str)], [&'static str; 2]);
    let messages = format!("{GOOD}[vonage]\napi = \"messages\"\n[vonage.webhooks]\n");
    let parse = |text: &str, more: &[(&'static str, &'static str)]| {
        let mut pairs = variables();
        pairs.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        Config::parse(text, &Environment::from_pairs(pairs.into_iter().chain(more.iter().copied()))).unwrap()
    };
    let guards = |door: &Door| {
        Api::ALL.map(|api| {
            let signed = match api {
                Api::Sms => matches!(door.sms, Guard::Signed(_)),
                Api::Messages => matches!(door.messages, Guard::Signed(_)),
            };
            match (signed, door.is_closed(api), door.is_open(api)) {
                (true, false, false) => "signed",
                (true, false, true) => "observed",
                (false, true, false) => "closed",
                (false, false, true) => "open",
                (false, false, false) => "by token",
                other => panic!("{other:?}"),
            }
        })
    };
    let cases: [Case; 8] = [
        ("", &[], ["by token", "by token"]),
        ("", &[SECRET], ["closed", "signed"]),
        ("", &[SECRET, OPEN], ["closed", "signed"]),
        ("insecure = true", &[SECRET, OPEN], ["open", "signed"]),
        ("insecure = true", &[OPEN], ["open", "open"]),
        ("observe = true\ninsecure = true", &[SECRET, OPEN], ["open", "observed"]),
        ("signature = \"sha1\"", &[SECRET, OPEN], ["signed", "signed"]),
        ("signature = \"sha1\"", &[SECRET], ["signed", "signed"]),
    ];
    for (lines, more, expected) in cases {
        let config = parse(&format!("{messages}{lines}\n"), more);
        assert_eq!(guards(&config.vonage.door), expected, "{lines}");
        let printed = config.to_string();
        assert_eq!(parse(&printed, more).to_string(), printed);
    }
    insta::assert_snapshot!(problems(&messages, &[OPEN]), @"
    the configuration: 1 problem
      - line 17: `vonage.webhooks.path_token`: nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random characters; or let Vonage sign (VONAGE_SIGNATURE_SECRET, without `observe`); or, to accept webhooks from anyone, `insecure = true`
    ");
    insta::assert_snapshot!(problems(&format!("{messages}observe = true"), &[OPEN, SECRET]), @"
    the configuration: 1 problem
      - line 17: `vonage.webhooks.path_token`: nothing keeps strangers out: set `path_token` here, or WEBHOOK_PATH_TOKEN (better), to at least 16 random characters; or let Vonage sign (VONAGE_SIGNATURE_SECRET, without `observe`); or, to accept webhooks from anyone, `insecure = true`
    ");
    insta::assert_snapshot!(problems(&format!("{messages}observe = true"), &[]), @"
    the configuration: 1 problem
      - `VONAGE_SIGNATURE_SECRET`: must be set, since `vonage.webhooks.observe` is: the signature secret (not the API secret) of the account, from the API settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE
    ");
    insta::assert_snapshot!(problems(&messages, &[("VONAGE_SIGNATURE_SECRET_PREVIOUS", "hush")]), @"
    the configuration: 1 problem
      - `VONAGE_SIGNATURE_SECRET`: must be set, since `VONAGE_SIGNATURE_SECRET_PREVIOUS` is: the signature secret (not the API secret) of the account, from the API settings of Vonage's dashboard; or a file that holds it, in VONAGE_SIGNATURE_SECRET_FILE
    ");
    insta::assert_snapshot!(problems(&format!("{messages}insecure = true\nsignature = \"md5\""), &[SECRET, OPEN]), @"
    the configuration: 1 problem
      - line 18: `vonage.webhooks.insecure`: is true, and yet a path token or a signature is asked for: keep one of the two
    ");
    let shown = parse(&messages, &[SECRET, OPEN]).vonage.door.to_string();
    insta::assert_snapshot!(shown, @r#"
    # signature secret: set
    observe = false
    max_age = "1day 1h"
    # webhooks of the SMS API: refused, since nothing guards them
    "#);
}
