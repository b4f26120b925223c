//! The page in a real browser: its tour, both sides, the faults, and how it looks.

use std::path::PathBuf;

use serde_json::json;

use crate::browser::{Browser, ENTER, ESCAPE, TAB, WIDE};
use crate::visit::Visit;

/// The phone that the tour is about.
const PHONE: &str = r#"[data-phone="+61491570156"]"#;
const OPEN: &str = "[data-open]";

#[tokio::test]
async fn the_tour_by_keyboard_and_a_reply_by_form() {
    let Some(mut visit) = Visit::begin().await else { return };
    visit.browser.until_shown("[data-tour='1']", &["Step 1 of 3"]).await;
    visit.look("1-tour", "discord").await;

    // The first key leads to the composer; then a command, its option, and Enter.
    let browser = &visit.browser;
    browser.driver.refresh().await.unwrap();
    browser.until_shown("[data-tour='1']", &["Step 1 of 3"]).await;
    browser.type_keys(&format!("{TAB}{ENTER}")).await;
    browser.until("the composer has the focus", "document.activeElement.id === 'composer'").await;
    browser.type_keys("/not").await;
    browser.until_shown("[role=option]", &["/notify"]).await;
    browser.keep(&PathBuf::from("2-commands.png")).await;
    browser.type_keys(ENTER).await;
    browser.until("the number is asked for", "document.activeElement.closest('fieldset')").await;
    browser.type_keys(&format!("+61 491 570 156{ENTER}")).await;
    browser.until_shown(&format!("{PHONE} [data-from=desk]"), &["Your delivery is scheduled"]).await;
    browser.until_shown(OPEN, &["Only you can see this"]).await;
    browser.until_shown("[data-tour='2']", &["Reply as the customer"]).await;
    visit.look("3-notified", "discord").await;

    // The customer picks a day.
    let browser = &visit.browser;
    browser.click(&format!("{PHONE} textarea")).await;
    browser.type_keys(&format!("2{ENTER}")).await;
    browser.until_shown(&format!("{PHONE} [data-from=customer]"), &["2", "taken"]).await;
    browser.until_shown(&format!("{PHONE} [data-from=desk]"), &["Thank you for picking option 2"]).await;
    visit.look("4-confirmed", "phones").await;

    // The thread has it all.
    let browser = &visit.browser;
    browser.click("[data-tour='3'] [data-tour-do]").await;
    browser.until_shown(&format!("{OPEN} [data-message]"), &["Notification", "delivered"]).await;
    browser.until_shown(&format!("{OPEN} [data-message]"), &["chose 2 (Thursday)"]).await;
    browser.until_shown(&format!("{OPEN} [data-message]"), &["Confirmation", "picking option 2"]).await;
    browser.until_shown("[data-tour='done']", &["That is Threadline"]).await;
    visit.look("5-thread", "discord").await;

    // A reply by the form behind the card's button.
    let browser = &visit.browser;
    browser.click("[data-tour='done'] [data-tour-skip]").await;
    browser.click("[data-place]").await;
    browser.until_shown(OPEN, &["#2"]).await;
    press(browser, "Reply").await;
    browser.until("a form is open", "document.querySelector('dialog[open]')").await;
    visit.look("6-form", "discord").await;
    let browser = &visit.browser;
    browser.type_keys("We come at seven.").await;
    browser.click("dialog[open] [type=submit]").await;
    browser.until_shown(&format!("{PHONE} [data-from=desk]"), &["We come at seven."]).await;
    visit.look("7-support", "discord").await;
    visit.end().await;
}

#[tokio::test]
async fn faults_and_what_one_sees_of_them() {
    let Some(mut visit) = Visit::begin().await else { return };
    let browser = &visit.browser;
    browser.until_shown("[data-tour='1']", &["Send a notification"]).await;
    browser.type_keys(ESCAPE).await;
    browser.until("the tour is skipped", "document.querySelector('#tour').hidden").await;
    browser.click("[data-drawer=faults]").await;

    // Vonage is away, and a customer's text comes twice as soon as the bridge is back from the dead.
    browser.click("[data-fault='vonage:down']").await;
    browser.until_shown(".faulty", &["is down"]).await;
    browser.click("[data-fault='webhooks:twice']").await;
    browser.click("[data-bridge=kill]").await;
    browser.until_shown(".faulty", &["The bridge is not running.", "It was killed."]).await;
    visit.look("8-faults", "faults").await;
    let browser = &visit.browser;
    browser.click("[data-pick='+61491570006']").await;
    browser.click("[data-phone='+61491570006'] textarea").await;
    browser.type_keys(&format!("Is anybody there?{ENTER}")).await;
    browser.until_shown("[data-phone='+61491570006'] [data-from=customer]", &["sending"]).await;
    browser.click("[data-bridge=start]").await;
    browser.until_shown("[data-phone='+61491570006'] [data-from=customer]", &["Is anybody there?", "taken"]).await;
    visit.control.until_thread_shows(&["Customer", "Is anybody there?"]).await;

    // A reply waits for Vonage.
    let reply = json!({ "thread": "#1", "name": "reply", "options": { "text": "We are." } });
    visit.control.post("/agents/Ana/command", reply).await;
    visit.control.until_thread_shows(&["We are.", "queued"]).await;
    let browser = &visit.browser;
    browser.click("[data-fault='vonage:up']").await;
    browser.until_shown("[data-phone='+61491570006'] [data-from=desk]", &["We are."]).await;
    browser.click("[data-fault='webhooks:clear']").await;
    browser.until("all is well", "!document.querySelector('.faulty')").await;

    // The wire has all of it, and can be searched.
    browser.click("[data-drawer=wire]").await;
    browser.until_shown("[data-wire]", &["/sms/json"]).await;
    browser.until_shown("[data-wire]", &["inbound-sms"]).await;
    visit.look("9-wire", "wire").await;
    visit.end().await;
}

#[tokio::test]
async fn whatever_customers_write_is_text() {
    let Some(mut visit) = Visit::begin().await else { return };
    let hostile = "<script>document.title = 'hurt'</script><img src=x onerror=\"document.title='hurt'\"> **@everyone** \
                   [here](https://evil.example) `code` ";
    let long = hostile.repeat(9);
    for text in [hostile, &long, "שלום, איך אתם?", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿", &"x".repeat(600)]
    {
        visit.control.post("/phones/61491570006/send", json!({ "text": text })).await;
    }
    visit.control.until_thread_shows(&["xxxxxxxx"]).await;
    let browser = &visit.browser;
    let thread = visit.control.stage().await["threads"][0]["id"].as_str().unwrap().to_owned();
    browser.click(&format!("[data-place='{thread}']")).await;
    browser.until_shown(&format!("{OPEN} [data-message]"), &["script>", "onerror="]).await;
    browser.until_shown("[data-phone='+61491570006'] [data-from=customer]", &["<script>"]).await;
    visit.look("10-hostile", "discord").await;
    assert_eq!(visit.browser.driver.title().await.unwrap(), "Threadline sandbox");
    visit.browser.look_as(WIDE).await;
    visit.end().await;
}

/// Presses the newest button of this name in the open place.
async fn press(browser: &Browser, label: &str) {
    let newest =
        format!("[...document.querySelectorAll('{OPEN} button')].findLast(e => e.textContent.trim() === '{label}')");
    browser.until(&format!("there is a button {label}"), &format!("Boolean({newest})")).await;
    let button = browser.driver.execute(format!("return {newest};"), vec![]).await.unwrap().element().unwrap();
    button.click().await.unwrap();
}
