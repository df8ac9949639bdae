//! The mathematics from outside: golden values, identities, refusals, edges, the plane. One program, so
//! that it links once.

mod common;
mod edges;
mod golden;
mod identities;
mod kernel_pca;
mod kernel_pca_edges;
mod kernel_pca_golden;
mod lesson_2;
mod planar_field;
mod plane;
mod refusals;
