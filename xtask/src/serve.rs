//! `cargo xtask serve`: builds the web app and serves it on this machine.

mod respond;
mod wire;

use std::{
    env,
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use anyhow::{Context as _, Result, anyhow};

use crate::{build, progress::say};
pub(crate) use respond::{Reply, Site};
pub(crate) use wire::{Request, Running};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port on localhost; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

/// Builds, serves, opens a browser; ends with Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    // The port is taken first: who learns only after minutes of building that it is in use has waited for nothing.
    let listeners = listen(options.port)?;
    let built = build::run(&build::Options::default())?;
    let site = Site::new(&built.dist, &built.compressed);
    let server = Running::start(listeners, move |request| site.reply(request))?;
    let url = format!("http://localhost:{}/", server.port);
    say(&format!("\nEigenlens: {url}   (Ctrl-C ends it)"));
    if !options.no_open {
        open_browser(&url);
    }
    server.wait();
    Ok(())
}

/// Takes `port` on 127.0.0.1 and, where the machine has it, on `::1`, because `localhost` may mean either.
pub(crate) fn listen(port: u16) -> Result<Vec<TcpListener>> {
    let four = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| refused(port, &error))?;
    let taken = four.local_addr().context("the listener has no address")?.port();
    let mut listeners = vec![four];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, taken)) {
        Ok(six) => listeners.push(six),
        Err(error) if error.kind() == ErrorKind::AddrInUse && port != 0 => {
            return Err(refused(port, &error));
        }
        Err(_) => {} // no IPv6 here, or any port was good enough
    }
    Ok(listeners)
}

/// The message for a port that cannot be had, with the next step.
fn refused(port: u16, error: &std::io::Error) -> anyhow::Error {
    let reason = match error.kind() {
        ErrorKind::AddrInUse => "is taken by another program",
        ErrorKind::PermissionDenied => "needs rights that you do not have",
        _ => return anyhow!("cannot serve on port {port}: {error}"),
    };
    let next = (port.max(1024)..u16::MAX)
        .map(|port| port + 1)
        .take(100)
        .find(|port| is_free(*port))
        .unwrap_or(0);
    anyhow!("port {port} {reason}. Next step: cargo xtask serve --port {next}")
}

fn is_free(port: u16) -> bool {
    let free = |address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied),
    };
    free((Ipv4Addr::LOCALHOST, port).into()) && free((Ipv6Addr::LOCALHOST, port).into())
}

/// Opens a browser where there is a screen for one.
fn open_browser(url: &str) {
    let has_display = !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    if !has_display {
        say("No display here: open the address in a browser yourself.");
    } else if let Err(error) = open::that_detached(url) {
        say(&format!(
            "The browser did not open ({error}): open the address yourself."
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_names_the_next_step() -> Result<()> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        let message = listen(port).expect_err("the port is taken").to_string();
        assert!(message.starts_with(&format!("port {port} is taken")), "{message}");
        let next: u16 = message.rsplit(' ').next().unwrap_or_default().parse()?;
        assert_ne!(next, port);
        assert!(message.contains("Next step: cargo xtask serve --port "), "{message}");
        Ok(())
    }

    #[test]
    fn a_port_that_is_taken_on_one_of_the_two_addresses_is_taken() -> Result<()> {
        let Ok(taken) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            return Ok(()); // no IPv6 here, so there is only one address
        };
        assert!(listen(taken.local_addr()?.port()).is_err());
        Ok(())
    }
}
