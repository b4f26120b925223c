//! What the command prints: one notification, played by itself, and how to go on from there.

use serde_json::{Value, json};

use crate::running::{Control, Sandbox, post};

#[tokio::test]
async fn it_plays_the_main_job_and_goes_on_until_sigterm() {
    let mut sandbox = Sandbox::start();
    let played = sandbox.until("curl http://127.0.0.1:").join("\n");
    insta::assert_snapshot!(steady(&played, "Phone"), @r"
    Phone    +61491570006           +61491570159: Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).
    Phone    +61491570006           customer: 2
    Phone    +61491570006           +61491570159: Thank you for picking option 2. Your delivery is now fully scheduled in.
    ");
    insta::assert_snapshot!(steady(&played, "Discord  #support"), @r"
    Discord  #support               Ana: /notify number: +61491570006
    Discord  #support               Threadline:
                                      | #1 · +61 ••• 0006
                                      | State: (state)
                                      | Template: delivery
                                      | Answer: none yet
                                      | Agent: @Ana
                                      | Last activity: (a moment)
                                      [Reply] [Close]
    ");
    insta::assert_snapshot!(steady(&played, "Discord  #1"), @r"
    Discord  #1 +61 ••• 0006        Threadline: **·1** 📤 Notification (delivery) by @Ana · (state)
                                      > Your delivery is scheduled for tomorrow between 8am and 2pm. If you wish to change the delivery date please reply by typing 1 (tomorrow), 2 (Thursday) or 3 (deliver to post office).
    Discord  #1 +61 ••• 0006        * Threadline added Ana to the thread
    Discord  #1 +61 ••• 0006        Threadline: **·2** 📩 Customer · chose 2 (Thursday)
                                      > 2
    Discord  #1 +61 ••• 0006        Threadline: **·3** 📤 Confirmation · (state)
                                      > Thank you for picking option 2. Your delivery is now fully scheduled in.
    ");
    assert!(played.contains("only Ana sees"), "{played}");

    // The two calls that it suggests work as they stand.
    let text = played.lines().last().unwrap().to_owned();
    let reply = sandbox.until("curl http://127.0.0.1:").pop().unwrap();
    assert_eq!(run(&text).await["webhooks_answered"], json!([[200]]));
    sandbox.until("Customer");
    let answered = run(&reply).await;
    assert!(answered["answer"]["text"].as_str().unwrap().contains("·5 of #1"), "{answered}");
    sandbox.until("+61491570159: Yes, we can.");

    let control = Control { url: text.trim().trim_start_matches("curl ").split("/phones").next().unwrap().to_owned() };
    let stage = control.stage().await;
    assert_eq!(stage["phones"][0]["sms"].as_array().unwrap().len(), 5, "{stage}");
    let card = &stage["channels"][0]["messages"][0];
    assert_eq!(
        (&card["thread"], "#1 +61 ••• 0006"),
        (&stage["threads"][0]["id"], stage["threads"][0]["name"].as_str().unwrap())
    );
    assert_eq!(card["components"][0]["components"][1]["label"], "Close");

    // A click opens a modal, and the modal is a reply.
    let asked = control.post("/agents/Ben/click", json!({ "button": "Reply" })).await;
    let field = asked["modal"]["fields"][0]["custom_id"].as_str().unwrap();
    let form = json!({ "interaction": asked["interaction"], "values": { field: "At 7?" } });
    control.post("/agents/Ben/modal", form).await;
    sandbox.until("+61491570159: At 7?");

    assert_eq!(sandbox.terminate(), Some(0));
}

/// Does what a printed `curl URL -d 'BODY'` does.
async fn run(curl: &str) -> Value {
    let (url, body) = curl.trim().strip_prefix("curl ").unwrap().split_once(" -d ").unwrap();
    post(url, body.trim_matches('\'').to_owned()).await
}

/// What was newly said at one place, without what depends on how fast this machine is: edits, and the states that a
/// message had reached when it was first shown.
fn steady(transcript: &str, place: &str) -> String {
    let mut kept = String::new();
    let mut keep = false;
    for line in transcript.lines() {
        if !line.starts_with(' ') {
            keep = line.starts_with(place) && !line.contains("(edited)");
        }
        if keep {
            let line = ["⏳ queued", "✓ sent", "✅ delivered"].iter().fold(line.to_owned(), |line, state| {
                line.replace(&format!("{state} (2 parts)"), "(state)").replace(state, "(state)")
            });
            let line = line.replace("Message queued", "(state)").replace("Message sent", "(state)");
            kept.push_str(line.replace("Message delivered", "(state)").trim_end());
            kept.push('\n');
        }
    }
    kept
}
