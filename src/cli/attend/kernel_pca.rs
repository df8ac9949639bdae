//! `--mechanism kernel-pca`: softmax attention over the values that kernel PCA constructs from the keys, with what they
//! were constructed from.

use eigenlens_core::{Centring, Cloud, Head, Kernel, KernelPca, projection_loss};
use eigenlens_files::{Rank, Tensor, TensorFile};
use nalgebra::DMatrix;

use super::{Arguments, Error, of_head, scoring};

/// What is kept of the kernel PCA of one head.
struct Fit {
    /// All N.
    eigenvalues: Vec<f64>,
    /// `A`, N×K.
    coefficients: DMatrix<f64>,
    /// The constructed `V`, N×K.
    values: DMatrix<f64>,
    /// `mean_i ‖φ(q_i)‖²`: the projection loss without an axis.
    squared_length: f64,
}

/// The tensors of the other mechanisms, with constructed values, and:
///
/// | name | shape | is |
/// |---|---|---|
/// | `value` | [N, K] | the constructed values |
/// | `coefficients` | [N, K] | `a_d = e_d/√w_d` as columns |
/// | `eigenvalues` | [N] | of the centred scaled Gram matrix, descending |
/// | `projection_loss` | [1] | `mean_i (‖φ(q_i)‖² − ‖h_i‖²)` |
///
/// With an axis of heads, [H] stands in front, and `projection_loss` is [H].
pub(super) fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let mut fits = Vec::with_capacity(cloud.heads().len());
    for (place, head) in cloud.heads().iter().enumerate() {
        fits.push(fit(arguments, head).map_err(of_head(arguments, rank, place))?);
    }
    // Without --axes the heads may have different numbers of them; a tensor has one.
    let axes = fits.iter().map(|fit| fit.values.ncols()).min().unwrap_or_default();
    let mut heads = Vec::with_capacity(fits.len());
    for (head, fit) in std::iter::zip(cloud.heads(), &fits) {
        let values = fit.values.columns(0, axes).into_owned();
        heads.push(Head::new(head.queries().clone(), head.keys().clone(), values)?);
    }
    let constructed = Cloud::new(heads, Vec::new())?;
    let mut results = super::attend(arguments, &constructed, rank)?;

    let (n_keys, n_queries) = match cloud.heads() {
        [first, ..] => (first.n_keys(), first.n_queries()),
        [] => (0, 0),
    };
    let outputs = results.tensor("output")?;
    let losses = std::iter::zip(&fits, outputs.data().chunks((n_queries * axes).max(1))).map(|(fit, outputs)| {
        let squares: f64 = outputs.iter().map(|output| output * output).sum();
        fit.squared_length - squares / n_queries as f64
    });
    let losses: Vec<f64> = losses.collect();
    let by_row = |of: fn(&Fit) -> &DMatrix<f64>| -> Vec<f64> {
        let rows = fits.iter().flat_map(|fit| of(fit).row_iter());
        rows.flat_map(|row| row.columns(0, axes).iter().copied().collect::<Vec<_>>())
            .collect()
    };
    let added = [
        ("value", vec![n_keys, axes], by_row(|fit| &fit.values)),
        ("coefficients", vec![n_keys, axes], by_row(|fit| &fit.coefficients)),
        (
            "eigenvalues",
            vec![n_keys],
            fits.iter().flat_map(|fit| fit.eigenvalues.iter().copied()).collect(),
        ),
        ("projection_loss", Vec::new(), losses),
    ];
    for (name, mut shape, data) in added {
        if rank == Rank::Heads || shape.is_empty() {
            shape.insert(0, fits.len());
        }
        results.insert(name, Tensor::new(name, shape, data)?);
    }
    Ok(results)
}

fn fit(arguments: &Arguments, head: &Head) -> Result<Fit, eigenlens_core::Error> {
    let temperature = scoring(arguments, head.dim())?.temperature();
    let pca = KernelPca::new(head.keys(), Kernel::Exponential { temperature }, Centring::Centred)?;
    let axes = match arguments.axes {
        Some(axes) => axes.get(),
        // At least one, so that keys without an axis are refused.
        None => head.dim().min(pca.rank()).max(1),
    };
    Ok(Fit {
        coefficients: pca.coefficients(axes)?,
        values: pca.values(axes)?,
        squared_length: projection_loss(&pca, head.queries(), &DMatrix::zeros(head.n_queries(), 0))?,
        eigenvalues: pca.eigenvalues().to_vec(),
    })
}
