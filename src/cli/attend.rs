//! `eigenlens attend`: attention of the queries of a file over its keys and values.

mod kernel_pca;

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use eigenlens_core::{Attending, Cloud, Head, Mechanism, Scoring};
use eigenlens_files::{Format, Needs, Rank, Tensor, TensorFile, cloud};

/// The formats that results are written in: those that hold tensors of any shape by name.
const OUTPUT: [Format; 3] = [Format::Safetensors, Format::Npz, Format::Json];

/// The arguments of `eigenlens attend`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which attention
    #[arg(long, value_parser = mechanisms())]
    mechanism: Mechanism,
    /// File with the tensors query, key and value, of shape [N, D] or [H, N, D]
    /// (.safetensors, .npz, .csv, .json); kernel-pca makes its own values
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// File for the results (.safetensors, .npz, .json); JSON on standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the attention weights too
    #[arg(long)]
    weights: bool,
    /// How many principal axes kernel-pca projects on [default: D, or as many as the keys have]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    axes: Option<NonZeroUsize>,
    /// Temperature τ, by which scores are divided [default: √D]
    #[arg(long, value_name = "τ", allow_negative_numbers = true)]
    temperature: Option<f64>,
}

fn mechanisms() -> impl TypedValueParser<Value = Mechanism> {
    PossibleValuesParser::new(Mechanism::ALL.map(Mechanism::name)).try_map(|name| name.parse::<Mechanism>())
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{}`: results are written as .safetensors, .npz or .json", .0.display())]
    OutputFormat(PathBuf),
    #[error("--axes is for --mechanism kernel-pca; {0} has no axes")]
    Axes(Mechanism),
    #[error("`{}`: {source}", path.display())]
    File {
        path: PathBuf,
        source: Box<eigenlens_files::Error>,
    },
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    #[error("`{}`: {}{source}", path.display(), of_head(*head))]
    Head {
        path: PathBuf,
        /// Counted from 0, as in the tensors; none where the tensors have no axis of heads.
        head: Option<usize>,
        source: eigenlens_core::Error,
    },
    #[error("{what} need {numbers} numbers, more than the memory holds")]
    Memory { what: &'static str, numbers: u128 },
    #[error(transparent)]
    Core(#[from] eigenlens_core::Error),
    #[error(transparent)]
    Result(#[from] eigenlens_files::Error),
}

/// "head 3: ", or nothing.
fn of_head(head: Option<usize>) -> String {
    head.map_or_else(String::new, |head| format!("head {head}: "))
}

/// Reads, computes, and only then writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Error> {
    let with_axes = arguments.mechanism == Mechanism::KernelPca;
    if arguments.axes.is_some() && !with_axes {
        return Err(Error::Axes(arguments.mechanism));
    }
    let format = match &arguments.output {
        Some(path) => output_format(path)?,
        None => Format::Json,
    };
    if let Some(path) = &arguments.output {
        check_output(path)?;
    }
    // A temperature that no head can have is refused before the work.
    scoring(arguments, 1)?;
    let results = if with_axes {
        let (cloud, rank) = read(&arguments.input, Needs::QUERIES_AND_KEYS)?;
        kernel_pca::attend(arguments, &cloud, rank)?
    } else {
        let (cloud, rank) = read(&arguments.input, Needs::ATTENTION)?;
        attend(arguments, &cloud, rank)?
    };
    let results = results.write(format)?;
    match &arguments.output {
        Some(path) => replace(path, &results),
        None => print(&results),
    }
}

fn output_format(path: &Path) -> Result<Format, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_name(&name)
        .ok()
        .filter(|format| OUTPUT.contains(format))
        .ok_or_else(|| Error::OutputFormat(path.to_owned()))
}

fn failed<'a>(what: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + use<'a> {
    move |source| Error::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Refuses at once what could only fail after the work: a folder, a missing folder, a file that must not be written.
fn check_output(path: &Path) -> Result<(), Error> {
    let failed = failed("write", path);
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            // Renaming over a file asks only for leave to write to its folder.
            let writable = fs::OpenOptions::new().write(true).open(path);
            writable.map(drop).map_err(failed)
        }
        Ok(_) => Err(failed(io::Error::other("it is not a file"))),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::metadata(folder(path)) {
            Ok(folder) if folder.is_dir() => Ok(()),
            Ok(_) => Err(failed(ErrorKind::NotADirectory.into())),
            Err(error) => Err(failed(error)),
        },
        Err(error) => Err(failed(error)),
    }
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn read(path: &Path, needs: Needs<'_>) -> Result<(Cloud, Rank), Error> {
    let unreadable = |source| Error::File {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_name(&name).map_err(unreadable)?;
    let failed = failed("read", path);
    // Neither a folder nor a device without end.
    if !fs::metadata(path).map_err(&failed)?.is_file() {
        return Err(failed(io::Error::other("it is not a file")));
    }
    let bytes = fs::read(path).map_err(&failed)?;
    let file = TensorFile::read(&name, bytes).map_err(unreadable)?;
    cloud(&file, needs).map_err(unreadable)
}

fn scoring(arguments: &Arguments, dim: usize) -> Result<Scoring, eigenlens_core::Error> {
    let scoring = arguments.mechanism.scoring(dim)?;
    match arguments.temperature {
        Some(temperature) => scoring.with_temperature(temperature),
        None => Ok(scoring),
    }
}

/// The tensor `output`, one row per query, and if it is asked for `weights`, one row per query and one column per key;
/// with an axis of heads in front if the cloud has one.
///
/// Heads come one after the other, and queries one after the other, so that the weights are held only if asked for.
fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let Some(first) = cloud.heads().first() else {
        return Err(eigenlens_core::Error::NoTokens { what: "heads" }.into());
    };
    let mut output = room("the outputs", cloud, Head::value_dim)?;
    let mut weights = if arguments.weights {
        room("the weights", cloud, Head::n_keys)?
    } else {
        Vec::new()
    };
    for (place, head) in cloud.heads().iter().enumerate() {
        let mut attend_head = || {
            let attending = Attending::new(head, scoring(arguments, head.dim())?)?;
            for query in 0..head.n_queries() {
                let row = attending.row(query)?;
                output.extend(row.output);
                if arguments.weights {
                    weights.extend(row.weights);
                }
            }
            Ok(())
        };
        attend_head().map_err(|source| Error::Head {
            path: arguments.input.clone(),
            head: (rank == Rank::Heads).then_some(place),
            source,
        })?;
    }
    let shape = |columns: usize| match rank {
        Rank::Single => vec![first.n_queries(), columns],
        Rank::Heads => vec![cloud.heads().len(), first.n_queries(), columns],
    };
    let mut results = TensorFile::new();
    let mut add = |name: &str, columns: usize, data| -> Result<(), Error> {
        results.insert(name, Tensor::new(name, shape(columns), data)?);
        Ok(())
    };
    add("output", first.value_dim(), output)?;
    if arguments.weights {
        add("weights", first.n_keys(), weights)?;
    }
    Ok(results)
}

/// Room for so many numbers for each query of each head.
fn room(what: &'static str, cloud: &Cloud, columns: impl Fn(&Head) -> usize) -> Result<Vec<f64>, Error> {
    let of_head = |head: &Head| head.n_queries() as u128 * columns(head) as u128;
    let numbers = cloud.heads().iter().map(of_head).sum();
    let mut room = Vec::new();
    usize::try_from(numbers)
        .ok()
        .and_then(|numbers| room.try_reserve_exact(numbers).ok())
        .ok_or(Error::Memory { what, numbers })?;
    Ok(room)
}

/// Writes a file as a whole or not at all: beside its place first, and then into it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // A link stays a link: the file that it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = folder(&target).join(name);
    let written = write_new(&part, bytes, &target).and_then(|()| fs::rename(&part, &target));
    written.map_err(|error| {
        fs::remove_file(&part).ok();
        failed("write", path)(error)
    })
}

/// Writes a new file, with the permissions of the one that it will replace.
fn write_new(path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    if let Ok(there) = fs::metadata(like) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(bytes)?;
    // A disk may say only now that it is full.
    file.sync_all()
}

/// Writes to standard output. A reader that has had enough is no error.
fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
        _ => Ok(()),
    }
}
