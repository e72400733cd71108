//! Where the stream of orders goes on.

use serde::{Deserialize, Serialize};

use crate::walk::Position;

/// The most orders that one sync reads again because of the journal. It bounds the checkpoint, and
/// how long newly confirmed orders wait for the next walk; the rest is read by the next sync.
const PENDING_MAX: usize = 1000;

/// The stream's checkpoint, format 1.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkpoint {
    /// The `order_status` it was made with; under another one it means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u64>,
    pub step: Step,
    pub walk: Position,
    /// The last journal entry that was seen; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<u64>,
    /// Orders that the journal named and that are to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<u64>,
    /// When the last days were last walked; Unix time in seconds.
    pub reread_at: u64,
}

/// What the next call does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    #[default]
    Start,
    JournalEnd,
    Walk,
    Journal,
    Reread,
}

impl Checkpoint {
    /// Keeps orders to be read, each once. More than fit into one sync are kept too: an entry that
    /// was read is not met again.
    pub fn remember(&mut self, orders: Vec<u64>) {
        for order in orders {
            if !self.pending.contains(&order) {
                self.pending.push(order);
            }
        }
    }

    /// Whether another page of the journal may be read.
    pub fn has_room(&self) -> bool {
        self.pending.len() < PENDING_MAX
    }

    /// The same place with the sync at its end.
    pub fn at_start(mut self) -> Self {
        self.step = Step::Start;
        self
    }
}
