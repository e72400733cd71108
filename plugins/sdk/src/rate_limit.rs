//! For what the host cannot see of a limit: costs, and block messages inside a body. Limits are
//! named as in the spec; nothing here can raise one.

use crate::{Result, backend};

/// How many requests still have room now.
pub fn remaining(limit: &str) -> Result<u32> {
    backend::limit_remaining(limit)
}

/// Counts `n` more against the limit.
pub fn acquire(limit: &str, n: u32) -> Result<()> {
    backend::limit_acquire(limit, n)
}

/// No request of this limit is sent before `until_ms` (milliseconds since 1970).
pub fn block_until(limit: &str, until_ms: u64) -> Result<()> {
    backend::limit_block_until(limit, until_ms)
}
