//! `eigenlens lesson`.

use std::fs;

use tempfile::tempdir;

use crate::{complains, works};

/// A step, and an exercise with two variants.
const LESSON: &str = r#"
title = "Ties"
[[step]]
title = "One key"
state = ["cloud compass", "lens softmax"]
text = "Four keys: {n_keys}."
[[exercise]]
title = "Mirror"
state = ["lens smoother", "move query 1 {=tie} 0"]
text = "It ties at {=tie}, with {distance weight of key 1} for each."
ask = { question = "Keys at {=a} and {=b}. Where is the tie?", guess.number = { read = "x of query 1", from = 0, to = 5 }, wrong = ["at 0"] }
[[exercise.holds]]
numbers = [{ read = "distance weight of key 1", is = 0.5, within = 1e-14 }]
[[exercise.variant]]
with = { a = "1", b = "3", tie = "2" }
cloud = { keys = [[1.0, 0.0], [3.0, 0.0]], queries = [[0.0, 0.0]] }
[[exercise.variant]]
with = { a = "1", b = "4", tie = "2.5" }
cloud = { keys = [[1.0, 0.0], [4.0, 0.0]], queries = [[0.0, 0.0]] }
"#;

#[test]
fn every_variant_of_an_exercise_is_checked() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("good.toml"), LESSON).unwrap();
    let line = works(&["lesson", "check", "good.toml"], folder.path());
    assert_eq!(line, "1 exercise in 2 variants, 1 step, 2 numbers hold\n");
    let wrong = LESSON.replace("tie = \"2.5\"", "tie = \"2.25\"");
    fs::write(folder.path().join("wrong.toml"), wrong).unwrap();
    let (_, line) = complains(&["lesson", "check", "wrong.toml"], folder.path(), 1);
    assert!(
        line.starts_with("`wrong.toml`: exercise 1, variant 2: “distance weight of key 1” is 0."),
        "{line}"
    );
}

#[test]
fn a_seed_picks_the_variant_of_the_handout() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("good.toml"), LESSON).unwrap();
    let page = |arguments: &[&str]| {
        let all = [&["lesson", "render", "good.toml"], arguments].concat();
        works(&all, folder.path())
    };
    let all = page(&[]);
    assert!(all.contains("Seeds 0, 2, …") && all.contains("Keys at 1 and 3.") && all.contains("Keys at 1 and 4."));
    assert!(!all.contains("It ties at"), "the answer is the lecturer’s");
    let one = page(&["--seed", "7"]);
    assert!(
        one.contains("Exercises of seed 7") && one.contains("Keys at 1 and 4.") && !one.contains("Keys at 1 and 3.")
    );
    let notes = page(&["--seed", "2", "--notes"]);
    assert!(notes.contains("It ties at 2, with") && notes.contains(">50") && notes.contains("Expect: at 0"));
}
