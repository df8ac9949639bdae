//! The app as a person meets it, drawn by a software GPU: drags by name, keys, names that do not overlap, contrast, pictures.

#![cfg(not(target_arch = "wasm32"))]

/// Named after what they need: without lavapipe they are skipped, and said to be.
mod lavapipe {
    mod all_heads;
    mod behaviour;
    mod bench;
    mod claims;
    mod collapse;
    mod elliptical;
    mod full_size;
    mod hall;
    mod kernel_pca;
    mod lesson;
    mod looks;
    mod machine;
    mod pictures;
    mod robust;
    mod robust_phase;
    mod robust_settings;
    mod robustness;
    mod smoother;
    mod smoother_views;
    mod support_fit;
    mod support_heads;
    mod texts;
}
