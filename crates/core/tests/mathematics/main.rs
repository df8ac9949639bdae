//! The mathematics from outside: golden values, identities, refusals, edges, the plane. One program, so
//! that it links once.

mod common;
mod edges;
mod golden;
mod identities;
mod kernel_pca_golden;
mod plane;
mod refusals;
