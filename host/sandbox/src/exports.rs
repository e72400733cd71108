//! A component's exports, looked up one by one: what the spec does not declare may be missing.

use wasmtime::component::InstancePre;

use crate::{
    bindings::exports::windlass::connector::{actions, checks, reactions, spec, streams, webhooks},
    state::CallState,
};

pub(crate) struct Exports {
    pub spec: Option<spec::GuestIndices>,
    pub checks: Option<checks::GuestIndices>,
    pub streams: Option<streams::GuestIndices>,
    pub actions: Option<actions::GuestIndices>,
    pub webhooks: Option<webhooks::GuestIndices>,
    pub reactions: Option<reactions::GuestIndices>,
}

impl Exports {
    pub fn find(pre: &InstancePre<CallState>) -> Self {
        Exports {
            spec: spec::GuestIndices::new(pre).ok(),
            checks: checks::GuestIndices::new(pre).ok(),
            streams: streams::GuestIndices::new(pre).ok(),
            actions: actions::GuestIndices::new(pre).ok(),
            webhooks: webhooks::GuestIndices::new(pre).ok(),
            reactions: reactions::GuestIndices::new(pre).ok(),
        }
    }
}
