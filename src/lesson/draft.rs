//! A lesson that is being written: steps are made of states of the lab, put in order, and changed.

use eigenlens_words::lesson::{Cloud, Lesson, MOST_STEPS, MOST_TOKENS, Status, Step};
use nalgebra::DMatrix;

use crate::lab::{Lab, Library, Source, link};

/// Why a state cannot become a step.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DraftError {
    /// The lesson is full.
    #[error("a lesson has at most {MOST_STEPS} steps")]
    Full,
    /// The cloud of an opened file is written into the step, and is too large for that.
    #[error("the cloud has {tokens} tokens in a role, and a step writes down at most {MOST_TOKENS}")]
    Tokens {
        /// How many.
        tokens: usize,
    },
    /// There is no cloud to write down.
    #[error("the cloud of the step: {0}")]
    Cloud(String),
}

/// A lesson that is being written. It may have no step yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What is written.
    pub lesson: Lesson,
    at: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Self::of(Lesson {
            title: "A lesson".to_owned(),
            aim: String::new(),
            steps: Vec::new(),
            exercises: Vec::new(),
        })
    }
}

impl Draft {
    /// Goes on with a lesson, at its first step.
    pub fn of(lesson: Lesson) -> Self {
        Self { lesson, at: 0 }
    }

    /// Which step is open, from 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The step that is open.
    pub fn step_mut(&mut self) -> Option<&mut Step> {
        self.lesson.steps.get_mut(self.at)
    }

    /// Opens a step; beyond the last is the last.
    pub fn go_to(&mut self, at: usize) {
        self.at = at.min(self.lesson.steps.len().saturating_sub(1));
    }

    /// Adds a state of the lab as a step behind the open one, and opens it. Its title is what the lab says.
    ///
    /// # Errors
    /// [`DraftError`], when the lesson is full or the state cannot be written down.
    pub fn add(&mut self, lab: &Lab, library: &Library, says: &str) -> Result<(), DraftError> {
        if self.lesson.steps.len() >= MOST_STEPS {
            return Err(DraftError::Full);
        }
        let (state, cloud) = state_of(lab, library)?;
        let step = Step {
            title: title_of(says),
            claim: String::new(),
            status: Status::Exact,
            minutes: 3,
            state,
            cloud,
            wall: String::new(),
            text: String::new(),
            notes: String::new(),
            locked: Vec::new(),
            ask: None,
            holds: Vec::new(),
            variants: Vec::new(),
        };
        let to = (self.at + 1).min(self.lesson.steps.len());
        self.lesson.steps.insert(to, step);
        self.at = to;
        Ok(())
    }

    /// Gives the open step another state. Numbers that it stated belong to the old one, and go.
    ///
    /// # Errors
    /// As [`Draft::add`].
    pub fn replace(&mut self, lab: &Lab, library: &Library) -> Result<(), DraftError> {
        let (state, cloud) = state_of(lab, library)?;
        if let Some(step) = self.step_mut() {
            step.state = state;
            step.cloud = cloud;
            step.holds.clear();
        }
        Ok(())
    }

    /// Moves the open step to the place before it, or behind it; nothing at the ends.
    pub fn shift(&mut self, later: bool) {
        let other = if later {
            Some(self.at + 1)
        } else {
            self.at.checked_sub(1)
        };
        if let Some(other) = other.filter(|other| *other < self.lesson.steps.len()) {
            self.lesson.steps.swap(self.at, other);
            self.at = other;
        }
    }

    /// Takes the open step away.
    pub fn remove(&mut self) {
        if self.at < self.lesson.steps.len() {
            self.lesson.steps.remove(self.at);
            self.go_to(self.at);
        }
    }
}

