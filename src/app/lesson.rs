//! A lesson that is being given: which step, what was guessed, what is locked.

mod bar;
mod guess;
mod wall;

use super::App;
use crate::command::{Command, Edit, LessonMove, RobustEdit, Tool};
use crate::lab::readout::{LessonPhase as Phase, LessonReadout, Table};
use crate::lab::{Notice, Readouts, Severity, TokenRef};
use crate::lens::{Phrase, Tone};
use crate::lesson::{self, Control, Gap, Given, Guess, Guessed, Lesson, Question, StateError, Step};

pub(super) use bar::{height as bar_height, ui as bar_ui};
pub(super) use guess::{board_ui as guess_on_board, panel_ui as guess_panel};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use wall::paragraph;
pub(super) use wall::{split as wall_split, ui as wall_ui};

/// A lesson that is being given.
pub(super) struct Teaching {
    lesson: Lesson,
    /// Its exercises, which come after the steps, each in all of its variants.
    exercises: Vec<Vec<Step>>,
    /// What picks the variant of each.
    seed: u32,
    /// As the page knows it: the name of its file without extension.
    name: String,
    at: usize,
    phase: Phase,
    guessed: Option<Guessed>,
    /// What was guessed in each step, once it was shown.
    answers: Vec<Option<Answer>>,
    /// The readouts that the last answer was compared with.
    compared: u64,
}

/// What was guessed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    guessed: Guessed,
    gap: Gap,
}

impl Teaching {
    /// The lesson.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The name of its file without extension.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The step that is given, from 0; exercises count on behind the steps.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Where its question is.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The step that is given.
    pub(super) fn step(&self) -> Option<&Step> {
        self.entry(self.at)
    }

    /// A step, or behind the steps an exercise in the variant of the seed.
    pub(super) fn entry(&self, at: usize) -> Option<&Step> {
        let Some(exercise) = at.checked_sub(self.lesson.steps.len()) else {
            return self.lesson.steps.get(at);
        };
        let variants = self.exercises.get(exercise)?;
        variants.get((self.seed as usize).checked_rem(variants.len())?)
    }

    /// How many steps and exercises there are.
    pub(super) fn count(&self) -> usize {
        self.lesson.steps.len() + self.exercises.len()
    }

    /// Whether this is an exercise.
    pub(super) fn is_exercise(&self, at: usize) -> bool {
        at >= self.lesson.steps.len()
    }

    /// Where the present part ends: a clicker does not run on from the last step into the exercises.
    fn last(&self) -> usize {
        let steps = self.lesson.steps.len();
        let end = if self.is_exercise(self.at) { self.count() } else { steps };
        end.saturating_sub(1)
    }

    /// "3 of 11", "Exercise 2 of 3".
    pub(super) fn place(&self) -> String {
        let steps = self.lesson.steps.len();
        match self.at.checked_sub(steps) {
            None => format!("{} of {steps}", self.at + 1),
            Some(exercise) => format!("Exercise {} of {}", exercise + 1, self.exercises.len()),
        }
    }

    /// What comes next, where a clicker goes there.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn next(&self) -> Option<&Step> {
        (self.at < self.last()).then(|| self.entry(self.at + 1))?
    }

    /// Whether the exercise that is given has another variant.
    fn varies(&self) -> bool {
        let exercise = self.at.checked_sub(self.lesson.steps.len());
        exercise.is_some_and(|exercise| self.exercises.get(exercise).is_some_and(|variants| variants.len() > 1))
    }

    fn question(&self) -> Option<&Question> {
        self.step()?.ask.as_ref()
    }

    /// The truth of a question that was answered, and how far the guess is off.
    fn gap(&self, readouts: &Readouts) -> Option<Gap> {
        let guess = &self.question()?.guess;
        self.guessed.as_ref()?.gap(guess, Guessed::truth(guess, readouts)?)
    }

    /// Whether the truth is hidden.
    pub(super) fn is_asking(&self) -> bool {
        self.phase == Phase::Asking
    }

    /// The title of a step, from 0, which may be the answer to its question: none before that is shown.
    fn title(&self, at: usize) -> Option<&str> {
        let step = self.entry(at)?;
        let is_open = if self.is_exercise(at) {
            // Its title is a name, and not its answer.
            true
        } else if at == self.at {
            !self.is_asking()
        } else {
            step.ask.is_none() || self.answers.get(at).is_some_and(Option::is_some)
        };
        is_open.then_some(step.title.as_str())
    }

    /// Whether the board shows tokens and guesses only: while the truth is hidden, and beside a guess on the board.
    pub(super) fn bares_board(&self) -> bool {
        let on_board = matches!(
            self.question().map(|ask| &ask.guess),
            Some(Guess::Axis { .. } | Guess::Ellipse { .. })
        );
        self.phase == Phase::Asking || (self.phase == Phase::Revealed && on_board)
    }

    pub(super) fn locks(&self, control: Control) -> bool {
        self.phase == Phase::Asking || self.step().is_some_and(|step| step.locked.contains(&control))
    }
}

