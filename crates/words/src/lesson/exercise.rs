//! An exercise is a step with holes; a variant fills them.

use super::{Guess, Lesson, Step, Variant};

impl Lesson {
    /// Each exercise as the step that it is in each of its variants.
    pub fn variants(&self) -> Vec<Vec<Step>> {
        self.exercises.iter().map(Step::in_all_variants).collect()
    }
}

impl Step {
    /// The steps that an exercise is, one for each variant.
    pub fn in_all_variants(&self) -> Vec<Self> {
        self.variants.iter().map(|variant| self.with(variant)).collect()
    }

    /// The step that an exercise is with this variant.
    fn with(&self, variant: &Variant) -> Self {
        let mut step = Self {
            variants: Vec::new(),
            ..self.clone()
        };
        if let (Some(guess), Some(ask)) = (&variant.guess, &mut step.ask) {
            ask.guess.clone_from(guess);
        }
        step.each_word(&mut |word| *word = filled(word, variant));
        if variant.cloud.is_some() {
            step.cloud.clone_from(&variant.cloud);
        }
        step.holds.extend(variant.holds.iter().cloned());
        step
    }

    /// Everything that may have holes.
    fn each_word(&mut self, fill: &mut dyn FnMut(&mut String)) {
        for line in [
            &mut self.title,
            &mut self.claim,
            &mut self.wall,
            &mut self.text,
            &mut self.notes,
        ] {
            fill(line);
        }
        self.state.iter_mut().for_each(&mut *fill);
        for holds in &mut self.holds {
            holds.after.iter_mut().for_each(&mut *fill);
        }
        if let Some(ask) = &mut self.ask {
            fill(&mut ask.question);
            ask.after.iter_mut().chain(&mut ask.wrong).for_each(&mut *fill);
            if let Guess::Choice { options, .. } = &mut ask.guess {
                options.iter_mut().for_each(fill);
            }
        }
    }

    /// The first hole that nothing fills.
    #[cfg(feature = "text")]
    pub(super) fn hole(&self) -> Option<String> {
        let mut hole = None;
        self.clone().each_word(&mut |word| {
            if let Some((_, after)) = word.split_once("{=") {
                hole.get_or_insert_with(|| after.chars().take_while(|c| *c != '}').collect());
            }
        });
        hole
    }
}

fn filled(words: &str, variant: &Variant) -> String {
    let mut words = words.to_owned();
    for (name, value) in &variant.with {
        words = words.replace(&format!("{{={name}}}"), value);
    }
    words
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::super::{LessonError, compile, read, write};
    use super::*;

    const FILE: &str = r#"
        title = "A lesson"
        [[step]]
        title = "One"
        state = []
        [[exercise]]
        title = "Tie of {=a} and {=b}"
        state = ["lens smoother", "move query 1 {=tie} 0"]
        text = "At $x = {=tie}|x = {=tie}$ it is {weight of key 1}."
        ask = { question = "Where do {=a} and {=b} tie?", guess.choice = { options = ["{=a}", "{=tie}"], right = 1 } }
        [[exercise.holds]]
        numbers = [{ read = "dim", is = 2.0, within = 0.0 }]
        [[exercise.variant]]
        with = { a = "1", b = "3", tie = "2" }
        cloud = { keys = [[1.0, 0.0], [3.0, 0.0]] }
        [[exercise.variant]]
        with = { a = "2", b = "2", tie = "2" }
        guess.choice = { options = ["{=a}", "no"], right = 0 }
        holds = [{ numbers = [{ read = "weight of key 1", is = 0.5, within = 0.1 }] }]
    "#;

    #[test]
    fn a_variant_fills_every_hole() {
        let lesson = read(FILE).expect("a lesson");
        assert_eq!(read(&write(&lesson).expect("TOML")), Ok(lesson.clone()));
        let [exercise] = &lesson.variants()[..] else {
            panic!("one exercise");
        };
        let [first, second] = &exercise[..] else {
            panic!("two variants");
        };
        assert_eq!(first.title, "Tie of 1 and 3");
        assert_eq!(first.state[1], "move query 1 2 0");
        assert_eq!(first.text, "At $x = 2|x = 2$ it is {weight of key 1}.");
        assert_eq!(first.cloud.as_ref().map(|cloud| cloud.keys.len()), Some(2));
        assert_eq!((first.holds.len(), second.holds.len()), (1, 2));
        let right = |step: &Step| step.ask.as_ref().map(|ask| ask.guess.clone());
        let options = vec!["1".to_owned(), "2".to_owned()];
        assert_eq!(right(first), Some(Guess::Choice { options, right: 1 }));
        assert!(matches!(right(second), Some(Guess::Choice { right: 0, .. })));
        let json = serde_json::to_value(compile(&lesson).expect("texts")).expect("JSON");
        assert_eq!(json["exercises"][0][1]["title"], "Tie of 2 and 2");
        assert_eq!(
            json["exercise"][0]["variant"][1]["guess"]["choice"]["right"], 0,
            "as it is written"
        );
    }

    #[test]
    fn holes_that_stay_and_variants_of_steps_are_refused() {
        for (from, to, place, what) in [
            (
                "tie = \"2\" }\n        guess",
                "x = \"2\" }\n        guess",
                "exercise 1, variant 2",
                "“tie”",
            ),
            (
                "right = 0",
                "right = 2",
                "exercise 1, variant 2, ask, options",
                "right one, 2",
            ),
            (
                "[[exercise.variant]]",
                "[[step.variant]]",
                "step 1, variant",
                "exercise",
            ),
            ("state = []", "state = [\"{=a}\"]", "step 1, variant", "“a”"),
        ] {
            let text = FILE.replacen(from, to, if from.starts_with('[') { 9 } else { 1 });
            let Err(LessonError::Entry { place: at, what: why }) = read(&text) else {
                panic!("{to} is taken: {:?}", read(&text));
            };
            assert!(at.contains(place) && why.contains(what), "{at}: {why}");
        }
        let none = FILE.split("[[exercise.variant]]").next().expect("a beginning");
        assert!(matches!(read(none), Err(LessonError::Entry { .. })), "no variant");
    }
}
