use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use tower::ServiceExt as _;

use super::*;

fn routes() -> Router {
    let echo = get(async || "got").post(async |body: String| body.len().to_string());
    let slow = get(async || std::future::pending::<()>().await);
    let limits = Limits { request: std::time::Duration::from_millis(50), ..Limits::default() };
    limited(Router::new().route("/echo", echo).route("/slow", slow), limits)
}

async fn call(method: Method, path: &str, body: impl Into<Body>) -> (u16, String) {
    let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
    let response = routes().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn error(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert!(!body["detail"].as_str().unwrap().is_empty());
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn bodies_up_to_the_limit_come_through() {
    assert_eq!(call(Method::POST, "/echo", vec![b'x'; 64 * 1024]).await, (200, "65536".to_owned()));
    for length in [64 * 1024 + 1, 5_000_000] {
        let (status, body) = call(Method::POST, "/echo", vec![b'x'; length]).await;
        assert_eq!((status, error(&body).as_str()), (413, "too_large"));
    }
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let pieces = [Ok("half"), Err(std::io::Error::other("gone"))];
    let (status, body) = call(Method::POST, "/echo", Body::from_stream(futures_util::stream::iter(pieces))).await;
    assert_eq!((status, error(&body).as_str()), (400, "broken_off"));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let (status, body) = call(Method::GET, "/elsewhere", "").await;
    assert_eq!((status, error(&body).as_str()), (404, "not_found"));
    let (status, body) = call(Method::DELETE, "/echo", "").await;
    assert_eq!((status, error(&body).as_str()), (405, "method_not_allowed"));
    let request = Request::delete("/echo").body(Body::empty()).unwrap();
    assert_eq!(routes().oneshot(request).await.unwrap().headers()["allow"], "GET,HEAD,POST");
}

#[tokio::test]
async fn what_takes_too_long_is_ended() {
    let (status, body) = call(Method::GET, "/slow", "").await;
    assert_eq!((status, error(&body).as_str()), (503, "too_slow"));
}
