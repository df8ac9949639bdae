//! The cards that are computed at once.

use eigenlens_core::claims::{
    GaugeClaim, ProjectionClaim, Spread, bound_looseness, causal_leak, centring, eigenvalue_bound, gamma_spread,
    gauge_freedom, logit_variance, perturbed_axes, random_matrix, separability, used_form_gap,
};
use eigenlens_core::{Error, Head, MetricScaling, estimated_metric};
use nalgebra::{DMatrix, DVector};

use super::derive::{COLUMNS, FEW_DRAWS, Line, SEED, Shown, line, planted, unrelated};
use super::over::REPORTED_EIGENVALUE;
use crate::lab::NullRows;
use crate::lab::claims::{of_ordinary_size, stream};

/// The largest eigenvalue beside its bounds.
pub(super) fn eigenvalue(head: &Head, temperature: f64) -> Result<Shown, Error> {
    let claim = eigenvalue_bound(head.keys(), Some(temperature))?;
    let mut lines = vec![
        line("largest", "largest eigenvalue", claim.largest, None),
        line("trace", "trace, its bound", claim.trace, None),
        line("n", "N, the bound of that", claim.n_keys as f64, None),
    ];
    if let Some(log10) = claim.log10_without_scaling {
        lines.push(line(
            "log10_unscaled",
            "log₁₀ without 1/(g g)",
            log10,
            Some(REPORTED_EIGENVALUE.log10()),
        ));
    }
    // Where it is a number of ordinary size the eigenvalue itself is read out, too.
    let unscaled = claim.log10_without_scaling.and_then(of_ordinary_size);
    let also = unscaled.map(|unscaled| ("unscaled".to_owned(), unscaled));
    Ok(Shown {
        lines,
        also: also.into_iter().collect(),
        ..Shown::default()
    })
}

/// The values mixed by a shear.
pub(super) fn gauge(head: &Head, temperature: f64) -> Result<Shown, Error> {
    let dim = head.value_dim();
    // A shear: every column plus the one before.
    let mixing = DMatrix::from_fn(dim, dim, |row, column| match column {
        _ if row == column => 1.0,
        _ if row + 1 == column => 1.0,
        _ => 0.0,
    });
    let claim = gauge_freedom(head, &mixing, Some(temperature))?;
    let overlap = |tests: &eigenlens_core::claims::ProjectionTests| tests.gauge_free.numbers().map(|x| x[0]);
    let mut lines = vec![line(
        "output_residual",
        "change of the output",
        claim.output_residual,
        Some(0.0),
    )];
    if let (Some(before), Some(after)) = (overlap(&claim.before), overlap(&claim.after)) {
        lines.push(line("overlap_before", "overlap of the spans", before, Some(1.0)));
        lines.push(line("overlap_after", "… after the mixing", after, Some(1.0)));
    }
    let [before, after] = [&claim.before, &claim.after].map(|tests| tests.literal.eigen_residual());
    lines.push(line("eigen_before", "columns as eigenvectors", before, Some(0.0)));
    lines.push(line("eigen_after", "… after the mixing", after, Some(0.0)));
    let least = claim.column_cosines.iter().copied().fold(1.0, f64::min);
    lines.push(line(
        "least_cosine",
        "least cosine of a column, mixed",
        least,
        Some(1.0),
    ));
    Ok(Shown {
        also: gauge_also(&claim),
        ..lines.into()
    })
}

/// What each column becomes, and the sum of the scaled values as a length.
fn gauge_also(claim: &GaugeClaim) -> Vec<(String, f64)> {
    let columns = std::iter::zip(&claim.column_cosines, &claim.after.literal.eigen_residuals).take(COLUMNS);
    let of_columns = columns.enumerate().flat_map(|(at, (cosine, residual))| {
        let named = |name: &str, number: f64| (format!("{name}_{}", at + 1), number);
        [named("column_cosine", *cosine), named("eigen_after", *residual)]
    });
    let sums = [("before", &claim.before), ("after", &claim.after)].map(|(when, tests)| {
        let [.., zero_sum] = tests.gauge_free.numbers()?;
        Some((format!("zero_sum_length_{when}"), zero_sum.sqrt()))
    });
    of_columns.chain(sums.into_iter().flatten()).collect()
}

