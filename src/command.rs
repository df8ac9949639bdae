//! What a person, a key, a link or the host page asks for. Widgets return commands; the app carries them out after the frame.

mod aid;
mod claims;
mod elliptical;
mod full_size;
mod robust;
mod softmax;
mod support;
pub mod words;

pub use aid::Aid;
pub use claims::ClaimsEdit;
pub use elliptical::EllipticalEdit;
pub use full_size::FullSizeEdit;
pub use robust::RobustEdit;
pub use softmax::SoftmaxEdit;
pub use support::SupportEdit;

use crate::lab::{
    AxisReading, Brush, Camera, Card, EditError, GridPoint, KernelChoice, Lab, LambdaChoice, LensId, Library, Lift,
    Planted, RobustView, SmootherForm, SmootherView, Source, Temperature, Theme, TokenRef, ValuesFrom,
};

/// What the pointer does on the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Drag tokens; drag the empty board to pan.
    #[default]
    Move,
    /// A press adds a token.
    Add,
    /// A press takes a token away.
    Erase,
    /// A stroke adds noise to the tokens it passes.
    Noise,
    /// A press plants a key that is marked as an outlier.
    Outlier,
    /// Makes entries wrong: a token that is dragged is seen elsewhere, a cell that is painted has something added to it.
    Corrupt,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 6] = [
        Self::Move,
        Self::Add,
        Self::Erase,
        Self::Noise,
        Self::Outlier,
        Self::Corrupt,
    ];

    /// The tools of a lens, in the order of the strip.
    pub const fn of(lens: LensId) -> [Self; 5] {
        match lens {
            LensId::Robust => [Self::Move, Self::Corrupt, Self::Erase, Self::Noise, Self::Outlier],
            LensId::Softmax
            | LensId::Smoother
            | LensId::KernelPca
            | LensId::Elliptical
            | LensId::SupportVectors
            | LensId::FullSize
            | LensId::Claims => [Self::Move, Self::Add, Self::Erase, Self::Noise, Self::Outlier],
        }
    }

    /// The word on the button.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Add => "Add",
            Self::Erase => "Erase",
            Self::Noise => "Noise",
            Self::Outlier => "Outlier",
            Self::Corrupt => "Corrupt",
        }
    }

    /// The stable name, as in `tool move`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|tool| tool.name().eq_ignore_ascii_case(name))
    }
}

/// What a token that is added will be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A key, with itself as value.
    #[default]
    Key,
    /// A query.
    Query,
}

