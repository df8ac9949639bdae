//! Tensors that are drawn from a seed, the same bits here, in the browser and in a script on numpy or `PyTorch`.

use eigenlens_core::{Bound, Error as CoreError};

use crate::cores;
use crate::error::Error;
use crate::task::{Mechanism, Task, Tensors};

/// The increment of `SplitMix64`.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The stream of words that places the spikes, after those of the four tensors.
const SPIKES: u64 = 4;

/// The mean of the sum of twelve numbers from 0 to 65535.
const MEAN: i64 = 6 * 65535;

/// Seeded tensors: independent numbers of mean 0 and standard deviation 1, the keys `logit_std` times that, so that
/// `q_iᵀk_j/√D` has the standard deviation `logit_std`. In symmetric RPC-Attention, where the keys ask, they are
/// `√logit_std` times that, and `k_iᵀk_j/√D`, `i ≠ j`, has it.
///
/// Entry i of tensor t (0 queries, 1 keys, 2 values, 3 values of the layer before; i counts through `[B, H, N, D]` row
/// by row) is a function of seed, t and i alone. All whole numbers have 64 bits and wrap; `>>` brings zeros:
///
/// ```text
/// mix(x):  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
///          x = (x ^ (x >> 27)) * 0x94d049bb133111eb
///          x ^ (x >> 31)
/// word(t, c)  = mix(mix(mix(seed) + 0x9e3779b97f4a7c15 * (t + 1)) + 0x9e3779b97f4a7c15 * (c + 1))
/// sum(t, i)   = the sum of the twelve 16-bit parts of word(t, 3i), word(t, 3i + 1) and word(t, 3i + 2)
/// unit(t, i)  = f64(sum(t, i) - 393210) / sqrt(4294967295.0)
/// entry(t, i) = f32(unit(t, i) * scale)
/// ```
///
/// so `word(t, ·)` are the outputs of `SplitMix64` (Steele, Lea and Flood 2014) from the state
/// `mix(mix(seed) + γ(t + 1))`. The sum has the mean 393210 and the variance 12(65536² − 1)/12 = 4294967295, and is
/// normal to the eye (Irwin–Hall), within ±6 standard deviations. `scale` is 1, for keys `logit_std`, or its square
/// root; the square roots, the quotient, the product and the last rounding are those of IEEE 754, so every language
/// gives the same bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Of the draw.
    pub seed: u64,
    /// Standard deviation of the logits, finite and above 0.
    pub logit_std: f64,
}

/// Spikes on some entries of the keys.
///
/// Entry i gets one where `w >> 11 < share · 2⁵³`, `w = word(4, i)` as in [`Inputs`]; then it is
/// `f32((unit(1, i) ± size) * scale)`, with plus where w is even.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Share of the entries that get a spike, from 0 to 1.
    pub share: f64,
    /// Size of a spike in standard deviations of an entry, finite.
    pub size: f64,
}

impl Inputs {
    /// The tensors that the task reads; the others are empty.
    ///
    /// # Errors
    /// [`Error::Mathematics`] for a standard deviation out of its range, and for tensors that the memory does not hold.
    pub fn tensors(&self, task: &Task) -> Result<Tensors, Error> {
        let none = Noise { share: 0.0, size: 0.0 };
        self.noisy_tensors(task, &none)
    }

    /// The same tensors with spikes on some entries of the keys.
    ///
    /// # Errors
    /// As [`Inputs::tensors`], and for a share or a size out of its range.
    pub fn noisy_tensors(&self, task: &Task, noise: &Noise) -> Result<Tensors, Error> {
        let scale = self.key_scale(task)?;
        noise.check()?;
        // Whole numbers of up to 53 bits are exact, so nothing here depends on how a comparison rounds.
        let below = noise.share * 2_f64.powi(53);
        let spike = |at: usize| {
            let word = word(self.stream(SPIKES), at as u64);
            match (((word >> 11) as f64) < below, word.is_multiple_of(2)) {
                (false, _) => 0.0,
                (true, true) => noise.size,
                (true, false) => -noise.size,
            }
        };
        let none = |_: usize| 0.0;
        let [query, key, value, previous] = task.needs();
        let shape = task.shape;
        Ok(Tensors {
            query: self.draw(0, read(query, shape.query_len()), 1.0, none)?,
            key: self.draw(1, read(key, shape.key_len()), scale, spike)?,
            value: self.draw(2, read(value, shape.key_len()), 1.0, none)?,
            previous: self.draw(3, read(previous, shape.key_len()), 1.0, none)?,
        })
    }

    /// By what the keys are multiplied.
    fn key_scale(&self, task: &Task) -> Result<f64, Error> {
        let std = self.logit_std;
        if !std.is_finite() || std <= 0.0 {
            return Err(out_of_bounds(
                "the standard deviation of the logits",
                std,
                Bound::Positive,
            ));
        }
        let keys_ask = matches!(&task.mechanism, Mechanism::Rpc(rpc) if !rpc.asymmetric);
        Ok(if keys_ask { std.sqrt() } else { std })
    }

