//! `eigenlens figure`: a figure of what a lens shows of a lab, as SVG or PNG.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use eigenlens::lab::{Lab, Library, Source};
use eigenlens::studio::{FigureName, Studio, figures};
use eigenlens::{lab, look};
use eigenlens_figures::{Figure, Format};

use super::error::{Error, failed};
use super::output;

/// The arguments of `eigenlens figure`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The figure, as in spectrum; --list names those of the state's lens
    #[arg(value_name = "NAME", required_unless_present = "list")]
    name: Option<String>,
    /// The lab: its link (#v1.…), a file with a link (.eigenlens, .txt), or a cloud
    /// (.safetensors, .npz, .npy, .csv, .json), which the softmax lens shows
    #[arg(long, value_name = "LINK|FILE")]
    state: String,
    /// The opened cloud that a link stands on, or the results that its lens shows (.json)
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// File for the figure (.svg, .png)
    #[arg(short, long, value_name = "FILE", required_unless_present = "list")]
    output: Option<PathBuf>,
    /// Colours, by default those of the state, else light
    #[arg(long, value_enum, value_name = "THEME")]
    theme: Option<Theme>,
    /// Size of words in pixels, by default a 51st of the width
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    font_size: Option<f64>,
    /// Width in pixels; the height is 5/8 of it
    #[arg(long, value_name = "PX", default_value_t = 1280.0, allow_negative_numbers = true)]
    width: f64,
    /// Name the figures of the state's lens, one a line, and make none
    #[arg(long, conflicts_with_all = ["name", "output"])]
    list: bool,
}

/// The colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Theme {
    Light,
    Dark,
    Projector,
}

/// Reads the state, derives it to the end, and only then writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let (lab, library) = state(&arguments.state, arguments.input.as_deref())?;
    let known = figures(&lab);
    if arguments.list {
        let lines = known.iter().map(|FigureName { key, name }| format!("{key}: {name}\n"));
        return output::print(lines.collect::<String>().as_bytes());
    }
    // One of the two is always there.
    let name = arguments.name.as_deref().unwrap_or_default();
    if !known.iter().any(|figure| figure.key == name) {
        return Err(Error::Figure(eigenlens::studio::Error::Unknown {
            asked: name.to_owned(),
            known: known.iter().map(|figure| figure.key).collect(),
        }));
    }
    let format = Format::new(
        arguments.width,
        arguments.font_size.unwrap_or(arguments.width * 25.0 / 1280.0),
    )?;
    let path = arguments.output.as_deref().unwrap_or_else(|| Path::new(""));
    let write = writer(path)?;
    output::check_output(path)?;
    let theme = arguments.theme.map_or(lab.theme, |theme| {
        Some(match theme {
            Theme::Light => lab::Theme::Light,
            Theme::Dark => lab::Theme::Dark,
            Theme::Projector => lab::Theme::Projector,
        })
    });
    let theme = look::figure::of(theme.unwrap_or(lab::Theme::Light));
    let studio = Studio::finished(lab, library).map_err(Error::State)?;
    let figure = studio.figure(name, theme)?;
    output::replace(path, &write(&figure, format)?)
}

type Writer = fn(&Figure, Format) -> Result<Vec<u8>, Error>;

/// What writes a file of this name.
fn writer(path: &Path) -> Result<Writer, Error> {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        Some("svg") => Ok(|figure, format| Ok(eigenlens_figures::svg(figure, format)?.into_bytes())),
        Some("png") => Ok(|figure, format| Ok(look::figure::png(figure, format)?)),
        _ => Err(Error::FigureFormat(path.to_owned())),
    }
}

/// The lab of a link or a file, with the cloud that it stands on.
fn state(state: &str, input: Option<&Path>) -> Result<(Lab, Library), Error> {
    let mut library = Library::default();
    let opened = match input {
        Some(path) => open_input(path, &mut library)?,
        None => None,
    };
    let text = if state.contains("#v") {
        state.to_owned()
    } else {
        let path = Path::new(state);
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if !matches!(extension.to_str(), Some("eigenlens" | "txt")) {
            let lab = Lab::of(open(path, &mut library)?);
            return Ok((lab, library));
        }
        fs::read_to_string(path).map_err(failed("read", path))?
    };
    let (lab, notice) = lab::link::decode(text.trim());
    if let Some(notice) = notice {
        let notice = lab::Notice::from(&notice);
        return Err(Error::State(format!("{}: {}", notice.what, notice.place)));
    }
    if let Source::File(file) = &lab.scene.source
        && library.cloud(&lab.scene.source).is_none()
    {
        return Err(Error::State(match (opened, input) {
            (Some(_), Some(path)) => format!(
                "the state stands on {}, and `{}` is another cloud",
                file.name,
                path.display()
            ),
            _ => format!("the state stands on the file {}: give it with --input", file.name),
        }));
    }
    Ok((lab, library))
}

/// Puts the cloud or the measurements of a file into the library.
fn open_input(path: &Path, library: &mut Library) -> Result<Option<Source>, Error> {
    let text = fs::read_to_string(path)
        .ok()
        .filter(|text| lab::results::are_results(text));
    let Some(text) = text else {
        return open(path, library).map(Some);
    };
    let results = lab::results::read(&text).map_err(|error| Error::State(format!("`{}`: {error}", path.display())))?;
    library.results.open(results);
    Ok(None)
}

/// Puts the cloud of a file into the library.
fn open(path: &Path, library: &mut Library) -> Result<Source, Error> {
    let exchange = super::input::read(path, eigenlens_files::page::read)?;
    eigenlens::studio::open_cloud(&exchange, library)
        .map_err(|error| Error::State(format!("`{}`: {error}", path.display())))
}