/// One edit of the lab: one entry of the history.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Puts a token somewhere.
    Move(TokenRef, GridPoint),
    /// Adds a token.
    Add(Role, GridPoint),
    /// Adds a key that is marked as an outlier.
    Outlier(GridPoint),
    /// Takes a token away.
    Erase(TokenRef),
    /// Adds noise to these tokens, in the order in which the stroke passed them.
    Noise(Vec<TokenRef>),
    /// Gives a key a value of its own.
    Value(usize, GridPoint),
    /// Chooses τ.
    Temperature(Temperature),
    /// Chooses the query whose row is shown.
    Ask(usize),
    /// Puts another cloud on the board.
    Select(Source),
    /// Puts an instance of the phase diagram on the board, as the diagram computes it.
    Open(Planted),
    /// Shows another head of the cloud (from 0).
    Head(u16),
    /// Back to the untouched cloud.
    Reset,
    /// A choice of the softmax lens.
    Softmax(SoftmaxEdit),
    /// Which weights the smoother lens draws.
    Smoother(SmootherForm),
    /// What else its board shows.
    SmootherView(SmootherView),
    /// The kernel PCA axis on the board (from 0).
    Axis(u8),
    /// How many kernel PCA axes are kept.
    Kept(u8),
    /// Whether the keys are centred in feature space.
    Centring(bool),
    /// Which kernel.
    Kernel(KernelChoice),
    /// Where the values of the kernel PCA lens come from.
    Values(ValuesFrom),
    /// Says what was added to entries of keys: key and entry from 0, thousandths; 0 makes an entry clean.
    Cells(Vec<(u16, u16, i16)>),
    /// Makes the entries of a key wrong so that it is seen somewhere else.
    Slip(usize, GridPoint),
    /// One stroke of the robust lens' noise over these tokens.
    Strike(Vec<TokenRef>),
    /// Makes every entry clean.
    Heal,
    /// The space in which keys of a plane are taken apart.
    Lift(Lift),
    /// A choice of the robust lens.
    Robust(RobustEdit),
    /// A choice of the elliptical lens.
    Elliptical(EllipticalEdit),
    /// A choice of the support-vector lens.
    Support(SupportEdit),
    /// A choice of the full-size lens.
    FullSize(FullSizeEdit),
    /// Opens a card of the claims lens.
    Card(Card),
    /// Another choice of the claims lens.
    Claims(ClaimsEdit),
    /// Opens the map of all heads of a text, or closes it.
    AllHeads(bool),
    /// What the map reads of the axes of each head.
    AxisReading(AxisReading),
    /// Gives a key a value in the layer before.
    Previous(usize, GridPoint),
    /// Gives a key a target, in thousandths.
    Target(usize, i16),
    /// Gives a key a dual variable, in thousandths.
    Dual(usize, i16),
    /// Keeps the scene as the A of A/B.
    Freeze,
    /// Lets go of A.
    ClearGhost,
}

impl Edit {
    /// The edit of this lab in words, for the undo button and the screen reader.
    pub fn label(&self, lab: &Lab) -> String {
        match self {
            Self::Move(token, _) => format!("Move {token}"),
            Self::Add(Role::Key, _) => "Add a key".to_owned(),
            Self::Add(Role::Query, _) => "Add a query".to_owned(),
            Self::Outlier(_) => "Plant an outlier".to_owned(),
            Self::Erase(token) => format!("Erase {token}"),
            Self::Strike(tokens) if tokens.len() == 1 => "Noise on 1 token".to_owned(),
            Self::Noise(tokens) | Self::Strike(tokens) => format!("Noise on {} tokens", tokens.len()),
            Self::Value(key, _) => format!("Change value {}", key + 1),
            Self::Temperature(_) => "Temperature".to_owned(),
            Self::Ask(query) => format!("Ask with {}", lab.scene.word(*query)),
            Self::Select(Source::Text(id)) => format!("Read “{}”", id.text().key),
            Self::Select(_) => "Change the cloud".to_owned(),
            Self::Open(planted) => format!("Open rank {}, {} wrong", planted.rank(), planted.percent()),
            Self::Softmax(edit) => edit.label(),
            Self::Smoother(form) => format!("Weigh by {}", form.name()),
            Self::SmootherView(SmootherView::Row) => "The row alone".to_owned(),
            Self::SmootherView(SmootherView::Territories) => "Show who wins where".to_owned(),
            Self::SmootherView(SmootherView::Refined) => "Refine the cloud".to_owned(),
            Self::Axis(axis) => format!("Axis {}", u16::from(*axis) + 1),
            Self::Kept(kept) => format!("Keep {kept} axes"),
            Self::Centring(true) => "Centre".to_owned(),
            Self::Centring(false) => "Centring off".to_owned(),
            Self::Kernel(kernel) => format!("Kernel {}", kernel.name()),
            Self::Values(ValuesFrom::Constructed) => "Constructed values".to_owned(),
            Self::Values(ValuesFrom::Free) => "Free values".to_owned(),
            Self::Head(head) => capitalised(&lab.scene.source.head_name(*head)),
            Self::Reset => "Reset".to_owned(),
            Self::Cells(cells) if cells.iter().all(|(.., steps)| *steps == 0) => {
                format!("Heal {} entries", cells.len())
            }
            Self::Cells(cells) if cells.len() == 1 => "Corrupt an entry".to_owned(),
            Self::Cells(cells) => format!("Corrupt {} entries", cells.len()),
            Self::Slip(key, _) => format!("Corrupt {}", TokenRef::Key(*key)),
            Self::Heal => "Heal all entries".to_owned(),
            Self::Lift(Lift::Plane) => "The plane as it is".to_owned(),
            Self::Lift(Lift::Lifted { .. }) => "Lift the plane".to_owned(),
            Self::Robust(edit) => edit.label(),
            Self::Elliptical(edit) => edit.label(),
            Self::Support(edit) => edit.label(),
            Self::FullSize(edit) => edit.label(),
            Self::Card(card) => format!("Claim {}", u16::from(card.code()) + 1),
            Self::Claims(edit) => edit.label(),
            Self::AllHeads(true) => "Map of all heads".to_owned(),
            Self::AllHeads(false) => "Close the map of all heads".to_owned(),
            Self::AxisReading(AxisReading::Token) => "Map of one-token axes".to_owned(),
            Self::AxisReading(AxisReading::Parts) => "Map of axes that separate".to_owned(),
            Self::Previous(key, _) => format!("Change value {} of the layer before", key + 1),
            Self::Target(key, _) => format!("Change target {}", key + 1),
            Self::Dual(key, _) => format!("Drag value {}", key + 1),
            Self::Freeze => "Freeze".to_owned(),
            Self::ClearGhost => "Clear the frozen picture".to_owned(),
        }
    }

