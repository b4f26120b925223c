//! The page on which one plays both sides: its files, as they stand in `sandbox/page/`.
//!
//! A release carries them inside; a debug build reads them at each request, so that a change shows after a reload.

use std::borrow::Cow;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "page/"]
struct Files;

/// One file of the page.
pub struct File {
    /// For the header of that name.
    pub content_type: &'static str,
    pub bytes: Cow<'static, [u8]>,
}

/// The file at a path below `page/`, such as `index.html` or `style/base.css`.
pub fn file(path: &str) -> Option<File> {
    let bytes = Files::get(path)?.data;
    let content_type = match path.rsplit('.').next()? {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Some(File { content_type, bytes })
}
