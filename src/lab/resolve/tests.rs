use std::sync::Arc;

use eigenlens_core::Error;
use proptest::prelude::*;

use super::*;
use crate::lab::{GridPoint, Lab, MAX_FILES, MAX_TOKENS, Notice, PresetId, Severity, Source, TooLarge};

/// A file of two heads with five queries, six keys and three value coordinates; coordinates spread like `size`.
fn cloud(dim: usize, size: f64) -> Arc<Cloud> {
    let entry = |i: usize, j: usize, k: usize| size * ((i * 31 + j * 17 + k * 7) as f64).sin();
    let matrix = |rows: usize, columns: usize, k| DMatrix::from_fn(rows, columns, |i, j| entry(i, j, k));
    let head = |k: usize| {
        Head::new(matrix(5, dim, k), matrix(6, dim, k + 1), matrix(6, 3, k + 2)).expect("finite and of one shape")
    };
    Arc::new(Cloud::new(vec![head(0), head(10)], Vec::new()).expect("two heads of one shape"))
}

/// A library with one file, and a lab on it.
fn lab_of(cloud: &Arc<Cloud>) -> (Library, Lab) {
    let mut library = Library::default();
    let source = library
        .insert("heads.npz", [1; 8], Arc::clone(cloud))
        .expect("it is small");
    (library, Lab::of(source))
}

fn bits(row: Option<Vec<f64>>) -> Option<Vec<u64>> {
    row.map(|row| row.into_iter().map(f64::to_bits).collect())
}

#[test]
fn an_untouched_scene_is_its_source_bit_for_bit() {
    for dim in [1, 2, 3, 32] {
        let cloud = cloud(dim, 1.0);
        let (library, mut lab) = lab_of(&cloud);
        for (index, head) in cloud.heads().iter().enumerate() {
            lab.set_head(index as u16).expect("there are two heads");
            assert_eq!(&lab.scene.head(&library).expect("a valid file"), head);
        }
    }
}

proptest! {
    #[test]
    fn a_moved_token_is_moved_along_the_sources_plane_and_nothing_else_moves(
        dim in 1..6_usize,
        key in 0..6_usize,
        query in 0..5_usize,
        to in [-20.0..20.0, -20.0..20.0],
    ) {
        let cloud = cloud(dim, 1.0);
        let source = &cloud.heads()[0];
        let (library, mut lab) = lab_of(&cloud);
        let at = GridPoint::from_world(to);
        lab.move_key(key, at).expect("the key is there");
        lab.move_query(query, at).expect("the query is there");
        let head = lab.scene.head(&library).expect("a valid file");
        let ground = library.ground(&lab.scene.source, 0).expect("a valid file");
        let place = |row: Option<Vec<f64>>| ground.plane().coordinates(&row.expect("it is there")).expect("D is right");
        for (moved, before) in [(head.key(key), source.key(key)), (head.query(query), source.query(query))] {
            let [x, y] = at.to_world();
            let expected = if dim == 1 { [x, 0.0] } else { [x, y] };
            for (ours, expected) in std::iter::zip(place(moved.clone()), expected) {
                prop_assert!((ours - expected).abs() < 1e-12, "{} and {}", ours, expected);
            }
            // What the plane does not show stays: moved back, it is the same token.
            let back = ground.plane().move_to(&moved.expect("it is there"), place(before.clone())).expect("D is right");
            for (ours, expected) in std::iter::zip(back, before.expect("it is there")) {
                prop_assert!((ours - expected).abs() < 1e-12);
            }
        }
        for other in (0..6).filter(|other| *other != key) {
            prop_assert_eq!(bits(head.key(other)), bits(source.key(other)));
        }
        prop_assert_eq!(head.values(), source.values());
        // And the board draws it exactly where the gesture put it.
        let [x, y] = at.to_world();
        let drawn = lab.scene.positions(&library).expect("a valid file").of(TokenRef::Key(key));
        prop_assert_eq!(drawn, Some(if dim == 1 { [x, 0.0] } else { [x, y] }));
    }

    #[test]
    fn on_a_planar_board_coordinates_are_the_grids_and_values_follow_the_keys(x in any::<i16>(), y in any::<i16>()) {
        let library = Library::default();
        let mut lab = Lab::default();
        let at = GridPoint::from_steps(x, y);
        lab.move_key(4, at).expect("there is a key 5");
        lab.add_key(at).expect("there is room");
        lab.set_value(0, at).expect("there is a key 1");
        let head = lab.scene.head(&library).expect("a valid board");
        let world = Some(at.to_world().to_vec());
        for (key, value) in [(head.key(4), head.value(4)), (head.key(12), head.value(12)), (world.clone(), head.value(0))] {
            prop_assert_eq!(&key, &world);
            prop_assert_eq!(&value, &world);
        }
        prop_assert_eq!(head.value(1), head.key(1));
        prop_assert_eq!(head.key(0), Some(vec![-1.1, -0.4]));
    }
}

