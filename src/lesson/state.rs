//! The lab of a step, from its words.

use std::sync::Arc;

use eigenlens_core::{Cloud, Head};
use eigenlens_words::lesson::Cloud as Points;
use nalgebra::DMatrix;

use crate::command::words::edit_of;
use crate::lab::{Camera, EditError, Lab, LensId, Library, Source, link};

/// Why a step has no lab.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    /// A word that means nothing, or nothing on this lab.
    #[error("“{word}” is no command here")]
    Word {
        /// The word.
        word: String,
    },
    /// A word that could not be carried out.
    #[error("“{word}”: {error}")]
    Refused {
        /// The word.
        word: String,
        /// Why.
        error: EditError,
    },
    /// A link that is broken.
    #[error("the link of the step: {0}")]
    Link(String),
    /// A cloud that cannot be computed with.
    #[error("the cloud of the step: {0}")]
    Cloud(String),
}

/// The lab of a step: that of its link, else a fresh one, on a cloud of its own where it has one, and then its words in
/// their order. The cloud is put into the library.
///
/// # Errors
/// [`StateError`], at the first word that cannot be carried out.
pub fn lab_of(words: &[String], cloud: Option<&Points>, library: &mut Library) -> Result<Lab, StateError> {
    let (link, words) = match words.split_first() {
        Some((link, rest)) if link.starts_with('#') => (Some(link), rest),
        _ => (None, words),
    };
    let mut lab = match link {
        None => Lab::default(),
        Some(link) => match link::decode(link) {
            (lab, None) => lab,
            (_, Some(notice)) => return Err(StateError::Link(crate::lab::Notice::from(&notice).what)),
        },
    };
    if let Some(points) = cloud {
        lab.select(source_of(points, library)?);
    }
    carry_out(words, &mut lab, library)?;
    Ok(lab)
}

/// Carries out words on a lab, in their order.
///
/// # Errors
/// As [`lab_of`].
pub fn carry_out(words: &[String], lab: &mut Lab, library: &Library) -> Result<(), StateError> {
    for word in words {
        let unknown = || StateError::Word { word: word.clone() };
        if let Some(lens) = word.strip_prefix("lens ") {
            let known = LensId::ALL.iter().find(|id| id.key() == lens);
            lab.lens = *known.ok_or_else(unknown)?;
        } else if let Some(view) = word.strip_prefix("board ") {
            lab.camera = camera(view).ok_or_else(unknown)?;
        } else {
            let edit = edit_of(word, lab).ok_or_else(unknown)?;
            edit.apply(lab, library).map_err(|error| StateError::Refused {
                word: word.clone(),
                error,
            })?;
        }
    }
    Ok(())
}

/// "0 0 8": the middle of the board and how much of the plane it shows.
fn camera(view: &str) -> Option<Camera> {
    let numbers: Vec<f64> = view.split(' ').map(|x| x.parse().ok()).collect::<Option<_>>()?;
    let [x, y, span] = numbers.try_into().ok()?;
    let is_good = [x, y, span].iter().all(|x: &f64| x.is_finite()) && span > 0.0;
    is_good.then(|| Camera::at([x, y], span))
}

/// Puts a cloud into the library.
fn source_of(points: &Points, library: &mut Library) -> Result<Source, StateError> {
    let fail = |error: String| StateError::Cloud(error);
    let matrix = |rows: &[Vec<f64>]| {
        let columns = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != columns) {
            return Err(fail("rows of different lengths".to_owned()));
        }
        Ok(DMatrix::from_row_iterator(
            rows.len(),
            columns,
            rows.iter().flatten().copied(),
        ))
    };
    let points = &points.written_out();
    let keys = matrix(&points.keys)?;
    let or_keys = |rows: &[Vec<f64>]| {
        if rows.is_empty() {
            Ok(keys.clone())
        } else {
            matrix(rows)
        }
    };
    let (queries, values) = (or_keys(&points.queries)?, or_keys(&points.values)?);
    let head = Head::new(queries, keys, values).map_err(|error| fail(error.to_string()))?;
    let mut cloud = Cloud::new(vec![head], Vec::new()).map_err(|error| fail(error.to_string()))?;
    if !points.values_prev.is_empty() {
        let before = vec![matrix(&points.values_prev)?];
        cloud = cloud
            .with_previous_values(before)
            .map_err(|error| fail(error.to_string()))?;
    }
    let inserted = library.insert("lesson", hash(points), Arc::new(cloud));
    inserted.map_err(|error| fail(error.to_string()))
}