    /// The first `len` entries of a tensor.
    fn draw(
        &self,
        tensor: u64,
        len: usize,
        scale: f64,
        added: impl Fn(usize) -> f64 + Send + Sync,
    ) -> Result<Vec<f32>, Error> {
        let mut entries = cores::zeros(len)?;
        let stream = self.stream(tensor);
        cores::fill(&mut entries, |at| {
            ((unit(stream, at as u64) + added(at)) * scale) as f32
        });
        Ok(entries)
    }

    /// The state from which a stream of words begins.
    fn stream(&self, number: u64) -> u64 {
        mix(mix(self.seed).wrapping_add(GAMMA.wrapping_mul(number + 1)))
    }
}

impl Noise {
    fn check(&self) -> Result<(), Error> {
        let share = "the share of entries with a spike";
        if !self.share.is_finite() || self.share < 0.0 {
            return Err(out_of_bounds(share, self.share, Bound::NotNegative));
        }
        if self.share > 1.0 {
            return Err(out_of_bounds(share, self.share, Bound::AtMost(1)));
        }
        if !self.size.is_finite() {
            return Err(out_of_bounds("the size of a spike", self.size, Bound::Finite));
        }
        Ok(())
    }
}

/// The length of a tensor that is read, else 0.
fn read((_, needed): (&'static str, bool), len: usize) -> usize {
    if needed { len } else { 0 }
}

/// The finaliser of `SplitMix64`: every bit of the result depends on every bit of `x`.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Output `count` of a stream.
fn word(stream: u64, count: u64) -> u64 {
    mix(stream.wrapping_add(GAMMA.wrapping_mul(count.wrapping_add(1))))
}

/// A number of mean 0 and standard deviation 1.
fn unit(stream: u64, at: u64) -> f64 {
    let sum: i64 = (0..3)
        .map(|part| parts(word(stream, at.wrapping_mul(3).wrapping_add(part))))
        .sum();
    (sum - MEAN) as f64 / 4_294_967_295_f64.sqrt()
}

/// The sum of the four 16-bit parts of a word.
fn parts(word: u64) -> i64 {
    (0..4).map(|part| i64::from((word >> (16 * part)) as u16)).sum()
}

fn out_of_bounds(what: &'static str, value: f64, bound: Bound) -> Error {
    CoreError::OutOfBounds { what, value, bound }.into()
}

#[cfg(test)]
mod tests {
    use std::iter::zip;

    use eigenlens_core::RpcForm;

    use super::*;
    use crate::shape::Shape;
    use crate::task::{Metric, Rpc};

    fn task(mechanism: Mechanism, shape: Shape) -> Task {
        Task {
            shape,
            mechanism,
            temperature: None,
            causal: false,
        }
    }

    fn softmax() -> Task {
        task(Mechanism::Softmax, Shape::new(2, 3, 40, 16).unwrap())
    }

    fn symmetric() -> Mechanism {
        Mechanism::Rpc(Rpc {
            form: RpcForm::Released,
            lambda: 4.0,
            iterations: 4,
            model_width: None,
            asymmetric: false,
        })
    }

    fn seven(logit_std: f64) -> Inputs {
        Inputs { seed: 7, logit_std }
    }

    fn bits(entries: &[f32], at: [usize; 4]) -> [u32; 4] {
        at.map(|at| entries[at].to_bits())
    }

    /// Made by numpy from the formula in the documentation.
    #[test]
    fn other_languages_give_the_same_bits() {
        let elliptical = Mechanism::Elliptical(Metric::Estimated {
            delta: 1.0,
            scaling: eigenlens_core::MetricScaling::Max,
        });
        let task = task(elliptical, Shape::new(2, 3, 40, 16).unwrap());
        let made = seven(8.0).tensors(&task).unwrap();
        let at = [0, 1, 2, 1919];
        assert_eq!(bits(&made.query, at), [0x3f421e00, 0x3e821000, 0xbd315000, 0xbfc15200]);
        assert_eq!(bits(&made.key, at), [0x412c4500, 0x3e8cd000, 0xc0ff1200, 0x40fc1f00]);
        assert_eq!(bits(&made.value, at), [0xbfdcd200, 0x3f59fc00, 0x3e4dd000, 0xbea4b800]);
        assert_eq!(
            bits(&made.previous, at),
            [0x3f877580, 0xbfb49800, 0x3fb44b80, 0xbe1f2c00]
        );
        let last = Inputs {
            seed: u64::MAX,
            logit_std: 1.0,
        };
        let made = last.tensors(&task).unwrap();
        assert_eq!(bits(&made.value, at), [0xbe3d5000, 0xbf822d80, 0xbf3bb700, 0x3f94a780]);
    }

    #[test]
    fn keys_that_ask_share_the_deviation() {
        let task = task(symmetric(), Shape::new(2, 3, 40, 16).unwrap());
        let made = seven(8.0).tensors(&task).unwrap();
        let at = [0, 1, 2, 1919];
        assert_eq!(bits(&made.key, at), [0x4073a03b, 0x3dc72392, 0xc0345ca9, 0x403246cb]);
        assert_eq!([made.query.len(), made.previous.len()], [0, 0]);
    }

    #[test]
    fn spikes_fall_where_the_formula_says() {
        let noise = Noise { share: 0.25, size: 6.0 };
        let made = seven(8.0).noisy_tensors(&softmax(), &noise).unwrap();
        assert_eq!(
            made.key[..12].iter().map(|key| key.to_bits()).collect::<Vec<_>>(),
            [
                0x412c4500, 0x3e8cd000, 0xc0ff1200, 0xbf9b1000, 0x3fa0a000, 0xc22d7960, 0x3fe4fc00, 0x424ac420,
                0x3f087000, 0xc1259400, 0x40a09300, 0xc250e260
            ]
        );
        let clean = seven(8.0).tensors(&softmax()).unwrap();
        assert_eq!([&made.query, &made.value], [&clean.query, &clean.value]);
        let hit = zip(&made.key, &clean.key).filter(|(noisy, clean)| noisy != clean);
        let share = hit.count() as f64 / clean.key.len() as f64;
        assert!((share - 0.25).abs() < 0.04, "{share}");
        let all = Noise { share: 1.0, size: 1.0 };
        let all = seven(8.0).noisy_tensors(&softmax(), &all).unwrap();
        assert!(zip(&all.key, &clean.key).all(|(noisy, clean)| ((noisy - clean).abs() - 8.0).abs() < 1e-5));
    }

    #[test]
    fn entries_are_normal_and_logits_have_their_deviation() {
        let shape = Shape::new(1, 2, 300, 64).unwrap();
        for std in [1.0, 4.0, 8.0] {
            let asked = seven(std).tensors(&task(Mechanism::Softmax, shape)).unwrap();
            let alike = seven(std).tensors(&task(symmetric(), shape)).unwrap();
            for (queries, keys) in [(&asked.query, &asked.key), (&alike.key, &alike.key)] {
                let rows = |tensor: &[f32]| tensor[..300 * 64].chunks(64).map(<[f32]>::to_vec).collect::<Vec<_>>();
                let (queries, keys) = (rows(queries), rows(keys));
                let logits = queries.iter().enumerate().flat_map(|(i, query)| {
                    let others = keys.iter().enumerate().filter(move |&(j, _)| j != i);
                    others.map(move |(_, key)| zip(query, key).map(|(q, k)| f64::from(q * k)).sum::<f64>() / 8.0)
                });
                let deviation = deviation(logits);
                assert!((deviation / std - 1.0).abs() < 0.02, "{deviation} for {std}");
            }
            let (values, kurtosis) = (asked.value.iter().map(|&v| f64::from(v)), 3.0 - 0.1);
            let n = asked.value.len() as f64;
            assert!(values.clone().sum::<f64>().abs() / n < 0.02);
            assert!((deviation(values.clone()) - 1.0).abs() < 0.02);
            assert!((values.map(|v| v.powi(4)).sum::<f64>() / n - kurtosis).abs() < 0.1);
        }
    }

    fn deviation(numbers: impl Iterator<Item = f64>) -> f64 {
        let (count, squares) = numbers.fold((0.0, 0.0), |(count, squares), x| (count + 1.0, squares + x * x));
        (squares / count).sqrt()
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let refusal = |logit_std, share, size| {
            let refused = seven(logit_std).noisy_tensors(&softmax(), &Noise { share, size });
            refused.unwrap_err().to_string()
        };
        for (refused, sentence) in [
            (
                refusal(0.0, 0.0, 0.0),
                "the standard deviation of the logits is 0, but must be a finite number greater than 0",
            ),
            (
                refusal(f64::NAN, 0.0, 0.0),
                "the standard deviation of the logits is NaN, but must be a finite number greater than 0",
            ),
            (
                refusal(1.0, 1.5, 0.0),
                "the share of entries with a spike is 1.5, but must be at most 1",
            ),
            (
                refusal(1.0, -0.5, 0.0),
                "the share of entries with a spike is -0.5, but must be a finite number, 0 or greater",
            ),
            (
                refusal(1.0, 0.5, f64::INFINITY),
                "the size of a spike is infinity, but must be a finite number",
            ),
        ] {
            assert_eq!(refused, sentence);
        }
    }

    #[test]
    fn tensors_beyond_the_memory_are_refused() {
        let vast = task(Mechanism::Softmax, Shape::new(1 << 20, 1 << 10, 1 << 20, 128).unwrap());
        let refused = seven(1.0).tensors(&vast).unwrap_err().to_string();
        assert_eq!(
            refused,
            "the number of entries of a tensor is 1.4411518807585587e17, but must be few enough for the memory"
        );
    }
}
