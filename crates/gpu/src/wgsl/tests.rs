//! Every text, through the front end, the validator and the back end of wgpu, with the capabilities of the features that a
//! device is asked for, and no others.

use eigenlens_core::{BnForm, MetricScaling, RpcForm};
use wgpu::naga;

use super::before::{Before, Kept};
use super::ceilings;
use super::matrix::{self, Cut, Matrix, Split, Workgroup};
use super::portable::{self, Held, Portable};
use crate::device::{MatrixUnits, WORKGROUP_THREADS, features};
use crate::shape::{DIMS, Precision};

/// Bytes that the threads of a workgroup share, as adapters offer them.
const WORKGROUP_BYTES: [u32; 3] = [16 << 10, 32 << 10, 48 << 10];

/// What a text needs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Needs {
    bytes: u32,
    threads: u32,
}

/// Compiles a text for a device that has 16-bit floats and matrix units, or not.
fn compiled(text: &str, f16: bool, matrices: bool) -> Needs {
    let features = features(f16, true, matrices);
    let module = naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
    let flags = naga::valid::ValidationFlags::all();
    let downlevel = wgpu::DownlevelFlags::all();
    let mut validator = wgpu_naga_bridge::create_validator(features, downlevel, flags);
    let info = validator
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
    let options = naga::back::spv::Options::default();
    naga::back::spv::write_vec(&module, &info, &options, None).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut bytes = 0;
    for (_, variable) in module.global_variables.iter() {
        if variable.space == naga::AddressSpace::WorkGroup {
            let size = module.types[variable.ty].inner.size(module.to_ctx());
            // Where one is no multiple of 16 bytes, drivers load fragments of the next from elsewhere.
            assert!(
                !matrices || size.is_multiple_of(16),
                "{:?}: {size} bytes",
                variable.name
            );
            bytes += size;
        }
    }
    let threads = module.entry_points[0].workgroup_size.iter().product();
    Needs { bytes, threads }
}

fn fits(needs: Needs, workgroup_bytes: u32) {
    assert!(needs.bytes <= workgroup_bytes, "{needs:?} in {workgroup_bytes} bytes");
    assert!(needs.threads <= WORKGROUP_THREADS, "{needs:?}");
}

/// What becomes of the rows in the portable kernel.
fn portable_ends(precision: Precision) -> Vec<portable::End> {
    let mut ends = vec![portable::End::Output(precision)];
    for form in RpcForm::ALL {
        ends.push(portable::End::Next(form, precision));
        for (tokens, asymmetric) in [(1, false), (65, true), (197, false), (208, true)] {
            ends.push(portable::End::All(Held {
                form,
                precision,
                tokens,
                asymmetric,
            }));
        }
    }
    ends
}

