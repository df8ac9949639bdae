//! A lesson as the page is handed it: the JSON that `eigenlens_words::lesson::compile` makes, of which the canvas needs a part.

use eigenlens_words::lesson::{Cloud, Control, Guess, Lesson, MOST_KEYS, Question, Status, Step};

use crate::json::{Reader, Unexpected};

/// A lesson as it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The lesson.
    pub lesson: Lesson,
    /// Each of its exercises in all of its variants.
    pub exercises: Vec<Vec<Step>>,
}

impl From<Lesson> for Given {
    fn from(lesson: Lesson) -> Self {
        Self {
            exercises: lesson.variants(),
            lesson,
        }
    }
}

/// Reads a lesson. Texts as HTML, numbers that must hold and what exercises are made of are passed over.
///
/// # Errors
/// What stands where something else should.
pub fn read(text: &str) -> Result<Given, Unexpected> {
    let mut reader = Reader::new(text);
    let mut lesson = Lesson {
        title: String::new(),
        aim: String::new(),
        steps: Vec::new(),
        exercises: Vec::new(),
    };
    let mut exercises = Vec::new();
    reader.object(&mut |reader, name| {
        match name {
            "title" => lesson.title = reader.text()?,
            "aim" => lesson.aim = reader.text()?,
            "steps" => lesson.steps = steps(reader)?,
            "exercises" => reader.list(&mut |reader| {
                exercises.push(steps(reader)?);
                Ok(())
            })?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    reader.end()?;
    if lesson.steps.is_empty() {
        return Err(reader.expected("a step"));
    }
    Ok(Given { lesson, exercises })
}

fn steps(reader: &mut Reader<'_>) -> Result<Vec<Step>, Unexpected> {
    let mut steps = Vec::new();
    reader.list(&mut |reader| {
        steps.push(step(reader)?);
        Ok(())
    })?;
    Ok(steps)
}

fn step(reader: &mut Reader<'_>) -> Result<Step, Unexpected> {
    let mut step = Step {
        title: String::new(),
        claim: String::new(),
        status: Status::Exact,
        minutes: 3,
        state: Vec::new(),
        cloud: None,
        wall: String::new(),
        text: String::new(),
        notes: String::new(),
        locked: Vec::new(),
        ask: None,
        holds: Vec::new(),
        variants: Vec::new(),
    };
    reader.object(&mut |reader, name| {
        match name {
            "title" => step.title = reader.text()?,
            "claim" => step.claim = reader.text()?,
            "status" => step.status = one_of(reader, &STATUSES)?,
            "minutes" => step.minutes = reader.whole_to(180, "minutes up to 180")? as u16,
            "state" => step.state = words(reader)?,
            "wall" => step.wall = reader.text()?,
            "text" => step.text = reader.text()?,
            "notes" => step.notes = reader.text()?,
            "cloud" if !reader.null() => step.cloud = Some(cloud(reader)?),
            "locked" => {
                let locked = &mut step.locked;
                reader.list(&mut |reader| {
                    locked.push(one_of(reader, &CONTROLS)?);
                    Ok(())
                })?;
            }
            "ask" if !reader.null() => step.ask = Some(question(reader)?),
            "cloud" | "ask" => {}
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(step)
}

const STATUSES: [(&str, Status); 4] = [
    ("exact", Status::Exact),
    ("choice", Status::Choice),
    ("measured", Status::Measured),
    ("disputed", Status::Disputed),
];

/// What a step can lock, by the words of the file.
pub const CONTROLS: [(&str, Control); 7] = [
    ("lens", Control::Lens),
    ("cloud", Control::Cloud),
    ("keys", Control::Keys),
    ("query", Control::Query),
    ("tools", Control::Tools),
    ("temperature", Control::Temperature),
    ("choices", Control::Choices),
];

fn one_of<T: Copy>(reader: &mut Reader<'_>, all: &[(&str, T)]) -> Result<T, Unexpected> {
    let before = reader.place();
    let name = reader.text()?;
    let found = all.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| before.expected("a word that lessons have"))
}

fn words(reader: &mut Reader<'_>) -> Result<Vec<String>, Unexpected> {
    let mut words = Vec::new();
    reader.list(&mut |reader| {
        words.push(reader.text()?);
        Ok(())
    })?;
    Ok(words)
}

fn numbers(reader: &mut Reader<'_>) -> Result<Vec<f64>, Unexpected> {
    let mut numbers = Vec::new();
    reader.list(&mut |reader| {
        numbers.push(reader.number()?);
        Ok(())
    })?;
    Ok(numbers)
}

fn cloud(reader: &mut Reader<'_>) -> Result<Cloud, Unexpected> {
    let mut cloud = Cloud::default();
    reader.object(&mut |reader, name| {
        if name == "times" {
            return reader.list(&mut |reader| {
                let times = reader.whole_to(u64::from(MOST_KEYS), "how often, up to 1025")? as u32;
                cloud.times.push(i64::from(times));
                Ok(())
            });
        }
        let rows = match name {
            "keys" => &mut cloud.keys,
            "queries" => &mut cloud.queries,
            "values" => &mut cloud.values,
            "values_prev" => &mut cloud.values_prev,
            _ => return reader.skip(),
        };
        reader.list(&mut |reader| {
            rows.push(numbers(reader)?);
            Ok(())
        })
    })?;
    Ok(cloud)
}

fn question(reader: &mut Reader<'_>) -> Result<Question, Unexpected> {
    let (mut asked, mut guess, mut after, mut wrong) = (String::new(), None, Vec::new(), Vec::new());
    let before = reader.place();
    reader.object(&mut |reader, name| {
        match name {
            "question" => asked = reader.text()?,
            "after" => after = words(reader)?,
            "wrong" => wrong = words(reader)?,
            "guess" => reader.object(&mut |reader, kind| {
                guess = Some(guess_of(reader, kind)?);
                Ok(())
            })?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(Question {
        question: asked,
        guess: guess.ok_or_else(|| before.expected("a guess"))?,
        after,
        wrong,
    })
}

fn guess_of(reader: &mut Reader<'_>, kind: &str) -> Result<Guess, Unexpected> {
    let before = reader.place();
    let (mut read, mut at, mut from, mut to, mut right) = (Vec::new(), Vec::new(), 0.0, 1.0, 0);
    reader.object(&mut |reader, name| {
        match name {
            "read" if matches!(kind, "axis" | "number") => read = vec![reader.text()?],
            "read" | "options" => read = words(reader)?,
            "at" => at = numbers(reader)?,
            "from" => from = reader.number()?,
            "to" => to = reader.number()?,
            "right" => right = reader.whole_to(7, "an answer, from 0")? as usize,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let known = match (kind, read.as_slice()) {
        ("axis", [name]) => Some(Guess::Axis { read: name.clone() }),
        ("number", [name]) if from < to => Some(Guess::Number {
            read: name.clone(),
            from,
            to,
        }),
        ("row", [_, ..]) => Some(Guess::Row { read: read.clone() }),
        ("ellipse", [first, second]) => Some(Guess::Ellipse {
            read: [first.clone(), second.clone()],
            at: at.try_into().unwrap_or_default(),
        }),
        ("choice", [_, _, ..]) if right < read.len() => Some(Guess::Choice {
            options: read.clone(),
            right,
        }),
        _ => None,
    };
    known.ok_or_else(|| before.expected("a guess that lessons have"))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use eigenlens_words::lesson;

    const FILE: &str = r#"
        title = "A lesson"
        aim = "“I can.”"
        [[step]]
        title = "One"
        status = "measured"
        state = ["cloud compass"]
        text = "Words $k_j|kⱼ$."
        locked = ["lens", "tools"]
        ask = { question = "Where?", guess.axis = { read = "swing" }, after = ["move key 1 3 0"], wrong = ["there"] }
        [step.cloud]
        keys = [[1.0, 2.5], [0.1, -3.0]]
        times = [2, 1023]
        [[step.holds]]
        numbers = [{ read = "swing", is = 1.0, within = 0.1 }]
        [[step]]
        title = "Two"
        minutes = 5
        state = []
        ask = { question = "Which?", guess.choice = { options = ["a", "b"], right = 1 } }
        [[step]]
        title = "Three"
        state = []
        ask = { question = "How wide?", guess.ellipse = { read = ["a", "b"], at = [2.0, 0.5] } }
        [[step]]
        title = "Four"
        state = []
        ask = { question = "How much?", guess.number = { read = "a", from = 0.0, to = 2.0 } }
        [[step]]
        title = "Five"
        state = []
        ask = { question = "Which bars?", guess.row = { read = ["a", "b"] } }
        [[exercise]]
        title = "Six"
        state = []
        ask = { question = "Where is {=a}?", guess.axis = { read = "swing" } }
        variant = [{ with = { a = "1" } }, { with = { a = "2" }, cloud = { keys = [[0.5]] } }]
    "#;

    #[test]
    fn the_page_reads_what_the_file_says() {
        let mut lesson = lesson::read(FILE).expect("a lesson");
        let compiled = lesson::compile(&lesson).expect("texts");
        let json = serde_json::to_string(&compiled).expect("JSON");
        assert!(json.contains("\"text_html\":\"<p>Words <math>"), "{json}");
        let on_page = read(&json).expect("the same lesson");
        let exercises = lesson.variants();
        lesson.exercises.clear();
        for step in &mut lesson.steps {
            step.holds.clear();
        }
        assert_eq!(on_page, Given { lesson, exercises });
        for cut in [0, 1, 20, json.len() / 2, json.len() - 1] {
            assert!(read(json.get(..cut).unwrap_or_default()).is_err(), "{cut}");
        }
        let beyond = json.replace("[2,1023]", "[2,1026]");
        assert_ne!(beyond, json);
        assert!(
            read(&beyond).is_err(),
            "a key is there more often than the board has room for"
        );
        for wrong in ["{}", "{\"steps\":[]}", "[]", "{\"steps\":[{\"status\":\"true\"}]}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
