//! The vendor's block messages: `Query limit exceeded, token blocked until 2022-05-03 17:15:34`.

use windlass_sdk::{clock, zone};

/// The error code of a block.
pub const CODE: &str = "ERROR_BLOCKED_TOKEN";
/// How the message of a block begins.
pub const WORDS: &str = "Query limit exceeded";

/// How long the vendor blocks a token as a rule; used when the moment makes no sense.
const USUAL_BLOCK_MS: u64 = 10 * 60 * 1000;
/// No block was ever seen to last so long: a later moment is a wrong time zone or a broken clock.
const LONGEST_BLOCK_MS: u64 = 24 * 60 * 60 * 1000;
/// The length of `2022-05-03 17:15:34`.
const MOMENT_LENGTH: usize = 19;

/// Until when the token is blocked; milliseconds since 1970.
pub fn until_ms(message: &str, time_zone: &str) -> u64 {
    let now = clock::now_ms();
    let believable = now + 1..=now + LONGEST_BLOCK_MS;
    named_moment_ms(message, time_zone)
        .filter(|moment| believable.contains(moment))
        .unwrap_or(now + USUAL_BLOCK_MS)
}

/// The moment at the end of the message, local to the time zone.
fn named_moment_ms(message: &str, time_zone: &str) -> Option<u64> {
    let message = message.trim_end_matches(['.', ' ']);
    let moment = message.get(message.len().checked_sub(MOMENT_LENGTH)?..)?;
    zone::local_to_ms(moment, time_zone).ok()
}
