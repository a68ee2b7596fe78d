//! One request to one mirror: bytes into the `.part` file, from where it ends.

use std::io::Read;
use std::time::Instant;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body, Timeout};

use super::part::PartialFile;
use super::{Remote, RemoteFile};
use crate::error::Error;

/// Bytes per block, and so the step of the progress.
const CHUNK: usize = 1 << 16;

/// Redirects followed before a mirror counts as broken.
const MAX_REDIRECTS: u32 = 4;

/// The reason for a mirror that has used up its time.
const TOO_SLOW: &str = "too slow";

/// Why a request brought no whole file.
pub(super) enum Failure {
    /// The mirror or the connection, as a message of one line: another mirror may work.
    Mirror(String),
    /// This machine: no mirror can help.
    Local(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

/// The client for all of a download's requests.
pub(super) fn agent(remote: &Remote) -> Agent {
    let mut config = Agent::config_builder()
        .user_agent(concat!("batchprop/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(MAX_REDIRECTS)
        .timeout_resolve(Some(remote.connect_timeout))
        .timeout_connect(Some(remote.connect_timeout))
        .timeout_send_request(Some(remote.read_timeout))
        .timeout_recv_response(Some(remote.read_timeout))
        .timeout_per_read(Some(remote.read_timeout));
    if !remote.proxy_from_environment {
        config = config.proxy(None);
    }
    config.build().into()
}

/// Fetches `file` from `mirror` into `part` up to the file's end, continuing where `part` ends if the mirror can,
/// and gives up at `deadline`, even if bytes still trickle in or the mirror redirects. Calls `progress` with the
/// bytes so far and, if the mirror tells it, the bytes of the whole file.
///
/// Returns how many bytes of an earlier request are part of the file. On failure `part` keeps what arrived.
pub(super) fn transfer(
    agent: &Agent,
    mirror: &str,
    file: &RemoteFile,
    part: &mut PartialFile,
    deadline: Instant,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<u64, Failure> {
    let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
    if part.length() > file.most_bytes() {
        part.clear()?;
    }
    let mut response = request(agent, &url, part.length(), deadline)?;
    let other_range = response.status() == StatusCode::RANGE_NOT_SATISFIABLE
        || response.status() == StatusCode::PARTIAL_CONTENT && range_start(&response) != Some(part.length());
    if other_range && part.length() > 0 {
        part.clear()?;
        response = request(agent, &url, 0, deadline)?;
    }
    match response.status() {
        StatusCode::PARTIAL_CONTENT if part.length() > 0 => {}
        // From the start, as asked, or because the mirror does not know ranges.
        StatusCode::OK => part.clear()?,
        status => return Err(Failure::Mirror(format!("HTTP status {status}"))),
    }
    let start = part.length();
    let total = response.body().content_length().map(|rest| start + rest);
    let too_long = || Failure::Mirror(format!("it sends more than {} bytes", file.most_bytes()));
    if total.is_some_and(|total| total > file.most_bytes()) {
        return Err(too_long());
    }
    progress(start, total);
    let mut body = response.body_mut().as_reader();
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = body
            .read(&mut chunk)
            .map_err(|error| Failure::Mirror(words(error.into())))?;
        if read == 0 {
            return Ok(start);
        }
        if part.length() + read as u64 > file.most_bytes() {
            part.clear()?;
            return Err(too_long());
        }
        part.append(&chunk[..read])?;
        progress(part.length(), total);
    }
}

fn request(agent: &Agent, url: &str, start: u64, deadline: Instant) -> Result<Response<Body>, Failure> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Failure::Mirror(TOO_SLOW.to_owned()));
    }
    let mut request = agent.get(url).config().timeout_global(Some(left)).build();
    if start > 0 {
        request = request.header(header::RANGE, format!("bytes={start}-"));
    }
    request.call().map_err(|error| Failure::Mirror(words(error)))
}

/// The first byte's place in the file, of a response that carries a range: `Content-Range: bytes 5-9/10`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.trim().parse().ok()
}

/// The client's error for people, on one line.
fn words(error: ureq::Error) -> String {
    let words = match error {
        ureq::Error::HostNotFound => "host not found".to_owned(),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => "no connection in time".to_owned(),
        ureq::Error::Timeout(Timeout::Global) => TOO_SLOW.to_owned(),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    // The rest of what the system says about an address names the cause.
    let words = words
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&words);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
