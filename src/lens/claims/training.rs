//! The third card: a layer that learns on the keys of the cloud, step by step, beside what the reproduction logged.

use egui::{Align2, Rect, Ui, pos2};
use eigenlens_core::claims::{LayerOptions, LayerTraining, ProjectionClaim, random_matrix};
use eigenlens_core::{Error, Head};
use nalgebra::DMatrix;

use super::Claims;
use super::derive::{Line, SEED, Shown, line};
use crate::command::{ClaimsEdit, Command, Edit};
use crate::job::{Step, Task};
use crate::lab::claims::stream;
use crate::lab::readout::text;
use crate::lab::{ClaimsChoices, Start};
use crate::lens::{Film, Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::microscope::lanes::Hand;
use crate::microscope::scrubber::{self, Scrubber};
use crate::microscope::series::{self, Curve, Look, Series};
use crate::microscope::{fitted, put};

/// Steps of the training.
const STEPS: usize = ClaimsChoices::STEPS as usize;
/// Every how many steps the curves are shown while they come.
const SHOWN: usize = 20;

/// What the layer is at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct State {
    /// The mean of `(H − Y)²`.
    error: f64,
    /// `J` with its sign.
    loss: f64,
    /// The mean of `‖h‖²`.
    outputs: f64,
    /// The mean of `‖φ(q)‖²`.
    queries: f64,
    eigen_residual: f64,
}

impl State {
    /// Of a layer whose queries and keys stand still, where there is a claim that was prepared.
    fn of(training: &LayerTraining, still: Option<&ProjectionClaim>) -> Result<Self, Error> {
        let reading = match still {
            Some(claim) => training.reading_of(claim)?,
            None => training.reading()?,
        };
        let literal = reading.tests.literal;
        Ok(Self {
            error: reading.error,
            loss: literal.loss,
            outputs: literal.output_length,
            queries: literal.query_length,
            eigen_residual: literal.eigen_residual(),
        })
    }
}

/// What the reproduction logged of one run, at its first and at its last epoch.
struct Logged {
    run: &'static str,
    /// `|J|`, `‖h‖²` and `‖φ(q)‖²`.
    first: [f64; 3],
    last: [f64; 3],
    /// `‖φ(q)‖² − ‖h‖²` at the last.
    signed: f64,
}

/// Sarıtaş and Yıldız 2025: the curves of their repository, 128 and 135 epochs.
const LOGGED: [Logged; 4] = [
    Logged {
        run: "DeiT-tiny, train",
        first: [4.93, 4.90, 0.0441],
        last: [1.858, 1.862, 0.00483],
        signed: -1.87,
    },
    Logged {
        run: "DeiT-tiny, test",
        first: [6.81, 6.80, 0.0159],
        last: [1.959, 1.963, 0.00440],
        signed: -1.98,
    },
    Logged {
        run: "ViT-tiny, train",
        first: [67.7, 11.15, 56.6],
        last: [3.278, 3.285, 0.00637],
        signed: -3.31,
    },
    Logged {
        run: "ViT-tiny, test",
        first: [22.5, 14.44, 8.47],
        last: [3.562, 3.569, 0.00813],
        signed: -3.58,
    },
];

/// What is in the table of the runs, by name.
pub(super) fn logged() -> impl Iterator<Item = (String, f64)> {
    LOGGED.iter().flat_map(|run| {
        let name = run.run.to_lowercase().replace("-tiny, ", "_");
        let ends = [("first", run.first), ("last", run.last)]
            .into_iter()
            .flat_map(|(end, numbers)| {
                let named = move |(what, number)| (what, end, number);
                std::iter::zip(["j", "h", "phi"], numbers).map(named)
            });
        ends.chain([("loss", "last", run.signed)])
            .map(move |(what, end, number)| (format!("logged_{name}_{what}_{end}"), number))
            .collect::<Vec<_>>()
    })
}

