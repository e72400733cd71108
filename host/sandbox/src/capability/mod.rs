//! The capabilities a component may import, one file each. Every file holds the data, the
//! implementation of the contract's interface, and nothing of the others.

pub(crate) mod config;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod rate_limit;
pub(crate) mod records;
pub(crate) mod storage;
pub(crate) mod wasi;

use wasmtime::component::{HasSelf, Linker};

use crate::{bindings::windlass::connector as imports, error::LoadError, state::CallState};

/// Links what a connector may import.
pub(crate) fn link_connector(linker: &mut Linker<CallState>) -> Result<(), LoadError> {
    link_shared(linker)?;
    imports::http::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state).map_err(LoadError::host)?;
    imports::rate_limit::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)
        .map_err(LoadError::host)
}

/// Links what a flow may import: no network, but the records of other connections.
pub(crate) fn link_flow(linker: &mut Linker<CallState>) -> Result<(), LoadError> {
    link_shared(linker)?;
    imports::records::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state).map_err(LoadError::host)
}

fn link_shared(linker: &mut Linker<CallState>) -> Result<(), LoadError> {
    wasmtime_wasi::p2::add_to_linker_async(linker).map_err(LoadError::host)?;
    imports::errors::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)
        .map_err(LoadError::host)?;
    imports::config::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state)
        .map_err(LoadError::host)?;
    imports::log::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state).map_err(LoadError::host)?;
    imports::storage::add_to_linker::<_, HasSelf<CallState>>(linker, |state| state).map_err(LoadError::host)
}
