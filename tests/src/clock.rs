//! Programs that go by another clock than the machine's.

use std::fs;
use std::path::PathBuf;

use crate::timeline::Timeline;

/// The clock of a program.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    Machine,
    /// The wall clock is shifted, as faketime writes it: `+3m`. The monotonic clock stays.
    Shifted(String),
    /// Wall clock and monotonic clock show this one.
    Skipping(Timeline),
}

impl Clock {
    /// What is set in the environment of a program that starts now.
    ///
    /// # Panics
    /// If libfaketime is missing: no test is skipped.
    pub fn variables(&self) -> Vec<(String, String)> {
        let more = match self {
            Self::Machine => return Vec::new(),
            // Time-outs must pass as they do; only what the clock on the wall says is wrong.
            Self::Shifted(shift) => vec![
                ("FAKETIME", shift.clone()),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
                ("DONT_FAKE_MONOTONIC", "1".into()),
            ],
            Self::Skipping(timeline) => timeline.variables(),
        };
        let variables = more.into_iter().chain([("LD_PRELOAD", library())]);
        variables.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The library that changes a process's clocks; Debian keeps it in a folder per architecture.
fn library() -> String {
    let folders = fs::read_dir("/usr/lib").expect("there is /usr/lib").flatten();
    let mut places = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found: Option<PathBuf> = places.find(|path| path.exists());
    let path = found.expect("libfaketime is missing: apt-get install libfaketime");
    path.into_os_string().into_string().expect("paths of tests are UTF-8")
}