/// A name for coordinates that only the same coordinates have (FNV-1a, 64 bits).
fn hash(points: &Points) -> [u8; 8] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |bits: u64| {
        for byte in bits.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for rows in [&points.keys, &points.queries, &points.values, &points.values_prev] {
        mix(rows.len() as u64);
        for row in rows {
            mix(row.len() as u64);
            for x in row {
                mix(x.to_bits());
            }
        }
    }
    hash.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::TokenRef;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_make_a_lab_in_their_order() {
        let mut library = Library::default();
        let state = words(&[
            "cloud compass",
            "lens smoother",
            "smoother dot",
            "move key 1 3 0",
            "temperature 0.5",
            "board 0 0 8",
        ]);
        let lab = lab_of(&state, None, &mut library).expect("a lab");
        assert_eq!(lab.lens, LensId::Smoother);
        let positions = lab.scene.positions(&library).expect("positions");
        assert_eq!(positions.of(TokenRef::Key(0)), Some([3.0, 0.0]));
        assert_eq!(lab.scene.temperature.value(2), 0.5);
        let mut linked = vec![link::encode(&lab)];
        assert_eq!(lab_of(&linked, None, &mut library), Ok(lab.clone()));
        linked.push("move key 1 2 0".to_owned());
        assert_ne!(lab_of(&linked, None, &mut library), Ok(lab));
    }

    #[test]
    fn a_cloud_of_its_own_keeps_every_digit() {
        let mut library = Library::default();
        let points = Points {
            keys: vec![vec![0.1, 0.2], vec![std::f64::consts::LN_2, -3.7]],
            queries: vec![vec![0.3, 0.0]],
            ..Points::default()
        };
        let lab = lab_of(&words(&["lens kernel-pca"]), Some(&points), &mut library).expect("a lab");
        let head = lab.scene.head(&library).expect("a head");
        assert_eq!(head.keys()[(1, 0)], std::f64::consts::LN_2);
        assert_eq!((head.values().nrows(), head.n_queries()), (2, 1));
        let mut other = points.clone();
        other.keys[0][0] = 0.1 + 1e-16;
        let same = lab_of(&[], Some(&other), &mut library).expect("a lab");
        assert_eq!(same.scene.source == lab.scene.source, other == points);
    }

    #[test]
    fn a_key_that_is_there_many_times_is_written_once() {
        let mut library = Library::default();
        let once = Points {
            keys: vec![vec![3.0, 0.0], vec![0.5, 0.25]],
            values: vec![vec![1.0], vec![2.0]],
            queries: vec![vec![3.0, 0.0]],
            times: vec![1, 3],
            ..Points::default()
        };
        let each = Points {
            keys: vec![vec![3.0, 0.0], vec![0.5, 0.25], vec![0.5, 0.25], vec![0.5, 0.25]],
            values: vec![vec![1.0], vec![2.0], vec![2.0], vec![2.0]],
            times: Vec::new(),
            ..once.clone()
        };
        assert_eq!(once.written_out(), each);
        let [once, each] = [once, each].map(|points| lab_of(&[], Some(&points), &mut library).expect("a lab"));
        assert_eq!(once, each, "the same cloud has the same name");
        assert_eq!(once.scene.keys.len(), 4);
        // As many as the board takes, and one more.
        assert_eq!(eigenlens_words::lesson::MOST_KEYS as usize, crate::lab::MAX_TOKENS);
        let many = |times: i64| Points {
            keys: vec![vec![3.0, 0.0], vec![0.0, 0.0]],
            queries: vec![vec![3.0, 0.0]],
            times: vec![1, times],
            ..Points::default()
        };
        let full = lab_of(&[], Some(&many(1024)), &mut library).expect("a lab");
        assert_eq!(full.scene.keys.len(), 1025);
        let error = lab_of(&[], Some(&many(1025)), &mut library).expect_err("too many");
        assert!(error.to_string().contains("1026"), "{error}");
    }

    #[test]
    fn what_means_nothing_is_named() {
        let mut library = Library::default();
        for wrong in [
            "",
            "fly",
            "lens x",
            "move key 1 nan 0",
            "board 0 0 0",
            "axis 0",
            "erase key 99",
            "cloud none",
        ] {
            let error = lab_of(&words(&[wrong]), None, &mut library).expect_err(wrong);
            assert_eq!(error, StateError::Word { word: wrong.to_owned() });
        }
        let error = lab_of(&words(&["move key 99 0 0"]), None, &mut library).expect_err("no such key");
        assert!(
            error.to_string().starts_with("“move key 99 0 0”: there is no key 99"),
            "{error}"
        );
        let error = lab_of(&words(&["#v1.x"]), None, &mut library).expect_err("no link");
        assert!(matches!(error, StateError::Link(_)), "{error}");
        let points = Points {
            keys: vec![vec![1.0], vec![1.0, 2.0]],
            ..Points::default()
        };
        assert!(matches!(
            lab_of(&[], Some(&points), &mut library),
            Err(StateError::Cloud(_))
        ));
    }
}
