//! What costs the host more memory than the guest.

use windlass_sdk::http::{self, Rows};
use windlass_sdk::{Page, Result};

use crate::{Misbehave, Misdeed};

const MEBIBYTE: usize = 1 << 20;

pub fn read(guest: &Misbehave) -> Result<Page> {
    match guest.misdeed {
        Misdeed::HoardRows => hoard_rows(guest),
        Misdeed::HoardRequests => hoard_requests(guest),
        Misdeed::KeepAgain => Ok(Page::of(rows(guest)?.keep(&vec![0; guest.amount as usize])?)),
        _ => {
            rows(guest)?.fields(&vec![""; guest.amount as usize]);
            Ok(Page::new())
        }
    }
}

/// The rows of an answer that is let go.
fn rows(guest: &Misbehave) -> Result<Rows> {
    http::get(guest.target()).send()?.pick("/rows", "/id")
}

fn hoard_rows(guest: &Misbehave) -> Result<Page> {
    let hoard: Result<Vec<_>> = (0..guest.amount).map(|_| rows(guest)).collect();
    hoard?.into_iter().try_fold(Page::new(), |page, rows| Ok(page.rows(rows.keep(&[0])?)))
}

fn hoard_requests(guest: &Misbehave) -> Result<Page> {
    let request = |_| http::post(guest.target()).body("text/plain", vec![b' '; MEBIBYTE]);
    let answers: Result<Vec<_>> =
        http::send_all((0..guest.amount).map(request).collect()).into_iter().collect();
    answers.map(|_| Page::new())
}
