//! `numbers`: renting a number before there is anything else, and having its texts come here.

use tempfile::TempDir;
use threadline_sandbox::fault::Fault;
use threadline_sandbox::vonage::{self, Vonage};

use crate::installation::{Ended, Installation, ended, program};

const FREE: &str = "447700900901";

/// Somebody who has credentials, and no desk yet.
struct Newcomer {
    vonage: Vonage,
    folder: TempDir,
}

impl Newcomer {
    async fn new() -> Self {
        let vonage = Vonage::start(vonage::Setup::default()).await.unwrap();
        let folder = TempDir::new().unwrap();
        // The one thing that a newcomer to Vonage itself would not have to say.
        std::fs::write(folder.path().join("threadline.toml"), format!("[vonage]\nrest_url = \"{}\"\n", vonage.url()))
            .unwrap();
        let setup = vonage.setup();
        let secrets = format!("VONAGE_API_KEY={}\nVONAGE_API_SECRET={}\n", setup.api_key, setup.api_secret);
        std::fs::write(folder.path().join(".env"), secrets).unwrap();
        Self { vonage, folder }
    }

    async fn run(&self, words: &str) -> Ended {
        let words: Vec<&str> = ["numbers"].into_iter().chain(words.split(' ')).collect();
        let mut command = program(&words);
        command.current_dir(self.folder.path());
        tokio::task::spawn_blocking(move || ended(&mut command)).await.unwrap()
    }

    /// What it says where it succeeds.
    async fn says(&self, words: &str) -> String {
        let Ended { code, stdout, stderr } = self.run(words).await;
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{words}");
        stdout.replace(&self.vonage.url(), "(Vonage)")
    }

    /// What it says where it does not succeed: before, and at the end.
    async fn refuses(&self, words: &str) -> (String, String) {
        let Ended { code, stdout, stderr } = self.run(words).await;
        assert_eq!(code, Some(1), "{words}: {stdout}");
        let steady = |said: String| said.replace(&self.vonage.url(), "(Vonage)");
        (steady(stdout), steady(stderr))
    }

    fn owns(&self, number: &str) -> bool {
        self.vonage.numbers().iter().any(|rented| rented.msisdn == number)
    }

