//! What stands on the cards: the claim, who makes it, what kind of claim it is, and a state for and against it.

use crate::command::{Command, Edit};
use crate::lab::text::head_number;
use crate::lab::{Card, GridPoint, LensId, PresetId, Source, TextId, ValuesFrom};

/// What kind of claim it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It holds for any tokens, to rounding.
    Exact,
    /// It holds for some values and not for others; whether for trained ones is disputed.
    Disputed,
    /// An inequality.
    Bound,
    /// It is a choice of the authors.
    Choice,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exact => "Exact",
            Self::Disputed => "Disputed",
            Self::Bound => "Bound",
            Self::Choice => "Modelling choice",
        }
    }
}

/// A card.
pub(super) struct Words {
    /// The claim, in one sentence.
    pub(super) claim: &'static str,
    /// Its name in the list.
    pub(super) short: &'static str,
    /// Who makes it, and where.
    pub(super) source: &'static str,
    pub(super) kind: Kind,
    /// What the two buttons show.
    pub(super) shows: [&'static str; 2],
    /// What was found for it, and against it.
    pub(super) found: [&'static str; 2],
}

/// Numbers that stand in what was found, by their names among the readouts.
#[expect(clippy::approx_constant, reason = "0.318 is a cosine, and not near 1/π by design")]
pub(super) const REPORTED: [(Card, &str, f64); 6] = [
    (Card::Similarity, "reported_cosine", 0.32),
    (Card::Similarity, "reported_linear_cka", 0.11),
    (Card::Similarity, "reported_kernel_cka", 0.32),
    (Card::Similarity, "unrelated_cosine", 0.318),
    (Card::Similarity, "unrelated_linear_cka", 0.248),
    (Card::Similarity, "unrelated_kernel_cka", 0.358),
];

/// The words of a card.
pub(super) const fn words(card: Card) -> Words {
    let (claim, short, source, kind, shows) = match card {
        Card::Projection => (
            "Softmax attention is a kernel PCA projection.",
            "A kernel PCA projection",
            "Teo & Nguyen 2024, equations 4–13",
            Kind::Disputed,
            ["planted values", "values of a head"],
        ),
        Card::Similarity => (
            "Trained values are those that the theorem constructs.",
            "Alike to constructed values",
            "claimed by Teo & Nguyen 2024, tested by Sarıtaş & Yıldız 2025",
            Kind::Disputed,
            ["planted values", "values of a head"],
        ),
        Card::Training => (
            "The projection loss falls, so the layer learns PCA.",
            "A falling loss",
            "Teo & Nguyen 2024, section 2.2.1",
            Kind::Disputed,
            ["planted targets", "other targets"],
        ),
        Card::Gamma => (
            "γ hardly differs, so the values are eigenvectors.",
            "Differences of γ",
            "Teo & Nguyen 2024, section 2.2.2",
            Kind::Disputed,
            ["planted values", "values of a head"],
        ),
        Card::Eigenvalue => (
            "The largest eigenvalue is 648.46.",
            "The eigenvalue 648.46",
            "Teo & Nguyen 2024, section 2.2.2",
            Kind::Bound,
            ["a clock", "a head"],
        ),
        Card::Gauge => (
            "The columns of the values are the eigenvectors.",
            "Columns and spans",
            "Teo & Nguyen 2024, Theorem 1",
            Kind::Choice,
            ["planted values", "values of a head"],
        ),
        Card::Pursuit => (
            "RPC-Attention is Principal Component Pursuit.",
            "RPC-Attention and pursuit",
            "Teo & Nguyen 2024, section 3",
            Kind::Choice,
            ["a slip", "clean keys"],
        ),
        Card::Elliptical => (
            "The weights are elliptical, and robust by a bound.",
            "A robustness bound",
            "Nielsen et al. 2024, Proposition 1",
            Kind::Bound,
            ["a rectangle", "a head"],
        ),
        Card::BatchNorm => (
            "Attention-BN centres the keys.",
            "Centred keys",
            "Nguyen et al. 2023, equation 26",
            Kind::Exact,
            ["a crowd", "a compass"],
        ),
        Card::Dual => (
            "Values are the dual variables of a regression.",
            "Values as dual variables",
            "Nguyen et al. 2023, Theorem 1",
            Kind::Choice,
            ["a clock", "values of a head"],
        ),
    };
    Words {
        claim,
        short,
        source,
        kind,
        shows,
        found: found(card),
    }
}

/// What was found for a claim and against it, in short: the texts beside the cards have the sources.
const fn found(card: Card) -> [&'static str; 2] {
    match card {
        Card::Projection => [
            "Values that are built from the keys pass every test. On “long” 31 of 72 heads have more overlap than all 18 shifts of their values; by chance 3.8 would.",
            "On “long” the mean overlap of 72 heads is 0.494, where chance gives 0.461 and the theorem 1.",
        ],
        Card::Similarity => [
            "All four numbers change when V becomes VM, so low ones do not exclude that the spans agree.",
            "Sarıtaş & Yıldız 2025 find averages of at most 0.32, 0.11 and 0.32. Unrelated matrices of 197 × 64 give 0.318, 0.248 and 0.358.",
        ],
        Card::Training => [
            "Teo & Nguyen 2024 show a loss that falls in training, as it would if the layer learnt the projection.",
            "In the logs the outputs shrink and J ends below 0, where no projection can be.",
        ],
        Card::Gamma => [
            "Teo & Nguyen 2024 find differences near 0, and eigenvalues that are much larger.",
            "At 197 keys random vectors have 1.1·10⁻⁶: near 0 as well. Relative to its size that is about 0.6.",
        ],
        Card::Eigenvalue => [
            "648.46, 4.65, 40.07 and 17.73 are what the authors give: greatest, least, mean and median.",
            "Under their own definition no eigenvalue of 197 tokens is above 197. Without 1/(g g) such sizes are usual.",
        ],
        Card::Gauge => [
            "For any keys there are values whose columns are the scaled eigenvectors.",
            "Any mixing of these columns is as good for the network, so nothing in training singles them out.",
        ],
        Card::Pursuit => [
            "Teo & Nguyen 2024 report better accuracy of trained networks, on clean and on corrupted data.",
            "One iteration is clipping, and K − L − S does not go to 0, as that of a pursuit does.",
        ],
        Card::Elliptical => [
            "The bound holds for every push. Nielsen et al. 2024 report accuracy of trained networks under attacks.",
            "In 2000 random trials at most 2.2 % of the extended bound was used, and a metric near 0 has the least bound.",
        ],
        Card::BatchNorm => [
            "Nguyen et al. 2023 report better accuracy with recentring in all their experiments.",
            "Centring the keys changes nothing. What is left is a bias against keys that point where most do.",
        ],
        Card::Dual => [
            "Fitted values obey every condition of the optimum, the bound among them.",
            "Learned values are the optimum of no regression that is known. In the 72 heads of a text the correlation is about +0.25 on average; at the bound it is −1.",
        ],
    }
}

/// What the buttons do: a state that supports the claim, and one that breaks it.
pub(super) fn states(card: Card) -> [Vec<Command>; 2] {
    use PresetId as Preset;
    let preset = |id| vec![Edit::Select(Source::Preset(id))];
    let head = || vec![Edit::Select(Source::Text(TextId::Long)), Edit::Head(7)];
    let with = |mut edits: Vec<Edit>, values| {
        edits.push(Edit::Values(values));
        edits
    };
    let free = |id| with(preset(id), ValuesFrom::Free);
    let planted = || with(head(), ValuesFrom::Constructed);
    let learned = || with(head(), ValuesFrom::Free);
    let edits = match card {
        Card::Projection | Card::Similarity | Card::Gamma | Card::Gauge => [planted(), learned()],
        Card::Training => [
            with(preset(Preset::Rectangle), ValuesFrom::Constructed),
            with(other_values(), ValuesFrom::Free),
        ],
        Card::Eigenvalue => [preset(Preset::Clock), head()],
        Card::Pursuit => [free(Preset::Slip), free(Preset::Line)],
        Card::Elliptical => [free(Preset::Rectangle), with(third_layer(), ValuesFrom::Free)],
        Card::BatchNorm => [free(Preset::Crowd), free(Preset::Compass)],
        Card::Dual => [free(Preset::Clock), learned()],
    };
    edits.map(|edits| edits.into_iter().map(Command::Edit).collect())
}

/// A head whose weights are far off the ellipses: it has a layer before, and with it an estimated metric.
fn third_layer() -> Vec<Edit> {
    vec![
        Edit::Select(Source::Text(TextId::Long)),
        Edit::Head(head_number([2, 11])),
    ]
}

/// The rectangle with values that are no axes of its keys: the targets of the seventh lesson.
fn other_values() -> Vec<Edit> {
    let values = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.5], [0.5, -0.5]].map(GridPoint::from_world);
    let select = Edit::Select(Source::Preset(PresetId::Rectangle));
    let set = values
        .into_iter()
        .enumerate()
        .map(|(key, value)| Edit::Value(key, value));
    std::iter::once(select).chain(set).collect()
}

/// The lens that shows what a card is about.
pub(super) const fn lens(card: Card) -> LensId {
    match card {
        Card::Projection | Card::Similarity | Card::Training | Card::Gamma | Card::Eigenvalue | Card::Gauge => {
            LensId::KernelPca
        }
        Card::Pursuit => LensId::Robust,
        Card::Elliptical => LensId::Elliptical,
        Card::BatchNorm | Card::Dual => LensId::SupportVectors,
    }
}
