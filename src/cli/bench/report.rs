//! `eigenlens bench --report DIR`: the shapes of the report, ours and `PyTorch`'s by turns.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eigenlens_gpu::{Kind, Precision, Results, SHAPES, Shape, reduced};

use super::cases;
use super::session::{Session, save};
use super::{Arguments, Error};
use crate::cli::error::failed;

/// The peers, in the program, so that one file is enough on a machine without the sources.
const PEERS: &str = include_str!("../../../benches/peers/attention_torch.py");
/// The shapes of a report: images, a text, long texts.
const REPORTED: [&str; 4] = ["deit-s", "gpt2", "long", "32k"];
/// Seconds at its best that a pass may take on a software adapter, whose shapes are reduced to it.
const SOFTWARE_SECONDS: f64 = 1.0;
/// What the peers measure of all shapes, and then of all shapes: what is left out, and how the names begin of what is not.
/// Compiling takes minutes, in which a machine that is lent for ten measures everything else.
const ROUNDS: [(&[&str], &[&str]); 2] = [
    (&["flex", "compiled"], &["sdpa", "eager"]),
    (&["sdpa", "eager"], &["flex", "compiled"]),
];
/// Exit status of the peers where there is no `PyTorch`.
const NO_TORCH: i32 = 3;
/// The longest a shape of the peers may take.
const PEERS_SECONDS: u32 = 240;

/// Measures what is not in the file yet.
pub(super) fn run(arguments: &Arguments, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(failed("make", folder))?;
    let mut session = Session::open(None)?;
    let file = folder.join(format!("{}.json", slug(&session.results.machine.adapter)));
    if let Some(before) = read(&file)? {
        session.results.machine.torch = before.machine.torch;
        session.results.rows = before.rows;
        // What a software adapter reaches differs from run to run, and shapes are reduced to it: the first one counts.
        session.results.ceilings = before.ceilings;
    }
    session.write_to(file.clone());
    let mut no_torch = None;
    for round in ROUNDS {
        for shape in shapes(arguments, &session)? {
            let cases = cases::of_shape(arguments, shape, &session)?;
            if !session.is_stopped() {
                session.measure(&cases, arguments)?;
            }
            for precision in cases::precisions(arguments, &session) {
                if no_torch.is_none() && !session.is_stopped() {
                    no_torch = peers(&mut session, shape, precision, round, arguments)?;
                }
            }
        }
    }
    save(&session.results, &file)?;
    if let Some(reason) = no_torch {
        writeln!(std::io::stderr(), "eigenlens: PyTorch was not measured: {reason}").ok();
    }
    session.finish()
}

/// The shapes that are asked for, or those of a report, as much of them as a software adapter can do.
fn shapes(arguments: &Arguments, session: &Session) -> Result<Vec<Shape>, Error> {
    let Results { machine, ceilings, .. } = &session.results;
    let rate = ceilings.fma_tflops.filter(|_| machine.software);
    let named = SHAPES.into_iter().filter(|(name, _)| REPORTED.contains(name));
    let whole: Vec<Shape> = match arguments.shape.as_slice() {
        [] => named
            .map(|(_, [batch, heads, tokens, dim])| Shape::new(batch, heads, tokens, dim))
            .collect::<Result<_, _>>()?,
        shapes => shapes.iter().map(|shape| shape.0).collect(),
    };
    let mut shapes = Vec::new();
    for whole in whole {
        let shape = rate.map_or(whole, |rate| reduced(whole, 1e12 * rate * SOFTWARE_SECONDS));
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    Ok(shapes)
}

/// Runs a round of the peers on a shape that it has no rows of; gives the reason why there is no `PyTorch`.
fn peers(
    session: &mut Session,
    shape: Shape,
    precision: Precision,
    (without, begin): (&[&str], &[&str]),
    arguments: &Arguments,
) -> Result<Option<String>, Error> {
    let sizes = [shape.batch(), shape.heads(), shape.keys(), shape.dim()];
    let measured = |row: &eigenlens_gpu::Row| {
        let is_one = begin.iter().any(|begin| row.by.name.starts_with(begin));
        is_one && row.by.kind == Kind::Torch && row.shape == sizes && row.precision == precision.name()
    };
    if session.results.rows.iter().any(measured) {
        return Ok(None);
    }
    let folder = std::env::temp_dir().join(format!("eigenlens-peers-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
    let (script, json) = (folder.join("attention_torch.py"), folder.join("torch.json"));
    fs::write(&script, PEERS).map_err(failed("write", &script))?;
    let mut command = Command::new("python3");
    let lengths = sizes.map(|length| length.to_string()).join(",");
    command
        .arg(&script)
        .args(["--shape", &lengths, "--dtype", precision.name()]);
    command.args(without.iter().flat_map(|family| ["--skip", *family]));
    command.args([
        "--seed",
        &arguments.seed.to_string(),
        "--logit-std",
        &arguments.logit_std.to_string(),
    ]);
    for mechanism in &arguments.mechanism {
        command.args(["--mechanism", mechanism.name()]);
    }
    command.args(["--row-seconds", &arguments.seconds.to_string()]);
    command
        .args(["--budget", &PEERS_SECONDS.to_string(), "--json"])
        .arg(&json);
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output();
    let reason = match output {
        Err(error) => Some(format!("python3 does not start: {error}")),
        Ok(output) if output.status.code() == Some(NO_TORCH) => Some(
            String::from_utf8_lossy(&output.stderr)
                .lines()
                .last()
                .unwrap_or("no PyTorch")
                .to_owned(),
        ),
        Ok(_) => None,
    };
    if let Some(theirs) = read(&json)? {
        session.results.machine.torch = theirs.machine.torch;
        for row in theirs.rows {
            session.add(row)?;
        }
    }
    fs::remove_dir_all(&folder).ok();
    Ok(reason)
}

/// Results that are there.
fn read(file: &Path) -> Result<Option<Results>, Error> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", file)(error)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| Error::Results {
            path: PathBuf::from(file),
            source,
        })
}

/// A name for a file: letters and digits, in lower case, with dashes between.
fn slug(name: &str) -> String {
    let letters = |character: char| {
        if character.is_ascii_alphanumeric() {
            character.to_ascii_lowercase()
        } else {
            ' '
        }
    };
    let words: String = name.chars().map(letters).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}
