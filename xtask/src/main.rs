//! The commands of the house: `cargo xtask serve`, `build`, `test`, `check`, `bench`, `gpu-report`.

mod bench;
mod build;
mod check;
mod explain;
mod install;
mod progress;
mod report;
mod serve;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, serves and checks Eigenlens")]
enum Command {
    /// Build the web app in release and serve it on localhost, port 8080
    Serve(serve::Options),
    /// Build the web app into dist/, a static site for any host and any sub-path
    Build(build::Options),
    /// Run everything that must pass; the last line is "N passed, N failed, N skipped"
    Test(test::Options),
    /// Check the arrows between the crates, the required files, and the explanations
    Check,
    /// Run the benches, then the same work in other tools where they are installed
    Bench,
    /// Measure the mechanisms at full size on this machine's GPU, and renew the table in bench/RESULTS.md
    GpuReport(report::Options),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Serve(options) => serve::run(&options),
        Command::Build(options) => build::command(&options),
        Command::Test(options) => return test::run(&options),
        Command::Check => check::run(),
        Command::Bench => bench::run(),
        Command::GpuReport(options) => report::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
