//! What was chosen in the lenses: the switches and selections that belong to one theory of the cloud.

use super::{Card, ClaimsChoices, EllipticalChoices, FullSizeChoices, RobustChoices, SupportChoices};
use eigenlens_core::{TileOrder, sorted_by};

/// The choices of all lenses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// How a kernel would compute the softmax lens' row.
    pub softmax: SoftmaxChoices,
    /// Which weights the smoother lens draws as discs.
    pub smoother: SmootherForm,
    /// What else its board shows.
    pub smoother_view: SmootherView,
    /// The kernel PCA lens.
    pub kernel_pca: KernelPcaChoices,
    /// The robust lens.
    pub robust: RobustChoices,
    /// The elliptical lens.
    pub elliptical: EllipticalChoices,
    /// The support-vector lens.
    pub support: SupportChoices,
    /// The full-size lens.
    pub full_size: FullSizeChoices,
    /// The card of the claims lens.
    pub card: Card,
    /// What else was chosen there.
    pub claims: ClaimsChoices,
    /// The map of all heads of a text, in every lens that has one.
    pub heads: HeadsChoices,
}

/// What was chosen of the map of all heads of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadsChoices {
    /// The map is open: on a phone it is the card, on a wall the chart, beside the board the lower part.
    pub open: bool,
    /// What the kernel PCA lens reads of each head.
    pub reading: AxisReading,
}

/// What an axis is asked in every head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AxisReading {
    /// Whether it belongs to one token: its largest entry.
    #[default]
    Token,
    /// Whether it tells two parts of the text apart: the share of pairs in one order.
    Parts,
}

impl AxisReading {
    /// Every reading, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::Token, Self::Parts];

    /// The reading's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Token => 0,
            Self::Parts => 1,
        }
    }

    /// The reading with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reading| reading.code() == code)
    }

    /// The stable name, as in `all-heads parts`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Parts => "parts",
        }
    }
}

/// What was chosen in the softmax lens: what a kernel does with the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftmaxChoices {
    /// Whether queries, keys and values are stored in half precision.
    pub half: bool,
    /// The order of the keys where the row is shown in tiles.
    pub tiles: Option<TileOrder>,
}

impl SoftmaxChoices {
    /// The orders with their numbers in links, which are never reused (0: no tiles), and their stable names.
    pub const ORDERS: [(TileOrder, u8, &'static str); 3] = [
        (TileOrder::AsGiven, 1, "given"),
        (TileOrder::Rising, 2, "rising"),
        (TileOrder::Falling, 3, "falling"),
    ];
}

/// A member of the family `q·k/τ + b` between dot product and distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SmootherForm {
    /// `q·k/τ`.
    #[default]
    Dot,
    /// `−‖q − k‖²/(2τ)`: the Nadaraya–Watson smoother with a Gaussian of variance τ.
    NadarayaWatson,
    /// `q·k/τ − ‖k‖²/(2τ)`: the same rows as the smoother.
    DotWithBias,
}

impl SmootherForm {
    /// Every form, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Dot, Self::NadarayaWatson, Self::DotWithBias];

    /// The form's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Dot => 0,
            Self::NadarayaWatson => 1,
            Self::DotWithBias => 2,
        }
    }

    /// The form with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }

    /// The stable name, as in `smoother dot`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::NadarayaWatson => "nadaraya-watson",
            Self::DotWithBias => "bias",
        }
    }

    /// The word on the switch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot product",
            Self::NadarayaWatson => "Nadaraya–Watson",
            Self::DotWithBias => "dot product + bias",
        }
    }
}

/// What the board of the smoother lens shows beside the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SmootherView {
    /// Nothing else.
    #[default]
    Row,
    /// Which key a query of each place would weigh most.
    Territories,
    /// The same query's output over [`Self::REFINED`] tokens on the closed curve through the cloud.
    Refined,
}

impl SmootherView {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Row, Self::Territories, Self::Refined];
    /// How many tokens a refined cloud has.
    pub const REFINED: usize = 32_768;

    /// The view's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Row => 0,
            Self::Territories => 1,
            Self::Refined => 2,
        }
    }

    /// The view with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }
}

/// Which kernel the Gram matrix is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KernelChoice {
    /// `exp(x·y/τ)`: the projection is softmax attention.
    #[default]
    Exponential,
    /// `exp(−‖x − y‖²/(2τ))`: the projection is the Nadaraya–Watson smoother.
    Gaussian,
}

impl KernelChoice {
    /// Every kernel, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::Exponential, Self::Gaussian];

    /// The kernel's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Exponential => 0,
            Self::Gaussian => 1,
        }
    }

    /// The kernel with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.code() == code)
    }

    /// The word on the switch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::Gaussian => "Gaussian",
        }
    }
}

/// Where the values of the kernel PCA lens come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ValuesFrom {
    /// Built from the keys, so that attention is the projection.
    #[default]
    Constructed,
    /// The cloud's own, which can be edited.
    Free,
}

/// What was chosen in the kernel PCA lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelPcaChoices {
    /// The axis on the board, from 0.
    pub axis: u8,
    /// How many axes are kept, at least 1.
    pub kept: u8,
    /// Whether the mean of the keys is taken off in feature space.
    pub centred: bool,
    /// The kernel.
    pub kernel: KernelChoice,
    /// Where the values come from.
    pub values: ValuesFrom,
    /// Order and signs of the axes.
    pub frame: AxisFrame,
}

