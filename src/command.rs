//! What a person, a key, a link or the host page asks for. Widgets return commands; the app carries them out after the frame.

use eigenlens_figures::FigureKind;

use crate::lab::{
    Brush, Camera, EditError, GridPoint, KernelChoice, Lab, LensId, Library, SmootherForm, Source, Temperature, Theme,
    TokenRef, ValuesFrom,
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
}

impl Tool {
    /// Every tool, in the order of the strip.
    pub const ALL: [Self; 5] = [Self::Move, Self::Add, Self::Erase, Self::Noise, Self::Outlier];

    /// The word on the button.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Add => "Add",
            Self::Erase => "Erase",
            Self::Noise => "Noise",
            Self::Outlier => "Outlier",
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
    /// Shows another head of the cloud (from 0).
    Head(u16),
    /// Back to the untouched cloud.
    Reset,
    /// Which weights the smoother lens draws.
    Smoother(SmootherForm),
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
            Self::Noise(tokens) => format!("Noise on {} tokens", tokens.len()),
            Self::Value(key, _) => format!("Change value {}", key + 1),
            Self::Temperature(_) => "Temperature".to_owned(),
            Self::Ask(query) => format!("Ask with {}", lab.scene.word(*query)),
            Self::Select(Source::Text(id)) => format!("Read “{}”", id.text().key),
            Self::Select(_) => "Change the cloud".to_owned(),
            Self::Smoother(form) => format!("Weigh by {}", form.name()),
            Self::Axis(axis) => format!("Axis {}", u16::from(*axis) + 1),
            Self::Kept(kept) => format!("Keep {kept} axes"),
            Self::Centring(true) => "Centre".to_owned(),
            Self::Centring(false) => "Centring off".to_owned(),
            Self::Kernel(kernel) => format!("Kernel {}", kernel.name()),
            Self::Values(ValuesFrom::Constructed) => "Constructed values".to_owned(),
            Self::Values(ValuesFrom::Free) => "Free values".to_owned(),
            Self::Head(head) => capitalised(&lab.scene.source.head_name(*head)),
            Self::Reset => "Reset".to_owned(),
            Self::Freeze => "Freeze".to_owned(),
            Self::ClearGhost => "Clear the frozen picture".to_owned(),
        }
    }

    /// Does the edit. On an error the lab is as it was.
    pub fn apply(&self, lab: &mut Lab, library: &Library) -> Result<(), EditError> {
        match self {
            Self::Move(token, to) => lab.move_token(*token, *to),
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
            Self::Smoother(form) => {
                lab.choices.smoother = *form;
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
            Self::Reset => {
                lab.reset();
                Ok(())
            }
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
    /// A figure of what the lens shows.
    Figure(FigureKind),
}

impl SaveAs {
    /// What every lens can save, in the order of the menu; a lens says itself which figures it has.
    pub const ALL: [Self; 5] = [
        Self::Lab,
        Self::Cloud("safetensors"),
        Self::Cloud("npz"),
        Self::Cloud("csv"),
        Self::Cloud("json"),
    ];

    /// The extension of the file.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Lab => "eigenlens",
            Self::Cloud(extension) => extension,
            Self::Figure(_) => "svg",
        }
    }

    /// The name of the file, unless a person gives it another.
    pub fn file_name(self) -> String {
        let stem = match self {
            Self::Lab | Self::Cloud(_) => "lab",
            Self::Figure(kind) => kind.key(),
        };
        format!("{stem}.{}", self.extension())
    }
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
