//! The server that both simulators stand on.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::routing::{get, post};
use threadline_sandbox::fault::Fault;
use threadline_sandbox::server::{Server, Watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start(router: Router) -> (Server, Watch) {
    let watch = Watch::default();
    (Server::start("127.0.0.1:0".parse().unwrap(), router, watch.clone()).await.unwrap(), watch)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_)) {
            let _ = socket.send(message).await;
        }
    }
}

/// A websocket by hand, as far as the answer 101.
async fn open_websocket(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let request = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    stream
}

#[tokio::test]
async fn it_goes_down_and_comes_back_on_its_port() {
    let (server, _) = start(Router::new().route("/", get(async || "hello"))).await;
    let (client, url) = (client(), server.url());
    assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "hello");
    server.down().await;
    server.down().await;
    assert!(client.get(&url).send().await.unwrap_err().is_connect());
    server.up().await.unwrap();
    assert_eq!(server.url(), url);
    assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "hello");
}

#[tokio::test]
async fn going_down_cuts_requests_on_their_way_and_websockets() {
    let router = Router::new()
        .route("/ws", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)))
        .route("/never", get(async || std::future::pending::<String>().await));
    let (server, _) = start(router).await;
    let mut websocket = open_websocket(&server).await;
    // A masked text frame "hi", and its echo.
    websocket.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await.unwrap();
    let mut echoed = [0; 4];
    websocket.read_exact(&mut echoed).await.unwrap();
    assert_eq!(echoed, [0x81, 2, b'h', b'i']);

    let waiting = tokio::spawn(client().get(format!("{}/never", server.url())).send());
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.down().await;
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        assert!(waiting.await.unwrap().is_err());
        assert!(matches!(websocket.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    });
    ended.await.unwrap();
}

#[tokio::test]
async fn a_reset_is_a_real_one() {
    let (server, watch) = start(Router::new()).await;
    watch.faults.add(Fault::on("GET", "/").reset());
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let error = stream.read(&mut [0; 16]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(watch.log.all()[0].status, None);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_the_effect() {
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    let router = Router::new().route("/", post(async move || counter.fetch_add(1, Ordering::SeqCst).to_string()));
    let (server, watch) = start(router).await;
    watch.faults.add(Fault::on("POST", "/").latency(Duration::from_millis(200)));
    let impatient = client().post(server.url()).timeout(Duration::from_millis(50));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    let log = watch.log.wait_for_count("POST", "/", 1, Duration::from_secs(5)).await;
    assert_eq!((log.len(), log[0].faulted, count.load(Ordering::SeqCst)), (1, false, 1));
    assert!(watch.faults.is_empty());
}

#[tokio::test]
async fn a_rate_limit_looks_like_discords() {
    let (server, watch) = start(Router::new()).await;
    watch.faults.add(Fault::on("*", "*").rate_limited(Duration::from_millis(1500), "global"));
    let answer = client().get(server.url()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"2".parse().unwrap()));
    assert_eq!(answer.headers()["x-ratelimit-global"], "true");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!((&body["retry_after"], &body["global"]), (&1.5.into(), &true.into()));
}
