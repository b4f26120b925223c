//! A request's body: JSON, or multipart with `payload_json` and files.

use axum::{
    extract::{FromRequest, Multipart, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::discord::{error::ApiError, form::Form};

pub(crate) struct Body {
    pub(crate) json: Value,
    /// Uploaded files: name and size in bytes.
    pub(crate) files: Vec<(String, usize)>,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        if kind.starts_with("multipart/form-data") {
            let multipart = Multipart::from_request(request, state).await;
            let multipart = multipart.map_err(IntoResponse::into_response)?;
            return parts(multipart).await.map_err(IntoResponse::into_response);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        if bytes.is_empty() {
            return Ok(Self { json: json!({}), files: Vec::new() });
        }
        if !kind.starts_with("application/json") {
            let mut form = Form::default();
            let message = "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}.";
            form.wrong("", "CONTENT_TYPE_INVALID", message);
            return Err(form.finish().into_response());
        }
        read(&bytes).map_err(IntoResponse::into_response)
    }
}

fn read(bytes: &[u8]) -> Result<Body, ApiError> {
    let json = serde_json::from_slice(bytes).map_err(|_| ApiError::INVALID_JSON)?;
    Ok(Body { json, files: Vec::new() })
}

async fn parts(mut multipart: Multipart) -> Result<Body, ApiError> {
    let mut body = Body { json: json!({}), files: Vec::new() };
    while let Some(part) = multipart.next_field().await.map_err(|_| ApiError::INVALID_JSON)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| ApiError::INVALID_JSON)?;
        match file {
            Some(file) => body.files.push((file, bytes.len())),
            None if name == "payload_json" => body.json = read(&bytes)?.json,
            None => {
                let mut form = Form::default();
                form.wrong(&name, "SANDBOX_DOES_NOT_SIMULATE", "A form carries payload_json and files.");
                form.finish()?;
            }
        }
    }
    Ok(body)
}
