//! The built site on a host of its own: a sub-path, a log of what was asked for, and files that can be swapped or lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// The folder that the site pretends to lie in: relative addresses must survive it.
const FOLDER: &str = "/some/where/";

/// A running host of `dist/`; it stops when it is dropped.
///
/// One thread and one answer per connection. (`tiny_http` 0.12 can leave a connection without a thread while others are
/// kept alive: the pool counts a thread as waiting until it has woken up. A browser opens six at once and meets that.)
pub(crate) struct Site {
    address: SocketAddr,
    root: String,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Told when what is held back may go.
    let_go: Condvar,
}

#[derive(Default)]
struct State {
    /// Paths below the folder, in the order in which they were asked for.
    log: Vec<String>,
    /// What is served instead of the file; `None` is 404.
    instead: BTreeMap<String, Option<Vec<u8>>>,
    /// The only files that are answered for now; everything else waits.
    only: Option<BTreeSet<String>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder with the built site: `EIGENLENS_DIST`, else `dist/` of this repository.
pub(crate) fn dist() -> PathBuf {
    env::var_os("EIGENLENS_DIST").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("dist"), PathBuf::from)
}

/// A file of the built site.
pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = dist().join(path);
    fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; build the site first: cargo xtask build", path.display()))
}

impl Site {
    /// Serves the built site on a free port.
    pub(crate) fn start() -> Self {
        file("index.html");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new()
            .name("site".into())
            .spawn({
                let (stopped, shared) = (Arc::clone(&stopped), Arc::clone(&shared));
                move || {
                    for connection in listener.incoming() {
                        if stopped.load(Ordering::SeqCst) {
                            return;
                        }
                        let shared = Arc::clone(&shared);
                        let answer = move || {
                            connection
                                .and_then(|connection| answer(connection, &shared))
                                .unwrap_or_default();
                        };
                        thread::Builder::new()
                            .name("answer".into())
                            .spawn(answer)
                            .expect("a thread");
                    }
                }
            })
            .expect("a thread");
        Self {
            address,
            root: format!("http://{address}{FOLDER}"),
            stopped,
            thread: Some(thread),
            shared,
        }
    }

    /// The address of the index page, without a fragment.
    pub(crate) fn url(&self) -> &str {
        &self.root
    }

    /// What was asked for so far; the folder itself is "".
    pub(crate) fn log(&self) -> Vec<String> {
        self.shared.lock().log.clone()
    }

    /// From now on `path` has this content, or is missing.
    pub(crate) fn replace(&self, path: &str, content: Option<Vec<u8>>) {
        self.shared.lock().instead.insert(path.to_owned(), content);
    }

    /// From now on every answer but those for these files waits until [`Site::let_go`].
    pub(crate) fn hold_back_all_but(&self, files: &BTreeSet<String>) {
        self.shared.lock().only = Some(files.clone());
    }

    /// Answers what was held back.
    pub(crate) fn let_go(&self) {
        self.shared.lock().only = None;
        self.shared.let_go.notify_all();
    }

    /// Takes the host off the network: connections are refused from now on.
    pub(crate) fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees the flag.
        TcpStream::connect(self.address).ok();
        thread.join().expect("the host");
        self.let_go();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers one GET and closes; an error means that the browser has gone away meanwhile.
fn answer(mut connection: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first
        .split(' ')
        .nth(1)
        .and_then(|target| target.split('?').next())
        .unwrap_or_default();
    let content = path.strip_prefix(FOLDER).and_then(|path| {
        let mut state = shared.lock();
        state.log.push(path.to_owned());
        let file = if path.is_empty() { "index.html" } else { path };
        let waits = |state: &mut State| state.only.as_ref().is_some_and(|only| !only.contains(file));
        let state = shared
            .let_go
            .wait_while(state, waits)
            .unwrap_or_else(PoisonError::into_inner);
        match state.instead.get(file) {
            Some(content) => content.clone(),
            None => fs::read(dist().join(file)).ok(),
        }
    });
    let (status, content) = content.map_or_else(
        || ("404 Not Found", b"not found".to_vec()),
        |content| ("200 OK", content),
    );
    // As static hosts do: the browser may keep it and must ask whether it is still good.
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        mime(path),
        content.len()
    )?;
    connection.write_all(&content)
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/html; charset=utf-8",
    }
}
