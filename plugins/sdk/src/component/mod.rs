//! The connector as a component: what it exports, and the capability calls that reach the host.

pub mod adapter;
pub(crate) mod backend;
#[expect(missing_docs, reason = "generated; the contract documents it")]
pub mod bindings;
pub mod flow_adapter;
