//! The capability calls of a component: they go to the host.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::bindings::connector::windlass::connector as host;
use super::bindings::flow::windlass::connector::records;
use crate::http::{Container, NoAnswer, Parts};
use crate::log::Level;
use crate::records::Record;
use crate::{Error, Result};

#[derive(Debug)]
pub(crate) struct Answer(host::http::Response);
#[derive(Debug)]
pub(crate) struct Rows(host::http::Rows);
#[derive(Debug)]
pub(crate) struct KeptRows(pub(crate) host::http::KeptRows);

pub(crate) fn config() -> String {
    host::config::get()
}

#[expect(clippy::disallowed_methods, reason = "a component's clock is the call's own, and read here alone")]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => host::log::Level::Debug,
        Level::Info => host::log::Level::Info,
        Level::Warn => host::log::Level::Warn,
        Level::Error => host::log::Level::Error,
    };
    host::log::write(level, message);
}

pub(crate) fn send(parts: Parts) -> Result<Answer, NoAnswer> {
    host::http::send(request(parts)).map(Answer).map_err(no_answer)
}

pub(crate) fn send_all(parts: Vec<Parts>) -> Vec<Result<Answer, NoAnswer>> {
    let requests = parts.into_iter().map(request).collect();
    let answers = host::http::send_all(requests).into_iter();
    answers.map(|answer| answer.map(Answer).map_err(no_answer)).collect()
}

fn request(parts: Parts) -> host::http::Request {
    let request = host::http::Request::new(&parts.method, &parts.url);
    for (name, value) in &parts.headers {
        request.add_header(name, value);
    }
    if let Some(body) = &parts.body {
        request.set_body(body);
    }
    if let Some(timeout_ms) = parts.timeout_ms {
        request.set_timeout_ms(timeout_ms);
    }
    request
}

fn no_answer(error: host::http::HttpError) -> NoAnswer {
    use host::http::ErrorKind;
    let message = error.message;
    let extras = error.extras.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    match error.kind {
        ErrorKind::Denied if extras.is_some_and(|extras| extras["kind"] == "auth") => {
            NoAnswer::LoginRefused(message)
        }
        ErrorKind::Denied => NoAnswer::Denied(message),
        ErrorKind::RateLimited => NoAnswer::RateLimited { message, until_ms: error.until },
        ErrorKind::Timeout => NoAnswer::Timeout(message),
        ErrorKind::TooLarge => NoAnswer::TooLarge(message),
        ErrorKind::Transport => NoAnswer::Transport(message),
        ErrorKind::Other => NoAnswer::Other(message),
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status()
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.0.headers()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.0.header(name)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }

    pub(crate) fn text(&self) -> Result<String, String> {
        self.0.text().map_err(|error| error.message)
    }

    pub(crate) fn field(&self, pointer: &str) -> Result<Option<String>, String> {
        self.0.field(pointer).map_err(|error| error.message)
    }

    pub(crate) fn pick(&self, pointer: &str, container: Container, key: &str) -> Result<Rows, String> {
        let container = match container {
            Container::Elements => host::http::Container::Elements,
            Container::Members => host::http::Container::Members,
        };
        self.0.pick(pointer, container, key).map(Rows).map_err(|error| error.message)
    }
}

impl Rows {
    pub(crate) fn len(&self) -> u32 {
        self.0.len()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.keys()
    }

    pub(crate) fn fields(&self, pointers: &[String]) -> Vec<Vec<Option<String>>> {
        self.0.fields(pointers)
    }

    pub(crate) fn keep(&self, indices: &[u32]) -> Result<KeptRows, String> {
        self.0.keep(indices).map(KeptRows).map_err(|error| error.message)
    }
}

impl KeptRows {
    pub(crate) fn len(&self) -> u32 {
        self.0.len()
    }
}

pub(crate) fn storage_get(key: &str) -> Result<Option<Vec<u8>>> {
    host::storage::get(key).map_err(storage_error)
}

pub(crate) fn storage_set(key: &str, value: &[u8]) -> Result<()> {
    host::storage::set(key, value).map_err(storage_error)
}

pub(crate) fn storage_set_if(key: &str, expected: Option<&[u8]>, value: &[u8]) -> Result<bool> {
    host::storage::set_if(key, expected, value).map_err(storage_error)
}

pub(crate) fn storage_delete(key: &str) -> Result<()> {
    host::storage::delete(key).map_err(storage_error)
}

pub(crate) fn storage_list(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<(String, Vec<u8>)>> {
    host::storage::list(prefix, after, limit).map_err(storage_error)
}

fn storage_error(error: host::storage::StorageError) -> Error {
    let code = match error.kind {
        host::storage::ErrorKind::Quota => "storage-quota",
        host::storage::ErrorKind::InvalidKey => "storage-key",
        host::storage::ErrorKind::Other => "storage",
    };
    Error::other(code, error.message)
}

pub(crate) fn limit_remaining(limit: &str) -> Result<u32> {
    host::rate_limit::remaining(limit).map_err(limit_error)
}

pub(crate) fn limit_acquire(limit: &str, n: u32) -> Result<()> {
    host::rate_limit::acquire(limit, n).map_err(limit_error)
}

pub(crate) fn limit_block_until(limit: &str, until_ms: u64) -> Result<()> {
    host::rate_limit::block_until(limit, until_ms).map_err(limit_error)
}

fn limit_error(error: host::rate_limit::LimitError) -> Error {
    match error.kind {
        host::rate_limit::ErrorKind::RateLimited => {
            Error::rate_limited("rate-limited", error.message, error.until)
        }
        host::rate_limit::ErrorKind::UnknownLimit => Error::other("unknown-limit", error.message),
        host::rate_limit::ErrorKind::Other => Error::other("rate-limit", error.message),
    }
}

pub(crate) fn record_get(role: &str, stream: &str, key: &str) -> Result<Option<Record>> {
    Ok(records::get(role, stream, key).map_err(records_error)?.map(record))
}

pub(crate) fn record_list(role: &str, stream: &str, after: Option<&str>, limit: u32) -> Result<Vec<Record>> {
    let found = records::list(role, stream, after, limit).map_err(records_error)?;
    Ok(found.into_iter().map(record).collect())
}

fn record(found: records::Found) -> Record {
    Record { key: found.key, json: found.json, sequence: found.sequence }
}

fn records_error(error: records::RecordsError) -> Error {
    let code = match error.kind {
        records::ErrorKind::UnknownRole => "unknown-role",
        records::ErrorKind::UnknownStream => "unknown-stream",
        records::ErrorKind::Other => "records",
    };
    Error::other(code, error.message)
}
