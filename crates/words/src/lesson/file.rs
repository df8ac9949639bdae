//! A lesson as a file.

use super::{
    Cloud, Guess, Lesson, MOST_KEYS, MOST_LINE, MOST_STEPS, MOST_TEXT, MOST_TOKENS, MOST_VARIANTS, MOST_WORDS,
    Question, Step,
};

/// Longest file that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// The longest step, in minutes.
const MOST_MINUTES: u16 = 180;
/// The largest coordinate of a token.
const MOST_COORDINATE: f64 = 1e6;

/// Why a file is no lesson.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LessonError {
    /// It is longer than lessons are.
    #[error("the file has {bytes} bytes, and lessons have at most {MOST_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is no TOML, or has an entry that lessons do not have.
    #[error("line {line}: {what}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The number of steps.
    #[error("the lesson has {has} steps, and must have 1 to {MOST_STEPS}")]
    Steps {
        /// How many there are.
        has: usize,
    },
    /// Something in a step, or in the lesson itself.
    #[error("{place}: {what}")]
    Entry {
        /// As in "step 3, notes".
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// It cannot be written.
    #[error("the lesson cannot be written: {0}")]
    Write(String),
}

/// Reads a lesson from TOML.
///
/// # Errors
/// [`LessonError`], with the line or the step.
pub fn read(text: &str) -> Result<Lesson, LessonError> {
    if text.len() > MOST_BYTES {
        return Err(LessonError::TooLong { bytes: text.len() });
    }
    let lesson: Lesson = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        LessonError::Syntax {
            line: before.matches('\n').count() + 1,
            what: error.message().split_whitespace().collect::<Vec<_>>().join(" "),
        }
    })?;
    check(&lesson)?;
    Ok(lesson)
}

/// Writes a lesson as TOML, such that [`read`] gives it back.
///
/// # Errors
/// What [`read`] would say of it.
pub fn write(lesson: &Lesson) -> Result<String, LessonError> {
    check(lesson)?;
    toml::to_string_pretty(lesson).map_err(|error| LessonError::Write(error.to_string()))
}

fn check(lesson: &Lesson) -> Result<(), LessonError> {
    let of_lesson = Place("the lesson".to_owned());
    of_lesson.line("title", &lesson.title, 1)?;
    of_lesson.line("aim", &lesson.aim, 0)?;
    let has = lesson.steps.len();
    if !(1..=MOST_STEPS).contains(&has) {
        return Err(LessonError::Steps { has });
    }
    for (at, step) in lesson.steps.iter().enumerate() {
        let place = Place(format!("step {}", at + 1));
        if !step.variants.is_empty() {
            return place.fail("variant", "only an exercise has variants".to_owned());
        }
        check_step(&place, step)?;
    }
    if lesson.exercises.len() > MOST_STEPS {
        let has = lesson.exercises.len();
        return of_lesson.fail("exercise", format!("{has} exercises are more than {MOST_STEPS}"));
    }
    for (at, exercise) in lesson.exercises.iter().enumerate() {
        check_exercise(&format!("exercise {}", at + 1), exercise)?;
    }
    Ok(())
}

/// Each of its variants is a step.
fn check_exercise(place: &str, exercise: &Step) -> Result<(), LessonError> {
    let has = exercise.variants.len();
    if !(1..=MOST_VARIANTS).contains(&has) {
        let what = format!("{has} variants are outside 1 to {MOST_VARIANTS}");
        return Place(place.to_owned()).fail("variant", what);
    }
    if exercise.ask.is_none() {
        return Place(place.to_owned()).fail("ask", "an exercise asks something".to_owned());
    }
    for (at, step) in exercise.in_all_variants().iter().enumerate() {
        check_step(&Place(format!("{place}, variant {}", at + 1)), step)?;
    }
    Ok(())
}

