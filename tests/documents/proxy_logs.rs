//! The files for a proxy keep the path token, and a customer's number and text, out of every log: shown with the proxies.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::skipped;

const TOKEN: &str = "a-path-token-of-tests";
const NUMBER: &str = "61491570006";
const TEXT: &str = "a-text-of-a-customer";

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy that runs by one of our files, with its logs in a folder of its own.
struct Proxy {
    process: Child,
    port: u16,
    bridge: u16,
    folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn nginx_logs_no_token_no_number_and_no_text() {
    let file = fs::read_to_string("deploy/nginx.conf").unwrap();
    let Some(logs) = logs_of(nginx, &file) else { return };
    assert_eq!(secrets_in(&logs), [""; 0], "{logs}");
    // The test would see it.
    let before = file.replace("error_log /dev/null;", "");
    assert_ne!(secrets_in(&logs_of(nginx, &before).unwrap()), [""; 0]);
}

#[test]
fn caddy_logs_no_token_no_number_and_no_text() {
    let file = fs::read_to_string("deploy/Caddyfile").unwrap();
    let Some(logs) = logs_of(caddy, &file) else { return };
    assert!(logs.contains("connection refused"), "what goes wrong is said, without the request: {logs}");
    assert_eq!(secrets_in(&logs), [""; 0], "{logs}");
    let before = file.replace("request delete", "").replace("uri delete", "");
    assert_ne!(secrets_in(&logs_of(caddy, &before).unwrap()), [""; 0]);
}

fn secrets_in(logs: &str) -> Vec<&'static str> {
    [TOKEN, NUMBER, TEXT].into_iter().filter(|secret| logs.contains(secret)).collect()
}

/// All that a proxy with this configuration writes while everything goes wrong.
fn logs_of(start: impl FnOnce(&str) -> Option<Proxy>, configuration: &str) -> Option<String> {
    let mut proxy = start(configuration)?;
    let path = format!("/webhooks/{TOKEN}/inbound-sms");
    let get = format!("GET {path}?msisdn={NUMBER}&text={TEXT} HTTP/1.1\r\nHost: sms.example.com\r\n\r\n");
    let post = |body: &str| {
        let length = body.len();
        let kind = "application/x-www-form-urlencoded";
        format!(
            "POST {path} HTTP/1.1\r\nHost: sms.example.com\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let form = post(&format!("msisdn={NUMBER}&text={TEXT}"));

    // The bridge is away.
    assert_eq!(proxy.ask(&get), Some(502));
    assert_eq!(proxy.ask(&form), Some(502));
    // It answers, refuses, or hangs up.
    for (answer, status) in [("200 OK", 200), ("404 Not Found", 404), ("503 Service Unavailable", 503)] {
        let bridge = proxy.bridge_that(Some(answer));
        assert_eq!(proxy.ask(&get), Some(status));
        bridge.join().unwrap();
    }
    let bridge = proxy.bridge_that(None);
    assert_eq!(proxy.ask(&get), Some(502));
    bridge.join().unwrap();
    // Too large, for the proxy or for the bridge.
    let bridge = proxy.bridge_that(Some("413 Content Too Large"));
    let large = post(&format!("msisdn={NUMBER}&text={}", TEXT.repeat(5000)));
    assert_eq!(proxy.ask(&large), Some(413));
    // Nobody may have come to it.
    drop(TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.bridge)));
    bridge.join().unwrap();
    // Another path, another host, no HTTP at all, and a client that does not wait.
    let missed = get.replace("/webhooks/", "/webhook/");
    assert_eq!(proxy.ask(&missed), Some(404));
    proxy.ask(&get.replace("sms.example.com", "other.example.com"));
    proxy.ask(&get.replace(" HTTP/1.1", " and more HTTP/9"));
    proxy.ask(&get.replace("inbound-sms", &"long/".repeat(20_000)));
    let bridge = proxy.bridge_that(Some("200 OK"));
    let mut hasty = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port)).unwrap();
    hasty.write_all(get.as_bytes()).unwrap();
    drop(hasty);
    drop(TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.bridge)));
    bridge.join().unwrap();

    proxy.process.kill().unwrap();
    proxy.process.wait().unwrap();
    let mut logs = String::new();
    read_all(proxy.folder.path(), &mut logs);
    Some(logs)
}

