//! Every test of one head, each beside what chance gives: the claims of `eigenlens_core::claims` with the draws of a seed.

use eigenlens_core::claims::{
    ProjectionClaim, ProjectionNull, ProjectionTests, SimilarityNull, Spread, dual_values, gamma_spread,
    log10_without_scaling, permuted_rows, random_matrix, shifted_rows, similarity, similarity_null,
};
use eigenlens_core::{Error, Head};
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::{NullRows, noise};

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It does not change when the values `V` become `VM`, so it can speak about a trained network.
    GaugeFree,
    /// About the values as they are stored.
    Literal,
    /// About the keys alone.
    Keys,
}

impl Kind {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GaugeFree => "gauge-free",
            Self::Literal => "literal",
            Self::Keys => "keys",
        }
    }
}

/// A test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The name in files.
    pub key: &'static str,
    /// The name on screen.
    pub name: &'static str,
    /// What it is about.
    pub kind: Kind,
    /// What the theorem gives, where it gives one number.
    pub theorem: Option<f64>,
}

/// One test of one head.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which test.
    pub test: Test,
    /// Of the head as it is; nothing where it cannot be tested.
    pub value: Option<f64>,
    /// Of its values in a random order of the tokens.
    pub permuted: Option<Spread>,
    /// Of standard normal values.
    pub random: Option<Spread>,
}

/// All tests of one head.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadClaims {
    /// How many keys there are.
    pub tokens: usize,
    /// `D_v`.
    pub value_dim: usize,
    /// How many axes the keys have. With more value columns than axes the gauge-free tests have no answer.
    pub axes: usize,
    /// The tests, in the order of [`TESTS`].
    pub readings: Vec<Reading>,
}

/// Every test, in the order in which they are listed.
pub const TESTS: [Test; 15] = [
    test("overlap", "overlap of the spans", Kind::GaugeFree, Some(1.0)),
    test("invariant_residual", "residual of the span", Kind::GaugeFree, Some(0.0)),
    test("zero_sum", "sum of the scaled values", Kind::GaugeFree, Some(0.0)),
    test("column_sum", "sums of the columns", Kind::Literal, Some(0.0)),
    test("eigen_residual", "columns as eigenvectors", Kind::Literal, Some(0.0)),
    test("bessel", "outputs that are too long", Kind::Literal, Some(0.0)),
    test("loss", "loss J with its sign", Kind::Literal, None),
    test("cosine", "cosine", Kind::Literal, Some(1.0)),
    test("matched_cosine", "cosine, best matching", Kind::Literal, Some(1.0)),
    test("linear_cka", "linear CKA", Kind::Literal, Some(1.0)),
    test("kernel_cka", "kernel CKA", Kind::Literal, Some(1.0)),
    test(
        "gamma_relative",
        "differences of γ over their size",
        Kind::Literal,
        Some(0.0),
    ),
    test(
        "dual_correlation",
        "correlation of log‖v‖, log h",
        Kind::Literal,
        Some(-1.0),
    ),
    test("largest_eigenvalue", "largest eigenvalue", Kind::Keys, None),
    test(
        "unscaled_eigenvalue",
        "largest eigenvalue without 1/(g g)",
        Kind::Keys,
        None,
    ),
];

const fn test(key: &'static str, name: &'static str, kind: Kind, theorem: Option<f64>) -> Test {
    Test {
        key,
        name,
        kind,
        theorem,
    }
}

/// How the null is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// How many permutations of the tokens, and how many random values. Without any there is no null.
    pub count: usize,
    /// What they depend on.
    pub seed: u64,
}

/// The draws of one head: the same whatever the other heads are, and in which order they come.
pub fn stream(seed: u64, head: usize) -> impl FnMut() -> f64 {
    let mut key = [0_u8; 32];
    for (slot, byte) in std::iter::zip(&mut key, seed.to_le_bytes()) {
        *slot = byte;
    }
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(head as u64);
    move || noise::uniform(&mut rng)
}

