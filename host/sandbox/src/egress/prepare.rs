//! Judges a request and makes it ready, before anything is counted or sent.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use bytes::Bytes;

use super::{Egress, HttpError, WireRequest, attach::attach, headers, login::PreparedLogin};
use crate::spec::RequestFacts;

/// A timeout of nothing could never be met, and would leave an open intent behind.
const MIN_TIMEOUT: Duration = Duration::from_millis(10);

/// A request that is allowed and complete, but for the token of a session.
#[derive(Clone)]
pub(super) struct Prepared {
    pub wire: WireRequest,
    /// Before credentials: for intents.
    pub address: String,
    pub safe: bool,
    /// By limit.
    pub costs: Vec<(String, u32)>,
    /// Statuses of an answer that say that the vendor has done nothing.
    pub refusals: Vec<u16>,
}

impl Prepared {
    /// The request with one more header.
    pub fn with_header(&self, header: (String, String)) -> Prepared {
        let mut with = self.clone();
        with.wire.headers.push(header);
        with
    }
}

impl Egress {
    pub(super) fn prepare(
        &self,
        method: String,
        address: &str,
        mut headers: Vec<(String, String)>,
        body: Bytes,
        timeout: Option<Duration>,
    ) -> Result<(Prepared, Option<PreparedLogin>), HttpError> {
        check_method(&method).map_err(HttpError::overstepped)?;
        let allowed = self.grant.check(address)?;
        let attached = self.grant.attachments(&allowed.url);
        headers::check(&headers, attached, self.bounds.max_headers).map_err(HttpError::overstepped)?;
        headers::check_query(&allowed.url, attached).map_err(HttpError::overstepped)?;
        self.check_size(address, &headers, &body)?;
        let facts = RequestFacts::new(&method, &allowed.url, content_type(&headers), &body);
        let (safe, costs) = (self.spec.is_safe(&facts), self.spec.costs(&facts));
        let (mut url, address) = (allowed.url.clone(), allowed.url.to_string());
        self.webhooks.fill_url(&mut url)?;
        let body = self.webhooks.fill_body(body)?;
        attach(&self.grant, &self.config, &self.credentials, &mut url, &mut headers)
            .map_err(HttpError::denied)?;
        let login = self.grant.login(&allowed.url).map(|login| self.prepare_login(login)).transpose()?;
        self.count()?;
        let refusals = login.as_ref().map(|login| login.login.renew_on.clone()).unwrap_or_default();
        let wire = WireRequest {
            method,
            url,
            headers,
            body,
            timeout: timeout
                .unwrap_or(self.bounds.default_timeout)
                .min(self.bounds.max_timeout)
                .max(MIN_TIMEOUT),
            max_body_bytes: self.bounds.max_body_bytes,
            reach: allowed.reach,
        };
        Ok((Prepared { wire, address, safe, costs, refusals }, login))
    }

    fn check_size(&self, address: &str, headers: &[(String, String)], body: &Bytes) -> Result<(), HttpError> {
        let headers: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let (size, max) = (address.len() + headers + body.len(), self.bounds.max_request_bytes);
        if size > max {
            return Err(HttpError::overstepped(format!(
                "the request has {size} bytes; at most {max} are sent"
            )));
        }
        Ok(())
    }

    /// Counts the request against the call: so many were booked for it.
    fn count(&self) -> Result<(), HttpError> {
        let max = self.bounds.max_requests;
        if self.requests.fetch_add(1, Relaxed) >= max {
            return Err(HttpError::overstepped(format!(
                "this call may make {max} requests; for more, raise `max-requests` of the stream, action or webhook in the spec"
            )));
        }
        Ok(())
    }
}

/// None when there are several: the vendor might believe another one than we.
fn content_type(headers: &[(String, String)]) -> Option<&str> {
    let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match (given.next(), given.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

fn check_method(method: &str) -> Result<(), String> {
    let is_word =
        !method.is_empty() && method.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !is_word || matches!(method, "CONNECT" | "TRACE") {
        return Err(format!("`{}` is not a method for requests", method.escape_debug()));
    }
    Ok(())
}
