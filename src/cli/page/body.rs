//! The body of a request, within limits of size and time.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Incoming;

/// Bytes: more than the largest drawing. With the most connections it is most of the memory that all can take together.
pub const MOST: usize = 128 * 1024;

/// For all of it.
pub const TIME: Duration = Duration::from_secs(5);

/// Why a request is not answered as asked.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub reason: String,
}

impl Refusal {
    pub fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { status, reason }
    }
}

/// Reads the whole body. The rest of a body that is too long is read and dropped, within the time limit: a client
/// that is still sending would not see the answer.
pub async fn read(mut body: Incoming) -> Result<Vec<u8>, Refusal> {
    let all = async {
        let mut bytes = Vec::new();
        let mut length = 0u64;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                Refusal::new(StatusCode::BAD_REQUEST, format!("the body broke off: {error}"))
            })?;
            let Some(data) = frame.data_ref() else { continue };
            length += data.len() as u64;
            if length <= MOST as u64 {
                // Not twice as much as is needed, as a vector grows by itself.
                bytes.reserve_exact(data.len());
                bytes.extend_from_slice(data);
            }
        }
        if length > MOST as u64 {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("expected at most {MOST} bytes, found {length}"),
            ));
        }
        Ok(bytes)
    };
    tokio::time::timeout(TIME, all).await.unwrap_or_else(|_| {
        let reason = format!("the body did not come within {} seconds", TIME.as_secs());
        Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, reason))
    })
}
