//! What the end-to-end tests stand on: simulated vendors, and the real host as a process.
//!
//! A new vendor gets a folder beside [`baselinker`] with a `FACTS.md` that says which of its rules
//! are known and which are invented; [`simulator`] gives it all that vendors share. [`control`] runs them
//! all in one program, for the demo.

pub mod asked;
pub mod baselinker;
pub mod brani;
pub mod cases;
pub mod clock;
pub mod cloudspot;
pub mod connection;
pub mod control;
pub mod eventually;
pub mod folder;
pub mod host;
pub mod itsperfect;
pub mod leaks;
pub mod member;
pub mod minisign;
pub mod optimakers;
mod port;
pub mod registry;
pub mod replay;
pub mod restigo;
pub mod shop;
pub mod simulator;
pub mod timeline;
pub mod versioned;
pub mod wire;
