//! What the board shows beside the row, one thing at a time.

use eigenlens_core::{Error, Head, Mechanism, Scoring};

use super::derive::Picture;
use super::refined::Refined;
use super::territory::Territories;
use crate::command::{Command, Edit};
use crate::lab::readout::text;
use crate::lab::{Lab, SmootherForm, SmootherView};
use crate::lens::Tab;

/// Most keys of a cloud that is refined or divided.
const MOST_KEYS: usize = 64;
/// Most dimensions of the values of a cloud that is refined.
const MOST_VALUES: usize = 8;

/// What is shown beside the row.
#[derive(Default)]
pub(super) enum Beside {
    /// Nothing.
    #[default]
    Nothing,
    /// Which key a query of each place would weigh most.
    Territories(Territories),
    /// The output over many tokens on the curve through the cloud.
    Refined(Box<Refined>),
    /// A sentence that says why there is nothing.
    Refused(String),
}

impl Beside {
    /// What the lab asks for; what was derived before is used again as far as it is the same.
    pub(super) fn of(view: SmootherView, picture: Option<&Picture>, before: Self) -> Self {
        let Some(picture) = picture else { return Self::Nothing };
        let made = match (view, before) {
            (SmootherView::Row, _) => return Self::Nothing,
            (SmootherView::Territories, before) => {
                let before = match before {
                    Self::Territories(before) => Some(before),
                    _ => None,
                };
                Territories::of(picture, before).map(Self::Territories)
            }
            (SmootherView::Refined, before) => {
                let before = match before {
                    Self::Refined(before) => Some(*before),
                    _ => None,
                };
                Refined::of(picture, before).map(|refined| Self::Refined(Box::new(refined)))
            }
        };
        made.unwrap_or_else(Self::Refused)
    }
}

/// The tabs of what the board can show.
pub(super) fn tabs(lab: &Lab) -> Vec<Tab> {
    let tab = |view| Tab {
        word: match view {
            SmootherView::Row => "row",
            SmootherView::Territories => "who wins where",
            SmootherView::Refined => "32\u{a0}768 tokens",
        },
        chosen: lab.choices.smoother_view == view,
        command: Command::Edit(Edit::SmootherView(view)),
    };
    SmootherView::ALL.map(tab).to_vec()
}

/// Refuses a cloud that is too small or too large, with a sentence that says so.
pub(super) fn check(what: &str, least: usize, head: &Head) -> Result<(), String> {
    let (keys, dim) = (head.n_keys(), head.dim());
    if (least..=MOST_KEYS).contains(&keys) && dim == 2 && head.value_dim() <= MOST_VALUES {
        return Ok(());
    }
    let here = match (keys, head.value_dim()) {
        (_, values) if values > MOST_VALUES && dim == 2 => {
            return Err(format!(
                "{what} needs values of at most {MOST_VALUES} dimensions; here they have {values}."
            ));
        }
        (1, _) => "is 1".to_owned(),
        (keys, _) => format!("are {}", text::count(keys)),
    };
    Err(format!(
        "{what} needs {least} to {MOST_KEYS} keys of 2 dimensions; here {here} of {dim}."
    ))
}

/// The weights that are drawn as discs: with the bias they are those of the distance.
pub(super) fn scoring(picture: &Picture) -> Result<Scoring, Error> {
    let mechanism = match picture.form {
        SmootherForm::Dot => Mechanism::Softmax,
        SmootherForm::NadarayaWatson | SmootherForm::DotWithBias => Mechanism::Smoother,
    };
    mechanism
        .scoring(picture.common.head.dim())?
        .with_temperature(picture.common.temperature)
}