impl Default for KernelPcaChoices {
    fn default() -> Self {
        Self {
            axis: 0,
            kept: 2,
            centred: true,
            kernel: KernelChoice::default(),
            values: ValuesFrom::default(),
            frame: AxisFrame::default(),
        }
    }
}

/// How the first axes are ordered and signed, relative to the canonical ones (eigenvalues descending, the largest entry of a
/// vector positive).
///
/// The sign of an eigenvector is free and its place changes where two eigenvalues cross. A gesture writes here what keeps the
/// picture continuous, so that no axis flips under the hand, and a link shows what its maker saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisFrame {
    /// Shown axis `d` is canonical axis `order[d]`; a permutation.
    order: [u8; Self::AXES],
    /// Bit `d`: shown axis `d` has the sign opposite to the canonical one.
    flips: u8,
}

impl Default for AxisFrame {
    fn default() -> Self {
        Self {
            order: std::array::from_fn(|axis| axis as u8),
            flips: 0,
        }
    }
}

impl AxisFrame {
    /// Axes that have an order and a sign of their own; those beyond are canonical.
    pub const AXES: usize = 8;

    /// The frame with this order and these signs; nothing when the order is no permutation.
    pub fn new(order: [u8; Self::AXES], flips: u8) -> Option<Self> {
        let mut all = (0..).take(Self::AXES);
        all.all(|axis| order.contains(&axis)).then_some(Self { order, flips })
    }

    /// Shown axis `d` is canonical axis `order()[d]`.
    pub fn order(&self) -> [u8; Self::AXES] {
        self.order
    }

    /// Bit `d`: shown axis `d` is flipped.
    pub fn flips(&self) -> u8 {
        self.flips
    }

    /// For each of `n` shown axes the canonical axis behind it, and its sign (1 or −1). Every canonical axis below `n` comes
    /// once: places that the order gives to axes that do not exist are closed up.
    pub fn shown(&self, n: usize) -> Vec<(usize, f64)> {
        let framed = self.order.iter().enumerate().map(|(place, axis)| {
            let sign = if self.flips >> place & 1 == 1 { -1.0 } else { 1.0 };
            (usize::from(*axis), sign)
        });
        framed
            .filter(|(axis, _)| *axis < n)
            .chain((Self::AXES..n).map(|axis| (axis, 1.0)))
            .collect()
    }

    /// The frame in which the new axes are nearest to the shown old ones. `overlap(d, e)` is the cosine between shown old axis
    /// `d` and canonical new axis `e`, both below `n`.
    ///
    /// The pairs are taken by the size of their overlap, the largest first, so the choice does not depend on the order of the
    /// axes.
    pub fn following(n: usize, overlap: impl Fn(usize, usize) -> f64) -> Self {
        let n = n.min(Self::AXES);
        let mut pairs: Vec<(f64, usize, usize)> = Vec::with_capacity(n * n);
        for old in 0..n {
            for new in 0..n {
                pairs.push((overlap(old, new), old, new));
            }
        }
        // Pairs of the same overlap are in the order of the axes already.
        let pairs = sorted_by(&pairs, &|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let mut frame = Self::default();
        let (mut old_taken, mut new_taken) = ([false; Self::AXES], [false; Self::AXES]);
        for (overlap, old, new) in pairs {
            if old_taken[old] || new_taken[new] {
                continue;
            }
            (old_taken[old], new_taken[new]) = (true, true);
            frame.order[old] = new as u8;
            frame.flips |= u8::from(overlap < 0.0) << old;
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_permutation() {
        assert_eq!(AxisFrame::new([0, 1, 2, 3, 4, 5, 6, 7], 0), Some(AxisFrame::default()));
        assert_eq!(AxisFrame::new([0, 0, 2, 3, 4, 5, 6, 7], 0), None);
        assert_eq!(AxisFrame::new([0, 1, 2, 3, 4, 5, 6, 8], 0), None);
    }

    #[test]
    fn every_axis_is_shown_once() {
        let frame = AxisFrame::new([7, 1, 0, 3, 4, 5, 6, 2], 0b101).expect("a permutation");
        assert_eq!(frame.shown(3), vec![(1, 1.0), (0, -1.0), (2, 1.0)]);
        let all: Vec<usize> = frame.shown(11).into_iter().map(|(axis, _)| axis).collect();
        assert_eq!(all, vec![7, 1, 0, 3, 4, 5, 6, 2, 8, 9, 10]);
    }

    #[test]
    fn axes_that_turn_over_or_change_places_are_followed() {
        // New axis 0 is minus old axis 1, new axis 1 is old axis 0.
        let cosines = [[0.1, 0.99], [-0.98, 0.2]];
        let frame = AxisFrame::following(2, |old, new| cosines[old][new]);
        assert_eq!(frame.shown(2), vec![(1, 1.0), (0, -1.0)]);
        let same = AxisFrame::following(3, |old, new| if old == new { 1.0 } else { 0.0 });
        assert_eq!(same, AxisFrame::default());
    }
}
