//! What the sandbox does not do, and how it says so.

use std::process::Command;

use reqwest::header::{HOST, ORIGIN};
use serde_json::json;

use crate::running::{Control, Sandbox};

#[test]
fn it_stays_on_this_machine() {
    let program = env!("CARGO_BIN_EXE_threadline");
    let ended = Command::new(program).args(["sandbox", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("--listen takes an address of this machine only"), "{said}");
}

#[test]
fn a_configuration_is_refused_rather_than_ignored() {
    let program = env!("CARGO_BIN_EXE_threadline");
    for arguments in [&["--config", "mine.toml", "sandbox"][..], &["sandbox", "--config", "mine.toml"]] {
        let ended = Command::new(program).args(arguments).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(ended.stderr).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.trim(), @"threadline: the sandbox has a configuration of its own and reads no other: leave --config out (`threadline check-config --config mine.toml` checks mine.toml)");
        }
    }
}

#[tokio::test]
async fn other_sites_pages_are_kept_out() {
    let (_sandbox, control) = Sandbox::played();
    let client = reqwest::Client::new();
    let own = control.url.trim_start_matches("http://");
    let localhost = own.replace("127.0.0.1", "localhost");
    for (host, origin, status) in [
        (own, None, 200),
        (own, Some(format!("http://{own}")), 200),
        (&*localhost, Some(format!("http://{localhost}")), 200),
        ("evil.example", None, 403),
        (own, Some("http://evil.example".to_owned()), 403),
        (own, Some(format!("https://{own}")), 403),
        (own, Some("null".to_owned()), 403),
    ] {
        let mut request = client.get(format!("{}/state", control.url)).header(HOST, host);
        if let Some(origin) = &origin {
            request = request.header(ORIGIN, origin);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn nobody_acts_while_the_opening_is_played() {
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut sandbox = Sandbox::start_with(&["--listen", &listen.to_string()]);
    sandbox.until("The real bridge");
    let control = Control { url: format!("http://{listen}") };
    let refused = control.post("/phones", json!({ "number": "+61491570156" })).await;
    assert_eq!(
        refused["detail"],
        "the sandbox still plays its opening, which takes some seconds; then it is your turn"
    );
    sandbox.until("the page  http://");
    assert_eq!(control.post("/phones", json!({ "number": "+61491570156" })).await["number"], "+61491570156");
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_own_files() {
    let (_sandbox, control) = Sandbox::played();
    let page = reqwest::get(&control.url).await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    for path in ["/page/..%2fCargo.toml", "/page/%2e%2e%2fCargo.toml", "/page/none.js", "/page/%2fetc%2fpasswd"] {
        let refused = reqwest::get(format!("{}{path}", control.url)).await.unwrap();
        assert_eq!(refused.status(), 404, "{path}");
        let said = refused.text().await.unwrap();
        assert!(said.contains("the page has no file"), "{said}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_in_words() {
    let (_sandbox, control) = Sandbox::played();
    let mut said = String::new();
    for (path, body) in [
        ("/agents/Zoe/command", json!({ "name": "notify" })),
        ("/agents/Ana/command", json!({ "name": "fly" })),
        ("/agents/Ana/command", json!({ "name": "notify", "channel": "nowhere" })),
        ("/agents/Ana/click", json!({ "button": "Dance" })),
        ("/agents/Ana/modal", json!({ "interaction": "1", "values": {} })),
        ("/faults", json!({ "service": "vonage", "fault": "status" })),
        ("/faults", json!({ "service": "discord", "fault": "twice" })),
        ("/faults", json!({ "service": "vonage", "fault": "hang", "times": 0 })),
        ("/phones", json!({ "number": "none" })),
        ("/phones", json!({ "number": "0491 570 157" })),
        ("/phones/61491570006/send", json!({ "text": " " })),
        ("/bridge", json!({ "do": "explode" })),
        ("/bridge", json!({})),
        ("/account", json!({ "balance": -1 })),
        ("/account", json!({ "per_second": 0 })),
        ("/account", json!({ "number_per_second": 1001 })),
        ("/account", json!({ "signing": "token" })),
        ("/phones/61491570006/send-missing", json!({})),
        ("/moderator", json!({ "do": "delete" })),
        ("/moderator", json!({ "do": "delete", "channel": "support" })),
        ("/moderator", json!({ "do": "delete", "channel": "support", "message": "1" })),
        ("/moderator", json!({ "do": "archive", "channel": "support" })),
        ("/nothing", json!({})),
    ] {
        let answer = control.post(path, body).await;
        said.push_str(&format!("{path}: {}\n", answer["detail"].as_str().unwrap_or("no refusal")));
    }
    insta::assert_snapshot!(said, @r#"
    /agents/Zoe/command: nobody is called "Zoe"; there are Ana, Ben, Mallory
    /agents/Ana/command: /fly is not a registered command
    /agents/Ana/command: there is no "nowhere"; see GET /state
    /agents/Ana/click: no message there has a button "Dance"
    /agents/Ana/modal: Ana began no interaction 1
    /faults: status: which one, from 400 to 599?
    /faults: this service has no such fault; see docs/sandbox.md
    /faults: times: a fault that never happens is none
    /phones: a phone's number has 3 to 15 digits
    /phones: write the number with its country code, such as +61 491 570 157
    /phones/61491570006/send: an SMS has a text
    /bridge: the body: unknown variant `explode`, expected one of `start`, `stop`, `kill` at line 1 column 15
    /bridge: say one of `do` and `signatures`
    /account: balance: euros, from 0 to 1000000
    /account: per_second: from 1 to 1000
    /account: number_per_second: from 1 to 1000, or 0 for no limit
    /account: signing: token alone is for a bridge that sends by the Messages API (threadline sandbox --api messages); the other ways have the token as well
    /phones/61491570006/send-missing: no part of its texts is missing
    /moderator: name a thread, or a message to delete
    /moderator: name a thread, or a message to delete
    /moderator: Unknown Message (10008)
    /moderator: name a thread, or a message to delete
    /nothing: there is nothing here; see docs/sandbox.md
    "#);
}
