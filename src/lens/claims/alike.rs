//! The second card: how alike two matrices are, the values beside the constructed ones or the keys, or two strangers.

use eigenlens_core::claims::{ProjectionClaim, Similarity, Spread, random_matrix, similarity};
use eigenlens_core::{Error, Head};
use nalgebra::DMatrix;

use super::derive::{self, FEW_DRAWS, Group, Line, SEED, Shown, line};
use crate::job::{Step, Task};
use crate::lab::Beside;
use crate::lab::claims::stream;

/// Tokens and columns of the strangers: of a head of a small vision transformer.
const STRANGERS: [usize; 2] = [197, 64];

/// Two matrices whose rows belong together.
struct Pair {
    /// What the other is compared with.
    fixed: DMatrix<f64>,
    /// What chance takes the place of.
    tested: DMatrix<f64>,
}

/// First the similarities of the pair, then those of random values in the place of one of them, one draw a call.
pub(super) fn task(head: Head, temperature: f64, beside: Beside) -> Task<Result<Shown, Error>> {
    let mut uniform = stream(SEED, 0);
    let mut prepared: Option<(Pair, Shown)> = None;
    let mut draws: Vec<[f64; 4]> = Vec::new();
    let of = draws_of(beside);
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            let Some((pair, shown)) = &mut prepared else {
                let (pair, mut shown) = begun(&head, temperature, beside)?;
                let Some(pair) = pair else {
                    return Ok(Step::Done(Ok(shown)));
                };
                shown.lines = lines(&similarity(&pair.tested, &pair.fixed)?, beside);
                prepared = Some((pair, shown.clone()));
                return Ok(Step::Partial(Ok(shown)));
            };
            if draws.len() < of {
                // A matching does not see the order of the tokens, so a permutation would be no null of it.
                let [rows, columns] = [pair.tested.nrows(), pair.tested.ncols()];
                let drawn = random_matrix(rows, columns, &mut uniform);
                draws.push(numbers(&similarity(&drawn, &pair.fixed)?));
                return Ok(Step::Running { done: draws.len(), of });
            }
            for (at, line) in shown.lines.iter_mut().enumerate() {
                let numbers = draws.iter().filter_map(|draw| draw.get(at).copied());
                line.null = Some(Spread::new(numbers.collect())?);
            }
            Ok(Step::Done(Ok(shown.clone())))
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}

/// How many draws the null has: a pair of strangers takes longer than most heads.
pub(super) const fn draws_of(beside: Beside) -> usize {
    match beside {
        Beside::Constructed | Beside::Keys => derive::DRAWS,
        Beside::Strangers => FEW_DRAWS,
    }
}

/// What is compared; nothing where the keys have fewer axes than there are value columns.
fn begun(head: &Head, temperature: f64, beside: Beside) -> Result<(Option<Pair>, Shown), Error> {
    let mut shown = Shown::default();
    let values = head.values();
    let pair = match beside {
        Beside::Strangers => {
            let [fixed, tested] = strangers();
            return Ok((Some(Pair { fixed, tested }), shown));
        }
        Beside::Keys => Some(Pair {
            fixed: head.keys().clone(),
            tested: values.clone(),
        }),
        Beside::Constructed => None,
    };
    let claim = ProjectionClaim::new(head, Some(temperature))?;
    shown.planted = derive::planted(&claim, head.value_dim())?;
    let axes = claim.pca().rank();
    if beside == Beside::Constructed && values.ncols() > axes {
        shown.not_testable = Some([values.ncols(), axes]);
        return Ok((None, shown));
    }
    let constructed = || {
        Ok::<_, Error>(Pair {
            fixed: claim.constructed(values.ncols())?,
            tested: values.clone(),
        })
    };
    Ok((Some(pair.map_or_else(constructed, Ok)?), shown))
}

/// Two matrices of a formula that have nothing to do with each other: with `f(a) = 2 frac(10⁴ sin a) − 1` and tokens and columns
/// from 1, `f(12.9898 j + 78.233 d)` and `f(39.3468 j + 11.135 d + 3)`.
pub(super) fn strangers() -> [DMatrix<f64>; 2] {
    let [rows, columns] = STRANGERS;
    let entry = |angle: f64| {
        let large = 1e4 * angle.sin();
        2.0 * (large - large.floor()) - 1.0
    };
    [[12.9898, 78.233, 0.0], [39.3468, 11.135, 3.0]].map(|[token, column, shift]| {
        DMatrix::from_fn(rows, columns, |j, d| {
            entry(token * (j + 1) as f64 + column * (d + 1) as f64 + shift)
        })
    })
}

const fn numbers(alike: &Similarity) -> [f64; 4] {
    [alike.cosine, alike.matched_cosine, alike.linear_cka, alike.kernel_cka]
}

/// The similarities. Only of constructed values it is claimed that the values are these.
fn lines(alike: &Similarity, beside: Beside) -> Vec<Line> {
    let claimed = (beside == Beside::Constructed).then_some(1.0);
    let names = [
        ["cosine", "cosine"],
        ["matched_cosine", "cosine, best matching"],
        ["linear_cka", "linear CKA"],
        ["kernel_cka", "kernel CKA"],
    ];
    let each = std::iter::zip(names, numbers(alike));
    each.map(|([key, name], value)| Line {
        group: Group::Literal,
        ..line(key, name, value, claimed)
    })
    .collect()
}
