//! The ids in a route's path.

use axum::{
    extract::{FromRequestParts, Path},
    response::{IntoResponse, Response},
};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::discord::form::Form;

/// Like axum's `Path`, with Discord's refusal of what is no id.
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(rejection) => {
                let mut form = Form::default();
                form.wrong("", "NUMBER_TYPE_COERCE", rejection.body_text());
                Err(form.finish().into_response())
            }
        }
    }
}
