//! What can be taken away of a lab: the figures of its lens, the arrays behind them, and a script that reproduces the numbers.
//!
//! A lens derives as it does for the screen and nobody paints. Natively this is always there; in the browser it is a wasm
//! module of its own (`crates/studio`) and no part of the page's first load.

mod arrays;
mod code;

use eigenlens_figures::{Content, Figure};

pub use arrays::{Array, Arrays};
pub use code::{Code, READABLE, TooLong};

use crate::app;
use crate::lab::{self, Lab, LensId, Library, RobustView, TextId};
use crate::lens::{self, Lens};
use crate::lesson::{self, Step};
use crate::look::{self, Theme};

/// A figure that a lens can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureName {
    /// Its stable name, as in `figure spectrum`; also that of the file.
    pub key: &'static str,
    /// In words.
    pub name: &'static str,
}

impl FigureName {
    pub(crate) const fn new(key: &'static str, name: &'static str) -> Self {
        Self { key, name }
    }
}

/// A figure before it has a title and colours.
pub(crate) struct Drawn {
    /// How to read it.
    pub(crate) subtitle: String,
    /// What is drawn.
    pub(crate) content: Content,
}

impl Drawn {
    pub(crate) fn new(subtitle: impl Into<String>, content: Content) -> Self {
        Self {
            subtitle: subtitle.into(),
            content,
        }
    }
}

/// What a lens, or a view of one, gives to take away. It stands on the last [`Lens::derive`].
pub(crate) trait Exhibit {
    /// The stem of the names of its files, as in `softmax`.
    fn stem(&self) -> &'static str;

    /// Its figures, in the order of the menu.
    fn figures(&self) -> &'static [FigureName];

    /// One of them; none where there is nothing to draw now.
    fn figure(&self, key: &str, lab: &Lab) -> Option<Drawn>;

    /// Every array behind the picture.
    fn arrays(&self, lab: &Lab, arrays: &mut Arrays);

    /// A Python script that reads these arrays and computes the numbers of the picture again, with numpy alone.
    fn script(&self) -> &'static str;
}

/// A lens that is never painted.
pub(crate) trait View {
    /// Brings it up to date, the frame of its axes included; true while there is more to do.
    fn derive(&mut self, lab: &mut Lab, library: &Library) -> bool;
    /// The sentence that says the point.
    fn headline(&self) -> String;
    /// What it gives to take away.
    fn exhibit(&self) -> &dyn Exhibit;
}

impl<L: Lens + Exhibit> View for L {
    fn derive(&mut self, lab: &mut Lab, library: &Library) -> bool {
        let working = Lens::derive(self, lab, library);
        let Some(frame) = self.axis_frame() else {
            return working;
        };
        lab.choices.kernel_pca.frame = frame;
        working | Lens::derive(self, lab, library)
    }

    fn headline(&self) -> String {
        Lens::headline(self).into_iter().map(|(words, _)| words).collect()
    }

    fn exhibit(&self) -> &dyn Exhibit {
        self
    }
}

