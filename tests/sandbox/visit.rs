//! A visit to the page with a real browser.

use std::path::PathBuf;

use serde_json::Value;
use thirtyfour::By;

use crate::accessibility::Axe;
use crate::browser::{Browser, VIEWS, View};
use crate::running::{Control, Sandbox};

/// What the browser is used for, and what is held against the page.
pub struct Visit {
    pub browser: Browser,
    pub control: Control,
    axe: Axe,
    faults: String,
    _sandbox: Sandbox,
}

impl Visit {
    /// None where there is no browser.
    pub async fn begin() -> Option<Self> {
        let (sandbox, control) = Sandbox::played();
        let browser = Browser::open(&control.url).await?;
        Some(Self { browser, control, axe: Axe::at_hand(), faults: String::new(), _sandbox: sandbox })
    }

    /// Looks at what is open in all views, and keeps pictures.
    pub async fn look(&mut self, what: &str, part: &str) {
        for view in VIEWS {
            self.browser.look_as(view).await;
            self.go(view, part).await;
            self.browser.keep(&PathBuf::from(format!("{what}-{}.png", view.name))).await;
            let sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
            let sideways = self.browser.driver.execute(format!("return {sideways};"), vec![]).await.unwrap();
            if sideways.json() == &Value::Bool(true) {
                self.faults.push_str(&format!("{what}, {}: the page scrolls sideways\n", view.name));
            }
            for fault in self.axe.faults(&self.browser).await.lines() {
                self.faults.push_str(&format!("{what}, {}: {fault}\n", view.name));
            }
        }
    }

    /// A narrow page shows one part at a time.
    async fn go(&self, view: View, part: &str) {
        let form = self.browser.driver.find_all(By::Css("dialog[open]")).await.unwrap();
        if view.width < 800 && form.is_empty() {
            self.browser.click(&format!("[data-go={part}]")).await;
        }
    }

    /// Ends the visit: nothing was wrong with the page, and nothing in its console.
    pub async fn end(self) {
        let complaints = self.browser.complaints().await;
        self.browser.close().await;
        assert_eq!(self.faults, "");
        assert_eq!(complaints, Vec::<String>::new());
    }
}