    /// Does the edit. On an error the lab is as it was.
    pub fn apply(&self, lab: &mut Lab, library: &Library) -> Result<(), EditError> {
        self.carry_out(lab, library)?;
        if self.moves_regression() {
            lab.choices.support.sweep = None;
        }
        Ok(())
    }

    /// Whether the regression is another one after it: its sweeps are then others, and the last is shown.
    fn moves_regression(&self) -> bool {
        match self {
            Self::Target(..) | Self::Dual(..) | Self::Move(TokenRef::Key(_), _) => true,
            Self::Support(edit) => edit.moves_regression(),
            _ => false,
        }
    }

    fn carry_out(&self, lab: &mut Lab, library: &Library) -> Result<(), EditError> {
        match self {
            Self::Move(token, to) => {
                if !lab.scene.has(*token) {
                    return lab.move_token(*token, *to);
                }
                let to = lab.scene.before_corruption(*token, *to, library)?;
                lab.move_token(*token, to)
            }
            Self::Add(Role::Key, at) => lab.add_key(*at).map(drop),
            Self::Add(Role::Query, at) => lab.add_query(*at).map(drop),
            Self::Outlier(at) => lab.plant_outlier(*at).map(drop),
            Self::Erase(token) => lab.erase(*token),
            Self::Noise(tokens) => lab.noise_stroke(tokens, library),
            Self::Value(key, value) => lab.set_value(*key, *value),
            Self::Ask(query) => lab.ask(*query),
            Self::Head(head) => lab.set_head(*head),
            Self::Temperature(temperature) => {
                lab.set_temperature(*temperature);
                Ok(())
            }
            Self::Softmax(edit) => {
                edit.apply(&mut lab.choices.softmax);
                Ok(())
            }
            Self::Smoother(form) => {
                lab.choices.smoother = *form;
                Ok(())
            }
            Self::SmootherView(view) => {
                lab.choices.smoother_view = *view;
                Ok(())
            }
            Self::Axis(axis) => {
                lab.choices.kernel_pca.axis = *axis;
                Ok(())
            }
            Self::Kept(kept) => {
                lab.choices.kernel_pca.kept = (*kept).max(1);
                Ok(())
            }
            Self::Centring(centred) => {
                lab.choices.kernel_pca.centred = *centred;
                Ok(())
            }
            Self::Kernel(kernel) => {
                lab.choices.kernel_pca.kernel = *kernel;
                Ok(())
            }
            Self::Values(values) => {
                lab.choices.kernel_pca.values = *values;
                Ok(())
            }
            Self::Select(source) => {
                lab.select(source.clone());
                Ok(())
            }
            Self::Open(planted) => {
                lab.select(Source::Planted(*planted));
                let choices = &mut lab.choices.robust;
                choices.instance = Some(*planted);
                choices.view = RobustView::Split;
                // Another λ would make it another instance.
                choices.lambda = LambdaChoice::default();
                choices.growing = false;
                Ok(())
            }
            Self::Reset => {
                lab.reset();
                Ok(())
            }
            Self::Cells(cells) => lab.scene.set_cells(cells, library),
            Self::Slip(key, to) => lab.scene.slip(*key, *to, library),
            Self::Strike(tokens) => lab.strike(tokens, library),
            Self::Heal => {
                lab.scene.corruption = crate::lab::Corruption::default();
                Ok(())
            }
            Self::Lift(lift) => lab.scene.set_lift(*lift, library),
            Self::Robust(edit) => {
                edit.apply(&mut lab.choices.robust);
                Ok(())
            }
            Self::Elliptical(edit) => {
                edit.apply(&mut lab.choices.elliptical);
                Ok(())
            }
            Self::Support(edit) => {
                edit.apply(&mut lab.choices.support);
                Ok(())
            }
            Self::FullSize(edit) => {
                edit.apply(&mut lab.choices.full_size);
                Ok(())
            }
            Self::Card(card) => {
                lab.choices.card = *card;
                Ok(())
            }
            Self::Claims(edit) => {
                edit.apply(&mut lab.choices.claims);
                Ok(())
            }
            Self::AllHeads(open) => {
                lab.choices.heads.open = *open;
                Ok(())
            }
            Self::AxisReading(reading) => {
                lab.choices.heads.reading = *reading;
                Ok(())
            }
            Self::Previous(key, value) => lab.scene.set_previous(*key, *value),
            Self::Target(key, target) => lab.scene.set_target(*key, *target),
            Self::Dual(key, dual) => lab.scene.set_dual(*key, *dual),
            Self::Freeze => {
                lab.freeze();
                Ok(())
            }
            Self::ClearGhost => {
                lab.clear_ghost();
                Ok(())
            }
        }
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// What can be saved as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveAs {
    /// The whole lab as its link.
    Lab,
    /// The cloud of the board.
    Cloud(&'static str),
    /// The table of the lens, as CSV.
    Table,
    /// A figure of what the lens shows, by its stable name.
    #[cfg(not(target_arch = "wasm32"))]
    Figure(&'static str),
    /// Every array behind the picture, as `npz` or `csv`, or as `py` the script that reproduces the numbers from them.
    #[cfg(not(target_arch = "wasm32"))]
    Arrays(&'static str),
    /// The measurements that the lens shows, as JSON.
    Results,
    /// What was guessed in the lesson, as CSV.
    Answers,
}

impl SaveAs {
    /// What every lens can save, in the order of the menu; a lens says itself which figures and measurements it has.
    pub const ALL: [Self; 6] = [
        Self::Lab,
        Self::Cloud("safetensors"),
        Self::Cloud("npz"),
        Self::Cloud("csv"),
        Self::Cloud("json"),
        Self::Table,
    ];

    /// The stable name of what every lens can save, as in `save npz`: the extension, or `table`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Results => "results",
            Self::Answers => "answers",
            #[cfg(not(target_arch = "wasm32"))]
            Self::Figure(key) => key,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Arrays(_) => "arrays",
            Self::Lab | Self::Cloud(_) => self.extension(),
        }
    }

    /// The extension of the file.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Lab => "eigenlens",
            Self::Cloud(extension) => extension,
            Self::Table | Self::Answers => "csv",
            #[cfg(not(target_arch = "wasm32"))]
            Self::Figure(_) => "svg",
            #[cfg(not(target_arch = "wasm32"))]
            Self::Arrays(extension) => extension,
            Self::Results => "json",
        }
    }

