//! Every identity of kernel PCA as a property of random keys: ordinary ones, short ones, keys close
//! together, and two that are equal.

use crate::common::{apart, head, matrix, scoring};
use eigenlens_core::{Centring, Decomposing, Kernel, KernelPca, KeyBias, Metric, attend, projection_loss};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

/// Keys of 1 to 9 tokens in 1 to 5 dimensions, with queries.
fn tokens() -> impl Strategy<Value = (DMatrix<f64>, DMatrix<f64>)> {
    let sizes = prop_oneof![Just(3.0), Just(1.0), Just(1e-3)];
    (1..10_usize, 1..6_usize, sizes, 0.0..2.0, any::<bool>()).prop_flat_map(|(n, dim, size, away, twins)| {
        (matrix(n, dim, size), matrix(4, dim, 2.0)).prop_map(move |(mut keys, queries)| {
            keys.add_scalar_mut(away);
            if twins && n > 1 {
                let first = keys.row(0).into_owned();
                keys.set_row(n - 1, &first);
            }
            (keys, queries)
        })
    })
}

fn scaled() -> impl Strategy<Value = Kernel> {
    prop_oneof![
        (0.5..4.0).prop_map(|temperature| Kernel::Exponential { temperature }),
        (0.5..4.0).prop_map(|temperature| Kernel::Gaussian { temperature }),
    ]
}

fn any_kernel() -> impl Strategy<Value = Kernel> {
    prop_oneof![
        3 => scaled(),
        1 => Just(Kernel::Linear),
        1 => (1..4_u32, 0.0..2.0).prop_map(|(degree, offset)| Kernel::Polynomial { degree, offset }),
    ]
}

fn centrings() -> impl Strategy<Value = Centring> {
    prop_oneof![2 => Just(Centring::Centred), 1 => Just(Centring::Uncentred)]
}

pub(crate) fn fit(keys: &DMatrix<f64>, kernel: Kernel, centring: Centring) -> KernelPca {
    KernelPca::new(keys, kernel, centring).expect("kernel PCA")
}

pub(crate) fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

/// The scores of all queries on all axes, `N_q×rank`.
pub(crate) fn all_scores(pca: &KernelPca, queries: &DMatrix<f64>) -> DMatrix<f64> {
    let scores: Vec<f64> = rows(queries)
        .iter()
        .flat_map(|query| pca.scores(query, pca.rank()).expect("scores"))
        .collect();
    DMatrix::from_row_iterator(queries.nrows(), pca.rank(), scores)
}

/// `k(x, y)`, typed in again.
fn kernel_of(kernel: Kernel, x: &[f64], y: &[f64]) -> f64 {
    let product: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
    let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    match kernel {
        Kernel::Exponential { temperature } => (product / temperature).exp(),
        Kernel::Gaussian { temperature } => (-square / (2.0 * temperature)).exp(),
        Kernel::Linear => product,
        Kernel::Polynomial { degree, offset } => (product + offset).powi(degree.cast_signed()),
    }
}

/// `k` between rows, and `g` of each row of the first.
fn kernels(kernel: Kernel, tokens: &DMatrix<f64>, keys: &DMatrix<f64>) -> (DMatrix<f64>, DVector<f64>) {
    let (tokens, keys) = (rows(tokens), rows(keys));
    let k = DMatrix::from_fn(tokens.len(), keys.len(), |i, j| kernel_of(kernel, &tokens[i], &keys[j]));
    let g = if kernel.is_scaled() {
        k.column_sum()
    } else {
        DVector::from_element(tokens.len(), 1.0)
    };
    (k, g)
}

/// The outputs of the attention whose logits are the logarithms of the kernel.
pub(crate) fn outputs_of(
    kernel: Kernel,
    queries: &DMatrix<f64>,
    keys: &DMatrix<f64>,
    values: DMatrix<f64>,
) -> DMatrix<f64> {
    let (temperature, bias) = match kernel {
        Kernel::Exponential { temperature } => (temperature, KeyBias::Zero),
        Kernel::Gaussian { temperature } => (temperature, KeyBias::Distance),
        Kernel::Linear | Kernel::Polynomial { .. } => panic!("no attention"),
    };
    let head = head(queries.clone(), keys.clone(), values);
    attend(&head, &scoring(Metric::Identity, temperature, bias))
        .expect("attention")
        .output
}

