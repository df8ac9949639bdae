//! Breaking keys: strokes and steps of the robust lens. What they do is stored as values, so a link needs no generator.

use eigenlens_core::{Head, Mechanism, attend, deviation_gradient, symmetric_attention};
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::corruption::{steps, units};
use super::noise::{gaussian_pair, uniform};
use super::robust::{CellNoise, Damage, room_for};
use super::source::{Library, Role, SceneError};
use super::{Corruption, EditError, GridPoint, Lab, Lift, Scene, TokenRef, Truth};

/// How far the gradient is looked for from clean keys, in sizes of the step: at the clean keys themselves it is 0.
const RANDOM_START: f64 = 0.01;

impl Scene {
    /// Entries of a key.
    pub fn columns(&self, library: &Library) -> Result<usize, SceneError> {
        let ground = library.ground(&self.source, self.head)?;
        Ok(self.lift.columns(ground.dim()))
    }

    /// Says what was added to entries of keys (key and entry from 0, thousandths); 0 makes an entry clean.
    pub fn set_cells(&mut self, cells: &[(u16, u16, i16)], library: &Library) -> Result<(), EditError> {
        let columns = self.columns(library)?;
        let mut corruption = self.corruption.clone();
        for (key, column, steps) in cells {
            if usize::from(*key) >= self.keys.len() || usize::from(*column) >= columns {
                return Err(EditError::NoSuchCell {
                    key: usize::from(*key) + 1,
                    column: usize::from(*column) + 1,
                    keys: self.keys.len(),
                    columns,
                });
            }
            corruption.set(*key, *column, *steps);
        }
        room_for(corruption.len())?;
        self.corruption = corruption;
        Ok(())
    }

    /// Where the uncorrupted token must be put so that it is seen at `to`: its wrong entries go with it.
    pub fn before_corruption(
        &self,
        token: TokenRef,
        to: GridPoint,
        library: &Library,
    ) -> Result<GridPoint, SceneError> {
        let TokenRef::Key(index) = token else { return Ok(to) };
        if !self.corruption.touches(index) {
            return Ok(to);
        }
        let (Some(seen), Some(base)) = (
            self.positions(library)?.of(token),
            self.base_positions(library)?.of(token),
        ) else {
            return Ok(to);
        };
        let [x, y] = to.to_world();
        Ok(GridPoint::from_world([
            x - (seen[0] - base[0]),
            y - (seen[1] - base[1]),
        ]))
    }

    /// Makes the entries of a key wrong so that it is seen at `to`, while the clean key stays where it is. The wrong entries
    /// that it had go.
    pub fn slip(&mut self, key: usize, to: GridPoint, library: &Library) -> Result<(), EditError> {
        let token = TokenRef::Key(key);
        let place = self.keys.get(key).copied().ok_or_else(|| self.missing(token))?;
        let ground = library.ground(&self.source, self.head)?;
        let base = ground.token(place.origin, place.at, Role::Key)?;
        let seen = ground.token(place.origin, Some(to), Role::Key)?;
        let across: Vec<f64> = std::iter::zip(&seen, &base).map(|(seen, base)| seen - base).collect();
        let added = match self.lift.frame(ground.dim()) {
            Some(frame) => super::truth::lift(&frame, &across),
            None => across,
        };
        let mut corruption = self.corruption.clone();
        corruption.heal_key(key);
        for (column, added) in added.iter().enumerate() {
            corruption.set(key as u16, column as u16, steps(added / ground.scale()));
        }
        room_for(corruption.len())?;
        self.corruption = corruption;
        Ok(())
    }

    /// Puts the keys of a plane into another space. Tokens are seen where they were: their wrong entries become those of the
    /// new space that show the same on the board, to a thousandth.
    pub fn set_lift(&mut self, lift: Lift, library: &Library) -> Result<(), EditError> {
        if lift == self.lift {
            return Ok(());
        }
        let dim = library.ground(&self.source, self.head)?.dim();
        let (from, to) = (self.lift.frame(dim), lift.frame(dim));
        let mut next = Corruption::default();
        if dim <= 2 {
            for key in 0..self.keys.len() {
                let mut across = vec![0.0; dim];
                for (column, added) in self.corruption.of_key(key) {
                    for (axis, entry) in across.iter_mut().enumerate() {
                        *entry += match &from {
                            Some(frame) => frame.get((column, axis)).copied().unwrap_or_default() * added,
                            None if axis == column => added,
                            None => 0.0,
                        };
                    }
                }
                let added = to
                    .as_ref()
                    .map_or(across.clone(), |frame| super::truth::lift(frame, &across));
                for (column, added) in added.iter().enumerate() {
                    next.set(key as u16, column as u16, steps(*added));
                }
            }
        } else {
            next = self.corruption.clone();
        }
        room_for(next.len())?;
        self.corruption = next;
        self.lift = lift;
        Ok(())
    }
}

