//! The noise brush: a seeded stroke over tokens.
//!
//! The draw for a token depends on the seed and on which token it is, never on the order or the speed in which the brush
//! passes: the generator is `ChaCha8` with the seed as its key and the token as its stream. What a stroke did is stored as
//! positions on the grid, so a link does not depend on the generator; the next stroke takes the next seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::scene::Scene;
use super::{CellNoise, EditError, GridPoint, Library, TokenRef};

/// What a brush adds to each coordinate of a token. Both kinds have mean 0 and the same variance, strength².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoiseKind {
    /// strength · N(0, 1).
    #[default]
    Gaussian,
    /// Sparse spikes: ±2 · strength with probability 1/4, else nothing.
    Spikes,
}

impl NoiseKind {
    /// Both kinds, in the order of the switch.
    pub const ALL: &'static [Self] = &[Self::Gaussian, Self::Spikes];

    /// The kind's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Gaussian => 0,
            Self::Spikes => 1,
        }
    }

    /// The kind with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Name on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "Gaussian",
            Self::Spikes => "Spikes",
        }
    }
}

/// Probability of a spike in one coordinate.
const SPIKE_PROBABILITY: f64 = 0.25;
/// Height of a spike in strengths: 1/√p, so that spikes have the variance of the Gaussian.
const SPIKE_HEIGHT: f64 = 2.0;
/// Grid steps in one board unit.
const STEPS_PER_UNIT: f64 = 1024.0;

/// The noise brush: settings of the tool, and the seed of its next stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brush {
    /// What it adds.
    pub kind: NoiseKind,
    /// Standard deviation of each coordinate, in steps of 2⁻¹⁰ board units; at most [`Brush::MAX_STEPS`].
    pub strength: u16,
    /// Seed of the next stroke.
    pub seed: u32,
    /// Radius on the board within which a token counts as passed, in steps of 2⁻¹⁰ board units; at most
    /// [`Brush::MAX_STEPS`].
    pub radius: u16,
    /// What it does in the robust lens.
    pub damage: CellNoise,
}

impl Default for Brush {
    fn default() -> Self {
        Self {
            kind: NoiseKind::Gaussian,
            strength: 256,
            seed: 1,
            radius: 384,
            damage: CellNoise::default(),
        }
    }
}

impl Brush {
    /// Largest strength and radius in steps: just below 16 board units, a quarter of the board.
    pub const MAX_STEPS: u16 = (1 << 14) - 1;

    /// Standard deviation of each coordinate, in board units.
    pub fn strength(self) -> f64 {
        f64::from(self.strength) / STEPS_PER_UNIT
    }

    /// The same brush with the strength nearest to this one, in board units, at most [`Brush::MAX_STEPS`].
    #[must_use]
    pub fn with_strength(self, strength_in_world: f64) -> Self {
        Self {
            strength: ((strength_in_world * STEPS_PER_UNIT).round() as u16).min(Self::MAX_STEPS),
            ..self
        }
    }

    /// Radius of the brush, in board units.
    pub fn radius(self) -> f64 {
        f64::from(self.radius) / STEPS_PER_UNIT
    }

    /// What a stroke with this brush adds to a token, in board units.
    pub fn draw(self, token: TokenRef) -> [f64; 2] {
        let mut key = [0_u8; 32];
        let [a, b, c, d] = self.seed.to_le_bytes();
        key[..4].copy_from_slice(&[a, b, c, d]);
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(match token {
            TokenRef::Key(index) => (index as u64) << 1,
            TokenRef::Query(index) => ((index as u64) << 1) | 1,
        });
        let unit = match self.kind {
            NoiseKind::Gaussian => gaussian_pair(&mut rng),
            NoiseKind::Spikes => [spike(&mut rng), spike(&mut rng)],
        };
        unit.map(|coordinate| coordinate * self.strength())
    }

    /// Adds the noise of one stroke to the tokens it passed and moves the seed on.
    ///
    /// Nothing is changed unless every token is there.
    pub(super) fn stroke(
        &mut self,
        scene: &mut Scene,
        tokens: &[TokenRef],
        library: &Library,
    ) -> Result<(), EditError> {
        if let Some(missing) = tokens.iter().copied().find(|token| !scene.has(*token)) {
            return Err(scene.missing(missing));
        }
        let positions = scene.base_positions(library)?;
        for token in tokens {
            let Some([x, y]) = positions.of(*token) else {
                continue;
            };
            let [dx, dy] = self.draw(*token);
            // From the position before the stroke, so a token named twice is moved once.
            scene.move_token(*token, GridPoint::from_world([x + dx, y + dy]))?;
        }
        self.seed = self.seed.wrapping_add(1);
        Ok(())
    }
}

/// A uniform number in [0, 1) with 53 bits.
pub(super) fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * 2.0_f64.powi(-53)
}

/// Two independent standard normal numbers by the Box–Muller transform:
/// `√(−2 ln u) · (cos 2πv, sin 2πv)` with u in (0, 1], v in [0, 1).
pub(super) fn gaussian_pair(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let radius = (-2.0 * (1.0 - uniform(rng)).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * uniform(rng)).sin_cos();
    [radius * cos, radius * sin]
}