/// The size of what the centred Gram matrix is rounded against. A polynomial of keys that are nearly
/// equal loses digits against the Gram matrix; the other kernels lose none.
fn rounded(pca: &KernelPca) -> f64 {
    match pca.kernel() {
        Kernel::Polynomial { .. } => pca.gram().amax().max(pca.eigenvalues()[0]),
        Kernel::Exponential { .. } | Kernel::Gaussian { .. } | Kernel::Linear => pca.eigenvalues()[0],
    }
}

/// How much the rounding of the largest eigenvalue shows in that of an axis.
fn conditions(pca: &KernelPca) -> Vec<f64> {
    let values = pca.eigenvalues();
    values.iter().take(pca.rank()).map(|value| values[0] / value).collect()
}

proptest! {
    #[test]
    fn the_gram_matrix_is_the_formula((keys, _) in tokens(), kernel in any_kernel()) {
        let pca = fit(&keys, kernel, Centring::Centred);
        let (k, g) = kernels(kernel, &keys, &keys);
        let formula = DMatrix::from_fn(keys.nrows(), keys.nrows(), |i, j| k[(i, j)] / (g[i] * g[j]));
        let size = formula.amax();
        prop_assert!(apart(pca.gram(), &formula) <= 1e-13 * size);
        let n = keys.nrows();
        let centring = DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j)) - 1.0 / n as f64);
        prop_assert!(apart(pca.centred_gram(), &(&centring * &formula * &centring)) <= 1e-13 * size);
        prop_assert_eq!(pca.gram(), &pca.gram().transpose());
        prop_assert_eq!(pca.centred_gram(), &pca.centred_gram().transpose());
        for (log, g) in pca.log_normalisers().iter().zip(g.iter()) {
            prop_assert!((log - g.ln()).abs() <= 1e-13 * log.abs().max(1.0));
        }
        let uncentred = fit(&keys, kernel, Centring::Uncentred);
        prop_assert_eq!(uncentred.gram(), uncentred.centred_gram());
        prop_assert_eq!(uncentred.gram(), pca.gram());
    }

    #[test]
    fn eigenvectors_decompose_the_centred_gram_matrix((keys, _) in tokens(), kernel in any_kernel(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        let (rank, values) = (pca.rank(), pca.eigenvalues());
        prop_assert_eq!(values.len(), keys.nrows());
        prop_assert!(values.windows(2).all(|pair| pair[0] >= pair[1]) && values.iter().all(|value| *value >= 0.0));
        prop_assert!(rank <= keys.nrows() - usize::from(centring == Centring::Centred));
        let vectors = pca.eigenvectors(rank).expect("axes");
        let back = &vectors * DMatrix::from_diagonal(&DVector::from_row_slice(&values[..rank])) * vectors.transpose();
        let left = pca.centred_gram() - back;
        // What is below the rank is in the remainder.
        let rest = values.get(rank).copied().unwrap_or(0.0);
        prop_assert!(left.amax() <= 3e-15 * rounded(&pca) + rest, "{:e} of {:e}", left.amax(), values[0]);
        for axis in vectors.column_iter() {
            prop_assert!((axis.norm() - 1.0).abs() <= 1e-14);
            let largest = axis.amax();
            let first = axis.iter().find(|entry| entry.abs() >= largest * (1.0 - 1e-9)).expect("an entry");
            prop_assert!(*first > 0.0);
        }
    }

    #[test]
    fn axes_are_unit_vectors_across_one_another((keys, _) in tokens(), kernel in any_kernel(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        let a = pca.coefficients(pca.rank()).expect("axes");
        let products = a.tr_mul(&(pca.centred_gram() * &a));
        let conditions = conditions(&pca);
        for i in 0..pca.rank() {
            for j in 0..pca.rank() {
                let rounding = 1e-14 * rounded(&pca) / pca.eigenvalues()[0] * (conditions[i] * conditions[j]).sqrt();
                let identity = f64::from(u8::from(i == j));
                prop_assert!((products[(i, j)] - identity).abs() <= rounding, "{i} {j} {}", products[(i, j)]);
            }
        }
    }

    #[test]
    fn nothing_is_left_of_the_mean((keys, _) in tokens(), kernel in any_kernel()) {
        let pca = fit(&keys, kernel, Centring::Centred);
        prop_assert!(pca.centred_gram().column_sum().amax() <= 1e-14 * pca.gram().amax());
        let a = pca.coefficients(pca.rank()).expect("axes");
        let v = pca.values(pca.rank()).expect("axes");
        for (a, v) in a.column_iter().zip(v.column_iter()) {
            prop_assert!(a.sum().abs() <= 1e-14 * a.amax());
            let weighted: f64 = v.iter().zip(pca.log_normalisers()).map(|(v, log_g)| v * log_g.exp()).sum();
            prop_assert!(weighted.abs() <= 1e-13 * a.amax());
        }
    }

    #[test]
    fn values_are_coefficients_divided_by_g((keys, _) in tokens(), kernel in any_kernel(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        let (a, v) = (pca.coefficients(pca.rank()).expect("axes"), pca.values(pca.rank()).expect("axes"));
        let (_, g) = kernels(kernel, &keys, &keys);
        let formula = DMatrix::from_fn(a.nrows(), a.ncols(), |j, d| a[(j, d)] / g[j]);
        prop_assert!(v.is_empty() || apart(&v, &formula) <= 1e-13 * v.amax());
    }

    #[test]
    fn attention_over_the_constructed_values_is_the_projection((keys, queries) in tokens(), kernel in scaled()) {
        let pca = fit(&keys, kernel, Centring::Centred);
        if pca.rank() == 0 {
            return Ok(());
        }
        let values = pca.values(pca.rank()).expect("axes");
        let coefficients = pca.coefficients(pca.rank()).expect("axes");
        let lengths = rows(&queries).into_iter().map(|query| pca.squared_length(&query).expect("a length"));
        let product = (lengths.fold(0.0, f64::max) * pca.gram().amax()).sqrt();
        let scores = all_scores(&pca, &queries);
        let outputs = outputs_of(kernel, &queries, &keys, values.clone());
        for d in 0..pca.rank() {
            // Both sides are sums over the keys of terms of the size of a value; the one by definition
            // also has the sum of the coefficients, 0 but for rounding, times their mean product.
            let tolerance = 1e-13 * values.column(d).amax() + 1e-15 * coefficients.column(d).amax() * product;
            prop_assert!((scores.column(d) - outputs.column(d)).amax() <= tolerance, "{d}: {tolerance:e}");
        }
    }

    #[test]
    fn scores_are_the_projections_of_the_query((keys, queries) in tokens(), kernel in any_kernel(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        let rank = pca.rank();
        let (k, g_query) = kernels(kernel, &queries, &keys);
        let (_, g) = kernels(kernel, &keys, &keys);
        let a = pca.coefficients(rank).expect("axes");
        let products = DMatrix::from_fn(queries.nrows(), keys.nrows(), |i, j| k[(i, j)] / (g_query[i] * g[j]));
        let scores = all_scores(&pca, &queries);
        for (i, products) in products.row_iter().enumerate() {
            let mean = if centring == Centring::Centred { products.mean() } else { 0.0 };
            for d in 0..rank {
                let by_definition: f64 = products.iter().zip(a.column(d).iter()).map(|(p, a)| a * (p - mean)).sum();
                let size = products.amax() * a.column(d).amax();
                prop_assert!((scores[(i, d)] - by_definition).abs() <= 1e-12 * size);
            }
        }
    }

    #[test]
    fn textbook_scores_differ_by_the_same_for_every_query((keys, queries) in tokens(), kernel in any_kernel()) {
        let pca = fit(&keys, kernel, Centring::Centred);
        let rank = pca.rank();
        let (a, shift) = (pca.coefficients(rank).expect("axes"), all_scores(&pca, &keys).row_mean());
        let (k, g_query) = kernels(kernel, &queries, &keys);
        let (_, g) = kernels(kernel, &keys, &keys);
        let means = pca.gram().column_mean();
        let scores = all_scores(&pca, &queries);
        for i in 0..queries.nrows() {
            // The query and the keys less the mean of the keys, in feature space.
            let products: Vec<f64> = (0..keys.nrows()).map(|j| k[(i, j)] / (g_query[i] * g[j])).collect();
            let mean = products.iter().sum::<f64>() / products.len() as f64;
            for d in 0..rank {
                let textbook: f64 = (0..keys.nrows()).map(|j| a[(j, d)] * (products[j] - mean - means[j] + means.mean())).sum();
                let largest = products.iter().fold(means.amax(), |largest, p| largest.max(p.abs()));
                let size = largest * a.column(d).amax();
                prop_assert!((scores[(i, d)] - shift[d] - textbook).abs() <= 1e-12 * size);
            }
        }
    }

    #[test]
    fn no_projection_is_longer_than_what_is_projected((keys, queries) in tokens(), kernel in any_kernel(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        // Axes that are mostly rounding are not unit vectors to the last digit.
        let kept = conditions(&pca).iter().take_while(|condition| **condition < 1e6).count();
        let scores = all_scores(&pca, &queries).columns(0, kept).into_owned();
        let (k, _) = kernels(kernel, &queries, &queries);
        let (_, g) = kernels(kernel, &queries, &keys);
        let mut total = 0.0;
        for (i, query) in rows(&queries).into_iter().enumerate() {
            let length = pca.squared_length(&query).expect("a length");
            prop_assert!((length - k[(i, i)] / (g[i] * g[i])).abs() <= 1e-12 * length);
            let reached = scores.row(i).norm_squared();
            prop_assert!(reached <= length * (1.0 + 1e-7), "{reached:e} > {length:e}");
            total += length - reached;
        }
        let loss = projection_loss(&pca, &queries, &scores).expect("a loss");
        let mean = total / queries.nrows() as f64;
        prop_assert!((loss - mean).abs() <= 1e-12 * mean.abs().max(1e-3));
        let more: Vec<f64> = (0..=kept)
            .map(|axes| projection_loss(&pca, &queries, &scores.columns(0, axes).into_owned()).expect("a loss"))
            .collect();
        prop_assert!(more.windows(2).all(|pair| pair[1] <= pair[0]));
    }

    #[test]
    fn eigenvalues_of_a_scaled_kernel_are_bounded((keys, _) in tokens(), kernel in scaled(), centring in centrings()) {
        let pca = fit(&keys, kernel, centring);
        let n = keys.nrows() as f64;
        let trace = pca.gram().trace();
        let own: f64 = rows(&keys).iter().map(|key| 1.0 / kernel_of(kernel, key, key)).sum();
        let largest = pca.eigenvalues()[0];
        let room = 1.0 + 1e-13;
        prop_assert!(largest <= trace * room && trace <= own * room && own <= n * room);
        prop_assert!(largest / n <= room);
        prop_assert!((pca.eigenvalues().iter().sum::<f64>() - pca.centred_gram().trace()).abs() <= 1e-13 * trace);
        let shares = pca.shares();
        prop_assert!(shares.len() == pca.rank() && (shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() <= 1e-14));
    }

    #[test]
    fn the_order_of_the_keys_is_a_gauge((keys, queries) in tokens(), kernel in any_kernel(), centring in centrings(), turn in 0..9_usize) {
        let n = keys.nrows();
        let turned = DMatrix::from_fn(n, keys.ncols(), |i, d| keys[((i + turn) % n, d)]);
        let (one, other) = (fit(&keys, kernel, centring), fit(&turned, kernel, centring));
        let size = one.eigenvalues()[0];
        prop_assert!(one.eigenvalues().iter().zip(other.eigenvalues()).all(|(a, b)| (a - b).abs() <= 1e-14 * rounded(&one)));
        let (scores, others) = (all_scores(&one, &queries), all_scores(&other, &queries));
        for d in 0..one.rank().min(other.rank()) {
            if one.gap(d) > 1e-3 && one.eigenvalues()[d] > 1e-4 * size {
                let (a, b) = (scores.column(d), others.column(d));
                let largest = one.coefficients(d + 1).expect("axes").column(d).amax() * one.gram().amax();
                prop_assert!((a - b).amax().min((a + b).amax()) <= 1e-8 * largest.max(a.amax()));
            }
        }
    }

    #[test]
    fn gaps_are_distances_to_the_nearest_eigenvalue((keys, _) in tokens(), kernel in any_kernel()) {
        let pca = fit(&keys, kernel, Centring::Centred);
        let values = &pca.eigenvalues()[..pca.rank()];
        for (d, own) in values.iter().enumerate() {
            let others = values.iter().enumerate().filter(|(e, _)| *e != d);
            let nearest = others.map(|(_, other)| (own - other).abs() / own).fold(f64::INFINITY, f64::min);
            let expected = if nearest.is_finite() { nearest } else { 1.0 };
            prop_assert!((pca.gap(d) - expected).abs() <= 1e-12 * expected.max(1.0));
        }
        prop_assert_eq!(pca.gap(values.len()), 0.0);
        prop_assert_eq!(pca.gap(usize::MAX), 0.0);
    }
}

/// Keys that look like nothing in particular, in [−1, 1].
pub(crate) fn spread(n: usize, dim: usize) -> DMatrix<f64> {
    let mut state = 7_u64;
    DMatrix::from_fn(n, dim, |_, _| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    })
}

/// Every stage takes more than one step, and the vectors fill more than one panel.
#[test]
fn stepping_is_the_same_as_going() {
    for (n, dim) in [(1, 3), (12, 2), (65, 32), (130, 2)] {
        let keys = spread(n, dim) * 2.0;
        let kernel = Kernel::Exponential {
            temperature: (dim as f64).sqrt(),
        };
        let whole = fit(&keys, kernel, Centring::Centred);
        let mut stepper = Decomposing::new(keys.clone(), kernel, Centring::Centred).expect("a stepper");
        let mut steps = vec![0];
        loop {
            let progress = stepper.step().expect("a step");
            assert!(progress.done > *steps.last().expect("a step") || n == 1 || progress.done <= progress.of);
            assert!(
                steps.last().is_some_and(|before| *before <= progress.done),
                "{steps:?} {progress:?}"
            );
            steps.push(progress.done);
            if progress.is_finished() {
                break;
            }
            // Going on with a copy from here gives the same digits.
            if steps.len() == 5 {
                same(&stepper.clone().finish().expect("a result"), &whole);
            }
        }
        assert!(n < 65 || steps.len() > 10, "{n} keys: {} steps", steps.len());
        assert!(stepper.step().expect("no step").is_finished());
        same(&stepper.finish().expect("a result"), &whole);
        let (rank, vectors) = (whole.rank(), whole.eigenvectors(whole.rank()).expect("axes"));
        let values = DMatrix::from_diagonal(&DVector::from_row_slice(&whole.eigenvalues()[..rank]));
        let left = apart(whole.centred_gram(), &(&vectors * values * vectors.transpose()));
        assert!(left <= 1.1e-12 * whole.eigenvalues()[0], "{n} keys: {left:e}");
    }
}

fn same(one: &KernelPca, other: &KernelPca) {
    assert_eq!(one.eigenvalues(), other.eigenvalues());
    assert_eq!(one.gram(), other.gram());
    assert_eq!(one.centred_gram(), other.centred_gram());
    assert_eq!(one.rank(), other.rank());
    assert_eq!(one.values(one.rank()), other.values(other.rank()));
}
