//! `cargo xtask serve`: builds the web app and serves it on this machine.

mod respond;

use std::{
    env,
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use tiny_http::{Header, Request, Response, Server, StatusCode};

use crate::{build, progress::say};
pub(crate) use respond::{Reply, Site};

/// Connections answered at once on each address.
const WORKERS: usize = 8;

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
    let built = build::run()?;
    let server = Running::start(
        listeners,
        Site::new(&built.dist, &built.compressed),
        |site, request| {
            let reply = reply_to(site, &request);
            send(request, reply);
        },
    )?;
    let url = format!("http://localhost:{}/", server.port);
    say(&format!("\nEigenlens: {url}   (Ctrl-C ends it)"));
    if !options.no_open {
        open_browser(&url);
    }
    server.wait();
    Ok(())
}

/// Takes `port` on 127.0.0.1 and, where the machine has it, on `::1`, because `localhost` may mean either.
fn listen(port: u16) -> Result<Vec<TcpListener>> {
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .map_err(|error| refused(port, &error))?;
    let port = four
        .local_addr()
        .context("the listener has no address")?
        .port();
    let mut listeners = vec![four];
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
        Ok(six) => listeners.push(six),
        Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(refused(port, &error)),
        Err(_) => {} // no IPv6 here
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
    let free = (port.max(1024)..u16::MAX)
        .map(|port| port + 1)
        .take(100)
        .find(|port| listen_quietly(*port))
        .unwrap_or(0);
    anyhow!("port {port} {reason}. Next step: cargo xtask serve --port {free}")
}

fn listen_quietly(port: u16) -> bool {
    let free = |address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            ErrorKind::AddrInUse | ErrorKind::PermissionDenied
        ),
    };
    free((Ipv4Addr::LOCALHOST, port).into()) && free((Ipv6Addr::LOCALHOST, port).into())
}

/// A server at work on its own threads; it ends when it is dropped.
pub(crate) struct Running {
    /// The port it listens on.
    pub(crate) port: u16,
    servers: Vec<Arc<Server>>,
    workers: Vec<thread::JoinHandle<()>>,
}

impl Running {
    /// Serves on any free port.
    pub(crate) fn on_any_port(
        site: Site,
        answer: impl Fn(&Site, Request) + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::start(listen(0)?, site, answer)
    }

    fn start(
        listeners: Vec<TcpListener>,
        site: Site,
        answer: impl Fn(&Site, Request) + Send + Sync + 'static,
    ) -> Result<Self> {
        let port = listeners
            .first()
            .context("nothing to listen on")?
            .local_addr()?
            .port();
        let shared = Arc::new((site, answer));
        let mut running = Self {
            port,
            servers: Vec::new(),
            workers: Vec::new(),
        };
        for listener in listeners {
            let server = Arc::new(
                Server::from_listener(listener, None)
                    .map_err(|error| anyhow!("the server did not start: {error}"))?,
            );
            for worker in 0..WORKERS {
                let (server, shared) = (Arc::clone(&server), Arc::clone(&shared));
                let named = thread::Builder::new().name(format!("http {worker}"));
                running.workers.push(named.spawn(move || {
                    // An error means that the server was unblocked: the end.
                    while let Ok(request) = server.recv() {
                        (shared.1)(&shared.0, request);
                    }
                })?);
            }
            running.servers.push(server);
        }
        Ok(running)
    }

    fn wait(mut self) {
        for worker in self.workers.drain(..) {
            worker.join().ok(); // a worker that panicked has said so itself
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for server in &self.servers {
            for _ in 0..WORKERS {
                server.unblock();
            }
        }
    }
}

/// What the site says to `request`.
pub(crate) fn reply_to(site: &Site, request: &Request) -> Reply {
    let header = |name: &'static str| {
        request
            .headers()
            .iter()
            .find(|header| header.field.equiv(name))
            .map(|header| header.value.as_str())
    };
    site.reply(request.method().as_str(), request.url(), header)
}

/// Sends `reply`; a browser that has gone away meanwhile is no error.
pub(crate) fn send(request: Request, reply: Reply) {
    let headers = reply
        .headers
        .iter()
        .filter_map(|(name, value)| Header::from_bytes(name.as_bytes(), value.as_bytes()).ok())
        .collect();
    let length = reply.body.len();
    let body = std::io::Cursor::new(reply.body);
    // Without the threshold, tiny_http would send larger files in chunks, without their length.
    let response = Response::new(StatusCode(reply.status), headers, body, Some(length), None)
        .with_chunked_threshold(usize::MAX);
    request.respond(response).ok();
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
    use std::{
        fs,
        io::{Read as _, Write as _},
        net::TcpStream,
    };

    use super::*;

    #[test]
    fn a_taken_port_names_the_next_step() -> Result<()> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        let message = listen(port).expect_err("the port is taken").to_string();
        assert!(
            message.starts_with(&format!("port {port} is taken")),
            "{message}"
        );
        let next: u16 = message.rsplit(' ').next().unwrap_or_default().parse()?;
        assert_ne!(next, port);
        assert!(
            message.contains("Next step: cargo xtask serve --port "),
            "{message}"
        );
        Ok(())
    }

    /// Sends `request` as it stands and returns everything that comes back.
    fn talk(port: u16, request: &str) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn the_wire_carries_length_and_body() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let body = vec![b'x'; 100_000];
        fs::write(folder.path().join("big.js"), &body)?;
        let server =
            Running::on_any_port(Site::new(folder.path(), folder.path()), |site, request| {
                let reply = reply_to(site, &request);
                send(request, reply);
            })?;
        // A second connection that says nothing must not hold the first up.
        let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port))?;
        let answer = talk(
            server.port,
            "GET /big.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )?;
        let text = String::from_utf8_lossy(&answer);
        assert!(
            text.starts_with("HTTP/1.1 200 ") && text.contains("Content-Length: 100000\r\n"),
            "{}",
            &text[..300]
        );
        assert!(answer.ends_with(&body));
        let head = talk(
            server.port,
            "HEAD /big.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )?;
        let text = String::from_utf8_lossy(&head);
        assert!(
            text.contains("Content-Length: 100000\r\n") && text.ends_with("\r\n\r\n"),
            "{text}"
        );
        Ok(())
    }
}