fn check_step(place: &Place, step: &Step) -> Result<(), LessonError> {
    if let Some(hole) = step.hole() {
        return place.fail("variant", format!("nothing stands for “{hole}”"));
    }
    place.line("title", &step.title, 1)?;
    place.line("claim", &step.claim, 0)?;
    place.long("wall", &step.wall)?;
    place.long("text", &step.text)?;
    place.long("notes", &step.notes)?;
    if !(1..=MOST_MINUTES).contains(&step.minutes) {
        return place.fail("minutes", format!("{} is outside 1 to {MOST_MINUTES}", step.minutes));
    }
    place.words("state", &step.state)?;
    if let Some(cloud) = &step.cloud {
        check_cloud(place, cloud)?;
    }
    if let Some(question) = &step.ask {
        check_question(place, question)?;
    }
    let numbers: usize = step.holds.iter().map(|holds| holds.numbers.len()).sum();
    if numbers > MOST_WORDS {
        return place.fail("holds", format!("{numbers} numbers are more than {MOST_WORDS}"));
    }
    for holds in &step.holds {
        place.words("holds, after", &holds.after)?;
        if let Some(cloud) = &holds.cloud {
            check_cloud(place, cloud)?;
        }
        for number in &holds.numbers {
            place.line("holds, read", &number.read, 1)?;
            if let Some(name) = &number.keep {
                place.line("holds, keep", name, 1)?;
            }
            place.finite("holds, is", number.is)?;
            if !(number.within.is_finite() && number.within >= 0.0) {
                return place.fail("holds, within", format!("{} is no number from 0 on", number.within));
            }
        }
    }
    Ok(())
}

fn check_cloud(place: &Place, cloud: &Cloud) -> Result<(), LessonError> {
    let dim = cloud.keys.first().map_or(0, Vec::len);
    if dim == 0 || dim > MOST_TOKENS {
        return place.fail("cloud", "keys need 1 to 256 coordinates each".to_owned());
    }
    let (of_values, keys) = (cloud.values.first().map_or(dim, Vec::len), cloud.keys.len());
    for (what, rows, dim, count) in [
        ("keys", &cloud.keys, dim, None),
        ("queries", &cloud.queries, dim, None),
        ("values", &cloud.values, of_values, Some(keys)),
        ("values_prev", &cloud.values_prev, of_values, Some(keys)),
    ] {
        let what = format!("cloud, {what}");
        if rows.len() > MOST_TOKENS {
            return place.fail(&what, format!("{} rows are more than {MOST_TOKENS}", rows.len()));
        }
        if let Some(count) = count.filter(|count| !rows.is_empty() && rows.len() != *count) {
            return place.fail(&what, format!("{} rows for {count} keys", rows.len()));
        }
        if let Some(row) = rows.iter().find(|row| row.len() != dim) {
            return place.fail(
                &what,
                format!("a row has {} coordinates, and {dim} are needed", row.len()),
            );
        }
        let all = rows.iter().flatten();
        if let Some(x) = all
            .into_iter()
            .find(|x| !(-MOST_COORDINATE..=MOST_COORDINATE).contains(*x))
        {
            return place.fail(&what, format!("{x} is outside −10⁶ to 10⁶"));
        }
    }
    check_times(place, cloud)
}

/// How often each key is there.
fn check_times(place: &Place, cloud: &Cloud) -> Result<(), LessonError> {
    let (times, keys) = (&cloud.times, cloud.keys.len());
    if times.is_empty() {
        return Ok(());
    }
    if times.len() != keys {
        return place.fail("cloud, times", format!("{} numbers for {keys} keys", times.len()));
    }
    if let Some(wrong) = times.iter().find(|times| !(1..=i64::from(MOST_KEYS)).contains(*times)) {
        return place.fail("cloud, times", format!("{wrong} is outside 1 to {MOST_KEYS}"));
    }
    let all: i64 = times.iter().sum();
    if all > i64::from(MOST_KEYS) {
        return place.fail("cloud, times", format!("{all} keys together are more than {MOST_KEYS}"));
    }
    Ok(())
}