    /// The name of the file, unless a person gives it another.
    pub fn file_name(self) -> String {
        let stem = match self {
            Self::Lab | Self::Cloud(_) => "lab",
            Self::Table | Self::Results | Self::Answers => self.key(),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Figure(_) | Self::Arrays(_) => self.key(),
        };
        format!("{stem}.{}", self.extension())
    }
}

/// What moves a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LessonMove {
    /// On: what is hidden is shown first.
    Next,
    /// Back by a step.
    Back,
    /// To a step, from 0, or an exercise, which count on behind the steps; beyond the last is the last.
    To(usize),
    /// To another variant of the exercise.
    Another,
    /// Shows the truth.
    Reveal,
    /// Hides it again.
    Again,
    /// Ends the lesson; the lab stays.
    Close,
}

/// A wish, carried out after the frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// One whole edit.
    Edit(Edit),
    /// A running gesture: the edit is done to the lab as it was when the gesture began.
    Drag(Edit),
    /// The gesture ends and becomes one entry of the history.
    Drop,
    /// The gesture ends and nothing has happened.
    Cancel,
    /// Back by one edit.
    Undo,
    /// Forward by one edit.
    Redo,
    /// Freezes the scene as A, or lets go of A.
    Freeze,
    /// What the board shows.
    Camera(Camera),
    /// Shows all tokens.
    Fit,
    /// Looks through another lens.
    Lens(LensId),
    /// Moves the first switch of the lens on.
    Switch,
    /// Another theme.
    Theme(Theme),
    /// The next theme.
    NextTheme,
    /// Another tool.
    Tool(Tool),
    /// What the Add tool adds.
    AddRole(Role),
    /// Another noise brush.
    Brush(Brush),
    /// Begins or ends to play the steps of the lens.
    Play,
    /// So many steps on, or back.
    StepFilm(i32),
    /// A token was clicked: it is chosen, and asks where it can.
    Pick(TokenRef),
    /// The token that the keyboard and the inspector look at.
    Select(Option<TokenRef>),
    /// Shows or hides the tool strip in a hall.
    ToggleTools,
    /// Shows or hides the list of keys.
    ToggleKeys,
    /// Copies the link.
    Share,
    /// Opens a file.
    OpenFile,
    /// Saves a file.
    Save(SaveAs),
    /// Hides the picture, or brings it back.
    Blank,
    /// Gives a lesson that comes with the program.
    Give(&'static str),
    /// Moves the lesson that is being given.
    Lesson(LessonMove),
    /// Shows or hides what helps in a hall.
    Aid(Aid),
    /// Shows the figures of the lens and what else can be taken away.
    #[cfg(target_arch = "wasm32")]
    Figures,
    /// Takes a notice away.
    Dismiss(usize),
    /// A command by its stable name, where it applies now.
    Named(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_that_fails_changes_nothing() {
        let library = Library::default();
        let mut lab = Lab::default();
        let before = lab.clone();
        for edit in [
            Edit::Erase(TokenRef::Key(99)),
            Edit::Erase(TokenRef::Query(0)),
            Edit::Move(TokenRef::Query(7), GridPoint::ORIGIN),
            Edit::Ask(3),
            Edit::Head(5),
            Edit::Noise(vec![TokenRef::Key(0), TokenRef::Key(400)]),
            Edit::Value(12, GridPoint::ORIGIN),
        ] {
            assert!(edit.apply(&mut lab, &library).is_err(), "{edit:?} must fail");
            assert_eq!(lab, before, "{edit:?} changed the lab");
        }
    }

    #[test]
    fn tools_have_stable_names() {
        for tool in Tool::ALL {
            assert_eq!(Tool::from_name(&tool.name().to_lowercase()), Some(tool));
        }
        assert_eq!(Tool::from_name("hammer"), None);
    }
}