/// What a command changes, where a lesson may lock it.
fn control_of(command: &Command) -> Option<Control> {
    Some(match command {
        Command::Lens(_) => Control::Lens,
        Command::Tool(tool) if *tool != Tool::Move => Control::Tools,
        Command::Switch | Command::Named("step before" | "step after") => Control::Choices,
        Command::Pick(TokenRef::Query(_)) => Control::Query,
        // To look at a map changes nothing that a lesson is about.
        Command::Edit(Edit::AllHeads(_) | Edit::AxisReading(_) | Edit::Robust(RobustEdit::Settings(_))) => return None,
        Command::Edit(edit) | Command::Drag(edit) => control_of_edit(edit),
        _ => return None,
    })
}

fn control_of_edit(edit: &Edit) -> Control {
    match edit {
        Edit::Move(TokenRef::Query(_), _) | Edit::Ask(_) => Control::Query,
        Edit::Move(TokenRef::Key(_), _)
        | Edit::Value(..)
        | Edit::Previous(..)
        | Edit::Target(..)
        | Edit::Dual(..)
        | Edit::Slip(..) => Control::Keys,
        Edit::Add(..)
        | Edit::Outlier(_)
        | Edit::Erase(_)
        | Edit::Noise(_)
        | Edit::Strike(_)
        | Edit::Cells(_)
        | Edit::Heal
        | Edit::Lift(_) => Control::Tools,
        Edit::Select(_) | Edit::Open(_) | Edit::Head(_) | Edit::Reset => Control::Cloud,
        Edit::Temperature(_) => Control::Temperature,
        Edit::Softmax(_)
        | Edit::Smoother(_)
        | Edit::SmootherView(_)
        | Edit::Axis(_)
        | Edit::Kept(_)
        | Edit::Centring(_)
        | Edit::Kernel(_)
        | Edit::Values(_)
        | Edit::Robust(_)
        | Edit::Elliptical(_)
        | Edit::Support(_)
        | Edit::FullSize(_)
        | Edit::Card(_)
        | Edit::Claims(_)
        | Edit::AllHeads(_)
        | Edit::AxisReading(_)
        | Edit::Freeze
        | Edit::ClearGhost => Control::Choices,
    }
}

impl App {
    /// Opens a lesson in the JSON of [`eigenlens_words::lesson::compile`] at a step, from 1. `name` is that of its file.
    pub fn open_lesson(&mut self, name: &str, json: &str, step: usize) {
        match lesson::read(json) {
            Ok(given) => self.give(name, given, step),
            Err(error) => self.file_error(name, &error.to_string()),
        }
    }

    /// What picks the variants of the exercises of lessons that are given from now on: a number of the student's.
    pub fn set_exercise_seed(&mut self, seed: u32) {
        self.exercise_seed = seed;
    }

    /// Gives a lesson from a step on, from 1. Its exercises count on behind its steps.
    pub fn give(&mut self, name: &str, given: impl Into<Given>, step: usize) {
        let Given { lesson, exercises } = given.into();
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let answers = vec![None; lesson.steps.len() + exercises.len()];
        self.teaching = Some(Box::new(Teaching {
            lesson,
            exercises,
            seed: self.exercise_seed,
            name: name.trim_end_matches(".toml").to_owned(),
            at: 0,
            phase: Phase::Shown,
            guessed: None,
            answers,
            compared: 0,
        }));
        self.begin_with_something_else();
        // What was said of the lab before is no matter of the lesson.
        self.notices.clear();
        self.go_to_step(step.saturating_sub(1));
    }

    /// The move with this name, where it can be made now: "next", "back", "first", "last", "step 3", "exercises", "another",
    /// "reveal", "again", "close".
    pub(super) fn lesson_move(&self, name: &str) -> Option<LessonMove> {
        let teaching = self.teaching.as_ref()?;
        let (at, last, steps) = (teaching.at, teaching.last(), teaching.lesson.steps.len());
        let asks = teaching.phase == Phase::Asking;
        let (by, can) = match name.split_once(' ').unwrap_or((name, "")) {
            ("next", "") => (LessonMove::Next, asks || at < last),
            ("back", "") => (LessonMove::Back, at > 0),
            ("first", "") => (LessonMove::To(0), at > 0),
            ("last", "") => (LessonMove::To(last), at < last),
            ("step", number) => {
                let to = number.parse::<usize>().ok()?.checked_sub(1)?;
                (LessonMove::To(to), to < teaching.count() && to != at)
            }
            ("exercises", "") => (LessonMove::To(steps), at < steps && steps < teaching.count()),
            ("another", "") => (LessonMove::Another, teaching.varies()),
            // In a question only: Enter is otherwise the token's.
            ("enter", "") => (LessonMove::Next, teaching.phase != Phase::Shown && (asks || at < last)),
            ("reveal", "") => (LessonMove::Reveal, asks),
            ("again", "") => (LessonMove::Again, teaching.phase == Phase::Revealed),
            ("close", "") => (LessonMove::Close, true),
            _ => return None,
        };
        can.then_some(by)
    }

