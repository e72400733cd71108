//! Versions of the guest `versioned`, made by writing over the mark in its bytes.

use std::fs;

use crate::host::{Host, guest};

/// What the mark begins with, and how long it is; both as in the guest.
const BEGINS: &[u8] = b"windlass-version|";
const LENGTH: usize = 64;

/// A version of the connector.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    pub version: &'static str,
    /// The checkpoints' format: 1 or 2.
    pub state: u32,
    /// `good`, `traps`, `loops`, `writes-nonsense`, `errs`, `asks`.
    pub deed: &'static str,
}

impl Made {
    pub const fn good(version: &'static str) -> Self {
        Self { version, state: 1, deed: "good" }
    }

    /// Fails on its third page.
    pub const fn bad(version: &'static str, deed: &'static str) -> Self {
        Self { version, state: 1, deed }
    }

    /// The component.
    pub fn wasm(self) -> Vec<u8> {
        let mut wasm = fs::read(guest("versioned")).expect("the guest can be read");
        let at =
            wasm.windows(BEGINS.len()).position(|window| window == BEGINS).expect("the guest has its mark");
        let Self { version, state, deed } = self;
        let mut mark = [BEGINS, format!("{version}|{state}|{deed}|").as_bytes()].concat();
        assert!(mark.len() <= LENGTH, "{self:?} does not fit the mark");
        mark.resize(LENGTH, b'.');
        wasm[at..at + LENGTH].copy_from_slice(&mark);
        wasm
    }

    /// A file with the component, for a command.
    pub fn file(self, host: &Host) -> String {
        let path = host.aside_file(&format!("versioned-{}-{}.wasm", self.version, self.deed), &self.wasm());
        path.to_str().expect("paths of tests are UTF-8").to_owned()
    }
}
