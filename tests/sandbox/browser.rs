//! A real browser with the page in it, used as a person uses it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::running::PATIENCE;
use crate::support;

/// Chromium, led by `ChromeDriver`. [`Browser::close`] ends both; after a test that failed, `ChromeDriver` is asked to end
/// Chromium before it is killed.
pub struct Browser {
    pub driver: WebDriver,
    chromedriver: Child,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    /// `light` or `dark`
    pub theme: &'static str,
}

pub const WIDE: View = View { name: "wide-light", width: 1280, height: 800, theme: "light" };

pub const TAB: char = '\u{e004}';
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";

/// All that the page has to look well in.
pub const VIEWS: [View; 4] = [
    View { name: "wide-dark", theme: "dark", ..WIDE },
    View { name: "narrow-light", width: 390, height: 844, theme: "light" },
    View { name: "narrow-dark", width: 390, height: 844, theme: "dark" },
    WIDE,
];

impl Browser {
    /// None where the machine has no browser; it says so.
    pub async fn open(url: &str) -> Option<Self> {
        let (Some(chromedriver), Some(chromium)) = (program("chromedriver"), chromium()) else {
            support::skipped("browser", "the page was not opened: there is no chromium, or no chromedriver");
            return None;
        };
        let mut chromedriver = Command::new(chromedriver).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(chromedriver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Nobody reads on, and it must not stand still for that.
        std::thread::spawn(move || lines.for_each(drop));
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(chromium.to_str().unwrap()).unwrap();
        for switch in ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] {
            wanted.add_arg(switch).unwrap();
        }
        wanted.set_browser_log_level(thirtyfour::LoggingPrefsLogLevel::Severe).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", port.unwrap()), wanted).await.unwrap();
        let browser = Self { driver, chromedriver };
        browser.look_as(WIDE).await;
        browser.driver.goto(url).await.unwrap();
        Some(browser)
    }

    /// Makes the window as wide as a view wants it, and the system as dark.
    pub async fn look_as(&self, View { width, height, theme, .. }: View) {
        let cdp = self.driver.cdp();
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        cdp.send_raw("Emulation.setEmulatedMedia", dark).await.unwrap();
    }

    /// Waits until an expression of JavaScript is true in the page, and returns what it came to.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        let began = Instant::now();
        loop {
            let script = format!("return ({expression}) ?? null;");
            let found = self.driver.execute(script, vec![]).await.unwrap().json().clone();
            if found != Value::Null && found != Value::Bool(false) {
                return found;
            }
            if began.elapsed() > PATIENCE {
                self.keep(&PathBuf::from("failed.png")).await;
                let text = self.driver.execute("return document.body.innerText;", vec![]).await.unwrap();
                panic!("in vain waited until {what} ({expression}); the page says:\n{}", text.json().as_str().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until an element that fits holds all of these words.
    pub async fn until_shown(&self, css: &str, words: &[&str]) {
        let found = format!(
            "[...document.querySelectorAll({})].some(e => {}.every(word => e.textContent.includes(word)))",
            json!(css),
            json!(words)
        );
        self.until(&format!("{css} shows {words:?}"), &found).await;
    }

    /// Clicks the first element that fits and can be seen.
    pub async fn click(&self, css: &str) {
        let seen = format!("[...document.querySelectorAll({})].find(e => e.checkVisibility())", json!(css));
        self.until(&format!("{css} can be clicked"), &format!("Boolean({seen})")).await;
        let element = self.driver.execute(format!("return {seen};"), vec![]).await.unwrap().element().unwrap();
        element.click().await.unwrap();
    }

    /// Types where the focus is.
    pub async fn type_keys(&self, keys: &str) {
        self.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// What the console holds against the page.
    pub async fn complaints(&self) -> Vec<String> {
        self.driver.browser_log().await.unwrap().into_iter().map(|entry| entry.message).collect()
    }

    /// Takes a picture, for people to look at, and returns where it is.
    pub async fn keep(&self, name: &Path) -> PathBuf {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // What moves has come to rest.
        tokio::time::sleep(Duration::from_millis(300)).await;
        fs::write(&file, self.driver.screenshot_as_png().await.unwrap()).unwrap();
        file
    }

    pub async fn close(mut self) {
        self.driver.clone().quit().await.unwrap();
        self.chromedriver.kill().unwrap();
        self.chromedriver.wait().unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Both have an effect only where the test failed. Whoever is asked by SIGTERM ends its browsers first.
        let _ = Command::new("kill").args(["-TERM", &self.chromedriver.id().to_string()]).status();
        std::thread::sleep(Duration::from_millis(500));
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
    }
}

fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(program)
}

/// Where a program stands on the PATH.
fn program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}
