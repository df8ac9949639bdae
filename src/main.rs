//! The native program: the window, or a subcommand. No logic here.

#[cfg(not(target_arch = "wasm32"))]
mod cli;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let arguments = match cli::Cli::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    match arguments.command {
        Some(command) => cli::run(command),
        None => cli::window(arguments),
    }
}

/// The page starts the library, not this program.
#[cfg(target_arch = "wasm32")]
fn main() {}