/// What cannot be taken away, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another lens has it, or none.
    #[error("there is no figure `{asked}` here; there are {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        asked: String,
        /// The figures that there are.
        known: Vec<&'static str>,
    },
    /// Today's picture has none.
    #[error("`{what}` has nothing to show in this state, of which the lens says: {says}")]
    Nothing {
        /// What was asked for, by its stable name.
        what: String,
        /// What the lens says.
        says: String,
    },
    /// A theme of another name.
    #[error("there is no theme `{0}`")]
    Theme(String),
    /// The figure cannot be written down.
    #[error("the figure was not written: {0}")]
    Json(#[from] serde_json::Error),
    /// The arrays cannot be written down.
    #[error(transparent)]
    File(#[from] eigenlens_files::Error),
}

/// A lab with its lens, derived and not painted.
pub struct Studio {
    lab: Lab,
    library: Library,
    view: Box<dyn View>,
}

impl Studio {
    /// The studio of a lab; `library` holds the files and texts that it stands on.
    pub fn new(mut lab: Lab, library: Library) -> Self {
        lab.reconcile(&library);
        let view = view(&lab);
        Self { lab, library, view }
    }

    /// The studio of a link, with a list of clouds of opened files and a file of measurements, in JSON; both may be empty.
    pub fn of_link(link: &str, clouds: &str, results: &str) -> Result<Self, String> {
        let (lab, notice) = lab::link::decode(link);
        if let Some(notice) = notice {
            let notice = lab::Notice::from(&notice);
            return Err(format!("{}: {}", notice.what, notice.place));
        }
        let mut library = Library::default();
        app::files::open_clouds(clouds, &mut library)?;
        if !results.is_empty() {
            let results = lab::results::read(results).map_err(|error| error.to_string())?;
            library.results.open(results);
        }
        Ok(Self::new(lab, library))
    }

    /// The studio of a step of a lesson, as it is before its question.
    ///
    /// # Errors
    /// Why the step has no lab.
    pub fn of_step(step: &Step) -> Result<Self, String> {
        let mut library = Library::default();
        let lab = lesson::lab_of(&step.state, step.cloud.as_ref(), &mut library).map_err(|error| error.to_string())?;
        Ok(Self::new(lab, library))
    }

    /// The texts whose numbers are needed and not here.
    pub fn texts(&self) -> Vec<TextId> {
        let here = |id: &TextId| self.library.cloud(&lab::Source::Text(*id)).is_some();
        self.lab.texts().into_iter().filter(|id| !here(id)).collect()
    }

    /// Takes in the unpacked numbers of a text.
    pub fn open_text(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let id = TextId::from_key(name).ok_or_else(|| format!("there is no text {name}"))?;
        self.library.insert_text(id, bytes).map_err(|error| error.to_string())?;
        self.lab.reconcile(&self.library);
        Ok(())
    }

    /// Brings the lens up to date; true while there is more to do.
    pub fn derive(&mut self) -> bool {
        self.view.derive(&mut self.lab, &self.library)
    }

    /// The stem of the names of its files.
    pub fn stem(&self) -> &'static str {
        self.view.exhibit().stem()
    }

    /// The figures of the lens.
    pub fn figures(&self) -> &'static [FigureName] {
        self.view.exhibit().figures()
    }

    /// The figure that tells most where there is little room: the board, else the first that shows something.
    pub fn sketch(&self, theme: &Theme) -> Option<Figure> {
        let keys = self.figures().iter().map(|figure| figure.key);
        let (boards, others): (Vec<_>, Vec<_>) = keys.partition(|key| *key == "board");
        let mut keys = boards.into_iter().chain(others);
        keys.find_map(|key| self.figure(key, theme).ok())
    }

    /// As [`Studio::sketch`], in the colours of the theme of this name, as JSON.
    pub fn sketch_json(&self, theme: &str) -> Result<Option<String>, Error> {
        let theme = look::figure::theme(theme).ok_or_else(|| Error::Theme(theme.to_owned()))?;
        let figure = self.sketch(theme);
        Ok(figure.as_ref().map(serde_json::to_string).transpose()?)
    }

    /// A figure in the colours of a theme.
    pub fn figure(&self, key: &str, theme: &Theme) -> Result<Figure, Error> {
        let figures = self.figures();
        if !figures.iter().any(|figure| figure.key == key) {
            return Err(Error::Unknown {
                asked: key.to_owned(),
                known: figures.iter().map(|figure| figure.key).collect(),
            });
        }
        let title = self.view.headline();
        let Some(Drawn { subtitle, content }) = self.view.exhibit().figure(key, &self.lab) else {
            return Err(Error::Nothing {
                what: key.to_owned(),
                says: title.trim_end_matches('.').to_owned(),
            });
        };
        Ok(Figure {
            alt: format!("{title} {subtitle}"),
            title,
            subtitle,
            look: look::figure::look(theme),
            content,
        })
    }

    /// A figure in the colours of the theme of this name, as JSON.
    pub fn figure_json(&self, key: &str, theme: &str) -> Result<String, Error> {
        let theme = look::figure::theme(theme).ok_or_else(|| Error::Theme(theme.to_owned()))?;
        Ok(serde_json::to_string(&self.figure(key, theme)?)?)
    }

    /// Every array behind the picture.
    pub fn arrays(&self) -> Result<Arrays, Error> {
        let mut arrays = Arrays::default();
        self.view.exhibit().arrays(&self.lab, &mut arrays);
        if arrays.all().is_empty() {
            return Err(Error::Nothing {
                what: "arrays".to_owned(),
                says: self.view.headline().trim_end_matches('.').to_owned(),
            });
        }
        Ok(arrays)
    }

    /// What is behind the picture as a file: the arrays as `npz` or `csv`, else the script.
    pub fn file(&self, extension: &str) -> Result<Vec<u8>, Error> {
        match extension {
            "npz" => self.arrays()?.to_npz(),
            "csv" => Ok(self.arrays()?.to_csv().into_bytes()),
            _ => Ok(self.script().as_bytes().to_vec()),
        }
    }

    /// The script that reproduces the numbers from the arrays, which it reads from the `.npz` of the same stem beside it.
    pub fn script(&self) -> &'static str {
        self.view.exhibit().script()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Studio {
    /// As [`Studio::new`], with the texts that come with the program, and derived to the end.
    pub fn finished(lab: Lab, library: Library) -> Result<Self, String> {
        Self::new(lab, library).finish()
    }

    /// With the texts that come with the program, and derived to the end.
    pub fn finish(mut self) -> Result<Self, String> {
        for id in self.texts() {
            let bytes = app::texts::embedded(id).map_err(|error| error.to_string())?;
            self.open_text(id.text().key, &bytes)?;
        }
        while self.derive() {
            // Long work is done by threads of its own.
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        Ok(self)
    }
}

/// Puts a cloud that was read by `eigenlens_files::page::read` into a library; gives the source that names it.
#[cfg(not(target_arch = "wasm32"))]
pub fn open_cloud(exchange: &str, library: &mut Library) -> Result<lab::Source, String> {
    app::files::open_cloud(exchange, library)
}

/// The figures that the lens of a lab can make.
pub fn figures(lab: &Lab) -> &'static [FigureName] {
    view(lab).exhibit().figures()
}

fn view(lab: &Lab) -> Box<dyn View> {
    match lab.lens {
        LensId::Softmax => Box::new(lens::softmax::Softmax::default()),
        LensId::Smoother => Box::new(lens::smoother::Smoother::default()),
        LensId::KernelPca => Box::new(lens::kernel_pca::KernelPca::default()),
        LensId::Elliptical => lens::elliptical::view(lab.choices.elliptical.view),
        LensId::SupportVectors => lens::support::view(lab.choices.support.view),
        LensId::Robust => match lab.choices.robust.view {
            RobustView::Split => Box::new(lens::robust::Robust::default()),
            RobustView::Phase => Box::new(lens::robust::Robust::of_phase()),
        },
        LensId::FullSize => Box::new(lens::full_size::FullSize::default()),
        LensId::Claims => Box::new(lens::claims::Claims::default()),
    }
}
