//! How a call ended, small enough to be kept with every trace and exact enough to compare by.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Blob;
use crate::{
    calls::ActOutcome,
    capability::storage::StorageWrite,
    error::CallFailure,
    page::{Page, PageRecord},
    react::Reaction,
    receive::DeliveryOutcome,
};

/// What a call returned: records and storage by their sums, the rest as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<StreamEnding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    #[serde(default)]
    pub more: bool,
    /// JSON: a page's extras, an action's output, what a delivery or a change asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Blob>,
    /// What the call wrote to storage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<Written>,
}

/// What a call did to one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEnding {
    /// Empty where the call was asked for one stream.
    pub stream: String,
    /// Of the records, in order.
    pub keys: Vec<String>,
    /// A [`sum`] for each key: eight bytes, little end first.
    pub sums: Blob,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
}

/// A write to storage; one that deletes has no sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub key: String,
    pub sum: Option<u64>,
}

/// Why the call returned nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Of [`CallFailure::code`].
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extras: Option<String>,
}

/// Of a record's or a value's bytes. Each step is a bijection, so that one word that differs always shows,
/// and several that differ show but for chance. It guards against chance and not against malice: a host compares
/// what it wrote itself with what it made again. A cryptographic hash would be a part of the shortest calls
/// that shows.
pub fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
    let mut last = [0; size_of::<u64>()];
    last[..rest.len()].copy_from_slice(rest);
    let add =
        |sum: u64, word: &[u8; 8]| (sum.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD);
    let sum = add(words.iter().fold(bytes.len() as u64, add), &last);
    sum ^ sum >> 32
}

/// Odd, with its ones well spread: the golden ratio's first 64 bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What an export returns.
pub trait Outcome {
    /// Records with the stream they are of.
    fn records(&self) -> Vec<(&str, &PageRecord)> {
        Vec::new()
    }

    /// Adds what it says to an ending.
    fn tell(&self, ending: &mut Ending);
}

impl Ending {
    pub(crate) fn of<T: Outcome>(outcome: &Result<T, CallFailure>, written: &[StorageWrite]) -> Ending {
        let mut ending = Ending::default();
        match outcome {
            Ok(outcome) => outcome.tell(&mut ending),
            Err(failure) => ending.failed = Some(Failed::from(failure)),
        }
        let written = written.iter();
        ending.written = written
            .map(|write| Written { key: write.key.clone(), sum: write.value.as_deref().map(sum) })
            .collect();
        ending
    }

    /// Whether a failure is the machine's or the host's: time, memory, or what the host could not do.
    pub fn is_kill(failed: &Failed) -> bool {
        matches!(failed.code.as_str(), "call.cpu" | "call.time" | "call.memory" | "host")
    }

    pub(super) fn blobs(&mut self) -> impl Iterator<Item = &mut Blob> {
        self.streams.iter_mut().map(|stream| &mut stream.sums).chain(&mut self.output)
    }
}

impl StreamEnding {
    fn of(stream: &str, page: &Page) -> StreamEnding {
        let sums: Vec<u8> =
            page.records.iter().flat_map(|record| sum(record.json.as_bytes()).to_le_bytes()).collect();
        StreamEnding {
            stream: stream.to_owned(),
            keys: page.records.iter().map(|record| record.key.clone()).collect(),
            sums: Blob(sums.into()),
            deleted: page.deleted.clone(),
        }
    }

    /// Key and sum of every record, in order.
    pub fn records(&self) -> impl Iterator<Item = (&str, u64)> {
        let sums = self.sums.0.chunks_exact(size_of::<u64>());
        let sums = sums.map(|sum| sum.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        self.keys.iter().map(String::as_str).zip(sums)
    }
}

impl From<&CallFailure> for Failed {
    fn from(failure: &CallFailure) -> Self {
        let told =
            Failed { code: failure.code().to_owned(), message: failure.to_string(), ..Failed::default() };
        match failure {
            CallFailure::Guest(error) => Failed {
                vendor_code: error.code.clone(),
                until: error.until,
                extras: error.extras.clone(),
                ..told
            },
            _ => told,
        }
    }
}

impl Outcome for Page {
    fn records(&self) -> Vec<(&str, &PageRecord)> {
        self.records.iter().map(|record| ("", record)).collect()
    }

    fn tell(&self, ending: &mut Ending) {
        ending.streams.push(StreamEnding::of("", self));
        ending.checkpoint = self.checkpoint.clone();
        ending.more = self.more;
        ending.output = self.left.map(|left| blob(&left.into()));
    }
}

impl Outcome for ActOutcome {
    fn tell(&self, ending: &mut Ending) {
        match self {
            ActOutcome::Done(json) => ending.output = Some(Blob(json.clone().into())),
            ActOutcome::Again { state, not_before } => {
                ending.more = true;
                ending.output = Some(blob(&json!({ "state": state, "not_before": not_before })));
            }
        }
    }
}

/// What `check` says, or a checkpoint that was carried over.
impl Outcome for Option<String> {
    fn tell(&self, ending: &mut Ending) {
        ending.checkpoint = self.clone();
    }
}

impl Outcome for DeliveryOutcome {
    fn records(&self) -> Vec<(&str, &PageRecord)> {
        let streams = self.streams.iter();
        streams
            .flat_map(|(stream, page)| page.records.iter().map(|record| (stream.as_str(), record)))
            .collect()
    }

    fn tell(&self, ending: &mut Ending) {
        ending.streams = self.streams.iter().map(|(stream, page)| StreamEnding::of(stream, page)).collect();
        if self.reads.is_empty() && self.actions.is_empty() {
            return;
        }
        let actions = self.actions.iter().map(|ask| json!([ask.action, ask.key, ask.input]));
        ending.output = Some(blob(&json!({ "reads": self.reads, "actions": actions.collect::<Vec<_>>() })));
    }
}

impl Outcome for Vec<Reaction> {
    fn tell(&self, ending: &mut Ending) {
        let reaction = |reaction: &Reaction| match reaction {
            Reaction::Done => json!("done"),
            Reaction::Hold(reason) => json!({ "hold": reason }),
            Reaction::Act(commands) => {
                let asked = commands.iter().map(|ask| json!([ask.role, ask.action, ask.input]));
                json!({ "act": asked.collect::<Vec<_>>() })
            }
        };
        ending.output = Some(blob(&self.iter().map(reaction).collect()));
    }
}

fn blob(value: &serde_json::Value) -> Blob {
    Blob(value.to_string().into())
}
