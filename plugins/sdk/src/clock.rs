//! The call's time. It stands still while the connector computes and moves when an import returns.

use crate::backend;

/// Now; milliseconds since 1970.
pub fn now_ms() -> u64 {
    backend::now_ms()
}

/// Now; seconds since 1970.
pub fn now_seconds() -> u64 {
    now_ms() / 1000
}
