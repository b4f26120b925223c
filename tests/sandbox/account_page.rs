//! The account at Vonage and the phones' standing on the page, in a real browser.

use serde_json::json;
use thirtyfour::By;

use crate::browser::{Browser, ENTER, ESCAPE, WIDE};
use crate::visit::Visit;

const PHONE: &str = "[data-phone='+61491570006']";

/// Without the tour, and with the first phone in hand.
async fn begin() -> Option<Visit> {
    let visit = Visit::begin().await?;
    let browser = &visit.browser;
    browser.until_shown("[data-tour='1']", &["Send a notification"]).await;
    browser.type_keys(ESCAPE).await;
    browser.until("the tour is skipped", "document.querySelector('#tour').hidden").await;
    // The tour's own phone is taken in hand when it comes.
    browser.until_shown("[data-pick='+61491570156'][aria-current]", &["+61 491 570 156"]).await;
    browser.click("[data-pick='+61491570006']").await;
    Some(visit)
}

/// Chooses as a person does, and waits until the sandbox has it so.
async fn choose(browser: &Browser, select: &str, value: &str) {
    let option = format!("{select} option[value='{value}']");
    let element = browser.driver.find(By::Css(option)).await.unwrap();
    element.click().await.unwrap();
    browser
        .until(
            &format!("{select} is {value}"),
            &format!("document.querySelector({}).dataset.is === {}", json!(select), json!(value)),
        )
        .await;
}

#[tokio::test]
async fn the_account_is_seen_and_switched() {
    let Some(mut visit) = begin().await else { return };
    let browser = &visit.browser;
    browser.click("[data-drawer=account]").await;
    browser.until_shown("[data-rented='+61491570159']", &["AU", "SMS"]).await;

    // No credit is seen at once, and has its effect.
    browser.click("[data-credit='0']").await;
    browser.until_shown("#conditions .bad", &["Vonage", "no credit"]).await;
    browser.until_shown(".account .faulty", &["€ 0.00 left."]).await;
    visit.look("11-account", "account").await;
    let browser = &visit.browser;
    browser.click("[data-credit='1000']").await;
    browser.until("there is credit", "!document.querySelector('#conditions .bad')").await;

    // Signing on: the bridge is started again, and webhooks come in signed.
    choose(browser, "[data-account=signing]", "sha256").await;
    choose(browser, "[data-account=format]", "post").await;
    browser.until_shown(".outcome", &["Webhooks of the SMS API must be signed so."]).await;
    browser
        .until("the bridge is back", "document.querySelector('#conditions').textContent.includes('Discord connected')")
        .await;
    browser.click(&format!("{PHONE} textarea")).await;
    browser.type_keys(&format!("Signed and sealed{ENTER}")).await;
    browser.until_shown(&format!("{PHONE} [data-from=customer]"), &["Signed and sealed", "taken"]).await;
    visit.control.until_thread_shows(&["Customer", "Signed and sealed"]).await;

    // The customer opts out: Vonage and the network look after it.
    let browser = &visit.browser;
    browser.click("[data-account=opt_out_assist]").await;
    browser.click("[data-account=network_answers]").await;
    browser.until_shown("[data-account=network_answers][aria-checked=true]", &["On"]).await;
    browser.click(&format!("{PHONE} textarea")).await;
    browser.type_keys(&format!("STOP{ENTER}")).await;
    browser.until_shown("[data-opted-out='+61491570006']", &["+61 491 570 006"]).await;
    browser.until_shown(&format!("{PHONE} [data-from=desk]"), &["NETWORK MSG", "by the network"]).await;
    visit.look("12-opted-out", "account").await;

    // The wire shows no secrets.
    let browser = &visit.browser;
    browser.click("[data-drawer=wire]").await;
    browser.until_shown("[data-wire]", &["inbound-sms"]).await;
    browser.click("[name=words]").await;
    browser.type_keys("/sms/json").await;
    browser.click("[data-wire][data-provider=vonage] summary").await;
    browser.until_shown("[data-wire] pre", &["api_secret: (the account's secret)"]).await;
    visit.look("13-wire", "wire").await;
    visit.end().await;
}

#[tokio::test]
async fn a_phone_sends_in_parts_and_stands_badly() {
    let Some(mut visit) = begin().await else { return };
    let browser = &visit.browser;

    // Three parts of a text in Unicode, one of them missing.
    browser.click(&format!("{PHONE} textarea")).await;
    browser.type_keys(&"Жду вас ".repeat(18)).await;
    browser.until_shown(&format!("{PHONE} .length"), &["3 parts, Unicode"]).await;
    let option = format!("{PHONE} select[name=parts] option[value=one_missing]");
    browser.driver.find(By::Css(option)).await.unwrap().click().await.unwrap();
    visit.look("14-parts", "phones").await;
    let browser = &visit.browser;
    browser.look_as(WIDE).await;
    browser.click(&format!("{PHONE} .send button")).await;
    browser.until_shown(&format!("{PHONE} .missing"), &["A part of a text is missing."]).await;
    browser.until_shown(&format!("{PHONE} [data-from=customer]"), &["3 parts, Unicode", "sending"]).await;

    // A robot that nobody gets through to any more.
    browser.click(&format!("{PHONE} .answering summary")).await;
    browser.click(&format!("{PHONE} .answering input")).await;
    browser.type_keys(&format!("I am driving.{ENTER}")).await;
    browser.until_shown(&format!("{PHONE} .answering summary"), &["I am driving.", "0 answers so far"]).await;
    browser.click(&format!("{PHONE} .standing summary")).await;
    choose(browser, &format!("{PHONE} [name=standing]"), "opted_out").await;
    choose(browser, &format!("{PHONE} [name=reach]"), "barred").await;
    browser.until_shown(&format!("{PHONE} .standing.faulty summary"), &["opted out at Vonage, blocked"]).await;
    visit.look("15-standing", "phones").await;
    let browser = &visit.browser;
    browser.click(&format!("{PHONE} .missing button")).await;
    browser.until_shown(&format!("{PHONE} [data-from=customer]"), &["3 parts, Unicode", "taken"]).await;
    visit.control.until_thread_shows(&["Customer", "Жду вас"]).await;
    visit.end().await;
}
