//! The mathematics from outside: golden values, identities, refusals, edges, the plane. One program, so
//! that it links once.

mod claims;
mod closed_curve;
mod collapse;
mod common;
mod deviation;
mod edges;
mod elliptical;
mod golden;
mod head_distance;
mod identities;
mod kernel_pca;
mod kernel_pca_edges;
mod kernel_pca_golden;
mod lesson;
mod lesson_2;
mod lesson_3;
mod lesson_4;
mod lesson_5_bn_sh;
mod lesson_5_support;
mod lesson_7;
mod normalised;
mod planar_field;
mod plane;
mod pursuit;
mod refusals;
mod regression;
mod robustness;
mod rpc;
mod scaled_heads;
mod support;
mod support_edges;
mod territory;
