//! HTTP/1.1 on sockets: one thread per connection, for a browser on this machine.
//!
//! A browser opens connections ahead of need and keeps them open without a word; a pool of threads would let these hold up
//! the ones that ask.

use std::{
    io::{self, BufRead, BufReader, Read as _, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

use super::Reply;

/// The longest head of a request.
const MAX_HEAD: u64 = 32 * 1024;
/// How long a connection may stay open without a word.
const IDLE: Duration = Duration::from_mins(1);
/// More connections than a browser opens are turned away.
const MAX_CONNECTIONS: usize = 512;

/// What a browser asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// GET, HEAD, …
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    close: bool,
}

impl Request {
    /// A request as a test makes it.
    #[cfg(test)]
    pub(crate) fn new(method: &str, target: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            close: false,
        }
    }

    /// The same request from one who takes nothing compressed and has seen nothing before.
    pub(crate) fn plain(&self) -> Self {
        Self {
            headers: Vec::new(),
            ..self.clone()
        }
    }

    /// The value of a header; its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Reads a request; nothing when the connection has ended, a status when it is no request.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Result<Self, u16>>> {
        let mut from = from.take(MAX_HEAD);
        let mut head = Vec::new();
        loop {
            let start = head.len();
            if from.read_until(b'\n', &mut head)? == 0 {
                return Ok((from.limit() == 0).then_some(Err(431)));
            }
            let is_empty = head.get(start..).is_some_and(|line| line.trim_ascii().is_empty());
            if is_empty && start > 0 {
                return Ok(Some(Self::parse(&head).ok_or(400)));
            }
            if is_empty {
                head.clear(); // an empty line before a request means nothing
            }
        }
    }

    /// The request in the lines of a head.
    fn parse(head: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(head).ok()?.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if target.is_empty() || words.next().is_some() || !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
            return None;
        }
        let headers = lines
            .take_while(|line| !line.is_empty())
            .map(|line| {
                line.split_once(':')
                    .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<Vec<_>>>()?;
        let mut request = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            close: false,
        };
        // Nothing here takes a body, and what follows one must not be read as a request.
        let has_body = request.header("Transfer-Encoding").is_some()
            || request.header("Content-Length").is_some_and(|length| length != "0");
        let connection = request.header("Connection").unwrap_or_default().to_ascii_lowercase();
        let asks = if version == "HTTP/1.0" {
            !connection.contains("keep-alive")
        } else {
            connection.contains("close")
        };
        request.close = has_body || asks;
        Some(request)
    }
}

/// A server at work on its own threads; it takes no more connections once it is dropped.
pub(crate) struct Running {
    /// The port it listens on.
    pub(crate) port: u16,
    addresses: Vec<SocketAddr>,
    ending: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Running {
    /// Answers every request on these listeners with `answer`.
    pub(crate) fn start(
        listeners: Vec<TcpListener>,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Result<Self> {
        let answer = Arc::new(answer);
        let open = Arc::new(AtomicUsize::new(0));
        let mut running = Self {
            port: 0,
            addresses: Vec::new(),
            ending: Arc::default(),
            threads: Vec::new(),
        };
        for listener in listeners {
            let address = listener.local_addr().context("a listener without an address")?;
            running.port = address.port();
            running.addresses.push(address);
            let (answer, open, ending) = (Arc::clone(&answer), Arc::clone(&open), Arc::clone(&running.ending));
            let accept = move || {
                while !ending.load(Ordering::Relaxed) {
                    match listener.accept() {
                        Ok((stream, _)) => connect(stream, &answer, &open),
                        // Too many open files, mostly: it passes when connections end.
                        Err(_) => thread::sleep(Duration::from_millis(20)),
                    }
                }
            };
            running
                .threads
                .push(thread::Builder::new().name(format!("accept {address}")).spawn(accept)?);
        }
        Ok(running)
    }

    /// Serves until the process ends.
    pub(crate) fn wait(mut self) {
        for thread in self.threads.drain(..) {
            thread.join().ok(); // one that panicked has said so itself
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        for address in &self.addresses {
            // Wakes the thread that waits for a connection; if it cannot be reached, it is awake.
            TcpStream::connect_timeout(address, Duration::from_secs(1)).ok();
        }
    }
}

/// Serves one connection on a thread of its own.
fn connect(
    stream: TcpStream,
    answer: &Arc<impl Fn(&Request) -> Reply + Send + Sync + 'static>,
    open: &Arc<AtomicUsize>,
) {
    let guard = Open::new(Arc::clone(open));
    if open.load(Ordering::Relaxed) > MAX_CONNECTIONS {
        return;
    }
    let answer = Arc::clone(answer);
    let serve = move || {
        let _guard = guard;
        // A browser that goes away in the middle, or says nothing for too long, is no error here.
        converse(stream, &*answer).ok();
    };
    // Where no thread can be had, the connection closes and the browser tries again.
    thread::Builder::new().name("connection".into()).spawn(serve).ok();
}

/// Counts a connection while it lives.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn converse(stream: TcpStream, answer: &impl Fn(&Request) -> Reply) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_write_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader)? {
        let (reply, bodiless, close) = match request {
            Ok(request) => (answer(&request), request.method == "HEAD", request.close),
            Err(status) => (
                Reply::message(status, "This is no request that is understood here."),
                false,
                true,
            ),
        };
        write(&mut writer, &reply, bodiless, close)?;
        if close {
            // Closing with something left unread would take back what was just sent.
            writer.shutdown(Shutdown::Write)?;
            writer.set_read_timeout(Some(Duration::from_millis(500)))?;
            io::copy(&mut reader.take(1 << 20), &mut io::sink())?;
            break;
        }
    }
    Ok(())
}

fn write(to: &mut impl Write, reply: &Reply, bodiless: bool, close: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if reply.status != 304 {
        head.extend(["Content-Length: ", &reply.body.len().to_string(), "\r\n"]);
    }
    head.push_str(if close { "Connection: close\r\n\r\n" } else { "\r\n" });
    to.write_all(head.as_bytes())?;
    if !bodiless && reply.status != 304 {
        to.write_all(&reply.body)?;
    }
    to.flush()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Result<Running> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        Running::start(vec![listener], |request| Reply {
            status: if request.target == "/same" { 304 } else { 200 },
            headers: vec![(
                "X-Asked",
                format!(
                    "{} {} {}",
                    request.method,
                    request.target,
                    request.header("accept").unwrap_or("-")
                ),
            )],
            body: b"the body".as_slice().into(),
        })
    }