/// The number with this logarithm to base 10, where it is well within the range.
pub fn of_ordinary_size(log10: f64) -> Option<f64> {
    (log10.abs() < 300.0).then(|| 10_f64.powf(log10))
}

/// The values of a head as chance gives them, one after the other.
pub struct Unrelated {
    null: NullRows,
    /// How many there are.
    count: usize,
    /// How many were taken.
    taken: usize,
    /// Between two shifts.
    step: usize,
    uniform: Box<dyn FnMut() -> f64 + Send>,
}

impl Unrelated {
    /// Most shifts.
    const SHIFTS: usize = 18;

    /// Those of the head with this number: so many permutations of the stream of a seed, or the shifts by 1, 1 + s, 1 + 2s and so
    /// on, with the least s for which there are at most 18 of them.
    pub fn new(null: NullRows, n_keys: usize, number: usize, draws: Draws) -> Self {
        let all = n_keys.saturating_sub(1);
        let step = all.div_ceil(Self::SHIFTS).max(1);
        Self {
            null,
            count: match null {
                NullRows::Permuted => draws.count,
                NullRows::Shifted => all.div_ceil(step),
            },
            taken: 0,
            step,
            uniform: Box::new(stream(draws.seed, number)),
        }
    }

    /// How many there are: no shift of a single token.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The next of the values.
    pub fn draw(&mut self, values: &DMatrix<f64>) -> DMatrix<f64> {
        let by = 1 + self.taken * self.step;
        self.taken += 1;
        match self.null {
            NullRows::Permuted => permuted_rows(values, &mut *self.uniform),
            NullRows::Shifted => shifted_rows(values, by),
        }
    }
}

/// One number under both kinds of chance.
struct Chance<T> {
    permuted: T,
    random: T,
}

/// The values that one head is tested with: its own, and what chance gives.
pub struct DrawnValues {
    /// Its own, then the permuted ones, then as many random ones.
    all: Vec<DMatrix<f64>>,
}

impl DrawnValues {
    /// The draws of the head with this number, by which they are told from those of others.
    pub fn new(head: &Head, number: usize, draws: Draws) -> Self {
        let (n, value_dim) = head.values().shape();
        let mut uniform = stream(draws.seed, number);
        let mut all = vec![head.values().clone()];
        all.extend((0..draws.count).map(|_| permuted_rows(head.values(), &mut uniform)));
        all.extend((0..draws.count).map(|_| random_matrix(n, value_dim, &mut uniform)));
        Self { all }
    }

    /// All of them, each `N×D_v`.
    pub fn all(&self) -> &[DMatrix<f64>] {
        &self.all
    }

    /// How many of them are permuted, and how many random.
    fn count(&self) -> usize {
        self.all.len() / 2
    }

    /// Those of chance: permuted, random.
    fn chance(&self) -> [&[DMatrix<f64>]; 2] {
        self.all[1..].split_at(self.count()).into()
    }
}

/// Softmax attention over [`DrawnValues`], where something else than the core computed it.
pub struct Outputs {
    /// `N_q×D_v` of each of the values.
    pub all: Vec<DMatrix<f64>>,
    /// The share up to which their squared lengths are right.
    pub rounding: f64,
}

impl HeadClaims {
    /// Every test of the head with this number, in f64.
    ///
    /// # Errors
    /// As the tests.
    pub fn new(head: &Head, number: usize, draws: Draws) -> Result<Self, Error> {
        Self::of(head, &DrawnValues::new(head, number, draws), None)
    }

