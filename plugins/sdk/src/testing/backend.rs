//! The capability calls of a native build: they go to the script of the test.

use serde_json::Value;

use super::{Answer as Scripted, answer::Whole, body, script};
use crate::http::{Container, NoAnswer, Parts};
use crate::log::Level;
use crate::{Error, Result};

#[derive(Debug)]
pub(crate) struct Answer(Whole);
#[derive(Debug)]
pub(crate) struct Rows(Vec<body::Row>);
#[derive(Debug)]
pub(crate) struct KeptRows(pub(super) Vec<body::Row>);

pub(crate) fn config() -> String {
    script::with(|script| script.config.clone())
}

pub(crate) fn now_ms() -> u64 {
    script::with(|script| script.now_ms)
}

pub(crate) fn log(level: Level, message: &str) {
    script::with(|script| script.log.push((level, message.into())));
}

pub(crate) fn send(parts: Parts) -> Result<Answer, NoAnswer> {
    let Scripted(answer) = script::with(|script| script.answer(parts.into()));
    answer.map(Answer)
}

pub(crate) fn send_all(parts: Vec<Parts>) -> Vec<Result<Answer, NoAnswer>> {
    parts.into_iter().map(send).collect()
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.0.headers.clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let found = self.0.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.body.clone()
    }

    pub(crate) fn text(&self) -> Result<String, String> {
        String::from_utf8(self.bytes()).map_err(|error| error.to_string())
    }

    pub(crate) fn field(&self, pointer: &str) -> Result<Option<String>, String> {
        Ok(body::parse(&self.0.body)?.pointer(pointer).map(Value::to_string))
    }

    pub(crate) fn pick(&self, pointer: &str, container: Container, key: &str) -> Result<Rows, String> {
        body::pick(&body::parse(&self.0.body)?, pointer, container, key).map(Rows)
    }
}

impl Rows {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).expect("a test has few rows")
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn fields(&self, pointers: &[String]) -> Vec<Vec<Option<String>>> {
        let cells =
            |row: &Value| pointers.iter().map(|pointer| row.pointer(pointer).map(Value::to_string)).collect();
        self.0.iter().map(|(_, row)| cells(row)).collect()
    }

    pub(crate) fn keep(&self, indices: &[u32]) -> Result<KeptRows, String> {
        let row = |&index: &u32| {
            self.0.get(index as usize).cloned().ok_or_else(|| format!("there is no row {index}"))
        };
        indices.iter().map(row).collect::<Result<_, _>>().map(KeptRows)
    }
}

impl KeptRows {
    #[cfg(test)]
    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).expect("a test has few rows")
    }
}

pub(crate) fn storage_get(key: &str) -> Result<Option<Vec<u8>>> {
    Ok(script::with(|script| script.storage.get(key).cloned()))
}

pub(crate) fn storage_set(key: &str, value: &[u8]) -> Result<()> {
    script::with(|script| script.storage.insert(key.into(), value.into()));
    Ok(())
}

pub(crate) fn storage_set_if(key: &str, expected: Option<&[u8]>, value: &[u8]) -> Result<bool> {
    let fits = storage_get(key)?.as_deref() == expected;
    if fits {
        storage_set(key, value)?;
    }
    Ok(fits)
}

pub(crate) fn storage_delete(key: &str) -> Result<()> {
    script::with(|script| script.storage.remove(key));
    Ok(())
}

pub(crate) fn storage_list(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = script::with(|script| script.storage.clone());
    let asked = entries
        .into_iter()
        .filter(|(key, _)| key.starts_with(prefix) && after.is_none_or(|after| &**key > after));
    Ok(asked.take(limit as usize).collect())
}

pub(crate) fn limit_remaining(_limit: &str) -> Result<u32> {
    Ok(script::with(|script| u32::try_from(script.requests_left).unwrap_or(u32::MAX)))
}

pub(crate) fn limit_acquire(limit: &str, n: u32) -> Result<()> {
    script::with(|script| {
        script.requests_left = script
            .requests_left
            .checked_sub(n.into())
            .ok_or_else(|| Error::rate_limited("rate-limited", format!("no room in `{limit}`"), None))?;
        Ok(())
    })
}

pub(crate) fn limit_block_until(limit: &str, until_ms: u64) -> Result<()> {
    script::with(|script| script.blocked.insert(limit.into(), until_ms));
    Ok(())
}
