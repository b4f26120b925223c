//! Vonage's own SDKs, where they are at hand: `THREADLINE_NODE_MODULES` names a folder that has `@vonage/server-sdk`, and
//! `THREADLINE_PYTHON` a Python that has `vonage`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use threadline_sandbox::vonage::Vonage;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::skipping::skipped;

/// How long a script may take: Python reads the whole SDK before it begins.
const PATIENCE: Duration = Duration::from_secs(60);

/// An SDK and the script that plays through it.
pub(crate) struct Sdk {
    pub(crate) name: &'static str,
    /// The interpreter.
    program: OsString,
    script: &'static str,
    /// A variable that the interpreter needs, and its value.
    needs: Option<(&'static str, OsString)>,
}

/// Those at hand; what is missing is said.
pub(crate) fn all() -> Vec<Sdk> {
    node().into_iter().chain(python()).collect()
}

pub(crate) fn node() -> Option<Sdk> {
    let modules = named("THREADLINE_NODE_MODULES", "node-sdk", "no folder with Vonage's Node SDK")?;
    Some(Sdk { name: "node", program: "node".into(), script: "node.cjs", needs: Some(("NODE_PATH", modules)) })
}

pub(crate) fn python() -> Option<Sdk> {
    let program = named("THREADLINE_PYTHON", "python-sdk", "no Python with Vonage's SDK")?;
    Some(Sdk { name: "python", program, script: "python.py", needs: None })
}

impl Sdk {
    /// Plays the steps at this Vonage with the account's secret, and returns what came of each.
    pub(crate) async fn play(&self, vonage: &Vonage, steps: &Value) -> Vec<Value> {
        self.play_as(vonage, &vonage.setup().api_secret, steps).await
    }

    /// The same with another secret.
    pub(crate) async fn play_as(&self, vonage: &Vonage, secret: &str, steps: &Value) -> Vec<Value> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        let mut command = Command::new(&self.program);
        command.arg(scripts.join(self.script)).envs(self.needs.clone()).kill_on_drop(true);
        command.env("VONAGE_URL", vonage.url()).env("VONAGE_API_KEY", &vonage.setup().api_key);
        command.env("VONAGE_API_SECRET", secret);
        let application = &vonage.setup().application;
        command.env("VONAGE_APPLICATION_ID", &application.id).env("VONAGE_PRIVATE_KEY", application.private_key_pem());
        let mut script = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = script.stdin.take().unwrap();
        stdin.write_all(steps.to_string().as_bytes()).await.unwrap();
        drop(stdin);
        let ended = tokio::time::timeout(PATIENCE, script.wait_with_output()).await;
        let output = ended.unwrap_or_else(|_| panic!("{} has not ended", self.script)).unwrap();
        assert!(output.status.success(), "{}: {}", self.script, output.status);
        let outcomes: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(outcomes.len(), steps.as_array().unwrap().len(), "{}", self.script);
        outcomes
    }
}

fn named(variable: &str, what: &str, missing: &str) -> Option<OsString> {
    let value = std::env::var_os(variable);
    if value.is_none() {
        skipped(what, &format!("{variable} names {missing}, so it does not send to the simulated Vonage"));
    }
    value
}
