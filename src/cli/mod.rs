//! The command line: one file per subcommand. Without a subcommand the window opens.
//!
//! Scripts use it, so it is strict: what cannot be done is one line on standard error and exit status 2, with nothing
//! on standard output and no file half written. A result that is written, and is less exact than was asked for, is
//! one line and exit status 3.

mod attend;
mod bench;
mod claims;
mod error;
mod figure;
mod gpu;
mod input;
mod lesson;
mod number;
mod output;
mod pcp;
mod svr;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::BAD_INPUT;

/// Exit status when no window can be opened.
const NO_WINDOW: u8 = 1;

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(name = "eigenlens", version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Open the window with this link (#v1.…)
    #[arg(long, value_name = "LINK")]
    pub(crate) link: Option<String>,
    /// Open the window with the cloud of this file (.safetensors, .npz, .npy, .csv, .json), or with the
    /// result of `eigenlens claims` or `eigenlens bench`
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Give the lesson of this file (.toml)
    #[arg(long, value_name = "FILE")]
    pub(crate) lesson: Option<PathBuf>,
    /// Begin the lesson at this step
    #[arg(long, value_name = "N", requires = "lesson", default_value_t = 1)]
    pub(crate) step: usize,
    /// The number of a student, which picks the variants of the lesson's exercises
    #[arg(long, value_name = "N", requires = "lesson", default_value_t = 0)]
    pub(crate) seed: u32,
    /// Open the presenter's window too
    #[arg(long)]
    pub(crate) presenter: bool,
    /// Where the site is that phones open, for the QR code of what is shown
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Close the window after this many frames, for tests
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) exit_after_frames: Option<u64>,
    /// Write the last of these frames as a PNG, for tests
    #[arg(long, value_name = "FILE", hide = true, requires = "exit_after_frames")]
    pub(crate) screenshot: Option<PathBuf>,
}

impl Cli {
    /// Reads the arguments, the first of which is the program's name.
    ///
    /// When they ask for help or for the version this prints it, and when they are wrong it says so on one line; the
    /// program then ends with the exit status that is the `Err`.
    pub(crate) fn read<I>(arguments: I) -> Result<Self, ExitCode>
    where
        I: IntoIterator<Item: Into<OsString> + Clone>,
    {
        Self::try_parse_from(arguments).map_err(|error| {
            if error.use_stderr() {
                complain(&usage(&error), BAD_INPUT)
            } else {
                // Nobody is left to tell when standard output is closed.
                error.print().ok();
                ExitCode::SUCCESS
            }
        })
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Attention of a file's queries over its keys and values
    Attend(attend::Arguments),
    /// How fast and how right the mechanisms are at full size, on the GPU and on the CPU
    Bench(bench::Arguments),
    /// The claims of the papers, tested on every head of a file beside what chance gives
    Claims(claims::Arguments),
    /// A figure of what a lens shows of a lab, as SVG or PNG
    Figure(figure::Arguments),
    /// What the GPU is, and which kernels it runs
    Gpu,
    /// Lessons: whether what they state holds, and their handout
    #[command(subcommand)]
    Lesson(lesson::Lesson),
    /// A file's matrix as a low-rank and a sparse part, by Principal Component Pursuit
    Pcp(pcp::Arguments),
    /// Support vector regression of a file's targets, whose dual variables are values of attention
    Svr(svr::Arguments),
}

/// Runs a subcommand to its end.
pub(crate) fn run(command: Command) -> ExitCode {
    gpu::quieten_drivers();
    let result = match command {
        Command::Attend(arguments) => attend::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Claims(arguments) => claims::run(&arguments),
        Command::Figure(arguments) => figure::run(&arguments),
        Command::Gpu => gpu::run(),
        Command::Lesson(command) => lesson::run(&command),
        Command::Pcp(arguments) => pcp::run(&arguments),
        Command::Svr(arguments) => svr::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.to_string(), error.status()),
    }
}

/// Opens the window.
pub(crate) fn window(arguments: Cli) -> ExitCode {
    let options = eigenlens::app::window::WindowOptions {
        link: arguments.link,
        file: arguments.file,
        lesson: arguments.lesson.map(|path| (path, arguments.step)),
        seed: arguments.seed,
        public_url: arguments.public_url,
        presenter: arguments.presenter,
        exit_after_frames: arguments.exit_after_frames,
        screenshot: arguments.screenshot,
    };
    match eigenlens::app::window::open(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("no window can be opened: {error}"), NO_WINDOW),
    }
}

/// Says what is wrong, on one line; gives the exit status.
fn complain(problem: &str, status: u8) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    writeln!(std::io::stderr(), "eigenlens: {}", one_line(problem)).ok();
    ExitCode::from(status)
}

/// The text with what would break the line, or steer a terminal, written out: names in files may hold anything.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2028}' | '\u{2029}' => line.extend(character.escape_unicode()),
            _ if character.is_control() => line.extend(character.escape_default()),
            _ => line.push(character),
        }
    }
    line
}

/// What clap says about wrong arguments: its first paragraphs on one line, and where to read on.
fn usage(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let problem = text.split("\n\nUsage:").next().unwrap_or(&text);
    let problem = problem.split("\n\nFor more information").next().unwrap_or(problem);
    let problem = problem.strip_prefix("error: ").unwrap_or(problem);
    let words: Vec<&str> = problem.split_whitespace().collect();
    format!("{} (see --help)", words.join(" "))
}