    /// Every test of the head, with attention as the core has it, or as it is given.
    ///
    /// # Errors
    /// As the tests; [`Error::ShapeMismatch`] for outputs that are not those of the values.
    pub fn of(head: &Head, drawn: &DrawnValues, outputs: Option<&Outputs>) -> Result<Self, Error> {
        let claim = ProjectionClaim::new(head, None)?;
        let all = tests(&claim, drawn, outputs)?;
        let (own, chance) = all.split_first().ok_or(Error::NoTokens { what: "values" })?;
        let (of_permuted, of_random) = chance.split_at(drawn.count());
        let null = Chance {
            permuted: drawn_from(of_permuted, ProjectionNull::new)?,
            random: drawn_from(of_random, ProjectionNull::new)?,
        };
        let [permuted, random] = drawn.chance();
        let mut readings = projection(own, &null);
        readings.extend(similarities(&claim, head, [permuted, random])?);

        let gamma = |values: &DMatrix<f64>| claimed(gamma_spread(claim.pca(), &claim.coefficients(values)?));
        let gammas = over(&gamma, [permuted, random])?;
        let relative = |spread: eigenlens_core::claims::GammaSpread| spread.relative;
        readings.push(Reading {
            value: gamma(head.values())?.map(relative),
            permuted: spread(gammas.permuted.into_iter().map(|gamma| gamma.map(relative)))?,
            random: spread(gammas.random.into_iter().map(|gamma| gamma.map(relative)))?,
            test: TESTS[11],
        });
        let dual = |values: &DMatrix<f64>| Ok(claimed(dual_values(&claim, values))?.and_then(|dual| dual.correlation));
        let duals = over(&dual, [permuted, random])?;
        readings.push(Reading {
            value: dual(head.values())?,
            permuted: spread(duals.permuted)?,
            random: spread(duals.random)?,
            test: TESTS[12],
        });
        readings.push(Reading {
            value: Some(claim.pca().eigenvalues().first().copied().unwrap_or_default()),
            permuted: None,
            random: None,
            test: TESTS[13],
        });
        readings.push(Reading {
            value: log10_without_scaling(head.keys(), None)?.and_then(of_ordinary_size),
            permuted: None,
            random: None,
            test: TESTS[14],
        });
        Ok(Self {
            tokens: head.n_keys(),
            value_dim: head.value_dim(),
            axes: claim.pca().rank(),
            readings,
        })
    }

    /// The reading of a test.
    pub fn reading(&self, key: &str) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.test.key == key)
    }
}

/// The tests against the theorem, of each of the values.
fn tests(
    claim: &ProjectionClaim,
    drawn: &DrawnValues,
    outputs: Option<&Outputs>,
) -> Result<Vec<ProjectionTests>, Error> {
    let values = drawn.all.iter();
    let Some(outputs) = outputs else {
        return values.map(|values| claim.tests(values)).collect();
    };
    if outputs.all.len() != drawn.all.len() {
        return Err(Error::ShapeMismatch {
            what: "the number of outputs",
            has: outputs.all.len(),
            needs: drawn.all.len(),
        });
    }
    std::iter::zip(values, &outputs.all)
        .map(|(values, output)| claim.tests_of_output(values, output, outputs.rounding))
        .collect()
}

/// The tests against the theorem, the first of [`TESTS`], in their order; none for what cannot be tested.
pub fn against_theorem(tests: &ProjectionTests) -> [Option<f64>; 7] {
    let [overlap, residual, zero_sum] = tests
        .gauge_free
        .numbers()
        .map_or([None; 3], |numbers| numbers.map(Some));
    let literal = &tests.literal;
    let stored = [
        literal.column_sum(),
        literal.eigen_residual(),
        literal.bessel,
        literal.loss,
    ];
    let [column_sum, eigen_residual, bessel, loss] = stored.map(Some);
    [overlap, residual, zero_sum, column_sum, eigen_residual, bessel, loss]
}

