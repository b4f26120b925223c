//! One loopback HTTP/1.1 server: it keeps its port, goes down and comes back, and watches every exchange.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::fault::{Answer, FaultKind, Faults};
use crate::socket::{Cut, Socket};
use crate::spec::Spec;
use crate::wire::{Exchange, WRONG_ON_PURPOSE, WireLog};

/// What a server does with every exchange besides answering it.
#[derive(Clone, Default)]
pub struct Watch {
    pub faults: Faults,
    pub log: WireLog,
    /// The description that requests and answers are held against.
    pub spec: Option<Arc<Spec>>,
    /// How many milliseconds the `Date` of its answers is ahead of the machine's time.
    pub date_ahead: Arc<AtomicI64>,
}

/// A running server. Dropping it takes it down.
pub struct Server {
    address: SocketAddr,
    router: Router,
    watch: Watch,
    running: Mutex<Option<Running>>,
    up: AtomicBool,
}

struct Running {
    stop: DropGuard,
    tasks: TaskTracker,
}

impl Server {
    /// Serves `router` on `listen` (port 0: any free one).
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(listen: SocketAddr, router: Router, watch: Watch) -> io::Result<Self> {
        let listener = bind(listen)?;
        let address = listener.local_addr()?;
        let running = serve(listener, &router, &watch);
        Ok(Self { address, router, watch, running: Mutex::new(Some(running)), up: AtomicBool::new(true) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it takes connections.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Refuses connections from now on and cuts those that are open, websockets too. What has begun still has its effect.
    pub async fn down(&self) {
        if let Some(Running { stop, tasks }) = self.running.lock().await.take() {
            self.up.store(false, Ordering::Relaxed);
            drop(stop);
            tasks.close();
            tasks.wait().await;
        }
    }

    /// Comes back on the same port. Nothing happens if it never went down.
    ///
    /// # Errors
    /// When somebody else has taken the port meanwhile.
    pub async fn up(&self) -> io::Result<()> {
        let mut running = self.running.lock().await;
        if running.is_none() {
            *running = Some(serve(bind(self.address)?, &self.router, &self.watch));
            self.up.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

fn serve(listener: TcpListener, router: &Router, watch: &Watch) -> Running {
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let running = Running { stop: stop.clone().drop_guard(), tasks: tasks.clone() };
    let (router, watch) = (router.clone(), watch.clone());
    tasks.clone().spawn(async move {
        while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
            if let Ok((stream, _)) = accepted {
                let _ = stream.set_nodelay(true);
                tasks.spawn(connection(Socket::new(stream), router.clone(), watch.clone(), stop.clone()));
            }
        }
    });
    running
}

async fn connection(socket: Socket, router: Router, watch: Watch, stop: CancellationToken) {
    let cut = socket.cut();
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let exchange = tokio::spawn(exchange(request.map(Body::new), router.clone(), watch.clone()));
        let cut = cut.clone();
        async move { answer(exchange.await.unwrap_or(Verdict::Reset), &cut).await }
    });
    let conversation =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).with_upgrades();
    // How a client's connection ends is the client's business.
    let _ = stop.run_until_cancelled(conversation).await;
    if cut.is_open() {
        // A websocket has taken the connection over.
        stop.cancelled().await;
        cut.now();
    }
}

/// How an exchange ends for the client.
enum Verdict {
    Answer(Response),
    Hang,
    Reset,
}

async fn answer(verdict: Verdict, cut: &Cut) -> io::Result<Response> {
    match verdict {
        Verdict::Answer(response) => Ok(response),
        Verdict::Hang => std::future::pending().await,
        Verdict::Reset => {
            cut.reset_on_close();
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
}

/// Runs as a task of its own: like the real services, a simulator finishes what it began when the client leaves.
async fn exchange(request: Request, router: Router, watch: Watch) -> Verdict {
    let (at, began) = (SystemTime::now(), Instant::now());
    let (parts, body) = request.into_parts();
    let Ok(request_body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Verdict::Reset;
    };
    let mut record = Exchange {
        at,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        request_headers: parts.headers.clone(),
        request_body: request_body.clone(),
        status: None,
        response_headers: HeaderMap::new(),
        response_body: Bytes::new(),
        faulted: false,
        took: Duration::ZERO,
        strictness_test: parts.headers.contains_key(WRONG_ON_PURPOSE),
    };
    let effect = router.oneshot(Request::from_parts(parts, Body::from(request_body.clone())));
    let fault = watch.faults.take(&record.method, &record.path, &request_body);
    record.faulted = !matches!(fault, None | Some(FaultKind::Latency(_)));
    let verdict = match fault {
        None => respond(effect).await,
        Some(FaultKind::Latency(latency)) => {
            tokio::time::sleep(latency).await;
            respond(effect).await
        }
        Some(FaultKind::Status(answer)) => Verdict::Answer(given(answer)),
        Some(FaultKind::StatusAfterEffect(answer)) => {
            respond(effect).await;
            Verdict::Answer(given(answer))
        }
        Some(FaultKind::Hang) => Verdict::Hang,
        Some(FaultKind::HangAfterEffect) => {
            respond(effect).await;
            Verdict::Hang
        }
        Some(FaultKind::Reset) => Verdict::Reset,
        Some(FaultKind::ResetAfterEffect) => {
            respond(effect).await;
            Verdict::Reset
        }
        Some(FaultKind::GarbageAfterEffect) => {
            respond(effect).await;
            Verdict::Answer(Response::new(Body::from("\u{0}{\"not\": json")))
        }
    };
    let verdict = match verdict {
        Verdict::Answer(mut response) => {
            date(&mut response, watch.date_ahead.load(Ordering::Relaxed));
            Verdict::Answer(kept(response, &mut record).await)
        }
        other => other,
    };
    if let Some(spec) = &watch.spec {
        spec.check(&record);
    }
    record.took = began.elapsed();
    watch.log.record(record);
    verdict
}

async fn respond(effect: impl Future<Output = Result<Response, std::convert::Infallible>>) -> Verdict {
    let Ok(response) = effect.await;
    Verdict::Answer(response)
}

fn given(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        let value = HeaderValue::try_from(value).expect("a fault's header values are plain ASCII");
        response.headers_mut().insert(name, value);
    }
    response
}

/// Dates an answer by a clock that is ahead of the machine's, or behind it; hyper dates the others.
fn date(response: &mut Response, ahead_ms: i64) {
    if ahead_ms == 0 || response.headers().contains_key(header::DATE) {
        return;
    }
    let ahead = Duration::from_millis(ahead_ms.unsigned_abs());
    let now = SystemTime::now();
    let then = if ahead_ms < 0 { now.checked_sub(ahead) } else { now.checked_add(ahead) };
    let date = then.and_then(|then| HeaderValue::try_from(httpdate::fmt_http_date(then)).ok());
    if let Some(date) = date {
        response.headers_mut().insert(header::DATE, date);
    }
}

/// The response as it was, its body noted in the record.
async fn kept(response: Response, record: &mut Exchange) -> Response {
    let (parts, body) = response.into_parts();
    record.status = Some(parts.status.as_u16());
    record.response_headers = parts.headers.clone();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return Response::from_parts(parts, body);
    }
    record.response_body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body = Body::from(record.response_body.clone());
    Response::from_parts(parts, body)
}
