//! The forms of results on stdout.

/// How to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Header, a line an epoch, summary.
    Text,
    /// The summary only.
    Quiet,
    /// One JSON object a line.
    Json,
}

/// How many threads there are, and for what.
pub fn threads_line(threads: usize, asked: Option<usize>, one_a_run: bool) -> String {
    match asked {
        Some(asked) if asked > threads => format!("Threads   {threads}, one a core ({asked} asked for)"),
        _ if one_a_run => format!("Threads   {threads}, one a run"),
        _ => format!("Threads   {threads}"),
    }
}