    /// What the page knows of the lesson that is being given.
    pub fn lesson_readout(&self) -> Option<LessonReadout> {
        let teaching = self.teaching.as_ref()?;
        let asks = teaching.phase == Phase::Asking;
        Some(LessonReadout {
            name: teaching.name.clone(),
            step: teaching.at + 1,
            of: teaching.lesson.steps.len(),
            exercises: teaching.exercises.len(),
            seed: teaching.seed,
            phase: teaching.phase,
            question: teaching.question().filter(|_| asks).map(|ask| ask.question.clone()),
        })
    }

    /// Whether the truth is hidden.
    pub(super) fn is_asking(&self) -> bool {
        self.teaching.as_ref().is_some_and(|teaching| teaching.is_asking())
    }

    /// Whether the present step locks what a command changes.
    pub(super) fn locks(&self, command: &Command) -> bool {
        let teaching = self.teaching.as_ref();
        teaching.is_some_and(|teaching| control_of(command).is_some_and(|control| teaching.locks(control)))
    }

    /// Whether the present step locks something.
    pub(super) fn locks_control(&self, control: Control) -> bool {
        self.teaching.as_ref().is_some_and(|teaching| teaching.locks(control))
    }

    /// Moves the lesson; nothing where there is none, and at its ends.
    pub(super) fn move_lesson(&mut self, by: LessonMove) {
        let Some(teaching) = &mut self.teaching else { return };
        let (last, end) = (teaching.last(), teaching.count().saturating_sub(1));
        match by {
            LessonMove::Next | LessonMove::Reveal if teaching.phase == Phase::Asking => self.reveal(),
            LessonMove::Next if teaching.at < last => {
                let at = teaching.at + 1;
                self.go_to_step(at);
            }
            LessonMove::Back if teaching.at > 0 => {
                let at = teaching.at - 1;
                self.go_to_step(at);
            }
            LessonMove::To(at) if at.min(end) != teaching.at => self.go_to_step(at.min(end)),
            LessonMove::Another if teaching.varies() => {
                let at = teaching.at;
                teaching.seed = teaching.seed.wrapping_add(1);
                self.exercise_seed = teaching.seed;
                // Other variants have other answers.
                for answer in teaching.answers.iter_mut().skip(teaching.lesson.steps.len()) {
                    *answer = None;
                }
                self.go_to_step(at);
            }
            LessonMove::Again if teaching.phase == Phase::Revealed => {
                let at = teaching.at;
                self.go_to_step(at);
            }
            LessonMove::Close => {
                self.teaching = None;
                self.refresh();
            }
            LessonMove::Next
            | LessonMove::Back
            | LessonMove::To(_)
            | LessonMove::Another
            | LessonMove::Reveal
            | LessonMove::Again => {}
        }
    }

    fn go_to_step(&mut self, at: usize) {
        let Some(teaching) = &mut self.teaching else { return };
        teaching.at = at.min(teaching.count().saturating_sub(1));
        let guess = teaching.question().map(|ask| Guessed::beginning(&ask.guess));
        teaching.phase = if guess.is_some() { Phase::Asking } else { Phase::Shown };
        teaching.guessed = guess;
        let Some(step) = teaching.step().cloned() else { return };
        let at = teaching.at + 1;
        self.notices.retain(|notice| notice.severity != Severity::Error);
        match lesson::lab_of(&step.state, step.cloud.as_ref(), &mut self.library) {
            Ok(mut lab) => {
                // The hall's theme is no matter of a step.
                lab.theme = self.lab().theme;
                self.show(lab, &format!("Step {at}"));
            }
            Err(error) => self.step_error(at, &error),
        }
        self.tool = Tool::Move;
        self.refresh();
    }

    fn step_error(&mut self, at: usize, error: &StateError) {
        self.notify(Notice::new(
            Severity::Error,
            format!("Step {at} of the lesson cannot be shown"),
            format!("{error}."),
            "The board is as it was; the other steps work.",
        ));
    }

