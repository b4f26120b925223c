//! Keeps other websites' pages out: they can send requests to any address of the visitor's machine.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;

/// Refuses requests that name another host (a name that was made to point here) or come from another site's page.
pub(super) async fn own_pages_only(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host_is_ours = text(headers, &header::HOST).is_some_and(|host| is_ours(host, address));
    let origin_is_ours = text(headers, &header::ORIGIN)
        .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|host| is_ours(host, address)));
    if host_is_ours && origin_is_ours {
        return next.run(request).await;
    }
    Problem(StatusCode::FORBIDDEN, format!("the sandbox answers to http://{address} and its own page only"))
        .into_response()
}

fn is_ours(host: &str, address: SocketAddr) -> bool {
    host == address.to_string() || host == format!("localhost:{}", address.port())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