/// The tests against the theorem.
fn projection(own: &ProjectionTests, null: &Chance<Option<ProjectionNull>>) -> Vec<Reading> {
    let of_gauge_free = |at: usize| {
        let of = |null: &Option<ProjectionNull>| Some(null.as_ref()?.gauge_free.as_ref()?[at].clone());
        (of(&null.permuted), of(&null.random))
    };
    let of_literal = |of: fn(&ProjectionNull) -> &Spread| {
        (
            null.permuted.as_ref().map(|null| of(null).clone()),
            null.random.as_ref().map(|null| of(null).clone()),
        )
    };
    let nulls = [
        of_gauge_free(0),
        of_gauge_free(1),
        of_gauge_free(2),
        of_literal(|null| &null.column_sum),
        of_literal(|null| &null.eigen_residual),
        of_literal(|null| &null.bessel),
        of_literal(|null| &null.loss),
    ];
    let numbers = std::iter::zip(against_theorem(own), nulls);
    std::iter::zip(TESTS, numbers)
        .map(|(test, (value, (permuted, random)))| Reading {
            test,
            value,
            permuted,
            random,
        })
        .collect()
}

/// The similarities with the constructed values, where the keys have as many axes as there are value columns.
fn similarities(
    claim: &ProjectionClaim,
    head: &Head,
    [permuted, random]: [&[DMatrix<f64>]; 2],
) -> Result<Vec<Reading>, Error> {
    let tests = TESTS.iter().skip(7).take(4);
    let testable = head.value_dim() <= claim.pca().rank();
    let constructed = if testable {
        claim.constructed(head.value_dim())?
    } else {
        DMatrix::zeros(0, 0)
    };
    let own = if testable {
        claimed(similarity(head.values(), &constructed))?
    } else {
        None
    };
    let Some(own) = own else {
        let empty = tests.map(|test| Reading {
            test: *test,
            value: None,
            permuted: None,
            random: None,
        });
        return Ok(empty.collect());
    };
    let null = |drawn: &[DMatrix<f64>]| {
        drawn_from(drawn, |drawn| {
            similarity_null(drawn.iter().map(|values| (values.clone(), constructed.clone())))
        })
    };
    let (permuted, random) = (null(permuted)?, null(random)?);
    let own = [own.cosine, own.matched_cosine, own.linear_cka, own.kernel_cka];
    // A matching does not see the order of the tokens, so only random values are a null for it.
    let permuted = of_similarity(permuted, false);
    let random = of_similarity(random, true);
    let numbers = std::iter::zip(own, std::iter::zip(permuted, random));
    Ok(std::iter::zip(tests, numbers)
        .map(|(test, (value, (permuted, random)))| Reading {
            test: *test,
            value: Some(value),
            permuted,
            random,
        })
        .collect())
}

/// The nulls of the similarities, in their order; that of the matching where it has one.
fn of_similarity(null: Option<SimilarityNull>, matched: bool) -> [Option<Spread>; 4] {
    null.map_or([const { None }; 4], |null| {
        let matching = matched.then_some(null.matched_cosine);
        [
            Some(null.cosine),
            matching,
            Some(null.linear_cka),
            Some(null.kernel_cka),
        ]
    })
}

/// What draws give, where there are any.
fn drawn_from<D, T>(drawn: &[D], null: impl FnOnce(&[D]) -> Result<T, Error>) -> Result<Option<T>, Error> {
    (!drawn.is_empty()).then(|| null(drawn)).transpose()
}

/// A number of every draw of both kinds.
fn over<T>(
    number: &impl Fn(&DMatrix<f64>) -> Result<T, Error>,
    [permuted, random]: [&[DMatrix<f64>]; 2],
) -> Result<Chance<Vec<T>>, Error> {
    let of = |drawn: &[DMatrix<f64>]| drawn.iter().map(number).collect::<Result<Vec<T>, _>>();
    Ok(Chance {
        permuted: of(permuted)?,
        random: of(random)?,
    })
}

/// The distribution, unless some draw has no number.
fn spread(numbers: impl IntoIterator<Item = Option<f64>>) -> Result<Option<Spread>, Error> {
    let numbers: Option<Vec<f64>> = numbers.into_iter().collect();
    let numbers = numbers.filter(|numbers| !numbers.is_empty());
    numbers.map(Spread::new).transpose()
}

/// A result, or nothing where its formula has no meaning for the head.
fn claimed<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(number) => Ok(Some(number)),
        Err(Error::NotDefined { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
