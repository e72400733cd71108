//! What comes next for a version, as sentences.

use crate::{activation::Guard, every};

pub fn first(version: &str, first: Option<&str>, guard: Guard) -> String {
    let (calls, time) = (guard.calls, every::text(guard.time_ms));
    match first {
        Some(first) => {
            format!("{version} is active for {first} first; for all after {calls} good calls or {time}")
        }
        None => format!("{version} is active for no connection yet; for all after {time}"),
    }
}

pub fn watched(version: &str, guard: Guard) -> String {
    let time = every::text(guard.confirm_ms());
    format!("{version} is active; it goes back by itself if it fails within {time}")
}