    fn reveal(&mut self) {
        let Some(teaching) = &mut self.teaching else { return };
        teaching.phase = Phase::Revealed;
        let after = teaching.question().map(|ask| ask.after.clone()).unwrap_or_default();
        let at = teaching.at + 1;
        if after.is_empty() {
            return self.refresh();
        }
        let mut lab = self.lab().clone();
        match lesson::carry_out(&after, &mut lab, &self.library) {
            Ok(()) => self.show(lab, "Reveal"),
            Err(error) => self.step_error(at, &error),
        }
        self.refresh();
    }

    /// Keeps the answer of the present step once its gap is known.
    pub(super) fn keep_answer(&mut self) {
        let readouts = &self.readouts;
        let Some(teaching) = &mut self.teaching else { return };
        if teaching.phase != Phase::Revealed || self.working || teaching.compared == readouts.revision {
            return;
        }
        teaching.compared = readouts.revision;
        let (gap, guessed) = (teaching.gap(readouts), teaching.guessed.clone());
        let at = teaching.at;
        let answer = gap.zip(guessed).map(|(gap, guessed)| Answer { guessed, gap });
        if let Some(place) = teaching.answers.get_mut(at)
            && answer.is_some()
            && *place != answer
        {
            *place = answer;
            self.refresh();
        }
    }

    /// The lesson's part of what is read out: nothing of the truth while it is hidden.
    pub(super) fn read_out_lesson(&self, readouts: &mut Readouts) {
        readouts.lesson = self.lesson_readout();
        let question = readouts.lesson.as_ref().and_then(|lesson| lesson.question.clone());
        if let Some(question) = question {
            readouts.numbers.clear();
            readouts.checks.clear();
            readouts.table = Table::default();
            readouts.headline.clone_from(&question);
            readouts.spoken = format!("{question} Guess first.");
        } else if let Some(words) = self.gap_words() {
            readouts.spoken = words.join(" ");
        }
    }

    /// What stands beside the picture, as Markdown; while the truth is hidden, the question only.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn lesson_text(&self) -> Option<String> {
        let teaching = self.teaching.as_ref()?;
        let step = teaching.step()?;
        Some(match &step.ask {
            Some(ask) if teaching.is_asking() => format!("# {}\n", ask.question),
            _ => format!("# {}\n\n{}\n\n{}\n", step.title, step.claim, step.text),
        })
    }

    /// The headline of a question: what is asked, then guess, truth and gap.
    pub(super) fn lesson_headline(&self) -> Option<Vec<Phrase>> {
        let question = self.teaching.as_ref()?.question()?;
        if self.is_asking() {
            return Some(vec![(question.question.clone(), Tone::Plain)]);
        }
        let [guessed, is, gap] = self.gap_words()?;
        Some(vec![
            (format!("{guessed} "), Tone::Guess),
            (format!("{is} "), Tone::Bad),
            (gap, Tone::Plain),
        ])
    }

    /// The three sentences of the gap, while it is shown.
    pub(super) fn gap_words(&self) -> Option<[String; 3]> {
        let teaching = self.teaching.as_ref()?;
        let is_shown = teaching.phase == Phase::Revealed;
        let answer = teaching.answers.get(teaching.at)?.as_ref().filter(|_| is_shown)?;
        Some(answer.gap.words.clone())
    }

    /// Whether something was guessed.
    pub(super) fn has_answers(&self) -> bool {
        let teaching = self.teaching.as_ref();
        teaching.is_some_and(|teaching| teaching.answers.iter().any(Option::is_some))
    }

    /// The answers as a table for the lecturer, one row a question (CSV).
    ///
    /// # Errors
    /// When nothing was guessed.
    pub fn answers_csv(&self) -> Result<String, String> {
        let mut rows = Vec::new();
        let given = self.teaching.iter().flat_map(|teaching| {
            teaching
                .answers
                .iter()
                .enumerate()
                .map(move |answer| (teaching, answer))
        });
        for (teaching, (at, answer)) in given {
            let ask = teaching.entry(at).and_then(|step| step.ask.as_ref());
            if let (Some(ask), Some(answer)) = (ask, answer) {
                let [guessed, is, _] = &answer.gap.words;
                rows.push(vec![
                    match at.checked_sub(teaching.lesson.steps.len()) {
                        None => (at + 1).to_string(),
                        Some(exercise) => format!("exercise {}, seed {}", exercise + 1, teaching.seed),
                    },
                    ask.question.clone(),
                    guessed.clone(),
                    is.clone(),
                    answer.gap.off.to_string(),
                ]);
            }
        }
        let columns = ["step", "question", "guess", "truth", "off"]
            .map(str::to_owned)
            .to_vec();
        let table = Table { columns, rows };
        if table.rows.is_empty() {
            return Err("Nothing was guessed in a lesson yet".to_owned());
        }
        Ok(table.to_csv())
    }
}
