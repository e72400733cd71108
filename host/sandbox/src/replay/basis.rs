//! What a call's result depends on, beside its request, its configuration and its exchanges.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Ending;
use crate::{capability::records::NotRead, egress::LimitError, limits::CallLimits};

/// Everything that a replay needs besides the trace's other members; and how the call ended, so that a
/// replay can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The version of the contract that the call was made under.
    pub contract: String,
    pub limits: CallLimits,
    /// In order; guest time moves with them and only with them.
    pub returns: Vec<Return>,
    /// In order. None if they were too large to be kept.
    pub reads: Option<Vec<Read>>,
    pub ending: Ending,
}

/// An import returned to the guest, at this time: Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return(pub Import, pub i64);

/// The imports that move guest time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Import {
    Http,
    Storage,
    RateLimit,
    Records,
}

/// One look at what stands outside the call, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    Get {
        key: String,
        answer: Result<Option<Blob>, String>,
    },
    List {
        prefix: String,
        after: Option<String>,
        limit: usize,
        answer: Result<Vec<(String, Blob)>, String>,
    },
    Used {
        answer: Result<(i64, i64), String>,
    },
    Remaining {
        limit: String,
        answer: Result<u32, LimitError>,
    },
    Acquire {
        limit: String,
        n: u32,
        answer: Result<(), LimitError>,
    },
    BlockUntil {
        limit: String,
        until: i64,
        answer: Result<(), LimitError>,
    },
    Record {
        role: String,
        stream: String,
        key: String,
        answer: Result<Option<Found>, NotRead>,
    },
    Records {
        role: String,
        stream: String,
        after: Option<String>,
        limit: usize,
        answer: Result<Vec<Found>, NotRead>,
    },
}

/// A record that a flow was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub key: String,
    pub sequence: i64,
    pub json: Blob,
}

/// Bytes that a trace keeps apart from its JSON; see [`Basis::blobs`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob(#[serde(with = "crate::egress::base64_body")] pub Bytes);

impl Basis {
    /// Whether the call was ended from outside, so that its result depends on the machine it ran on.
    pub fn is_killed(&self) -> bool {
        self.ending.failed.as_ref().is_some_and(Ending::is_kill)
    }

    /// Every blob, always in the same order.
    pub fn blobs(&mut self) -> impl Iterator<Item = &mut Bytes> {
        let reads = self.reads.iter_mut().flatten().flat_map(Read::blobs);
        reads.chain(self.ending.blobs()).map(|blob| &mut blob.0)
    }
}

impl Read {
    fn blobs(&mut self) -> Vec<&mut Blob> {
        match self {
            Read::Get { answer: Ok(Some(value)), .. } => vec![value],
            Read::List { answer: Ok(entries), .. } => entries.iter_mut().map(|(_, value)| value).collect(),
            Read::Record { answer: Ok(Some(found)), .. } => vec![&mut found.json],
            Read::Records { answer: Ok(found), .. } => found.iter_mut().map(|one| &mut one.json).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether both look at the same thing, whatever they saw.
    pub(super) fn asks_the_same(&self, other: &Read) -> bool {
        use Read::{Acquire, BlockUntil, Get, List, Record, Records, Remaining, Used};
        match (self, other) {
            (Get { key, .. }, Get { key: other, .. }) => key == other,
            (List { prefix, after, limit, .. }, List { prefix: p, after: a, limit: l, .. }) => {
                (prefix, after, limit) == (p, a, l)
            }
            (Used { .. }, Used { .. }) => true,
            (Remaining { limit, .. }, Remaining { limit: other, .. }) => limit == other,
            (Acquire { limit, n, .. }, Acquire { limit: l, n: m, .. }) => (limit, n) == (l, m),
            (BlockUntil { limit, until, .. }, BlockUntil { limit: l, until: u, .. }) => {
                (limit, until) == (l, u)
            }
            (Record { role, stream, key, .. }, Record { role: r, stream: s, key: k, .. }) => {
                (role, stream, key) == (r, s, k)
            }
            (
                Records { role, stream, after, limit, .. },
                Records { role: r, stream: s, after: a, limit: l, .. },
            ) => (role, stream, after, limit) == (r, s, a, l),
            _ => false,
        }
    }

    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        let answer = match self {
            Read::Get { answer: Ok(Some(value)), .. } => value.0.len(),
            Read::List { answer: Ok(entries), .. } => {
                entries.iter().map(|(key, value)| key.len() + value.0.len()).sum()
            }
            Read::Record { answer: Ok(Some(found)), .. } => found.json.0.len(),
            Read::Records { answer: Ok(found), .. } => {
                found.iter().map(|one| one.key.len() + one.json.0.len()).sum()
            }
            _ => 0,
        };
        size_of::<Read>() + answer
    }

    /// For people: what was looked at.
    pub(super) fn question(&self) -> String {
        match self {
            Read::Get { key, .. } => format!("the storage's key {key}"),
            Read::List { prefix, .. } => format!("the storage's keys that begin with {prefix:?}"),
            Read::Used { .. } => "how much the storage holds".to_owned(),
            Read::Remaining { limit, .. } => format!("what is left of the limit {limit}"),
            Read::Acquire { limit, n, .. } => format!("{n} of the limit {limit}"),
            Read::BlockUntil { limit, .. } => format!("that the limit {limit} is blocked"),
            Read::Record { role, stream, key, .. } => format!("the record {key} of {stream} in {role}"),
            Read::Records { role, stream, .. } => format!("the records of {stream} in {role}"),
        }
    }
}
