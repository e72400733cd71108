//! Time that a test moves on, for simulated vendors and real programs alike: hours in which nothing
//! happens are skipped, and what happens takes as long as it does.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::folder::Folder;
use crate::simulator::Now;

/// A clock that begins at the machine's time and goes as fast, but for what is skipped. Clones are the
/// same clock.
#[derive(Clone, Debug)]
pub struct Timeline {
    began: Instant,
    began_unix_ms: i64,
    skipped: Arc<Skipped>,
}

#[derive(Debug, Default)]
struct Skipped {
    ms: AtomicU64,
    /// Holds the file that programs read; made for the first program.
    folder: Mutex<Option<Folder>>,
}

impl Timeline {
    #[expect(clippy::disallowed_methods, reason = "the one place of the tests")]
    pub fn begin() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_unix_ms: unix.as_millis() as i64, skipped: Arc::default() }
    }

    pub fn now(&self) -> Now {
        let mono = self.began.elapsed() + self.skipped();
        Now { mono, unix_ms: self.began_unix_ms + mono.as_millis() as i64 }
    }

    /// Moves the clock on, for simulated vendors a moment before it does for programs: so no program is
    /// ever ahead of the vendor.
    pub fn skip(&self, time: Duration) {
        let folder = self.skipped.folder.lock().unwrap_or_else(PoisonError::into_inner);
        self.skipped.ms.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        if let Some(folder) = folder.as_ref() {
            self.tell(folder);
        }
    }

    /// Moves the clock on to a moment, if that lies ahead.
    pub fn skip_to(&self, unix_ms: i64) {
        if let Ok(ms) = u64::try_from(unix_ms - self.now().unix_ms) {
            self.skip(Duration::from_millis(ms));
        }
    }

    /// What faketime is told by the environment of a program that shows this clock, the monotonic one
    /// included.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut folder = self.skipped.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder.get_or_insert_with(|| Folder::new().expect("a temporary folder"));
        self.tell(folder);
        let file = folder.path().join(FILE).display().to_string();
        // Read at every look at the clock. A program that learned of skipped time a second late would
        // believe of what it did in that second that it was long ago.
        vec![("FAKETIME_TIMESTAMP_FILE", file), ("FAKETIME_NO_CACHE", "1".into())]
    }

    fn skipped(&self) -> Duration {
        Duration::from_millis(self.skipped.ms.load(Ordering::Relaxed))
    }

    /// In one step: a program that reads meanwhile finds the former time or this one.
    fn tell(&self, folder: &Folder) {
        let written = folder.path().join("next");
        let shift = format!("+{:.3}\n", self.skipped().as_secs_f64());
        fs::write(&written, shift).expect("a temporary file can be written");
        fs::rename(&written, folder.path().join(FILE)).expect("a temporary file can be renamed");
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Self::begin()
    }
}

/// The file that programs read.
const FILE: &str = "shift";