#[test]
fn portable_kernels() {
    let mut count = 0;
    for (precision, dim, workgroup_bytes) in each3(&Precision::ALL, &DIMS, &WORKGROUP_BYTES) {
        for end in portable_ends(precision) {
            if matches!(end, portable::End::All(held) if !held.fits(dim, workgroup_bytes)) {
                continue;
            }
            // Only what is plain comes with a bias, a mask or lengths.
            let plain = matches!(end, portable::End::Output(_));
            for (made, bias, causal) in each3(&[false, true], &[false, true], &[false, true]) {
                if !plain && (bias || causal) {
                    continue;
                }
                let stored = |made: bool| if made { Precision::F32 } else { precision };
                let kernel = Portable {
                    dim,
                    query: stored(!plain && made),
                    key: stored(!plain || made),
                    value: stored(plain && made),
                    bias,
                    causal,
                    lengths: plain && made,
                    end,
                    workgroup_bytes,
                };
                let needs = compiled(&kernel.wgsl(), precision == Precision::F16, false);
                fits(needs, workgroup_bytes);
                assert_eq!(needs.threads as usize, kernel.threads());
                count += 1;
            }
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn kernels_before_attention() {
    let mut all = vec![Before::Bias, Before::Shift];
    all.extend([BnForm::Recentred, BnForm::Full].map(Before::Statistics));
    all.extend([MetricScaling::None, MetricScaling::Max, MetricScaling::Mean].map(Before::Metric));
    for (before, dim, precision) in each3(&all, &DIMS, &Precision::ALL) {
        let text = before.wgsl(dim, precision, precision);
        fits(compiled(&text, precision == Precision::F16, false), WORKGROUP_BYTES[0]);
    }
    for (form, dim, precision) in each3(&RpcForm::ALL, &DIMS, &Precision::ALL) {
        let f16 = precision == Precision::F16;
        let text = Before::Clip(form, Kept::Dual).wgsl(dim, precision, Precision::F32);
        fits(compiled(&text, f16, false), WORKGROUP_BYTES[0]);
        let text = Before::Pool { split: false }.wgsl(dim, precision, Precision::F32);
        fits(compiled(&text, f16, false), WORKGROUP_BYTES[0]);
        for asymmetric in [false, true] {
            let text = Before::Clip(form, Kept::Sum { asymmetric }).wgsl(dim, precision, Precision::F16);
            fits(compiled(&text, true, false), WORKGROUP_BYTES[0]);
        }
        let text = Before::Pool { split: true }.wgsl(dim, precision, Precision::F16);
        fits(compiled(&text, true, false), WORKGROUP_BYTES[0]);
    }
}

/// Matrix units as there are, and as there might be.
const UNITS: [MatrixUnits; 6] = [
    units(8, 8),
    units(8, 32),
    units(16, 16),
    units(16, 32),
    units(16, 64),
    units(8, 64),
];

const fn units(tile: u32, subgroup: u32) -> MatrixUnits {
    MatrixUnits { tile, subgroup }
}

#[test]
fn kernels_of_matrix_units() {
    let mut count = 0;
    for (units, dim, bytes) in each3(&UNITS, &DIMS, &WORKGROUP_BYTES) {
        let workgroup = Workgroup {
            bytes,
            threads: WORKGROUP_THREADS,
        };
        let mut check = |kernel: Matrix| {
            let needs = compiled(&kernel.wgsl(), true, true);
            fits(needs, bytes);
            assert!(
                needs.bytes as usize <= kernel.cut.bytes(dim, kernel.split),
                "{kernel:?}: {needs:?}"
            );
            assert_eq!(needs.threads as usize, kernel.threads());
            count += 1;
        };
        let kernel = |cut, split| Matrix {
            units,
            cut,
            dim,
            bias: false,
            causal: false,
            lengths: false,
            split,
            end: matrix::End::Output,
            alone: true,
        };
        for (split, bias, causal) in each3(&[Split::Nothing, Split::Queries], &[false, true], &[false, true]) {
            let cut = Cut::of_rows(units, dim, split, 4096, workgroup);
            let of = |cut| Matrix {
                bias,
                causal,
                ..kernel(cut, split)
            };
            cut.map(of).into_iter().for_each(&mut check);
        }
        for queries in [1, 65, 197, 345] {
            let cut = Cut::of_rows(units, dim, Split::Nothing, queries, workgroup);
            cut.map(|cut| kernel(cut, Split::Nothing))
                .into_iter()
                .for_each(&mut check);
            let cut = Cut::of_rows(units, dim, Split::Keys, queries, workgroup);
            let of = |cut| Matrix {
                lengths: true,
                ..kernel(cut, Split::Keys)
            };
            cut.map(of).into_iter().for_each(&mut check);
        }
        for form in RpcForm::ALL {
            let mut end = |cut: Option<Cut>, end| {
                let of = |cut| Matrix {
                    end,
                    ..kernel(cut, Split::Nothing)
                };
                cut.map(of).into_iter().for_each(&mut check);
            };
            let cut = Cut::of_rows(units, dim, Split::Nothing, 4096, workgroup);
            end(cut, matrix::End::Next(form));
            for (tokens, asymmetric) in [(1, true), (65, false), (197, true), (208, false)] {
                let cut = Cut::of_head(units, dim, tokens, workgroup);
                end(cut, matrix::End::All(form, asymmetric));
            }
        }
    }
    assert!(count > 1000, "{count}");
}

/// Software Vulkan, and NVIDIA: every mechanism has a cut on them.
#[test]
fn there_is_a_cut_where_it_is_promised() {
    for (units, kilobytes) in [(units(8, 8), 32), (units(16, 32), 48)] {
        let workgroup = Workgroup {
            bytes: kilobytes << 10,
            threads: WORKGROUP_THREADS,
        };
        for dim in DIMS {
            for split in [Split::Nothing, Split::Queries, Split::Keys] {
                let cut = Cut::of_rows(units, dim, split, 4096, workgroup).expect("a cut");
                assert!(cut.rows >= 32 && (4..=8).contains(&cut.subgroups), "{cut:?}");
            }
            for tokens in [1, 96, 197, 208] {
                let cut = Cut::of_head(units, dim, tokens, workgroup).expect("a cut");
                assert!(cut.rows >= 32 && cut.all_rows() >= tokens, "{cut:?}");
            }
        }
    }
}

#[test]
fn loops_for_the_ceilings() {
    fits(compiled(&ceilings::fma_loop().0, false, false), WORKGROUP_BYTES[0]);
    fits(compiled(&ceilings::copy(), false, false), WORKGROUP_BYTES[0]);
    for units in UNITS {
        fits(
            compiled(&ceilings::matrix_loop(units).0, true, true),
            WORKGROUP_BYTES[0],
        );
    }
}

fn each3<A: Copy, B: Copy, C: Copy>(a: &[A], b: &[B], c: &[C]) -> Vec<(A, B, C)> {
    let mut all = Vec::new();
    for &a in a {
        for &b in b {
            all.extend(c.iter().map(|&c| (a, b, c)));
        }
    }
    all
}