#[test]
fn positions_are_where_the_source_has_them() {
    let library = Library::default();
    let positions = Lab::default().scene.positions(&library).expect("a preset is valid");
    assert_eq!(positions.of(TokenRef::Key(2)), Some([-1.25, -1.15]));
    assert_eq!(positions.of(TokenRef::Query(0)), Some([0.65, 0.8]));
    assert_eq!(positions.of(TokenRef::Query(1)), None);
}

#[test]
fn keys_of_length_1e3_and_1e_minus_5_fit_the_board_and_stay_exact() {
    for size in [1e3, 1e-5, 1e300] {
        let cloud = cloud(2, size);
        let (library, mut lab) = lab_of(&cloud);
        let ground = library.ground(&lab.scene.source, 0).expect("a valid file");
        assert_eq!(ground.scale().log2().fract(), 0.0, "a power of two");
        let positions = lab.scene.positions(&library).expect("a valid file");
        let extent = positions
            .keys
            .iter()
            .chain(&positions.queries)
            .flatten()
            .fold(0.0, |m: f64, x| m.max(x.abs()));
        assert!((8.0..=16.0).contains(&extent), "{extent}");
        // A token that is put back on the grid point it lies nearest to hardly moves.
        let [x, y] = positions.keys[1];
        lab.move_key(1, GridPoint::from_world([x, y]))
            .expect("there is a key 2");
        let moved = lab
            .scene
            .head(&library)
            .expect("a valid file")
            .key(1)
            .expect("there is a key 2");
        let before = cloud.heads()[0].key(1).expect("there is a key 2");
        for (ours, expected) in std::iter::zip(moved, before) {
            assert!((ours - expected).abs() <= size * 1e-3, "{ours} and {expected}");
        }
    }
    for source in [Source::Preset(PresetId::ThreeGroups), Source::Blank] {
        assert_eq!(
            Library::default().ground(&source, 0).map(|ground| ground.scale()),
            Ok(1.0)
        );
    }
}

#[test]
fn an_added_token_of_a_file_is_a_mean_token_moved_on_the_plane() {
    let cloud = cloud(4, 1.0);
    let (library, mut lab) = lab_of(&cloud);
    let at = GridPoint::from_world([0.5, -0.25]);
    lab.add_key(at).expect("there is room");
    lab.set_value(0, at).expect("there is a key 1");
    let head = lab.scene.head(&library).expect("a valid file");
    let ground = library.ground(&lab.scene.source, 0).expect("a valid file");
    let added = head.key(6).expect("it was added");
    let drawn = ground.plane().coordinates(&added).expect("D is right");
    assert!(std::iter::zip(drawn, at.to_world()).all(|(a, b)| (a - b).abs() < 1e-14));
    let mean = cloud.heads()[0].values().row_mean();
    assert_eq!(head.value(6), Some(mean.iter().copied().collect()));
    // A value that was set is set in its first two coordinates.
    let untouched = cloud.heads()[0].value(0).expect("there is a value 1");
    assert_eq!(head.value(0), Some(vec![0.5, -0.25, untouched[2]]));
}

#[test]
fn a_board_without_keys_says_so_and_still_draws_its_query() {
    let library = Library::default();
    let lab = Lab::of(Source::Blank);
    let error = lab.scene.head(&library).expect_err("there are no keys");
    assert_eq!(error, SceneError::NoKeys);
    let notice = Notice::from(&error);
    assert_eq!(
        (notice.severity, notice.what.as_str()),
        (Severity::Info, "No tokens yet")
    );
    assert_eq!(lab.scene.positions(&library).map(|it| it.queries), Ok(vec![[0.0, 0.0]]));
}

#[test]
fn a_file_that_is_not_open_says_so_until_it_is() {
    let cloud = cloud(3, 1.0);
    let (library, lab) = lab_of(&cloud);
    let mut other = Library::default();
    let error = lab.scene.head(&other).expect_err("the file is not open");
    assert_eq!(
        error,
        SceneError::FileMissing {
            name: "heads.npz".to_owned(),
            hash: [1; 8]
        }
    );
    assert_eq!(Notice::from(&error).what, "heads.npz is not open");
    // The content counts, not what the file is called.
    other.insert("renamed.npz", [1; 8], cloud).expect("it is small");
    assert_eq!(lab.scene.head(&other), lab.scene.head(&library));
}

#[test]
fn a_link_that_claims_other_counts_is_reconciled_with_its_file() {
    let (library, lab) = lab_of(&cloud(3, 1.0));
    let forged = crate::lab::FileSource::new("heads.npz", [1; 8], 9, 100, 100);
    let forged_source = Source::File(forged);
    let mut scene = Scene::of(forged_source.clone(), 8);
    scene.asking = 99;
    assert!(matches!(
        scene.head(&library),
        Err(SceneError::NotInSource {
            what: "head",
            number: 9,
            has: 2,
            ..
        })
    ));
    scene.head = 0;
    let error = scene.head(&library).expect_err("the file has six keys");
    assert_eq!(error.to_string(), "there is no key 7: heads.npz has 6");
    assert_eq!(scene.reconcile(&library), 189);
    assert_eq!(scene.source, lab.scene.source);
    assert_eq!((scene.keys.len(), scene.queries.len(), scene.asking), (6, 5, 4));
    assert!(scene.head(&library).is_ok());
    assert_eq!(scene.reconcile(&library), 0);
    // A lab is reconciled with its ghost.
    let forged = Scene::of(forged_source, 0);
    let mut forged = Lab {
        ghost: Some(Box::new(forged)),
        ..lab.clone()
    };
    assert_eq!(forged.reconcile(&library), 189);
    let ghost = Some(Box::new(lab.scene.clone()));
    assert_eq!(forged, Lab { ghost, ..lab });
}