fn check_question(place: &Place, question: &Question) -> Result<(), LessonError> {
    place.line("ask, question", &question.question, 1)?;
    place.words("ask, after", &question.after)?;
    place.words("ask, wrong", &question.wrong)?;
    match &question.guess {
        Guess::Axis { read } => place.line("ask, read", read, 1),
        Guess::Row { read } => {
            if !(1..=16).contains(&read.len()) {
                return place.fail("ask, read", format!("{} bars are outside 1 to 16", read.len()));
            }
            place.words("ask, read", read)
        }
        Guess::Ellipse { read, at } => {
            place.words("ask, read", read)?;
            at.iter().try_for_each(|x| place.finite("ask, at", *x))
        }
        Guess::Number { read, from, to } => {
            place.line("ask, read", read, 1)?;
            place.finite("ask, from", *from)?;
            place.finite("ask, to", *to)?;
            if from >= to {
                return place.fail("ask", format!("the scale from {from} to {to} has no length"));
            }
            Ok(())
        }
        Guess::Choice { options, right } => {
            place.words("ask, options", options)?;
            if !(2..=8).contains(&options.len()) || *right >= options.len() {
                return place.fail(
                    "ask, options",
                    format!("2 to 8 answers are needed, and the right one, {right}, counts from 0"),
                );
            }
            Ok(())
        }
    }
}

/// Where something stands.
struct Place(String);

impl Place {
    fn fail(&self, field: &str, what: String) -> Result<(), LessonError> {
        Err(LessonError::Entry {
            place: format!("{}, {field}", self.0),
            what,
        })
    }

    /// One line of words, at least so many characters.
    fn line(&self, field: &str, text: &str, least: usize) -> Result<(), LessonError> {
        let characters = text.chars().count();
        if !(least..=MOST_LINE).contains(&characters) {
            return self.fail(
                field,
                format!("{characters} characters are outside {least} to {MOST_LINE}"),
            );
        }
        if text.contains(char::is_control) {
            return self.fail(field, "it must be one line".to_owned());
        }
        Ok(())
    }

    fn long(&self, field: &str, text: &str) -> Result<(), LessonError> {
        let characters = text.chars().count();
        if characters > MOST_TEXT {
            return self.fail(field, format!("{characters} characters are more than {MOST_TEXT}"));
        }
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return self.fail(field, "it holds characters that cannot be shown".to_owned());
        }
        Ok(())
    }

    fn words(&self, field: &str, words: &[String]) -> Result<(), LessonError> {
        if words.len() > MOST_WORDS {
            return self.fail(field, format!("{} entries are more than {MOST_WORDS}", words.len()));
        }
        for word in words {
            // A link is longer than a word.
            if word.starts_with('#') {
                self.long(field, word)?;
            } else {
                self.line(field, word, 1)?;
            }
        }
        Ok(())
    }

    fn finite(&self, field: &str, x: f64) -> Result<(), LessonError> {
        if x.is_finite() {
            Ok(())
        } else {
            self.fail(field, format!("{x} is no finite number"))
        }
    }
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;

    #[test]
    fn how_often_a_key_is_there_has_a_bound() {
        let file = |times: &str| {
            format!(
                "title = \"A lesson\"\n[[step]]\ntitle = \"One\"\nstate = []\n\
                 cloud = {{ keys = [[1.0, 0.0], [0.0, 0.0]], times = {times} }}\n"
            )
        };
        let lesson = read(&file("[1, 1024]")).expect("as many as there is room for");
        let cloud = lesson
            .steps
            .first()
            .and_then(|step| step.cloud.clone())
            .expect("a cloud");
        assert_eq!(cloud.written_out().keys.len(), MOST_KEYS as usize);
        assert_eq!(read(&write(&lesson).expect("TOML")), Ok(lesson.clone()));
        for (times, what) in [
            ("[1, 0]", "0 is outside 1 to 1025"),
            ("[-1, 1]", "-1 is outside 1 to 1025"),
            ("[1, 1000000000]", "1000000000 is outside 1 to 1025"),
            ("[1, 1025]", "1026 keys together are more than 1025"),
            ("[1]", "1 numbers for 2 keys"),
            ("[1, 1.5]", "1.5"),
        ] {
            let error = read(&file(times)).expect_err(times).to_string();
            assert!(error.contains(what), "{times}: {error}");
        }
    }
}
