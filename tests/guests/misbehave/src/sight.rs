//! What a component sees of the world around it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use serde_json::json;
use windlass_sdk::{Page, Result, http, storage};

/// Keys that another connection, or the host itself, might use.
const GUESSES: [&str; 5] = ["secret", "fill/0", "../other/secret", "/etc/passwd", "other\u{0}secret"];

#[expect(clippy::disallowed_methods, reason = "shows what they give to a component")]
pub fn report() -> Result<Page> {
    let before = Instant::now();
    let spun = (0..5_000_000_u64).fold(0, |sum: u64, n| sum.wrapping_mul(31).wrapping_add(n));
    let seen = json!({
        "now-ms": since_1970().as_millis().to_string(),
        "clock-moved-while-computing-ns": before.elapsed().as_nanos().to_string(),
        "spun": spun.to_string(),
        "arguments": env::args().collect::<Vec<_>>(),
        "variables": env::vars().collect::<Vec<_>>(),
        "folder": env::current_dir().map(|path| path.display().to_string()).ok(),
        "root": outcome(fs::read_dir("/").map(Iterator::count)),
        "passwd": outcome(fs::read_to_string("/etc/passwd")),
        "written": outcome(fs::write("/tmp/windlass-guest", "x")),
        "connected": outcome(TcpStream::connect("127.0.0.1:22")),
        "resolved": outcome("localhost:80".to_socket_addrs().map(Iterator::count)),
        "chance": format!("{:016x}", RandomState::new().hash_one(0)),
    });
    Ok(Page::new().record("report", seen.to_string()))
}

/// Everything that storage shows; a connection sees what it wrote itself, and nothing else.
pub fn storage() -> Result<Page> {
    let keys: Vec<String> = storage::list("", None, 1000)?.into_iter().map(|(key, _)| key).collect();
    let guessed: Vec<&str> =
        GUESSES.into_iter().filter(|key| storage::get(key).is_ok_and(|value| value.is_some())).collect();
    storage::set("secret", b"of this connection")?;
    let seen = json!({ "listed": keys, "guessed": guessed });
    Ok(Page::new().record("storage", seen.to_string()))
}

/// Everything that ever came to this instance: its configuration, the answer with its headers, what was read
/// of storage. Whatever of it was not written over is still in memory.
pub fn recall(target: &str) -> Result<Page> {
    let answer = http::get(target).header("x-marker", "marker-of-the-request").send()?;
    storage::set("answer", &answer.bytes())?;
    let kept = storage::get("answer")?.unwrap_or_default();
    let seen = json!({
        "headers": answer.headers(),
        "answer": answer.text()?,
        "kept": String::from_utf8_lossy(&kept),
        "memory": visible(),
    });
    Ok(Page::new().record("memory", seen.to_string()))
}

/// The letters, digits and other visible characters of all of memory, with a space where others were.
fn visible() -> String {
    let mut text = String::with_capacity(memory_bytes());
    // Nothing is at address 0.
    for address in 1..memory_bytes() {
        #[expect(unsafe_code, reason = "looking at everything is the case")]
        // SAFETY: every address of a component's memory can be read, whatever stands there.
        let byte = unsafe { std::ptr::with_exposed_provenance::<u8>(address).read_volatile() };
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else if !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text
}

#[cfg(target_arch = "wasm32")]
fn memory_bytes() -> usize {
    const PAGE_BYTES: usize = 64 << 10;
    core::arch::wasm32::memory_size::<0>() * PAGE_BYTES
}

/// Only a component's memory begins at 0 and has an end.
#[cfg(not(target_arch = "wasm32"))]
fn memory_bytes() -> usize {
    0
}

#[expect(clippy::disallowed_methods, reason = "shows what it gives to a component")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What came of an attempt, as text.
fn outcome<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("done: {value:?}"),
        Err(error) => format!("refused: {error}"),
    }
}
