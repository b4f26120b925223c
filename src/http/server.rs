//! Serves HTTP/1.1 on a listener, with the limits that `axum::serve` does not have.

use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::limits::Limits;

/// How long nothing is accepted after an accept has failed, as it does when the process has no file handles left.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until `shutdown`; then accepts no more, and returns when the requests under way are answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = connections.join_next() => notice(ended),
            accepted = listener.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), limits, shutdown.clone()));
                }
                Err(error) if is_callers_affair(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted; trying again in a second");
                    let _ = timeout(PAUSE, shutdown.cancelled()).await;
                }
            },
        }
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        notice(ended);
    }
}

async fn connection(stream: TcpStream, router: Router, limits: Limits, shutdown: CancellationToken) {
    // A webhook's answer is one small packet, which must not wait for a second.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Hung up, spoke no HTTP, was too slow: what callers do, and nothing for an operator.
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn notice(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a request died, and its connection with it");
    }
}

fn is_callers_affair(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests;
