//! Which measurements the arguments ask for.

use eigenlens_core::Mechanism;
use eigenlens_gpu::{Case, Inputs, MEASURED, Noise, Precision, Shape};

use super::session::Session;
use super::{Arguments, Error, NamedShape};

/// The noise of which rows say how far it moves the output: spikes on 3 % of the entries of the keys.
pub(super) const NOISE: Noise = Noise { share: 0.03, size: 8.0 };

/// What the arguments ask for, and what can be without asking.
pub(super) fn chosen(arguments: &Arguments, session: &Session) -> Result<Vec<Case>, Error> {
    let shapes: Vec<Shape> = match arguments.shape.as_slice() {
        [] => NamedShape::from_default()?,
        shapes => shapes.iter().map(|shape| shape.0).collect(),
    };
    let mut cases = Vec::new();
    for shape in shapes {
        for case in of_shape(arguments, shape, session)? {
            // What was asked for by name is refused at once if it cannot be.
            session.check(&case)?;
            cases.push(case);
        }
    }
    Ok(cases)
}

/// What the arguments ask for of one shape.
pub(super) fn of_shape(arguments: &Arguments, shape: Shape, session: &Session) -> Result<Vec<Case>, Error> {
    let mut mechanisms = match arguments.mechanism.as_slice() {
        [] => MEASURED.to_vec(),
        mechanisms => mechanisms.to_vec(),
    };
    if arguments.causal && arguments.mechanism.is_empty() {
        mechanisms.retain(|mechanism| [Mechanism::Softmax, Mechanism::Smoother].contains(mechanism));
    }
    let mut cases = Vec::new();
    for precision in precisions(arguments, session) {
        for &mechanism in &mechanisms {
            cases.push(case(arguments, mechanism, shape, precision)?);
        }
    }
    Ok(cases)
}

/// Precisions that are asked for, or that the adapter has.
pub(super) fn precisions(arguments: &Arguments, session: &Session) -> Vec<Precision> {
    match arguments.dtype.as_slice() {
        [] => Precision::ALL
            .into_iter()
            .filter(|precision| session.has(*precision))
            .collect(),
        precisions => precisions.to_vec(),
    }
}

/// One of them.
pub(super) fn case(
    arguments: &Arguments,
    mechanism: Mechanism,
    shape: Shape,
    precision: Precision,
) -> Result<Case, Error> {
    let inputs = Inputs {
        seed: arguments.seed,
        logit_std: arguments.logit_std,
    };
    let mut case = Case::standard(mechanism, shape, precision, inputs)?;
    case.task.causal = arguments.causal;
    // Spikes on what is causal would say the same again.
    case.noise = (!arguments.causal).then_some(NOISE);
    case.task.check()?;
    Ok(case)
}

impl NamedShape {
    fn from_default() -> Result<Vec<Shape>, Error> {
        let [batch, heads, tokens, dim] = [64, 6, 197, 64];
        Ok(vec![Shape::new(batch, heads, tokens, dim)?])
    }
}