    fn purchases(&self) -> usize {
        self.vonage.requests().count("POST", "/number/buy")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_rents_a_number() {
    let newcomer = Newcomer::new().await;
    insta::assert_snapshot!(newcomer.says("list").await, @"
    number         country  type        features    desk  its texts go to
    +447700900000  GB       mobile-lvn  SMS, VOICE  -     nowhere

    Which of these addresses is this bridge's is not known: that takes `server.public_url` and the path token.
    ");
    insta::assert_snapshot!(newcomer.says("search --country GB --type mobile-lvn --limit 3").await, @"
    number         type        features    a month
    +447700900900  mobile-lvn  SMS, VOICE  €1.25
    +447700900901  mobile-lvn  SMS, VOICE  €1.25
    +447700900902  mobile-lvn  SMS, VOICE  €1.25

    3 of 40. `threadline numbers buy NUMBER` rents one; it says what it costs, and asks.
    ");
    insta::assert_snapshot!(newcomer.says("search --country US --pattern 1800 --features sms,voice --limit 1").await, @"
    number        type                features    a month
    +18005550150  landline-toll-free  SMS, VOICE  €1.50

    1 of 5. `threadline numbers buy NUMBER` rents one; it says what it costs, and asks.
    ");
    insta::assert_snapshot!(newcomer.says("search --country FR").await, @"Vonage offers no such number in FR. Ask for less (another --pattern, --type or --features), or look at the numbers page of its dashboard: some countries' numbers are rented there only.");

    insta::assert_snapshot!(newcomer.says(&format!("buy {FREE} --dry-run")).await, @"
    +447700900901 (GB, mobile-lvn, SMS and VOICE): it costs €1.25 a month, on the account abcd1234 at (Vonage).
    This is a dry run: nothing was changed.
    ");
    let (plan, refusal) = newcomer.refuses(&format!("buy {FREE}")).await;
    assert!(plan.starts_with("+447700900901 (GB"), "{plan}");
    insta::assert_snapshot!(refusal, @"threadline: there is nobody to ask, since standard input is no terminal: nothing was changed. Add --yes to do it without a question, or --dry-run only to see");
    assert!(newcomer.purchases() == 0 && !newcomer.owns(FREE));

    let credit = newcomer.vonage.balance();
    insta::assert_snapshot!(newcomer.says(&format!("buy +{FREE} --yes")).await, @r#"
    +447700900901 (GB, mobile-lvn, SMS and VOICE): it costs €1.25 a month, on the account abcd1234 at (Vonage).
    +447700900901 is yours. Give it to a desk in threadline.toml:

      [[desks]]
      number = "447700900901"

    or, for the one desk that names none, put VONAGE_NUMBER=447700900901 into .env.
    When the bridge runs and is reachable, `threadline numbers link 447700900901` has its texts come here.
    "#);
    assert!(newcomer.purchases() == 1 && newcomer.owns(FREE));
    assert_eq!(credit - newcomer.vonage.balance(), 1_250_000);
    let (_, refusal) = newcomer.refuses(&format!("buy {FREE} --yes")).await;
    insta::assert_snapshot!(refusal, @"threadline: +447700900901 is the account's already. `threadline numbers link +447700900901` has its texts come here");
    assert_eq!(newcomer.purchases(), 1);
    assert_eq!(newcomer.vonage.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_rented() {
    let newcomer = Newcomer::new().await;
    let (_, refusal) = newcomer.refuses("buy 4917604069000 --yes").await;
    insta::assert_snapshot!(refusal, @"threadline: Vonage declines: Numbers from this country can be requested from the Dashboard: a valid local address has to be given first. (code 420)");
    let (_, refusal) = newcomer.refuses("buy 447700900555 --yes").await;
    insta::assert_snapshot!(refusal, @"threadline: Vonage does not offer +447700900555 in GB. `threadline numbers search --country GB` shows what it offers; if the number is another country's, name that with --country");
    // It texts nobody, and that is said before the question.
    insta::assert_snapshot!(newcomer.says("buy 442079460900 --dry-run").await, @"
    +442079460900 (GB, landline, VOICE): it costs €0.980 a month, on the account abcd1234 at (Vonage).
    It cannot text: no desk can use it.
    This is a dry run: nothing was changed.
    ");
    // Of a country that shares its code with another.
    assert!(newcomer.says("buy 16045550100 --dry-run").await.contains("(CA, "));
    let (_, refusal) = newcomer.refuses(&format!("buy {FREE} --country US --yes")).await;
    assert!(refusal.contains("does not offer +447700900901 in US"), "{refusal}");
    for wrong in ["buy 12", "buy abc", "search --country UK", "search --country GB --pattern 44x", "search"] {
        let Ended { code, .. } = newcomer.run(wrong).await;
        assert_eq!(code, Some(2), "{wrong}");
    }

    newcomer.vonage.set_balance(1_000_000);
    let (_, refusal) = newcomer.refuses(&format!("buy {FREE} --yes")).await;
    assert_eq!(refusal, "threadline: Vonage declines: method failed (code 420)\n");
    assert!(!newcomer.owns(FREE));
    assert_eq!(newcomer.vonage.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_costs_is_tried_again() {
    let newcomer = Newcomer::new().await;
    let faults = [
        (Fault::on("POST", "/number/buy").status_after_effect(500), true),
        (Fault::on("POST", "/number/buy").reset_after_effect(), true),
        (Fault::on("POST", "/number/buy").status(503), false),
        (Fault::on("POST", "/number/buy").garbage(), true),
    ];
    for (at, (fault, _)) in faults.iter().enumerate() {
        newcomer.vonage.faults().add(fault.clone());
        let (_, refusal) = newcomer.refuses(&format!("buy 44770090091{at} --yes")).await;
        assert!(refusal.contains("may be rented, or not. Nothing is tried again by itself"), "{refusal}");
        assert!(refusal.contains("look at `threadline numbers list` before you try again"), "{refusal}");
        assert_eq!(newcomer.purchases(), at + 1, "{refusal}");
    }
    for (at, (_, rented)) in faults.iter().enumerate() {
        assert_eq!(newcomer.owns(&format!("44770090091{at}")), *rented);
    }
    newcomer.vonage.down().await;
    let (_, refusal) = newcomer.refuses("list").await;
    assert!(
        refusal.contains("Vonage cannot be reached at (Vonage): ") && refusal.contains("Nothing was changed"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_and_missing_ones() {
    let newcomer = Newcomer::new().await;
    let env = newcomer.folder.path().join(".env");
    std::fs::write(&env, "VONAGE_API_KEY=abcd1234\nVONAGE_API_SECRET=wrong\n").unwrap();
    insta::assert_snapshot!(newcomer.refuses("list").await.1, @"threadline: Vonage does not accept the API key and secret (HTTP 401). Compare VONAGE_API_KEY and VONAGE_API_SECRET with the front page of its dashboard");
    std::fs::write(&env, "VONAGE_API_KEY=abcd1234\n").unwrap();
    insta::assert_snapshot!(newcomer.refuses("list").await.1, @"
    threadline: threadline.toml: 1 problem
      - `VONAGE_API_SECRET`: must be set: the account's secret, in the environment or in .env; or a file that holds it, in VONAGE_API_SECRET_FILE
    ");
    let (_, refusal) = newcomer.refuses("link 447700900000").await;
    assert!(refusal.contains("VONAGE_API_SECRET"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn linking_needs_an_address() {
    let newcomer = Newcomer::new().await;
    insta::assert_snapshot!(newcomer.refuses("link 447700900000 --yes").await.1, @"threadline: the address of this bridge is not known: set `public_url` under [server] in threadline.toml to the address under which Vonage reaches it from the internet");
    // Before anything is paid.
    let (plan, refusal) = newcomer.refuses(&format!("buy {FREE} --link --yes")).await;
    assert!(plan.is_empty() && refusal.contains("`public_url`"), "{refusal}");
    assert_eq!(newcomer.purchases(), 0);

    let path = newcomer.folder.path().join("threadline.toml");
    let with_url = std::fs::read_to_string(&path).unwrap() + "[server]\npublic_url = \"http://127.0.0.1:1\"\n";
    std::fs::write(&path, with_url).unwrap();
    let (_, refusal) = newcomer.refuses("link 447700900000 --yes").await;
    assert!(refusal.contains("`vonage.webhooks.path_token`: nothing keeps strangers out"), "{refusal}");
    assert_eq!(newcomer.vonage.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_texts_come_here_once_the_bridge_runs() {
    let here = Installation::new().await;
    let numbers = async |words: &str| {
        let words: Vec<&str> = ["numbers"].into_iter().chain(words.split(' ')).collect();
        let Ended { code, stdout, stderr } = here.run(&words).await;
        assert!(!format!("{stdout}{stderr}").contains("a-path-token-of-tests"), "{stdout}{stderr}");
        (code, here.steady(&(stdout + &stderr)))
    };
    let (code, said) = numbers("link 447700900000 --yes").await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge (http://(public)/webhooks/<token>/inbound-sms).
    So far: nowhere.
    threadline: Vonage declines: error sending request for url (http://(public)/webhooks/<token>/inbound-sms) (code 420). It tries the address first: `threadline serve` must be running and answer at http://(public)/webhooks/<token>/inbound-sms; `threadline doctor` shows whether it does
    ");

    let serving = here.serve().await;
    let (code, said) = numbers("list").await;
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @"
    number         country  type        features    desk     its texts go to
    +447700900000  GB       mobile-lvn  SMS, VOICE  support  this bridge (http://(public)/webhooks/<token>/inbound-sms), as the account's default
    ");
    let (code, said) = numbers("link 447700900000 --dry-run").await;
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge (http://(public)/webhooks/<token>/inbound-sms).
    So far: this bridge (http://(public)/webhooks/<token>/inbound-sms), as the account's default.
    This is a dry run: nothing was changed.
    ");
    assert_eq!(here.vonage.numbers()[0].url, None);
    assert_eq!(numbers("link 447700900000").await.0, Some(1), "nobody was asked");

    let (code, said) = numbers("link 447700900000 --yes").await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge (http://(public)/webhooks/<token>/inbound-sms).
    So far: this bridge (http://(public)/webhooks/<token>/inbound-sms), as the account's default.
    Texts to +447700900000 go to this bridge (http://(public)/webhooks/<token>/inbound-sms) from now on.
    ");
    assert!(here.vonage.numbers()[0].url.as_ref().unwrap().ends_with("/webhooks/a-path-token-of-tests/inbound-sms"));
    let (code, said) = numbers("link 447700900000 --yes").await;
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @"Texts to +447700900000 go to this bridge (http://(public)/webhooks/<token>/inbound-sms) already: there is nothing to change.");
    assert_eq!(numbers("link 447700900555 --yes").await.0, Some(1));

    // Bought and linked in one go.
    let (code, said) = numbers(&format!("buy {FREE} --link --yes")).await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @r#"
    +447700900901 (GB, mobile-lvn, SMS and VOICE): it costs €1.25 a month, on the account abcd1234 at (Vonage).
    Then its texts go to this bridge (http://(public)/webhooks/<token>/inbound-sms).
    +447700900901 is yours. Give it to a desk in threadline.toml:

      [[desks]]
      number = "447700900901"

    or, for the one desk that names none, put VONAGE_NUMBER=447700900901 into .env.
    Texts to +447700900901 go to this bridge (http://(public)/webhooks/<token>/inbound-sms) from now on.
    "#);
    let texts = here.vonage.phone("61491570006").send_to(FREE, "Anybody there?").await;
    assert_eq!(texts[0].statuses(), [Some(200)]);
    assert_eq!(
        here.vonage.numbers().iter().find(|number| number.msisdn == FREE).unwrap().url,
        here.vonage.numbers()[0].url
    );

    // The path token changes: it is an address of this bridge no more, and linking says what it replaces.
    here.configure("a-path-token-of-tests", "another-token-of-tests");
    let (_, said) = numbers("list").await;
    insta::assert_snapshot!(said, @"
    number         country  type        features    desk     its texts go to
    +447700900000  GB       mobile-lvn  SMS, VOICE  support  an address that this bridge does not have now (http://(public)/webhooks/<token>/inbound-sms)
    +447700900901  GB       mobile-lvn  SMS, VOICE  -        an address that this bridge does not have now (http://(public)/webhooks/<token>/inbound-sms)
    ");
    let (code, said) = numbers("link 447700900000 --dry-run").await;
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge (http://(public)/webhooks/<token>/inbound-sms).
    Careful: so far they go to an address that this bridge does not have now (http://(public)/webhooks/<token>/inbound-sms). It gets no more of them then.
    This is a dry run: nothing was changed.
    ");
    assert_eq!(serving.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_messages_api_an_application_takes_the_texts() {
    let here = Installation::new().await;
    let application = here.vonage.setup().application.clone();
    let run = async |words: &str| {
        let Ended { code, stdout, stderr } = here.run(&words.split(' ').collect::<Vec<_>>()).await;
        (code, here.steady(&(stdout + &stderr)).replace(&application.id, "(its id)"))
    };
    here.configure("[vonage]\n", "[vonage]\napi = \"messages\"\n");
    let (code, said) = run("numbers link 447700900000 --dry-run").await;
    assert!(code == Some(0) && said.contains("/webhooks/<token>/inbound-message"), "{said}");

    here.set("VONAGE_APPLICATION_ID", &application.id);
    let (code, said) = run("numbers link 447700900000 --yes").await;
    assert!(code == Some(1) && said.contains("`VONAGE_PRIVATE_KEY`: must be set"), "{said}");
    assert_eq!(run("numbers list").await.0, Some(0), "the list can do without");

    here.set("VONAGE_PRIVATE_KEY", application.private_key_pem());
    let desk = async || {
        let (_, said) = run("doctor").await;
        let lines: Vec<_> = said.lines().skip_while(|line| !line.contains("desk support:")).take(2).collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(desk().await, @"
    ✗ desk support: the texts to +447700900000 do not go to this bridge's application (its id).
        `threadline numbers link +447700900000` links it.
    ");
    let (code, said) = run("numbers link 447700900000 --yes").await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge's application (its id).
    So far: nowhere.
    Texts to +447700900000 go to this bridge's application (its id) from now on.
    Vonage does not tell here where an application leads: compare its Inbound URL in the dashboard with http://(public)/webhooks/<token>/inbound-message.
    ");
    assert_eq!(here.vonage.numbers()[0].application.as_ref(), Some(&application.id));
    insta::assert_snapshot!(desk().await, @"
    ✓ desk support: the texts to +447700900000 go to this bridge's application (its id).
        Vonage does not tell here where an application leads: compare its Inbound URL in the dashboard with http://(public)/webhooks/<token>/inbound-message.
    ");
    insta::assert_snapshot!(run("numbers list").await.1, @"
    number         country  type        features    desk     its texts go to
    +447700900000  GB       mobile-lvn  SMS, VOICE  support  this bridge's application (its id)
    ");
    insta::assert_snapshot!(run("numbers link 447700900000 --yes").await.1, @"Texts to +447700900000 go to this bridge's application (its id) already: there is nothing to change.");

    // Another one is configured than the number is linked to; Vonage does not know it.
    here.set("VONAGE_APPLICATION_ID", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab");
    let (code, said) = run("numbers link 447700900000 --yes").await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    +447700900000 (GB, mobile-lvn, SMS and VOICE): its texts will go to this bridge's application aaaaaaaa-bbbb-cccc-dddd-0123456789ab.
    Careful: so far they go to the application (its id). It gets no more of them then.
    threadline: Vonage declines: method failed (code 420). Compare VONAGE_APPLICATION_ID, which is aaaaaaaa-bbbb-cccc-dddd-0123456789ab, with the applications in its dashboard
    ");
    // None is.
    here.set("VONAGE_APPLICATION_ID", "");
    here.set("VONAGE_PRIVATE_KEY", "");
    let (code, said) = run("numbers link 447700900000 --yes").await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"threadline: +447700900000 is linked to the application (its id), which takes its texts in the Messages API. Unlink it in Vonage's dashboard first; or set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY, to link it to this bridge's own");
    insta::assert_snapshot!(desk().await, @"
    ✗ desk support: the texts to +447700900000 go to the application (its id).
        Unlink the number in Vonage's dashboard, or set VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY.
    ");
    assert_eq!(here.vonage.left_over(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_typed_yes_rents() {
    use crate::terminal::typed;

    let here = Installation::new().await;
    let buy = format!("numbers buy {FREE}");
    for answer in ["y\n", "\n", "no\n", "YES\n", "\x04"] {
        let (said, code) = typed(&here, &buy, "Only yes counts: ", answer).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("threadline: no yes, so nothing was changed"), "{said}");
    }
    assert_eq!(here.vonage.requests().count("POST", "/number/buy"), 0);
    let (said, code) = typed(&here, &buy, "Only yes counts: ", "yes\n").await;
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!(here.steady(&said), @r#"
    +447700900901 (GB, mobile-lvn, SMS and VOICE): it costs €1.25 a month, on the account abcd1234 at (Vonage).
    Rent it? Only yes counts: yes
    +447700900901 is yours. Give it to a desk in threadline.toml:

      [[desks]]
      number = "447700900901"

    or, for the one desk that names none, put VONAGE_NUMBER=447700900901 into .env.
    When the bridge runs and is reachable, `threadline numbers link 447700900901` has its texts come here.
    "#);
    assert_eq!(here.vonage.requests().count("POST", "/number/buy"), 1);
}