#[test]
fn labels_are_the_sources_or_the_letter_with_its_number() {
    let mut lab = Lab::default();
    let library = Library::default();
    assert_eq!(lab.scene.label(TokenRef::Key(11), &library), "k₁₂");
    assert_eq!(lab.scene.label(TokenRef::Query(0), &library), "q");
    lab.add_query(GridPoint::ORIGIN).expect("there is room");
    assert_eq!(lab.scene.label(TokenRef::Query(0), &library), "q₁");
    assert_eq!(lab.scene.label(TokenRef::Query(1), &library), "q₂");

    let words = ["the", " ", "animal"].map(str::to_owned).to_vec();
    let head = Head::new(DMatrix::zeros(3, 2), DMatrix::zeros(3, 2), DMatrix::zeros(3, 2)).expect("a valid head");
    let (library, mut lab) = lab_of(&Arc::new(Cloud::new(vec![head], words).expect("three labels")));
    let label = |lab: &Lab, token| lab.scene.label(token, &library);
    assert_eq!(label(&lab, TokenRef::Key(2)), "animal");
    assert_eq!(label(&lab, TokenRef::Query(2)), "animal");
    assert_eq!(label(&lab, TokenRef::Key(1)), "k₂", "a name of white space is none");
    lab.erase(TokenRef::Key(0)).expect("there is a key 1");
    lab.add_key(GridPoint::ORIGIN).expect("there is room");
    assert_eq!(label(&lab, TokenRef::Key(1)), "animal", "a name goes with its token");
    assert_eq!(label(&lab, TokenRef::Key(2)), "k₃");
}

#[test]
fn labels_name_queries_only_where_every_key_has_its_query() {
    let keys = DMatrix::zeros(2, 2);
    let head = Head::new(DMatrix::zeros(1, 2), keys.clone(), keys).expect("a valid head");
    let words = ["the", "animal"].map(str::to_owned).to_vec();
    let cloud = Arc::new(Cloud::new(vec![head], words).expect("two labels"));
    let (library, lab) = lab_of(&cloud);
    assert_eq!(lab.scene.label(TokenRef::Key(0), &library), "the");
    assert_eq!(lab.scene.label(TokenRef::Query(0), &library), "q");
}

#[test]
fn the_library_is_bounded() {
    let cloud = cloud(2, 1.0);
    let mut library = Library::default();
    let insert =
        |library: &mut Library, hash: u8| library.insert("f", [hash; 8], Arc::clone(&cloud)).expect("it is small");
    let sources: Vec<_> = (0..=MAX_FILES as u8).map(|hash| insert(&mut library, hash)).collect();
    assert!(library.cloud(&sources[0]).is_none(), "the oldest is let go");
    assert!(sources[1..].iter().all(|source| library.cloud(source).is_some()));
    // The same file again takes no place from another.
    insert(&mut library, 5);
    assert!(library.cloud(&sources[1]).is_some());
    assert!(library.cloud(&Source::Blank).is_none());

    let many = DMatrix::zeros(MAX_TOKENS + 1, 2);
    let head = Head::new(DMatrix::zeros(1, 2), many.clone(), many).expect("a valid head");
    let cloud = Arc::new(Cloud::new(vec![head], Vec::new()).expect("a valid cloud"));
    let error = library.insert("big.npz", [9; 8], cloud).expect_err("it is too large");
    let expected = TooLarge {
        name: "big.npz".to_owned(),
        what: "keys",
        has: 1026,
        bound: 1025,
    };
    assert_eq!(error, expected);
    assert_eq!(
        error.to_string(),
        "big.npz has 1026 keys: at most 1025 fit on the board"
    );
}

#[test]
fn what_the_mathematics_refuses_comes_through() {
    // Keys at the end of the range of f64: a moved one would be beyond it.
    let far = DMatrix::from_element(2, 2, f64::MAX);
    let head = Head::new(far.clone(), far.clone(), far).expect("finite");
    let (library, mut lab) = lab_of(&Arc::new(Cloud::new(vec![head], Vec::new()).expect("a valid cloud")));
    lab.move_key(0, GridPoint::from_world([31.0, 31.0]))
        .expect("there is a key 1");
    let error = lab.scene.head(&library).expect_err("it is beyond f64");
    assert!(
        matches!(
            error,
            SceneError::Core(Error::NotFinite { .. } | Error::Overflow { .. })
        ),
        "{error}"
    );
    assert_eq!(Notice::from(&error).severity, Severity::Error);
}
