//! Too much of everything: time, memory, stack, log, output, storage.

use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::thread;
use std::time::Duration;

use windlass_sdk::{Page, Result, log, storage};

use crate::{Misbehave, Misdeed};

const KIBIBYTE: usize = 1024;
const MEBIBYTE: usize = 1024 * KIBIBYTE;

/// Does a misdeed that makes no page; those that do not end do not return.
#[expect(clippy::disallowed_methods, reason = "sleeping is the misdeed")]
pub fn use_up(guest: &Misbehave) -> Result<()> {
    match guest.misdeed {
        Misdeed::Loop => spin(),
        Misdeed::Allocate => allocate(),
        Misdeed::Recurse => drop(black_box(recurse(0))),
        Misdeed::Panic => panic!("the guest panics, as it was asked to"),
        Misdeed::FloodLog => (0..guest.amount).for_each(|n| log::info(line(n))),
        Misdeed::FloodStderr => (0..guest.amount).for_each(|n| eprintln!("{}", line(n))),
        Misdeed::Sleep => thread::sleep(Duration::from_secs(guest.amount.into())),
        Misdeed::FillStorage => return fill_storage(guest.amount),
        _ => {}
    }
    Ok(())
}

/// A page that is too large.
pub fn page(guest: &Misbehave) -> Result<Page> {
    let amount = guest.amount as usize;
    match guest.misdeed {
        Misdeed::ManyRecords => Ok(records(amount, MEBIBYTE)),
        Misdeed::WidePage => Ok(records(amount, 1)),
        Misdeed::GiantRecord => Ok(records(1, amount * MEBIBYTE)),
        Misdeed::SharedRecords => Ok(shared_records(amount)),
        _ => Page::new().next(&"x".repeat(amount * MEBIBYTE)),
    }
}

fn records(count: usize, size: usize) -> Page {
    let json = format!("\"{}\"", "x".repeat(size));
    (0..count).fold(Page::new(), |page, n| page.record(n.to_string(), json.clone()))
}

/// Records that cost the guest a mebibyte together, and the host a mebibyte each.
fn shared_records(count: usize) -> Page {
    let json = ManuallyDrop::new(format!("\"{}\"", "x".repeat(MEBIBYTE)));
    (0..count).fold(Page::new(), |page, n| {
        #[expect(unsafe_code, reason = "two owners of one text are the misdeed")]
        // SAFETY: it is freed when the page has been handed over, more than once; by then the host
        // must have ended the call.
        let same = unsafe { String::from_raw_parts(json.as_ptr().cast_mut(), json.len(), json.capacity()) };
        page.record(n.to_string(), same)
    })
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn allocate() {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1_u8; MEBIBYTE]));
    }
}

/// Deep enough for any stack; the sum after the call keeps it from becoming a loop.
fn recurse(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX {
        return 0;
    }
    recurse(depth + 1) + black_box(1)
}

fn line(n: u32) -> String {
    format!("line {n} {}", "x".repeat(KIBIBYTE))
}

fn fill_storage(amount: u32) -> Result<()> {
    let value = vec![b'x'; 64 * KIBIBYTE];
    (0..amount).try_for_each(|n| storage::set(&format!("fill/{n}"), &value))
}