    /// Sends `request` as it stands and returns everything until the other side closes.
    fn talk(server: &Running, request: &[u8]) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(request)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn requests_follow_each_other_on_one_connection() -> Result<()> {
        let server = server()?;
        let asked = b"GET /a?b HTTP/1.1\r\nACCEPT: x\r\n\r\nHEAD /c HTTP/1.1\r\n\r\nGET /same HTTP/1.1\nHost: x\n\nGET /d HTTP/1.1\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n\r\n";
        assert_eq!(
            talk(&server, asked)?,
            "HTTP/1.1 200 OK\r\nX-Asked: GET /a?b x\r\nContent-Length: 8\r\n\r\nthe body\
             HTTP/1.1 200 OK\r\nX-Asked: HEAD /c -\r\nContent-Length: 8\r\n\r\n\
             HTTP/1.1 304 Not Modified\r\nX-Asked: GET /same -\r\n\r\n\
             HTTP/1.1 200 OK\r\nX-Asked: GET /d -\r\nContent-Length: 8\r\nConnection: close\r\n\r\nthe body"
        );
        Ok(())
    }

    #[test]
    fn what_is_no_request_is_refused() -> Result<()> {
        let server = server()?;
        let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(40_000));
        for (sent, status) in [
            (b"NONSENSE\r\n\r\n".as_slice(), "400"),
            (b"GET / HTTP/2.0\r\n\r\n", "400"),
            (b"GET  HTTP/1.1\r\n\r\n", "400"),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
            (b"GET /\xff HTTP/1.1\r\n\r\n", "400"),
            (long.as_bytes(), "431"),
        ] {
            let answer = talk(&server, sent)?;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
        }
        Ok(())
    }

    #[test]
    fn a_body_is_not_read_as_a_request() -> Result<()> {
        let server = server()?;
        let answer = talk(
            &server,
            b"POST / HTTP/1.1\r\nContent-Length: 22\r\n\r\nGET /x HTTP/1.1\r\n\r\n\r\n",
        )?;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert_eq!(
            talk(&server, b"GET /old HTTP/1.0\r\n\r\n")?
                .matches("Connection: close")
                .count(),
            1
        );
        Ok(())
    }

    #[test]
    fn silent_connections_hold_nobody_up() -> Result<()> {
        let server = server()?;
        let connect = || TcpStream::connect(("127.0.0.1", server.port));
        let mut silent = (0..60).map(|_| connect()).collect::<io::Result<Vec<_>>>()?;
        for half in silent.iter_mut().take(30) {
            half.write_all(b"GET / HT")?;
        }
        for _ in 0..10 {
            assert!(talk(&server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")?.ends_with("the body"));
        }
        Ok(())
    }

    #[test]
    fn a_dropped_server_frees_its_port() -> Result<()> {
        let mut server = server()?;
        let port = server.port;
        let threads: Vec<_> = server.threads.drain(..).collect();
        drop(server);
        for thread in threads {
            assert!(thread.join().is_ok());
        }
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        Ok(())
    }
}
