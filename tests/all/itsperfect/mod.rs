//! The ItsPerfect connector against the simulated ERP: requirements G1 to G3 and I1 to I11.

mod connection;
mod create;
mod erp;
mod hour;
mod killed;
mod limit;
mod lists;
mod rules;
mod stock;