/// ±2 with probability 1/8 each, else 0.
fn spike(rng: &mut ChaCha8Rng) -> f64 {
    let u = uniform(rng);
    if u < SPIKE_PROBABILITY / 2.0 {
        SPIKE_HEIGHT
    } else if u < SPIKE_PROBABILITY {
        -SPIKE_HEIGHT
    } else {
        0.0
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::lab;
    use super::super::{Lab, Origin, Source};
    use super::*;

    const BOTH: [NoiseKind; 2] = [NoiseKind::Gaussian, NoiseKind::Spikes];

    fn brush(kind: NoiseKind, seed: u32) -> Brush {
        Brush {
            kind,
            strength: 1024,
            seed,
            ..Brush::default()
        }
    }

    #[test]
    fn draws_do_not_change_over_time() {
        // A lesson that names a seed relies on these.
        let draws =
            |kind| [TokenRef::Key(0), TokenRef::Key(1), TokenRef::Query(0)].map(|token| brush(kind, 1).draw(token));
        let snapped = draws(NoiseKind::Gaussian).map(|draw| GridPoint::from_world(draw).steps());
        assert_eq!(snapped, [[-280, 964], [767, 633], [198, -436]]);
        assert_eq!(draws(NoiseKind::Spikes), [[0.0, 0.0], [0.0, 2.0], [2.0, 0.0]]);
    }

    #[test]
    fn both_kinds_have_mean_0_and_the_variance_of_the_strength() {
        for kind in BOTH {
            let draws: Vec<f64> = (0..20_000)
                .flat_map(|index| brush(kind, 7).draw(TokenRef::Key(index)))
                .collect();
            let n = draws.len() as f64;
            let mean = draws.iter().sum::<f64>() / n;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            // Five standard errors of each: 1/√n and, with the larger kurtosis (spikes: 4), √(3/n).
            assert!(mean.abs() < 5.0 / n.sqrt(), "{kind:?}: mean {mean}");
            assert!(
                (variance - 1.0).abs() < 5.0 * (3.0 / n).sqrt(),
                "{kind:?}: variance {variance}"
            );
            let beyond = draws.iter().filter(|x| x.abs() > 1.0).count() as f64 / n;
            // P(|N(0, 1)| > 1) = 0.3173; spikes 1/4.
            let expected = if kind == NoiseKind::Gaussian { 0.3173 } else { 0.25 };
            assert!(
                (beyond - expected).abs() < 5.0 * 0.5 / n.sqrt(),
                "{kind:?}: {beyond} beyond 1"
            );
        }
    }

    #[test]
    fn spikes_are_sparse_and_of_both_signs() {
        let draws: Vec<f64> = (0..400)
            .flat_map(|index| brush(NoiseKind::Spikes, 3).draw(TokenRef::Key(index)))
            .collect();
        assert!(draws.iter().all(|x| [0.0, 2.0, -2.0].contains(x)));
        for height in [0.0, 2.0, -2.0] {
            assert!(draws.contains(&height), "{height}");
        }
    }

    #[test]
    fn a_draw_depends_on_seed_and_token() {
        let draw = |seed, token| brush(NoiseKind::Gaussian, seed).draw(token);
        let first = draw(1, TokenRef::Key(0));
        assert_eq!(draw(1, TokenRef::Key(0)), first);
        for other in [
            draw(2, TokenRef::Key(0)),
            draw(1 << 24, TokenRef::Key(0)),
            draw(1, TokenRef::Key(1)),
            draw(1, TokenRef::Query(0)),
        ] {
            assert_ne!(other, first);
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_pass_does_not_matter(mut passed in Just((0..13).collect::<Vec<usize>>()).prop_shuffle(), seed: u32) {
            let library = Library::default();
            let mut lab = Lab::default();
            lab.brush.seed = seed;
            let tokens: Vec<_> = lab.scene.tokens().collect();
            let mut in_order = lab.clone();
            in_order.noise_stroke(&tokens, &library).expect("the tokens are there");
            // Tokens that are passed twice are moved once.
            passed.extend([3, 3, 5]);
            let any_order: Vec<_> = passed.iter().map(|index| tokens[*index]).collect();
            lab.noise_stroke(&any_order, &library).expect("the tokens are there");
            prop_assert_eq!(lab, in_order);
        }

        #[test]
        fn a_stroke_is_on_the_grid_where_the_draw_says(lab in lab()) {
            let library = Library::default();
            let mut after = lab.clone();
            let tokens: Vec<_> = lab.scene.tokens().step_by(2).collect();
            let result = after.noise_stroke(&tokens, &library);
            if matches!(lab.scene.source, Source::File(_) | Source::Text(_)) {
                prop_assert!(result.is_err(), "its tokens are not here");
                prop_assert_eq!(after, lab);
                return Ok(());
            }
            prop_assert_eq!(result, Ok(()));
            prop_assert_eq!(after.brush.seed, lab.brush.seed.wrapping_add(1));
            // Wrong entries go with their token; it is the token that is moved.
            let before = lab.scene.base_positions(&library).expect("built in");
            let moved = after.scene.base_positions(&library).expect("built in");
            for token in lab.scene.tokens() {
                let ([x, y], [dx, dy]) = (before.of(token).expect("there"), lab.brush.draw(token));
                // Keys of one dimension lie on a line.
                let on_a_line = matches!(lab.scene.source, Source::Preset(id) if id.preset().keys.matrix().ncols() == 1);
                let dy = if on_a_line { 0.0 } else { dy };
                let expected = if tokens.contains(&token) {
                    GridPoint::from_world([x + dx, y + dy]).to_world()
                } else {
                    [x, y]
                };
                prop_assert_eq!(moved.of(token), Some(expected));
            }
        }
    }

    #[test]
    fn a_stroke_over_a_missing_token_changes_nothing() {
        let mut lab = Lab::default();
        let tokens = [TokenRef::Key(0), TokenRef::Key(12)];
        assert!(lab.noise_stroke(&tokens, &Library::default()).is_err());
        assert_eq!(lab, Lab::default());
        assert_eq!(lab.scene.keys[0].origin, Origin::Row(0));
    }
}