impl Lab {
    /// One stroke of the robust lens' noise over keys (queries are passed over); the seed moves on by one.
    pub fn strike(&mut self, tokens: &[TokenRef], library: &Library) -> Result<(), EditError> {
        if let Some(missing) = tokens.iter().copied().find(|token| !self.scene.has(*token)) {
            return Err(self.scene.missing(missing));
        }
        let mut keys: Vec<usize> = tokens
            .iter()
            .filter_map(|token| match token {
                TokenRef::Key(key) => Some(*key),
                TokenRef::Query(_) => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let columns = self.scene.columns(library)?;
        let noise = self.brush.damage;
        let mut corruption = self.scene.corruption.clone();
        let gradient = match noise.damage {
            Damage::Adversary => Some(self.adversary(library)?),
            Damage::Spikes | Damage::Token | Damage::Gaussian => None,
        };
        for key in keys {
            let mut rng = stream(self.brush.seed, noise.damage, key);
            for column in 0..columns {
                let added = match &gradient {
                    Some(gradient) => sign(gradient.get((key, column)).copied().unwrap_or_default()),
                    None => draw(noise, &mut rng),
                };
                let before = units(corruption.steps(key, column));
                corruption.set(key as u16, column as u16, steps(before + noise.size() * added));
            }
        }
        room_for(corruption.len())?;
        self.scene.corruption = corruption;
        self.brush.seed = self.brush.seed.wrapping_add(1);
        Ok(())
    }

    /// The gradient of half the squared distance of the output from the clean one, with respect to the keys, `N×C`. At the
    /// clean keys it is 0; there it is taken a small random step away, whose seed is the brush's.
    fn adversary(&self, library: &Library) -> Result<DMatrix<f64>, EditError> {
        let truth = self.scene.truth(library)?;
        let queries_ask = self.choices.robust.queries_ask(&self.scene);
        let dim = library
            .ground(&self.scene.source, self.scene.head)
            .map(|ground| ground.dim())?;
        let temperature = self.scene.temperature.value(dim);
        let gradient = gradient(&truth, queries_ask, temperature, None);
        let gradient = match gradient {
            Ok(gradient) if gradient.amax() > 0.0 => Ok(gradient),
            Ok(_) => {
                let step = RANDOM_START * self.brush.damage.size();
                let rows = truth.seen.nrows();
                let mut rngs: Vec<ChaCha8Rng> = (0..rows)
                    .map(|key| stream(self.brush.seed, Damage::Adversary, key))
                    .collect();
                let away = DMatrix::from_fn(rows, truth.seen.ncols(), |row, _| {
                    rngs.get_mut(row).map_or(0.0, |rng| step * random_sign(rng))
                });
                self::gradient(&truth, queries_ask, temperature, Some(&away))
            }
            Err(error) => Err(error),
        };
        Ok(gradient.map_err(SceneError::Core)?)
    }
}

/// The gradient at the seen keys, or so far away from them.
fn gradient(
    truth: &Truth,
    queries_ask: bool,
    temperature: f64,
    away: Option<&DMatrix<f64>>,
) -> Result<DMatrix<f64>, eigenlens_core::Error> {
    let output = |queries: &DMatrix<f64>, keys: &DMatrix<f64>, values: &DMatrix<f64>| {
        if queries_ask {
            let scoring = Mechanism::Softmax
                .scoring(keys.ncols())?
                .with_temperature(temperature)?;
            let head = Head::new(queries.clone(), keys.clone(), values.clone())?;
            Ok::<_, eigenlens_core::Error>(attend(&head, &scoring)?.output)
        } else {
            symmetric_attention(keys, values, Some(temperature))
        }
    };
    let clean = output(&truth.clean_queries, &truth.clean, &truth.clean_values)?;
    // A row without a clean partner pulls nowhere.
    let mut target = output(&truth.seen_queries, &truth.seen, &truth.seen_values)?;
    let pairs = if queries_ask { &truth.queries } else { &truth.keys };
    for [of_clean, of_seen] in pairs {
        if *of_clean < clean.nrows() && *of_seen < target.nrows() {
            target.set_row(*of_seen, &clean.row(*of_clean));
        }
    }
    let keys = away.map_or_else(|| truth.seen.clone(), |away| &truth.seen + away);
    let queries = queries_ask.then_some(&truth.seen_queries);
    deviation_gradient(&keys, &truth.seen_values, queries, &target, Some(temperature))
}

/// The stream of a key in a stroke.
fn stream(seed: u32, damage: Damage, key: usize) -> ChaCha8Rng {
    let mut bytes = [0_u8; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    // The board's own brush leaves this byte 0.
    bytes[4] = damage.code() + 1;
    let mut rng = ChaCha8Rng::from_seed(bytes);
    rng.set_stream(key as u64);
    rng
}

/// What is added to an entry, in sizes.
fn draw(noise: CellNoise, rng: &mut ChaCha8Rng) -> f64 {
    match noise.damage {
        Damage::Spikes if uniform(rng) >= f64::from(noise.percent) / 100.0 => 0.0,
        Damage::Spikes | Damage::Token | Damage::Adversary => random_sign(rng),
        Damage::Gaussian => gaussian_pair(rng)[0],
    }
}

fn random_sign(rng: &mut ChaCha8Rng) -> f64 {
    if rng.next_u64() & 1 == 0 { 1.0 } else { -1.0 }
}

/// −1, 0 or 1.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
