//! `config`: the connection's configuration without its secrets.

use crate::{
    bindings::windlass::connector::{config, errors},
    state::CallState,
};

impl config::Host for CallState {
    fn get(&mut self) -> wasmtime::Result<String> {
        Ok(self.capabilities("config.get")?.config.to_string())
    }
}

impl errors::Host for CallState {}
