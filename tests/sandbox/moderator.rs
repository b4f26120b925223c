//! Threads and cards that somebody deletes by hand, and a page that keeps its place.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::By;

use crate::browser::{Browser, ENTER, WIDE};
use crate::running::{Sandbox, list};
use crate::visit::Visit;

const OPEN: &str = "[data-open]";

/// The thread of the first conversation, if there is one.
fn thread(stage: &Value) -> Option<String> {
    list(&stage["threads"]).find(|thread| thread["name"].as_str().unwrap().starts_with("#1 ")).map(id)
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_deleted_thread_and_a_deleted_card_come_back_with_the_next_text() {
    let (_sandbox, control) = Sandbox::played();
    let first = thread(&control.stage().await).unwrap();
    assert_eq!(control.post("/moderator", json!({ "do": "delete", "thread": "#1" })).await["done"], true);
    control.post("/phones/61491570006/send", json!({ "text": "Where am I?" })).await;
    control.until_thread_shows(&["Where am I?"]).await;
    let second = control.until("there is a new thread", |stage| thread(stage).filter(|now| *now != first)).await;

    let card = control.until("there is a card", |stage| {
        list(&stage["channels"][0]["messages"]).find(|message| message["thread"] == second.as_str()).map(id)
    });
    let deleted = json!({ "do": "delete", "channel": "support", "message": card.await });
    assert_eq!(control.post("/moderator", deleted).await["done"], true);
    control.post("/agents/Ana/command", json!({ "thread": second, "name": "close" })).await;
    control.post("/phones/61491570006/send", json!({ "text": "And my card?" })).await;
    control.until_thread_shows(&["And my card?"]).await;
}

#[tokio::test]
async fn a_locked_thread_can_be_unlocked() {
    let (_sandbox, control) = Sandbox::played();
    let locked = |stage: &Value| Some(list(&stage["threads"]).next()?["locked"] == true);
    assert_eq!(control.post("/moderator", json!({ "do": "lock", "thread": "#1" })).await["done"], true);
    control.until("it is locked", |stage| locked(stage).filter(|locked| *locked)).await;
    assert_eq!(control.post("/moderator", json!({ "do": "unlock", "thread": "#1" })).await["done"], true);
    control.until("it is unlocked", |stage| locked(stage).filter(|locked| !locked)).await;
    assert_eq!(control.post("/moderator", json!({ "do": "archive", "thread": "#1" })).await["done"], true);
    control.until("it is archived", |stage| (list(&stage["threads"]).next()?["archived"] == true).then_some(())).await;
}

#[tokio::test]
async fn the_page_deletes_keeps_its_place_and_names_its_buttons() {
    let Some(mut visit) = Visit::begin().await else { return };
    let browser = &visit.browser;
    browser.click("[data-tour-skip]").await;
    for number in 156..=160 {
        visit.control.post("/phones", json!({ "number": format!("61491570{number}") })).await;
    }
    let notify = json!({ "name": "notify", "options": { "number": "0491 570 156" } });
    visit.control.post("/agents/Ana/command", notify).await;
    browser.until_shown(&format!("{OPEN} [data-message]"), &["#2"]).await;

    // Every button that can be seen has a name of its own, with all drawers and a private answer open.
    browser.until_shown(OPEN, &["Only you can see this"]).await;
    for drawer in ["faults", "wire", "account"] {
        browser.click(&format!("[data-drawer={drawer}]")).await;
        let doubled = "(() => {
            // A mention in a text leads where the list of places leads.
            const shown = [...document.querySelectorAll('button:not(.mention)')].filter((each) => each.checkVisibility());
            const names = shown.map((each) => each.getAttribute('aria-label') ?? each.textContent.trim());
            return names.filter((name, at) => names.indexOf(name) !== at || !name).join('; ');
        })()";
        let doubled = browser.driver.execute(format!("return {doubled};"), vec![]).await.unwrap();
        assert_eq!(doubled.json().as_str().unwrap(), "", "{drawer}");
    }

    // A reload changes nothing of what one looks at.
    browser.click("[data-pick='+61491570006']").await;
    browser.driver.find(By::Css("#agent option[value=Ben]")).await.unwrap().click().await.unwrap();
    browser.click(".thread [data-place]").await;
    let place = browser.until("a thread is open", "document.querySelector('[data-open]')?.dataset.open").await;
    browser.until_shown("[data-moderate=delete]", &["Delete thread"]).await;
    browser.driver.refresh().await.unwrap();
    let same = format!("document.querySelector('[data-open]')?.dataset.open === {place}");
    browser.until("the thread is open again", &same).await;
    browser.until("Ben is still who one is", "document.querySelector('#agent').value === 'Ben'").await;
    browser.until_shown("[data-pick='+61491570006'][aria-current]", &["006"]).await;

    // The phone in hand is where it can be seen.
    browser.click("[name=number]").await;
    browser.type_keys(&format!("+61 491 570 110{ENTER}")).await;
    let in_view = "(() => {
        const picked = document.querySelector(\"[data-pick='+61491570110'][aria-current]\");
        if (!picked) return false;
        const [its, all] = [picked.getBoundingClientRect(), picked.closest('ul').getBoundingClientRect()];
        return its.top >= all.top - 1 && its.bottom <= all.bottom + 1 && its.left >= all.left - 1
            && its.right <= all.right + 1;
    })()";
    browser.until("the new phone is in view", in_view).await;
    visit.look("15-thread", "discord").await;
    let browser = &visit.browser;
    browser.look_as(WIDE).await;

    // The thread is deleted: the channel is what remains.
    browser.click("[data-moderate=delete]").await;
    browser.until("the channel is open", "document.querySelector('.place h2').textContent === '#support'").await;
    let cards = "document.querySelectorAll('[data-open] [data-delete]').length";
    let before = browser.until("there are cards", cards).await;
    let card =
        browser.driver.execute("return document.querySelector('[data-open] [data-delete]');", vec![]).await.unwrap();
    card.element().unwrap().focus().await.unwrap();
    browser.type_keys(ENTER).await;
    browser.until("a card is gone", &format!("{cards} < {before}")).await;
    visit.end().await;
}

#[tokio::test]
async fn the_page_does_not_claim_that_all_is_well_when_the_sandbox_is_gone() {
    let (mut sandbox, control) = Sandbox::played();
    let Some(browser) = Browser::open(&control.url).await else { return };
    browser.until_shown("#conditions .good", &["Bridge", "running"]).await;
    assert_eq!(sandbox.terminate(), Some(0));
    browser.until_shown("#lost:not([hidden])", &["The connection to the sandbox is lost."]).await;
    browser.until("nothing is green", "!document.querySelector('#conditions .good')").await;
    browser.until_shown("#conditions .unknown", &["Bridge", "unknown"]).await;
    browser.keep(Path::new("16-gone.png")).await;
    browser.close().await;
}