/// A layer on the keys of the cloud that learns to give half of its values, from values that have nothing to do with them; one
/// step a call.
pub(super) fn task(head: Head, temperature: f64, choices: ClaimsChoices) -> Task<Result<Shown, Error>> {
    let all_learn = choices.all_learn;
    let mut layer: Option<(LayerTraining, Option<ProjectionClaim>)> = None;
    let mut states: Vec<State> = Vec::new();
    Box::new(move || {
        let mut step = || -> Result<Step<Result<Shown, Error>>, Error> {
            if let Some((training, still)) = &mut layer {
                training.step()?;
                states.push(State::of(training, still.as_ref())?);
            } else {
                let new = self::layer(&head, temperature, choices)?;
                let claim = ProjectionClaim::new(&new.head()?, Some(temperature))?;
                states.push(State::of(&new, Some(&claim))?);
                layer = Some((new, (!all_learn).then_some(claim)));
            }
            let done = states.len() - 1;
            let shown = || {
                Ok(Shown {
                    course: states.clone(),
                    ..Shown::default()
                })
            };
            Ok(match done {
                STEPS => Step::Done(shown()),
                _ if done.is_multiple_of(SHOWN) => Step::Partial(shown()),
                _ => Step::Running { done, of: STEPS },
            })
        };
        step().unwrap_or_else(|error| Step::Done(Err(error)))
    })
}

/// Where a training begins that is the same for every cloud: two columns of each token after the other, and again from the first.
const FIXED: [f64; 8] = [3.0, -2.0, -1.0, 3.0, 2.0, 1.0, -2.0, -3.0];

fn layer(head: &Head, temperature: f64, choices: ClaimsChoices) -> Result<LayerTraining, Error> {
    let (n, all_learn) = (head.n_keys(), choices.all_learn);
    let start = match choices.start {
        Start::Random => random_matrix(n, head.value_dim(), &mut stream(SEED, 0)) * 2.0,
        Start::Fixed => DMatrix::from_fn(n, head.value_dim(), |token, column| {
            FIXED[(2 * token + column) % FIXED.len()]
        }),
    };
    let options = LayerOptions {
        step: 0.5,
        weight_decay: 0.02,
        moves: [all_learn, all_learn, true],
        temperature: Some(temperature),
    };
    // Every token is a coordinate of its own, so that the weights are queries, keys and values.
    let weights = [head.keys().clone(), head.keys().clone(), start];
    LayerTraining::new(DMatrix::identity(n, n), weights, head.values() * 0.5, options)
}

/// The step that is shown: the chosen one, as far as there are steps.
pub(super) fn at(course: &[State], choices: ClaimsChoices) -> usize {
    usize::from(choices.step).min(course.len().saturating_sub(1))
}

/// The numbers at the first step and at the one that is shown.
pub(super) fn lines(course: &[State], choices: ClaimsChoices) -> Vec<Line> {
    let (Some(before), Some(after)) = (course.first(), course.get(at(course, choices))) else {
        return Vec::new();
    };
    let number = |state: &State| {
        [
            state.error,
            state.loss,
            state.outputs,
            state.queries,
            state.eigen_residual,
        ]
    };
    std::iter::zip(NAMES, std::iter::zip(number(before), number(after)))
        .flat_map(|([key_before, key_after, name], (before, after))| {
            let claimed = name.starts_with("columns").then_some(0.0);
            [
                line(key_before, name, before, claimed),
                line(key_after, "… at the step", after, claimed),
            ]
        })
        .collect()
}

const NAMES: [[&str; 3]; 5] = [
    ["error_before", "error_after", "error of the regression"],
    ["loss_before", "loss_after", "loss J with its sign"],
    ["h_before", "h_after", "‖h‖², the outputs"],
    ["phi_before", "phi_after", "‖φ(q)‖², what is projected"],
    [
        "eigen_residual_before",
        "eigen_residual_after",
        "columns as eigenvectors",
    ],
];

