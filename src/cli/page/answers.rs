//! Paths and methods to answers. There are no files to get at: what is not in the table is not there.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;

use super::assets;
use super::assets::Asset;
use super::body;
use super::body::Refusal;
use super::gate::Gate;
use super::live::Live;
use super::network::Shown;
use batchprop::images::strokes::Drawing;

/// All that the page shows.
#[derive(Debug)]
pub struct Page {
    pub shown: Shown,
    /// The run that trains it, if one does.
    pub live: Option<Arc<Live>>,
    pub gate: Gate,
}

/// An answer: whole, or one that goes on as training does.
pub type Answer = Response<Either<Full<Bytes>, Channel<Bytes, Infallible>>>;

/// Of every answer. The page runs its own scripts and asks its own machine, and no other page shows or reads it.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
];

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What a path leads to.
enum Route {
    File(Asset),
    Network,
    Weights(usize),
    Training(Arc<Live>),
    Predict,
}

impl Route {
    fn find(page: &Page, path: &str) -> Option<Self> {
        Some(match path {
            "/network" => Self::Network,
            "/predict" if page.shown.about().side.is_some() => Self::Predict,
            "/training" => Self::Training(page.live.clone()?),
            _ => match path.strip_prefix("/weights/") {
                Some(unit) => Self::Weights(unit.parse().ok()?),
                None => Self::File(assets::find(path)?),
            },
        })
    }

    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Predict => &[Method::POST],
            _ => &[Method::GET, Method::HEAD],
        }
    }
}

/// Answers a request to the address `local`, and returns the reason of a refusal for the log. `read` is called when
/// a part of a long answer was read.
pub async fn answer(
    page: &Arc<Page>,
    request: Request<Incoming>,
    local: SocketAddr,
    read: impl Fn() + Send + 'static,
) -> (Answer, Option<String>) {
    let (parts, body) = request.into_parts();
    let result = match page.gate.refuses(&parts, local) {
        Some(reason) => Err(Refusal::new(StatusCode::FORBIDDEN, reason)),
        None => route(page, &parts, body, read).await,
    };
    let (mut answer, reason) = match result {
        Ok(answer) => (answer, None),
        Err(Refusal { status, reason }) => {
            let mut answer = whole(TEXT, format!("{reason}\n").into());
            *answer.status_mut() = status;
            if status == StatusCode::METHOD_NOT_ALLOWED
                && let Some(route) = Route::find(page, parts.uri.path())
            {
                let methods: Vec<&str> = route.methods().iter().map(Method::as_str).collect();
                if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
                    answer.headers_mut().insert(ALLOW, methods);
                }
            }
            (answer, Some(reason))
        }
    };
    protect(answer.headers_mut());
    (answer, reason)
}

async fn route(
    page: &Arc<Page>,
    request: &Parts,
    body: Incoming,
    read: impl Fn() + Send + 'static,
) -> Result<Answer, Refusal> {
    let Some(route) = Route::find(page, request.uri.path()) else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "there is no such page"));
    };
    if !route.methods().contains(&request.method) {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "there is no such method here",
        ));
    }
    match route {
        Route::File(asset) => Ok(whole(asset.content_type, asset.bytes())),
        Route::Network => json(page.shown.about()),
        Route::Weights(unit) => match page.shown.weights(unit) {
            Some(weights) => Ok(whole("application/octet-stream", weights.into())),
            None => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "there is no such hidden unit",
            )),
        },
        Route::Training(live) => {
            let Some(updates) = live.watch(read) else {
                return Err(Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too many are watching: close another page",
                ));
            };
            Ok(with_type("text/event-stream", Either::Right(updates)))
        }
        Route::Predict => predict(page, &request.headers, body).await,
    }
}

/// The network's answer to a drawing, as JSON.
async fn predict(page: &Arc<Page>, headers: &HeaderMap, body: Incoming) -> Result<Answer, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|it| it.split(';').next())
        .unwrap_or_default()
        .trim();
    if !essence.eq_ignore_ascii_case(JSON) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("expected a drawing as {JSON}"),
        ));
    }
    let bytes = body::read(body).await?;
    let page = page.clone();
    let look = move || {
        let bad = |reason: String| Refusal::new(StatusCode::BAD_REQUEST, reason);
        let drawing: Drawing = serde_json::from_slice(&bytes).map_err(|error| {
            bad(format!(
                "expected a drawing, such as {{\"strokes\":[[[0.5,0.2],[0.5,0.8]]]}}: {error}"
            ))
        })?;
        let drawing = drawing.check().map_err(|error| bad(error.to_string()))?;
        let look = page
            .shown
            .look(&drawing)
            .map_err(|error| bad(error.to_string()))?;
        json(&look)
    };
    // It takes a millisecond, and more of a large network: others are answered meanwhile.
    tokio::task::spawn_blocking(look).await.unwrap_or_else(|_| {
        Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the network failed on this drawing; please report it as a bug",
        ))
    })
}

fn json(value: &impl Serialize) -> Result<Answer, Refusal> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(whole(JSON, bytes.into()))
}

fn whole(content_type: &'static str, content: Bytes) -> Answer {
    with_type(content_type, Either::Left(Full::new(content)))
}

fn with_type(content_type: &'static str, body: Either<Full<Bytes>, Channel<Bytes, Infallible>>) -> Answer {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // The next version of the program may have another page at the same address.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
