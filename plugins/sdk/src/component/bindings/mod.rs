//! The generated bindings of the contract. Authors never see them.
//!
//! Connectors and flows both export `spec`. Its macro may exist once in a crate, so each of the two worlds
//! is exported in two parts: [`described`], and what is its own.

pub mod connector;
pub mod described;
pub mod flow;