impl Proxy {
    /// Waits until it listens.
    fn new(mut process: Child, port: u16, bridge: u16, folder: TempDir) -> Self {
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let mut said = String::new();
            read_all(folder.path(), &mut said);
            assert!(process.try_wait().unwrap().is_none() && started.elapsed() < PATIENCE, "it does not run: {said}");
            thread::sleep(Duration::from_millis(20));
        }
        Self { process, port, bridge, folder }
    }

    /// Sends this, and returns the status of the answer; `None` where there is none.
    fn ask(&self, request: &str) -> Option<u16> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        // What is refused may be refused before all of it was sent.
        let _ = connection.write_all(request.as_bytes());
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).ok()?;
        std::str::from_utf8(&answer).ok()?.split_whitespace().nth(1)?.parse().ok()
    }

    /// A bridge that takes one connection, and answers so; `None`: hangs up.
    fn bridge_that(&self, answers: Option<&'static str>) -> JoinHandle<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.bridge)).unwrap();
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let mut taken = [0; 4096];
            // Until no more comes.
            while connection.read(&mut taken).is_ok_and(|bytes| bytes > 0) {}
            if let Some(status) = answers {
                let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                let _ = connection.write_all(answer.as_bytes());
            }
            let _ = connection.shutdown(Shutdown::Both);
        })
    }
}

fn nginx(file: &str) -> Option<Proxy> {
    let (folder, [port, plain, bridge]) = (TempDir::new().unwrap(), free_ports());
    let here = folder.path().display();
    // As it is shipped, but without certificates, and on ports that nobody else has.
    let site: Vec<&str> =
        file.lines().filter(|line| !line.contains("ssl_certificate") && !line.contains("[::]")).collect();
    let site = site
        .join("\n")
        .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"))
        .replace("listen 80;", &format!("listen 127.0.0.1:{plain};"))
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{bridge}"));
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|what| format!("{what}_temp_path {here}/{what};\n"))
        .collect();
    // Around it, everything is logged.
    let around = format!(
        "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/error.log debug;\nevents {{}}\n\
         http {{\naccess_log {here}/access.log;\n{temporary}{site}\n}}\n"
    );
    fs::write(folder.path().join("nginx.conf"), around).unwrap();
    let run = Command::new(find("nginx", &["/usr/sbin/nginx"])?)
        .args(["-e", &format!("{here}/start.log"), "-p", &here.to_string(), "-c", "nginx.conf"])
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.path().join("stderr.log")).unwrap())
        .spawn();
    Some(Proxy::new(run.unwrap(), port, bridge, folder))
}

fn caddy(file: &str) -> Option<Proxy> {
    let (folder, [port, _, bridge]) = (TempDir::new().unwrap(), free_ports());
    // As it is shipped, with everything logged, and without the port of its administration, which another may have.
    let file = file.replacen("\n{\n", "\n{\n\tdebug\n\tadmin off\n", 1);
    assert!(file.contains("\tdebug\n"));
    fs::write(folder.path().join("Caddyfile"), file).unwrap();
    let run = Command::new(find("caddy", &["/usr/bin/caddy"])?)
        .args(["run", "--adapter", "caddyfile", "--config", "Caddyfile"])
        .current_dir(folder.path())
        .env("SITE", format!("http://127.0.0.1:{port}, http://sms.example.com:{port}"))
        .env("UPSTREAM", format!("127.0.0.1:{bridge}"))
        .envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, folder.path())))
        .stdout(fs::File::create(folder.path().join("stdout.log")).unwrap())
        .stderr(fs::File::create(folder.path().join("stderr.log")).unwrap())
        .spawn();
    Some(Proxy::new(run.unwrap(), port, bridge, folder))
}

/// The program, or where Debian puts it, which need not be on the PATH.
fn find(name: &'static str, places: &[&'static str]) -> Option<&'static str> {
    let runs = |program: &str| Command::new(program).arg("-h").output().is_ok();
    let found = [name].iter().chain(places).copied().find(|program| runs(program));
    if found.is_none() {
        skipped(name, &format!("{name} is not on the PATH, so the logs of a proxy are not looked at"));
    }
    found
}

fn free_ports() -> [u16; 3] {
    let held = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

/// What stands in the files of a folder and of those in it, but for the configuration.
fn read_all(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, all);
        } else {
            all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
}
