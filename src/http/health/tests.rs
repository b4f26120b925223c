use axum::body::Body;
use axum::http::Request;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::http::{Limits, router};
use crate::ports::SystemClock;

struct Room {
    admin: Admin,
    _folder: tempfile::TempDir,
}

impl Room {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("health.db").display())).await.unwrap();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let admin = Admin { health: Arc::default(), store, clock: Arc::new(SystemClock), metrics };
        Self { admin, _folder: folder }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let routes = router::private(self.admin.clone(), Limits::default());
        let response = routes.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn readyz(&self) -> (u16, Value) {
        let (status, body) = self.get("/readyz").await;
        (status, serde_json::from_str(&body).unwrap())
    }
}

#[tokio::test]
async fn all_is_well() {
    let room = Room::new().await;
    room.admin.health.set_discord(DiscordLink::Connected);
    let expected = json!({
        "ready": true, "degraded": [], "database": "ok", "discord": "connected", "vonage": "ok", "balance": null,
        "inbox": {"waiting": 0, "oldest_seconds": 0, "of_no_desk": 0},
        "outbox": {"due": 0, "oldest_seconds": 0},
    });
    assert_eq!(room.readyz().await, (200, expected));
    assert_eq!(room.get("/healthz").await, (200, "ok".to_owned()));
    assert_eq!(room.get("/metrics").await.0, 200);
    assert_eq!(room.get("/webhooks/inbound-sms").await.0, 404);
}

#[tokio::test]
async fn what_is_wrong_elsewhere_is_told_and_leaves_it_ready() {
    let room = Room::new().await;
    room.admin.health.trouble("vonage", "the account is refused");
    room.admin.store.close().await;
    let (status, body) = room.readyz().await;
    assert_eq!(status, 200);
    assert_eq!(
        body["degraded"],
        json!(["database: it does not answer", "discord: connecting", "vonage: the account is refused"])
    );
    assert_eq!((&body["database"], &body["vonage"]), (&json!("failing"), &json!("the account is refused")));
    assert_eq!(body["outbox"], Value::Null);
}

#[tokio::test]
async fn a_webhook_that_was_not_stored_makes_it_not_ready() {
    let room = Room::new().await;
    room.admin.health.set_intake_failing(true);
    let (status, body) = room.readyz().await;
    assert_eq!((status, &body["ready"]), (503, &json!(false)));
    room.admin.health.set_intake_failing(false);
    assert_eq!(room.readyz().await.0, 200);
}
