//! End-to-end tests, by noun: the real host, real components, a simulated vendor.

mod actions;
mod baselinker;
mod cloudspot;
mod flows;
mod hosts;
mod kill;
mod misbehave;
mod optimakers;
mod optimakers_baselinker;
mod pair;
mod restigo;
mod secrets;
mod swap;
mod switches;
mod tidy;
