//! The page's files. They are part of the program.

use hyper::body::Bytes;

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    pub content_type: &'static str,
    content: &'static str,
}

impl Asset {
    pub fn bytes(self) -> Bytes {
        Bytes::from_static(self.content.as_bytes())
    }
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The file of a path.
pub fn find(path: &str) -> Option<Asset> {
    let (content_type, content) = match path {
        "/" => (HTML, include_str!("assets/index.html")),
        "/style.css" => (CSS, include_str!("assets/style.css")),
        "/page.js" => (JAVASCRIPT, include_str!("assets/page.js")),
        "/sheet.js" => (JAVASCRIPT, include_str!("assets/sheet.js")),
        "/pictures.js" => (JAVASCRIPT, include_str!("assets/pictures.js")),
        "/chart.js" => (JAVASCRIPT, include_str!("assets/chart.js")),
        "/training.js" => (JAVASCRIPT, include_str!("assets/training.js")),
        "/favicon.svg" => ("image/svg+xml", include_str!("assets/favicon.svg")),
        _ => return None,
    };
    Some(Asset {
        content_type,
        content,
    })
}
