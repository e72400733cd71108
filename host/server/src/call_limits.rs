//! What an operator lowers of the limits of a call: the table `[call-limits]` of the settings file.

use std::time::Duration;

use serde::Deserialize;
use windlass_sandbox::CallLimits;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// The table as it is written; a member that is left out stays at its default, which is the most.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lowered {
    /// Linear memory, tables, and what the host holds for the call.
    memory_mib: Option<u64>,
    /// CPU time of the call.
    cpu_ms: Option<u64>,
    /// Real time of the call, waiting included.
    wall_ms: Option<u64>,
    table_elements: Option<u64>,
    /// Requests, answers and rows that are open at one moment.
    handles: Option<u64>,
    /// What one crossing between connector and host may carry.
    host_call_mib: Option<u64>,
    /// A page, or the output of an action.
    output_mib: Option<u64>,
    checkpoint_kib: Option<u64>,
    /// Records of a page.
    records: Option<u64>,
    log_kib: Option<u64>,
    storage_mib: Option<u64>,
    storage_keys: Option<u64>,
}

/// A number that is no limit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {most}: a limit can only be lowered, and a call needs some of everything")]
pub struct NoLimit {
    pub name: &'static str,
    pub value: u64,
    pub most: u64,
}

impl Lowered {
    /// The limits of every call of this host.
    pub fn limits(&self) -> Result<CallLimits, NoLimit> {
        let most = CallLimits::default();
        Ok(CallLimits {
            memory_bytes: size("memory-mib", self.memory_mib, most.memory_bytes, MIB)?,
            cpu: time("cpu-ms", self.cpu_ms, most.cpu)?,
            wall: time("wall-ms", self.wall_ms, most.wall)?,
            table_elements: size("table-elements", self.table_elements, most.table_elements, 1)?,
            handles: size("handles", self.handles, most.handles, 1)?,
            bytes_per_host_call: size("host-call-mib", self.host_call_mib, most.bytes_per_host_call, MIB)?,
            output_bytes: size("output-mib", self.output_mib, most.output_bytes, MIB)?,
            checkpoint_bytes: size("checkpoint-kib", self.checkpoint_kib, most.checkpoint_bytes, KIB)?,
            records: size("records", self.records, most.records, 1)?,
            log_bytes: size("log-kib", self.log_kib, most.log_bytes, KIB)?,
            storage_bytes: count("storage-mib", self.storage_mib, most.storage_bytes, MIB)?,
            storage_keys: count("storage-keys", self.storage_keys, most.storage_keys, 1)?,
        })
    }
}

fn size(name: &'static str, value: Option<u64>, most: usize, unit: u64) -> Result<usize, NoLimit> {
    let lowered = lowered(name, value, most as u64 / unit)?;
    Ok(lowered.map_or(most, |value| (value * unit) as usize))
}

fn count(name: &'static str, value: Option<u64>, most: i64, unit: u64) -> Result<i64, NoLimit> {
    let lowered = lowered(name, value, most as u64 / unit)?;
    Ok(lowered.map_or(most, |value| (value * unit) as i64))
}

fn time(name: &'static str, value: Option<u64>, most: Duration) -> Result<Duration, NoLimit> {
    Ok(lowered(name, value, most.as_millis() as u64)?.map_or(most, Duration::from_millis))
}

fn lowered(name: &'static str, value: Option<u64>, most: u64) -> Result<Option<u64>, NoLimit> {
    match value {
        Some(value) if value == 0 || value > most => Err(NoLimit { name, value, most }),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(table: &str) -> Result<CallLimits, NoLimit> {
        toml::from_str::<Lowered>(table).expect("a table").limits()
    }

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        assert_eq!(limits(""), Ok(CallLimits::default()));
        let lowered = limits("memory-mib = 16\ncpu-ms = 500\nstorage-keys = 3").unwrap();
        let expected = CallLimits {
            memory_bytes: 16 << 20,
            cpu: Duration::from_millis(500),
            storage_keys: 3,
            ..CallLimits::default()
        };
        assert_eq!(lowered, expected);
    }

    #[test]
    fn a_limit_is_never_raised_and_never_nothing() {
        for (table, name, most) in [
            ("memory-mib = 129", "memory-mib", 128),
            ("wall-ms = 120001", "wall-ms", 120_000),
            ("storage-mib = 17", "storage-mib", 16),
            ("handles = 0", "handles", 1_000),
        ] {
            let refused = limits(table).unwrap_err();
            assert_eq!((refused.name, refused.most), (name, most));
        }
        assert_eq!(limits("memory-mib = 128\nrecords = 10000\nlog-kib = 64"), Ok(CallLimits::default()));
    }

    #[test]
    fn an_unknown_limit_is_named() {
        let error = toml::from_str::<Lowered>("memory = 3").unwrap_err().to_string();
        assert!(error.contains("unknown field `memory`"), "{error}");
    }
}
