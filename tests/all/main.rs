//! End-to-end tests, by noun: the real host, real components, a simulated vendor.

mod actions;
mod apply;
mod baselinker;
mod brani;
mod cloudspot;
mod feed;
mod flows;
mod hosts;
mod itsperfect;
mod kill;
mod logins;
mod misbehave;
mod optimakers;
mod optimakers_baselinker;
mod origins;
mod pair;
mod restigo;
mod restigo_daily;
mod secrets;
mod swap;
mod switches;
mod tidy;
mod versions;
mod webhooks;
