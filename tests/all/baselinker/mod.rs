//! The BaseLinker connector against the simulated vendor: requirements G1, G2 and L1 to L5.

mod actions;
mod faults;
mod orders;
mod products;
mod replayed;
mod stock;
