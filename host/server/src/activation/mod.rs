//! Activation: how an installed version takes the place of the one that is active, and goes again.
//!
//! ```text
//! load ──▶ first ──▶ all ──▶ confirmed
//!   every host has    one connection    every connection    nothing went wrong
//!   compiled it       runs it           that it fits
//! ```
//!
//! Each step is one transaction of the database (`db/src/activations`), so a host that is killed between
//! two leaves one version or the other. What follows from a step on a host (the code it runs, the streams of
//! its connections) is seen to in `follow`, also at its start. `judge` says which connections a version
//! fits, `guard` what a failed call means, `trial` carries that out, `hosts` waits for other hosts.

mod follow;
mod guard;
mod hosts;
mod judge;
mod steps;
mod trial;
mod watch;

pub use follow::follow;
pub use guard::Guard;
pub use hosts::{LateHost, leave};
pub use judge::{Unfit, judge};
pub use steps::{Started, settle, start, undo};
pub use trial::{Evidence, Trial};
pub use watch::{Counted, tick};
