//! The mathematics from outside: golden values, identities, refusals, edges, the plane. One program, so
//! that it links once.

mod common;
mod deviation;
mod edges;
mod golden;
mod identities;
mod kernel_pca;
mod kernel_pca_edges;
mod kernel_pca_golden;
mod lesson;
mod lesson_2;
mod lesson_3;
mod lesson_5_support;
mod planar_field;
mod plane;
mod pursuit;
mod refusals;
mod rpc;
mod support;
