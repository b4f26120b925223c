//! Whether the page can be used with other means than eyes and a mouse, as far as axe-core can tell.

use std::fs;
use std::path::Path;

use crate::browser::Browser;
use crate::support;

/// axe-core, where `THREADLINE_AXE` names its `axe.min.js`.
pub struct Axe(Option<String>);

impl Axe {
    /// Says so where it is not at hand.
    pub fn at_hand() -> Self {
        let file = std::env::var_os("THREADLINE_AXE");
        if file.is_none() {
            support::skipped("axe", "accessibility was not checked: THREADLINE_AXE names no axe.min.js");
        }
        Self(file.map(|file| fs::read_to_string(Path::new(&file)).unwrap()))
    }

    /// The serious faults of the page as it stands, one a line.
    pub async fn faults(&self, browser: &Browser) -> String {
        let Some(source) = &self.0 else { return String::new() };
        browser.driver.execute(source.as_str(), vec![]).await.unwrap();
        let found = browser.driver.execute_async(RUN, vec![]).await.unwrap();
        let lines = found.json().as_array().unwrap().iter().map(|fault| format!("{}\n", fault.as_str().unwrap()));
        lines.collect()
    }
}

const RUN: &str = r#"
    const done = arguments[arguments.length - 1];
    const told = ({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`);
    axe.run(document, { resultTypes: ["violations"] }).then(
        ({ violations }) => done(violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).flatMap(told)),
        (error) => done([`axe-core failed: ${error}`]),
    );
"#;