/// The words of a state: its link, and the cloud where that only names a file.
fn state_of(lab: &Lab, library: &Library) -> Result<(Vec<String>, Option<Cloud>), DraftError> {
    let mut lab = lab.clone();
    // The hall's theme is no matter of a step.
    lab.theme = None;
    let state = vec![link::encode(&lab)];
    if !matches!(lab.scene.source, Source::File(_)) {
        return Ok((state, None));
    }
    let fail = |error: &dyn std::fmt::Display| DraftError::Cloud(error.to_string());
    let head = lab.scene.head(library).map_err(|error| fail(&error))?;
    let before = lab.scene.previous_values(library).map_err(|error| fail(&error))?;
    let tokens = head.n_keys().max(head.n_queries()).max(head.dim());
    if tokens > MOST_TOKENS {
        return Err(DraftError::Tokens { tokens });
    }
    let cloud = Cloud {
        keys: rows(head.keys()),
        queries: rows(head.queries()),
        values: rows(head.values()),
        values_prev: before.as_ref().map(rows).unwrap_or_default(),
        times: Vec::new(),
    };
    Ok((state, Some(cloud)))
}

fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

/// The first words of what the lab says, as one line.
fn title_of(says: &str) -> String {
    const MOST: usize = 80;
    let line: String = says.chars().filter(|c| !c.is_control()).take(MOST).collect();
    let line = line.trim();
    if line.is_empty() { "A step" } else { line }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{GridPoint, TokenRef};
    use crate::lesson::lab_of;

    fn titles(draft: &Draft) -> Vec<&str> {
        draft.lesson.steps.iter().map(|step| step.title.as_str()).collect()
    }

    #[test]
    fn steps_are_added_moved_and_taken_away() {
        let (lab, library) = (Lab::default(), Library::default());
        let mut draft = Draft::default();
        draft.remove();
        draft.shift(true);
        for says in ["a", "b", "c"] {
            draft.add(&lab, &library, says).expect("a step");
        }
        assert_eq!((titles(&draft), draft.at()), (vec!["a", "b", "c"], 2));
        draft.shift(true);
        draft.shift(false);
        assert_eq!((titles(&draft), draft.at()), (vec!["a", "c", "b"], 1));
        draft.add(&lab, &library, "\n").expect("a step");
        assert_eq!((titles(&draft), draft.at()), (vec!["a", "c", "A step", "b"], 2));
        draft.remove();
        draft.go_to(9);
        draft.remove();
        assert_eq!((titles(&draft), draft.at()), (vec!["a", "c"], 1));
        draft.lesson.steps = vec![draft.lesson.steps[0].clone(); MOST_STEPS];
        assert_eq!(draft.add(&lab, &library, "d"), Err(DraftError::Full));
    }

    #[test]
    fn a_step_has_the_state_to_the_last_digit() {
        let mut library = Library::default();
        let mut lab = Lab::default();
        lab.move_token(TokenRef::Key(2), GridPoint::from_world([0.5, -1.25]))
            .expect("a key");
        let mut draft = Draft::default();
        draft.add(&lab, &library, "a").expect("a step");
        let step = &draft.lesson.steps[0];
        assert_eq!((step.state.len(), &step.cloud), (1, &None));
        assert_eq!(lab_of(&step.state, None, &mut library), Ok(lab.clone()));
        // What stands on a file carries its coordinates.
        let points = Cloud {
            keys: vec![vec![0.1, 0.2], vec![std::f64::consts::LN_2, -3.7]],
            ..Cloud::default()
        };
        let lab = lab_of(&["lens smoother".to_owned()], Some(&points), &mut library).expect("a lab");
        draft.replace(&lab, &library).expect("a step");
        let step = &draft.lesson.steps[0];
        let cloud = step.cloud.as_ref().expect("a cloud");
        assert_eq!(cloud.keys, points.keys);
        let again = lab_of(&step.state, Some(cloud), &mut Library::default()).expect("a lab");
        assert_eq!(again.lens, lab.lens);
        // And what is written is read again.
        let text = eigenlens_words::lesson::write(&draft.lesson).expect("TOML");
        assert_eq!(eigenlens_words::lesson::read(&text), Ok(draft.lesson));
    }
}
