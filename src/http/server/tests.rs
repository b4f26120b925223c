use std::net::SocketAddr;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct Served {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

async fn served(router: Router, limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    #[expect(clippy::disallowed_methods, reason = "the test watches it")]
    let task = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
    Served { address, shutdown, task }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn end(self) {
        self.shutdown.cancel();
        timeout(Duration::from_secs(5), self.task).await.unwrap().unwrap();
    }
}

/// All bytes until the other side closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello").post(async || "posted"))
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_ends_with_the_server() {
    let served = served(hello(), Limits::default()).await;
    let mut stream = served.connect().await;
    for _ in 0..3 {
        stream.write_all(GET).await.unwrap();
        let mut answer = vec![0; 500];
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer[..length].ends_with(b"hello"));
    }
    served.end().await;
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let limits = Limits { head: Duration::from_millis(100), ..Limits::default() };
    let served = served(hello(), limits).await;
    let mut slow = served.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    let silent = served.connect().await;
    let closed = async { tokio::join!(rest(slow), rest(silent)) };
    timeout(Duration::from_secs(5), closed).await.expect("both are closed");
    served.end().await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_their_turn() {
    let served = served(hello(), Limits { connections: 1, ..Limits::default() }).await;
    let mut first = served.connect().await;
    first.write_all(GET).await.unwrap();
    assert!(first.read(&mut [0; 500]).await.unwrap() > 0);
    let mut second = served.connect().await;
    second.write_all(GET).await.unwrap();
    let mut answer = [0; 500];
    assert!(timeout(Duration::from_millis(200), second.read(&mut answer)).await.is_err(), "it waits");
    drop(first);
    assert!(timeout(Duration::from_secs(5), second.read(&mut answer)).await.unwrap().unwrap() > 0);
    drop(second);
    served.end().await;
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let (begun, go_on) = (std::sync::Arc::new(Notify::new()), std::sync::Arc::new(Notify::new()));
    let route = {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        post(async move || {
            begun.notify_one();
            go_on.notified().await;
            "done"
        })
    };
    let served = served(Router::new().route("/", route), Limits::default()).await;
    let mut stream = served.connect().await;
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    begun.notified().await;
    served.shutdown.cancel();
    go_on.notify_one();
    assert!(rest(stream).await.ends_with("done"));
    served.end().await;
}
