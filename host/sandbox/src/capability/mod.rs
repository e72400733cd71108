//! The capabilities a component may import, one file each. Every file holds the data, the
//! implementation of the contract's interface, and nothing of the others.

pub(crate) mod config;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod rate_limit;
pub(crate) mod storage;
pub(crate) mod wasi;

use wasmtime::component::{HasSelf, Linker};

use crate::{bindings::Connector, error::LoadError, state::CallState};

/// Links everything a connector may import.
pub(crate) fn link(linker: &mut Linker<CallState>) -> Result<(), LoadError> {
    wasmtime_wasi::p2::add_to_linker_async(linker).map_err(LoadError::host)?;
    Connector::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state).map_err(LoadError::host)
}
