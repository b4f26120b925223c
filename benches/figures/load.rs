//! The load: connections that are kept, each with one webhook under way, as fast as it is answered.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hdrhistogram::Histogram;
use http_body_util::BodyExt as _;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::outside::PATH_TOKEN;
use crate::seed;

/// How long webhooks are sent.
#[derive(Clone, Copy)]
pub enum Span {
    /// What comes in the warm-up does not count.
    Time {
        warm_up: Duration,
        measured: Duration,
    },
    Webhooks(u64),
}

/// What came of it.
pub struct Measured {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Sends webhooks of customers who choose, by a thread of its own.
pub async fn run(to: SocketAddr, connections: usize, span: Span) -> anyhow::Result<Measured> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, send(to, connections, span))
    })
    .await?
}

/// The path and query of the next webhook: fresh ids, and another choice of each customer's each time.
pub fn next_webhook() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let customer = seed::customer(next % seed::CUSTOMERS);
    let (to, choice) = (seed::DESK, 1 + next / seed::CUSTOMERS % 3);
    format!(
        "/webhooks/{PATH_TOKEN}/inbound-sms?msisdn={customer}&to={to}&messageId={id:016X}&text={choice}&type=text\
         &keyword={choice}&api-key=abcd1234&message-timestamp=2026-11-23+12%3A00%3A00",
        id = 0x0B00_0000_0000_0000_u64 + next
    )
}

/// What the connections share.
struct Progress {
    begin: Instant,
    end: Option<Instant>,
    /// How many may still be sent.
    left: u64,
    times: Histogram<u64>,
}

async fn send(to: SocketAddr, connections: usize, span: Span) -> anyhow::Result<Measured> {
    let now = Instant::now();
    let (begin, end, left) = match span {
        Span::Time { warm_up, measured } => (now + warm_up, Some(now + warm_up + measured), u64::MAX),
        Span::Webhooks(count) => (now, None, count),
    };
    let times = Histogram::new_with_bounds(1, 60_000_000, 3)?;
    let progress = Rc::new(RefCell::new(Progress { begin, end, left, times }));
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        senders.spawn_local(connection(to, progress.clone()));
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    let progress = progress.borrow();
    let seconds = progress.end.unwrap_or_else(Instant::now).duration_since(begin).as_secs_f64();
    let quantile = |quantile| Duration::from_micros(progress.times.value_at_quantile(quantile));
    #[expect(clippy::cast_precision_loss, reason = "a rate, to be printed")]
    let per_second = progress.times.len() as f64 / seconds;
    Ok(Measured { per_second, p50: quantile(0.50), p99: quantile(0.99) })
}

async fn connection(to: SocketAddr, progress: Rc<RefCell<Progress>>) -> anyhow::Result<()> {
    let stream = TcpStream::connect(to).await.context("nobody listens")?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    loop {
        let sent = Instant::now();
        {
            let mut progress = progress.borrow_mut();
            if progress.left == 0 || progress.end.is_some_and(|end| sent >= end) {
                return Ok(());
            }
            progress.left -= 1;
        }
        one(&mut sender).await?;
        let answered = Instant::now();
        let mut progress = progress.borrow_mut();
        if answered >= progress.begin && progress.end.is_none_or(|end| answered < end) {
            let micros = answered.duration_since(sent).as_micros();
            progress.times.saturating_record(u64::try_from(micros)?);
        }
    }
}

async fn one(sender: &mut SendRequest<Body>) -> anyhow::Result<()> {
    let request = Request::get(next_webhook()).header(header::HOST, "localhost").body(Body::empty())?;
    sender.ready().await?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    answer.into_body().collect().await?;
    anyhow::ensure!(status == StatusCode::OK, "a webhook was answered {status}");
    Ok(())
}