/// The bound and how much of it is used, the contours, the estimator, the causal leak, and the temperature in the scaling.
pub(super) fn elliptical(head: &Head, temperature: f64, previous: Option<&DMatrix<f64>>) -> Result<Shown, Error> {
    let estimated = previous.map(|previous| estimated_metric(previous, head.values(), 1.0, MetricScaling::Max));
    let metric = match estimated {
        Some(Err(Error::NotDefined { .. } | Error::ShapeMismatch { .. })) | None => None,
        Some(metric) => Some(metric?).filter(|metric| metric.len() == head.dim()),
    };
    let is_estimated = metric.is_some();
    let metric = metric.unwrap_or_else(|| DVector::from_fn(head.dim(), |axis, _| 1.0 / (axis + 1) as f64));
    let mut uniform = stream(SEED, 0);
    let pushes = random_matrix(FEW_DRAWS, head.dim(), &mut uniform) * 0.1;
    let loose = |metric: &DVector<f64>| bound_looseness(head, metric, temperature, &pushes);
    let (own, plain) = (loose(&metric)?, loose(&DVector::from_element(head.dim(), 1.0))?);
    let variance = logit_variance(&metric, MetricScaling::None)?;
    let bound = if is_estimated {
        "bound, estimated metric"
    } else {
        "bound, metric 1, 1/2, …"
    };
    let used = |key, name, used: &Spread| Line {
        null: Some(used.clone()),
        ..line(key, name, used.greatest(), Some(1.0))
    };
    let mut lines = vec![
        line("bound", bound, own.bound, None),
        line("bound_plain", "… without a metric", plain.bound, None),
        used("used", "most of the bound in use", &own.used),
        used("used_plain", "… without a metric", &plain.used),
        line(
            "used_form_gap",
            "weights off the ellipses",
            used_form_gap(head, &metric, temperature)?,
            Some(0.0),
        ),
    ];
    if head.dim() >= 2 {
        let plane = head.keys().columns(0, 2).into_owned();
        for (key, name, crossed) in [
            ("separable", "estimate, f separable", false),
            ("crossed", "estimate, f crossed", true),
        ] {
            let found = separability(&plane, 1e-3, crossed)?;
            let ([own, _], [actual, _]) = (found.estimated, found.actual);
            lines.push(line(key, name, own, Some(actual)));
        }
    }
    lines.extend(leak(head, previous.filter(|_| is_estimated))?);
    lines.push(line(
        "logit_variance",
        "variance of the logits left",
        variance,
        Some(1.0),
    ));
    Ok(lines.into())
}

/// How far earlier rows move when the values of the last token do: its mean over all tokens, and over the past alone.
fn leak(head: &Head, previous: Option<&DMatrix<f64>>) -> Result<Vec<Line>, Error> {
    let Some(previous) = previous.filter(|_| head.n_keys() > 1) else {
        return Ok(Vec::new());
    };
    // A causal model asks with every token; here the keys ask.
    let asking = Head::new(head.keys().clone(), head.keys().clone(), head.values().clone())?;
    let mut push = vec![0.0; head.value_dim()];
    if let Some(first) = push.first_mut() {
        *first = head.values().amax();
    }
    let leak = causal_leak(&asking, previous, &push, MetricScaling::Max)?;
    Ok(vec![
        line("leak_all", "leak, mean of all tokens", leak.over_all_tokens, Some(0.0)),
        line("leak_past", "… mean of the past", leak.over_the_past, Some(0.0)),
    ])
}

/// What centring does.
pub(super) fn centred(head: &Head, temperature: f64) -> Result<Shown, Error> {
    let claim = centring(head, 1.0, Some(temperature))?;
    let [low, high] = claim.biases.iter().fold([0.0, 0.0], |[low, high]: [f64; 2], bias| {
        [low.min(*bias), high.max(*bias)]
    });
    Ok(vec![
        line("keys_alone", "keys centred: change", claim.keys_alone, Some(0.0)),
        line(
            "queries_alone",
            "queries shifted: difference",
            claim.queries_alone,
            Some(0.0),
        ),
        line("moved", "attention that moves", claim.moved, None),
        line("least_bias", "least bias of a key", low, None),
        line("greatest_bias", "greatest bias of a key", high, None),
    ]
    .into())
}

/// Differences of γ of true axes, perturbed ones, the values, random vectors and junk: `cos(d j²)` in column `d` of token `j`.
pub(super) fn gammas(head: &Head, temperature: f64, null: NullRows) -> Result<Shown, Error> {
    let claim = ProjectionClaim::new(head, Some(temperature))?;
    let axes = claim.pca().eigenvectors(claim.pca().rank().min(8))?;
    let mut uniform = stream(SEED, 0);
    let noisy = perturbed_axes(&axes, 0.1, &mut uniform)?;
    let random = random_matrix(head.n_keys(), axes.ncols(), &mut uniform);
    let junk = DMatrix::from_fn(head.n_keys(), axes.ncols(), |row, column| {
        let token = (row + 1) as f64;
        ((column + 1) as f64 * token * token).cos()
    });
    let of = [
        (["absolute_true", "relative_true", "axes: |γ − γ′|"], axes),
        (
            ["absolute_values", "relative_values", "the values: |γ − γ′|"],
            claim.coefficients(head.values())?,
        ),
        (["absolute_junk", "relative_junk", "cos(d j²): |γ − γ′|"], junk),
        (
            ["absolute_perturbed", "relative_perturbed", "axes with noise: |γ − γ′|"],
            noisy,
        ),
        (["absolute_random", "relative_random", "random: |γ − γ′|"], random),
    ];
    let mut lines = Vec::new();
    for ([absolute, relative, name], columns) in of {
        let spread = gamma_spread(claim.pca(), &columns)?;
        lines.push(line(absolute, name, spread.absolute, Some(0.0)));
        lines.push(line(relative, "… over its size", spread.relative, Some(0.0)));
    }
    let mut unrelated = unrelated(head, null, FEW_DRAWS);
    let null = (0..unrelated.count()).map(|_| {
        let unrelated = claim.coefficients(&unrelated.draw(head.values()))?;
        Ok(gamma_spread(claim.pca(), &unrelated)?.relative)
    });
    let null = Spread::new(null.collect::<Result<_, Error>>()?)?;
    if let Some(line) = lines.iter_mut().find(|line| line.key == "relative_values") {
        line.null = Some(null);
    }
    // The largest γ that an axis can have: of the scale of all others.
    let largest = claim.pca().eigenvalues().first().copied().unwrap_or_default() / head.n_keys() as f64;
    Ok(Shown {
        lines,
        also: vec![("largest_lambda".to_owned(), largest)],
        planted: planted(&claim, head.value_dim())?,
        ..Shown::default()
    })
}
