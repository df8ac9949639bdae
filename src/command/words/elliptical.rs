//! Choices of the elliptical lens by their stable names.

use crate::command::EllipticalEdit;
use crate::lab::corruption::steps;
use crate::lab::elliptical::{EllipticalView, GivenMetric, LayerValues, MetricSource};
use crate::lab::{SmootherForm, Thousandths};

/// "view collapse", "form dot", "metric estimated", "m 1 0.15", "m source", "sigma 0.15", "sigma source", "radius 1.8",
/// "radius source", "scaling mean", "delta 5", "delta source", "values swapped", "causal on", "seed 2", "push -1 0",
/// "layers 12", "layer 2", "layer source", "residual on", "rpc on".
pub(crate) fn elliptical(choice: &str) -> Option<EllipticalEdit> {
    let (verb, object) = choice.split_once(' ')?;
    let number = || object.parse::<f64>().ok().and_then(Thousandths::nearest);
    let optional = || match object {
        "source" => Some(None),
        _ => number().map(Some),
    };
    Some(match (verb, object) {
        ("view", key) => EllipticalEdit::View(EllipticalView::ALL.into_iter().find(|view| view.key() == key)?),
        ("form", key) => EllipticalEdit::Form(SmootherForm::ALL.into_iter().find(|form| form.key() == key)?),
        ("metric", "given") => EllipticalEdit::Metric(MetricSource::Given),
        ("metric", "estimated") => EllipticalEdit::Metric(MetricSource::Estimated),
        ("m", "source") => EllipticalEdit::Given(None),
        ("m", entries) => {
            let entries = entries.split(' ').map(entry).collect::<Option<Vec<u16>>>()?;
            (entries.len() <= GivenMetric::ENTRIES).then(|| EllipticalEdit::Given(Some(GivenMetric::of(&entries))))?
        }
        ("sigma", _) => EllipticalEdit::Sigma(optional()?),
        ("radius", _) => EllipticalEdit::Radius(optional()?),
        ("scaling", name) => EllipticalEdit::Scaling(name.parse().ok()?),
        ("delta", _) => EllipticalEdit::Delta(optional()?),
        ("values", key) => EllipticalEdit::Values(LayerValues::ALL.into_iter().find(|values| values.key() == key)?),
        ("causal", how) => EllipticalEdit::Causal(switch(how)?),
        ("seed", seed) => EllipticalEdit::Seed(seed.parse().ok()?),
        ("push", place) => {
            let (x, y) = place.split_once(' ')?;
            let along = |x: &str| x.parse::<f64>().ok().filter(|x| x.is_finite()).map(steps);
            EllipticalEdit::Push([along(x)?, along(y)?])
        }
        ("layers", n) => EllipticalEdit::Layers(n.parse().ok().filter(|n| *n > 0)?),
        ("layer", "source") => EllipticalEdit::Layer(None),
        ("layer", n) => EllipticalEdit::Layer(Some(n.parse().ok()?)),
        ("residual", how) => EllipticalEdit::Residual(switch(how)?),
        ("rpc", how) => EllipticalEdit::Rpc(switch(how)?),
        _ => return None,
    })
}

/// An entry of m in thousandths; 0 is one.
fn entry(number: &str) -> Option<u16> {
    let value = number.parse::<f64>().ok()?;
    (0.0..=f64::from(u16::MAX) / 1000.0)
        .contains(&value)
        .then(|| (value * 1000.0).round() as u16)
}

/// "on" or "off".
pub(super) fn switch(how: &str) -> Option<bool> {
    match how {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        let given = GivenMetric::default().with(1, 0.15);
        assert_eq!(elliptical("m 1 0.15"), Some(EllipticalEdit::Given(Some(given))));
        assert_eq!(elliptical("push -1 0"), Some(EllipticalEdit::Push([-1000, 0])));
        assert_eq!(elliptical("sigma source"), Some(EllipticalEdit::Sigma(None)));
        for wrong in [
            "m",
            "m -1",
            "m nan",
            "m 66",
            "sigma 0",
            "push 1",
            "push inf 0",
            "layers 0",
            "layer -1",
            "causal maybe",
            "view x",
            "",
        ] {
            assert_eq!(elliptical(wrong), None, "{wrong}");
        }
    }
}
