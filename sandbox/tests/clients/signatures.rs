//! What the simulator signs, the SDKs' own checks find right.

use serde_json::{Map, Value, json};
use threadline_sandbox::vonage::{SignatureMethod, Signing, Vonage, WebhookFormat};
use threadline_sandbox::wire::Exchange;

use crate::bridge::Bridge;
use crate::sdk::Sdk;
use crate::sms::refused;
use crate::{CUSTOMER, OURS, nothing_left_over, sdk, vonage};

const SECRET: &str = "a-signature-secret-of-32-letters";

/// Each method, and its name in the SDKs. The Python SDK no longer has the first.
const METHODS: [(SignatureMethod, &str); 5] = [
    (SignatureMethod::Md5Hash, "md5hash"),
    (SignatureMethod::Md5Hmac, "md5"),
    (SignatureMethod::Sha1Hmac, "sha1"),
    (SignatureMethod::Sha256Hmac, "sha256"),
    (SignatureMethod::Sha512Hmac, "sha512"),
];

#[tokio::test]
async fn every_method_fits_in_every_format() {
    for sdk in sdk::all() {
        let (vonage, bridge) = (vonage().await, Bridge::start().await);
        vonage.set_inbound_url(&bridge.url("/inbound")).await.unwrap();
        let mut steps = Vec::new();
        for (method, name) in METHODS.into_iter().filter(|(_, name)| sdk.name == "node" || *name != "md5hash") {
            vonage.set_signing(Some(Signing { method, secret: SECRET.to_owned() }));
            for format in [WebhookFormat::Get, WebhookFormat::Post, WebhookFormat::PostJson] {
                vonage.set_webhook_format(format);
                vonage.phone(CUSTOMER).send("1 & 1 = 2, größer als 1 🚚 + 100%").await;
                let exchange = bridge.log.all().pop().unwrap();
                steps.push(json!({"do": "sig", "fields": fields(&exchange), "secret": SECRET, "method": name}));
            }
        }
        assert_eq!(steps.len(), if sdk.name == "node" { 15 } else { 12 });
        all_valid(&sdk, &vonage, steps).await;
    }
}

#[tokio::test]
async fn a_receipt_fits_as_well() {
    for sdk in sdk::all() {
        let (vonage, bridge) = (vonage().await, Bridge::start().await);
        vonage.set_dlr_url(&bridge.url("/receipt")).await.unwrap();
        vonage.set_signing(Some(Signing { method: SignatureMethod::Sha256Hmac, secret: SECRET.to_owned() }));
        sdk.play(&vonage, &json!([{"do": "sms", "from": OURS, "to": CUSTOMER, "text": "Hi", "client_ref": "a=b&c"}]))
            .await;
        // The first was the check of the URL.
        let receipts = bridge.webhooks("/receipt", 2).await.split_off(1);
        let step = |exchange| json!({"do": "sig", "fields": fields(exchange), "secret": SECRET, "method": "sha256"});
        all_valid(&sdk, &vonage, receipts.iter().map(step).collect()).await;
    }
}

/// The Node SDK never signs an SMS, and the Python SDK signs fields that it does not send; but what it has for signing is
/// right.
#[tokio::test]
async fn what_the_python_sdk_signs_is_taken() {
    let Some(sdk) = sdk::python() else { return };
    let vonage = vonage().await;
    vonage.demand_signatures(true);
    for (method, name) in METHODS.into_iter().filter(|(_, name)| *name != "md5hash") {
        vonage.set_request_signing(Some(Signing { method, secret: SECRET.to_owned() }));
        let signed = |secret: &str| json!({"do": "signed", "secret": secret, "method": name, "from": OURS, "to": CUSTOMER, "text": "1 & 1 = 2, €"});
        let outcomes = sdk.play(&vonage, &json!([signed(SECRET), signed("another-secret")])).await;
        assert_eq!(outcomes, [json!({"statuses": ["0"]}), json!({"statuses": ["14"]})], "{name}");
        assert_eq!(vonage.sent().last().unwrap().text, "1 & 1 = 2, €");
    }
    let unsigned = json!([{"do": "sms", "from": OURS, "to": CUSTOMER, "text": "Hi"}]);
    refused(&sdk.play(&vonage, &unsigned).await[0], ["SmsError"; 2], "14", "Invalid Signature");
    assert_eq!(vonage.sent().len(), 4);
    nothing_left_over(&vonage).await;
}

/// The SDK finds each right, and wrong as soon as one letter of the text or of the secret is another.
async fn all_valid(sdk: &Sdk, vonage: &Vonage, steps: Vec<Value>) {
    assert!(!steps.is_empty());
    let bent = steps.iter().flat_map(|step| {
        let (mut text, mut secret) = (step.clone(), step.clone());
        text["fields"]["msisdn"] = "447700900002".into();
        secret["secret"] = "a-signature-secret-of-32-lettres".into();
        [text, secret]
    });
    let bent: Vec<Value> = bent.collect();
    let right = vec![json!({"valid": true}); steps.len()];
    assert_eq!(sdk.play(vonage, &steps.into()).await, right, "{}", sdk.name);
    let wrong = vec![json!({"valid": false}); bent.len()];
    assert_eq!(sdk.play(vonage, &bent.into()).await, wrong, "{}", sdk.name);
    nothing_left_over(vonage).await;
}

/// The fields as they arrived, whatever the format.
fn fields(exchange: &Exchange) -> Map<String, Value> {
    if let Value::Object(object) = exchange.request_json() {
        return object;
    }
    let query = exchange.query.as_deref().unwrap_or_default().as_bytes();
    let form = if exchange.request_body.is_empty() { query } else { &exchange.request_body };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(form).unwrap();
    pairs.into_iter().map(|(name, value)| (name, value.into())).collect()
}
