//! One request: its address, its page, and what the answer means.

use windlass_sdk::http::{self, Request, Response};
use windlass_sdk::{Error, Result, clock, lenient, log, rate_limit};

use crate::{HOUR_SECONDS, ItsPerfect, LIMIT};

/// Requests that are left.
pub const LIMIT_LEFT: &str = "X-Request-Limit-Remaining";
/// When that is counted anew.
pub const LIMIT_RESET: &str = "X-Request-Limit-Date";

/// One page of a list.
#[derive(Debug)]
pub struct Listed {
    pub answer: Response,
    pub pages: Pages,
}

/// Where a page stands in its list, as its headers say.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// Counts from 1.
    pub page: u64,
    pub count: u64,
    /// Of all pages together.
    pub rows: u64,
}

impl ItsPerfect {
    /// Reads a page of a list, with more parameters. A path such as `items` gets the slash at its end
    /// that the vendor's own examples have.
    pub fn page(&self, path: &str, page: u64, parameters: &[(&str, &str)]) -> Result<Listed> {
        let answer = self.judge(self.list(path, page, parameters)?.send()?)?;
        let pages = Pages::of(&answer, page)?;
        Ok(Listed { answer, pages })
    }

    /// The request for a page of a list.
    pub fn list(&self, path: &str, page: u64, parameters: &[(&str, &str)]) -> Result<Request> {
        let request = http::get(self.url(&format!("{path}/"))?);
        let request = request.query("page", page).query("limit", self.page_size);
        Ok(parameters.iter().fold(request, |request, (name, value)| request.query(name, value)))
    }

    /// The answer if it is a success, as the vendor means it: two hundred without an `error`.
    pub fn judge(&self, answer: Response) -> Result<Response> {
        let words = answer.scalar("/error");
        self.refuse_over_limit(&answer, !answer.is_success() || matches!(words, Ok(Some(_))))?;
        let answer = answer.ok_or_saying("/error")?;
        match words? {
            None => Ok(answer),
            Some(words) => Err(Error::rejected("refused", format!("ItsPerfect refused: {words}"))),
        }
    }

    /// An error if this answer is one and refuses because the limit is used up. The vendor's status for
    /// that is not documented, so its headers are believed besides.
    pub fn refuse_over_limit(&self, answer: &Response, is_error: bool) -> Result<()> {
        let left = answer.header(LIMIT_LEFT).as_deref().and_then(lenient::integer);
        let is_status = answer.status() == 429 || self.limit_status == Some(answer.status());
        let is_used_up = left.is_some_and(|left| left <= 0);
        if !is_error || !(is_status || is_used_up) {
            return Ok(());
        }
        let message = format!("ItsPerfect refuses requests ({}): its limit is used up", answer.status());
        let is_told = matches!(answer.status(), 429 | 503) && answer.header("retry-after").is_some();
        if is_told || is_used_up {
            // The host has read until when.
            return Err(Error::rate_limited("request-limit", message, None));
        }
        // Nothing says until when; by then the hour is over, however it is counted.
        let until_ms = clock::now_ms() + u64::from(HOUR_SECONDS) * 1000;
        if let Err(error) = rate_limit::block_until(LIMIT, until_ms) {
            log::warn(format!("the used-up limit could not be noted: {error}"));
        }
        Err(Error::rate_limited("request-limit", message, Some(until_ms)))
    }
}

impl Pages {
    /// What the headers say of the page that was asked for. Without them it cannot be known whether the
    /// list goes on, and another page than the asked one would be read again and again.
    fn of(answer: &Response, asked: u64) -> Result<Self> {
        let number = |name: &str| {
            let value = answer.header(name);
            let number = value.as_deref().and_then(lenient::integer).and_then(|n| u64::try_from(n).ok());
            number.ok_or_else(|| {
                let message = format!(
                    "ItsPerfect's answer has no {name}: whether the list goes on cannot be known, so \
                     nothing of it is kept"
                );
                Error::other("no-pagination", message)
            })
        };
        let pages = Self {
            page: number("X-Pagination-Current-Page")?,
            count: number("X-Pagination-Page-Count")?,
            rows: number("X-Pagination-Total-Count")?,
        };
        if pages.count > 0 && pages.page != asked {
            let message = format!("page {asked} was asked for and page {} came", pages.page);
            return Err(Error::other("unexpected-page", message));
        }
        Ok(pages)
    }

    /// How many rows come after this page, which has so many.
    pub fn left(&self, here: usize) -> u64 {
        self.rows.saturating_sub(self.page.saturating_mul(here as u64))
    }

    /// The next page; none after the last.
    pub fn next(&self) -> Option<u64> {
        (self.page < self.count).then_some(self.page + 1)
    }
}
