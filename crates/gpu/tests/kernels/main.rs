//! The kernels against `eigenlens-core` in f64, on whatever adapter there is; software Vulkan will do.

/// Named after what they need: without lavapipe they are skipped, and said to be.
mod lavapipe {
    mod device;
    mod family;
    mod measure;
    mod rpc;
}
mod truth;

use std::sync::OnceLock;

use eigenlens_gpu::{Gpu, OpenOptions};

/// The numbers of tokens: one, around a tile, and none a multiple of one.
const TOKENS: [usize; 6] = [1, 63, 64, 65, 197, 345];

/// One device for all tests of this program, without matrix units.
fn portable() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| {
        let options = OpenOptions {
            matrix_units: false,
            ..OpenOptions::default()
        };
        Gpu::open_now(options).expect("these tests need a Vulkan driver, of software at least")
    })
}
