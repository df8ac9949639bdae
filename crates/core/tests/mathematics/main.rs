//! The mathematics from outside: golden values, identities, refusals, edges, the plane. One program, so
//! that it links once.

mod common;
mod edges;
mod golden;
mod identities;
mod plane;
mod refusals;
