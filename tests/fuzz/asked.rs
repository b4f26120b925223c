//! A request, good or broken.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};

/// A request's pieces, any bytes whatever.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub method: Vec<u8>,
    pub path: Vec<u8>,
    pub query: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Asked {
    /// A webhook with this query.
    pub fn get(path: &str, query: Vec<u8>) -> Self {
        Self { method: b"GET".to_vec(), path: path.into(), query: Some(query), ..Self::default() }
    }

    /// A webhook with this body, labelled or not.
    pub fn post(path: &str, content_type: Option<&str>, body: Vec<u8>) -> Self {
        let headers = content_type.map(|label| (b"content-type".to_vec(), label.into())).into_iter().collect();
        Self { method: b"POST".to_vec(), path: path.into(), query: None, headers, body }
    }

    /// The request, where HTTP allows it; headers that it does not allow are left out.
    pub fn request(&self) -> Option<Request<Body>> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = Method::from_bytes(&self.method).ok()?;
        *request.uri_mut() = Uri::try_from(self.target()).ok()?;
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                request.headers_mut().append(name, value);
            }
        }
        Some(request)
    }

    /// As it would stand on the wire.
    pub fn wire(&self) -> Vec<u8> {
        let mut wire = [&self.method[..], b" ", self.target().as_bytes(), b"\r\n"].concat();
        for (name, value) in &self.headers {
            wire.extend([&name[..], b": ", value, b"\r\n"].concat());
        }
        [&wire[..], b"\r\n", &self.body].concat()
    }

    /// Path and query, in which all is escaped that no URL may have.
    fn target(&self) -> String {
        let mut target = String::from(if self.path.starts_with(b"/") { "" } else { "/" });
        escape(&mut target, &self.path);
        if let Some(query) = &self.query {
            target.push('?');
            escape(&mut target, query);
        }
        target
    }
}

fn escape(target: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte) {
            target.push(char::from(byte));
        } else {
            write!(target, "%{byte:02X}").unwrap();
        }
    }
}
