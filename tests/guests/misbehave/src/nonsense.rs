//! Pages and errors that make no sense.

use windlass_sdk::{Error, Page, Result};

use crate::{Misbehave, Misdeed};

const MEBIBYTE: usize = 1024 * 1024;

pub fn page(guest: &Misbehave) -> Result<Page> {
    let good = Page::new().record("good", r#"{"n":1}"#);
    Ok(match guest.misdeed {
        Misdeed::NotJson => good.record("bad", r#"{"n":1"#),
        Misdeed::NulInKey => good.record("ba\0d", r#"{"n":1}"#),
        Misdeed::NulInRecord => good.record("bad", r#"{"n":"\u0000"}"#),
        Misdeed::DuplicateKeys => good.record("good", r#"{"n":2}"#),
        Misdeed::EmptyKey => good.record("", r#"{"n":1}"#),
        Misdeed::GiantKey => good.record("x".repeat(guest.amount as usize * MEBIBYTE), "{}"),
        _ => good.deleted("good"),
    })
}

pub fn ugly_error() -> Error {
    let text = "\u{1b}[31m\u{7}ugly\r\n".repeat(MEBIBYTE / 10);
    Error::rejected(text.clone(), text)
}
