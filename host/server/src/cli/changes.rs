//! `windlass changes`.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    Context, Ended,
    client::Ask,
    failure::{Exit, Failure},
    output,
    table::cell,
};

/// Changes of one question.
const AT_ONCE: u64 = 500;
/// Seconds one question of a follower waits.
const FOLLOW_WAIT_S: u64 = 30;

#[derive(clap::Args)]
pub struct Changes {
    connection: String,
    stream: String,
    /// Only later ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
    /// The most changes [default: all]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Go on with what comes
    #[arg(long)]
    follow: bool,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    after: i64,
    latest: i64,
}

impl Changes {
    /// With `--json` one answer of all pages; a follower, which has no end, prints one change a line.
    pub fn run(self, context: &Context) -> Ended {
        let mut out = io::stdout().lock();
        let whole = context.json && !self.follow;
        if whole {
            write!(out, "{{\"items\":[")?;
        } else if !context.json {
            writeln!(out, "{}", columns(["SEQUENCE", "KIND", "KEY", "ORIGIN", "AT"].map(str::to_owned)))?;
        }
        let mut first = true;
        let last = self.each(context, |page| {
            for change in &page.items {
                let comma = if whole && !std::mem::take(&mut first) { "," } else { "" };
                match (whole, context.json) {
                    (true, _) => write!(out, "{comma}{}", change.get())?,
                    (false, true) => writeln!(out, "{}", change.get())?,
                    (false, false) => writeln!(out, "{}", line(change))?,
                }
            }
            out.flush()
        })?;
        if whole {
            writeln!(out, "],\"after\":{},\"latest\":{}}}", last.after, last.latest)?;
        }
        Ok(Exit::Done)
    }

    /// Every page asked for; gives the last one.
    fn each(
        &self,
        context: &Context,
        mut print: impl FnMut(&Page) -> io::Result<()>,
    ) -> Result<Page, Failure> {
        let path = ["connections", &self.connection, "streams", &self.stream, "changes"];
        let wait = if self.follow { FOLLOW_WAIT_S } else { 0 };
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut after = self.after;
        loop {
            let limit = left.clamp(1, AT_ONCE);
            let ask = Ask::get(&path).query("after", after).query("limit", limit).query("wait", wait);
            let mut page: Page = context.client.ask(ask)?.parse()?;
            page.items.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            print(&page)?;
            left -= page.items.len() as u64;
            after = page.after;
            if left == 0 || (!self.follow && (page.items.is_empty() || after >= page.latest)) {
                return Ok(page);
            }
        }
    }
}

fn line(change: &RawValue) -> String {
    let change: Value = serde_json::from_str(change.get()).unwrap_or_default();
    columns(
        ["/sequence", "/kind", "/key", "/origin", "/at"]
            .map(|pointer| output::plain(&cell(&change, pointer))),
    )
}

/// Fixed widths: a follower prints line by line.
fn columns([sequence, kind, key, origin, at]: [String; 5]) -> String {
    format!("{sequence:>8}  {kind:<7}  {key:<20}  {origin:<12}  {at}")
}