/// The steps as a film.
pub(super) fn film(course: &[State], choices: ClaimsChoices) -> Option<Film> {
    let last = course.len().checked_sub(1)?;
    Some(Film {
        at: at(course, choices),
        first: 0,
        last,
        seconds: 0.05,
        edit: |step| Edit::Claims(ClaimsEdit::Step(u8::try_from(step).unwrap_or(ClaimsChoices::STEPS))),
    })
}

/// The curves, the transport, and what the reproduction logged.
pub(super) fn ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, course: &[State], out: &mut Out) {
    let theme = stage.theme;
    let at = at(course, lens.choices);
    let last = course.len().saturating_sub(1);
    let table = theme.px(22.0) * (LOGGED.len() + 2) as f32;
    let has_table = rect.height() > table + theme.px(190.0);
    let bottom = rect.bottom() - if has_table { table + theme.px(10.0) } else { 0.0 };
    let transport = Rect::from_min_max(pos2(rect.left(), bottom - theme.px(44.0)), pos2(rect.right(), bottom));
    let curve = |name, value: fn(&State) -> f64, look| Curve {
        name,
        values: course.iter().map(value).collect(),
        look,
    };
    let curves = [
        curve("*J*", |state| state.loss, Look::Warm),
        curve("‖*h*‖²", |state| state.outputs, Look::Ink),
        curve("‖*φ*(*q*)‖²", |state| state.queries, Look::Dashed),
    ];
    let chart = rect.with_max_y(transport.top() - theme.px(4.0));
    out.places.push(("curves", chart));
    let mut hands = series::ui(
        ui,
        chart,
        theme,
        &Series {
            curves: &curves,
            at,
            last,
            word: "Step",
        },
    );
    let scrubber = Scrubber {
        at,
        first: 0,
        last,
        word: "Step of the training",
        playing: stage.playing,
    };
    hands.extend(scrubber::ui(ui, transport, theme, &scrubber));
    let to = film(course, lens.choices).map(|film| film.edit);
    for hand in hands {
        out.commands.extend(match hand {
            Hand::To(step) => to.map(|to| Command::Drag(to(step))),
            Hand::Release => Some(Command::Drop),
            Hand::Play => Some(Command::Play),
            Hand::Step(by) => Some(Command::StepFilm(by)),
        });
    }
    if has_table {
        logged_ui(ui, rect.with_min_y(bottom + theme.px(10.0)), stage);
    }
}

/// What was logged, run by run.
fn logged_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>) {
    let theme = stage.theme;
    let painter = ui.painter();
    let each = theme.px(22.0);
    let columns = [0.45, 0.66, 0.88, 1.0].map(|share| rect.left() + share * rect.width());
    let title = "Logged by Sarıtaş & Yıldız 2025, first and last epoch";
    let row = |at: usize| rect.top() + (at as f32 + 0.5) * each;
    let title = fitted(painter, theme, title, Set::strong(size::BODY, theme.ink), rect.width());
    put(painter, Align2::LEFT_CENTER, pos2(rect.left(), row(0)), &title);
    let quiet = Set::regular(size::BODY, theme.ink2);
    for (x, words) in std::iter::zip(columns, ["|*J*|", "‖*h*‖²", "‖*φ*(*q*)‖²", "*J*"]) {
        put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(x, row(1)),
            &name::line(painter, theme, words, quiet),
        );
    }
    for (at, run) in LOGGED.iter().enumerate() {
        let set = Set::regular(size::BODY, theme.ink);
        let name = fitted(painter, theme, run.run, set, columns[0] - rect.left() - theme.px(96.0));
        put(painter, Align2::LEFT_CENTER, pos2(rect.left(), row(at + 2)), &name);
        let pairs = std::iter::zip(run.first, run.last);
        let mut words: Vec<String> = pairs
            .map(|(first, last)| format!("{} → {}", text::number(first), text::number(last)))
            .collect();
        words.push(text::number(run.signed));
        for (x, words) in std::iter::zip(columns, &words) {
            put(
                painter,
                Align2::RIGHT_CENTER,
                pos2(x, row(at + 2)),
                &name::line(painter, theme, words, set),
            );
        }
    }
}
