//! What measures in the native program: a thread with a device of its own, never that of the window.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use eigenlens_gpu::{Error, Event, Gpu, OpenOptions, Request, run_suite};

use crate::lens::full_size::run::{Availability, RunEvent, RunRequest, Runner};

/// Looks for an adapter when it is first asked, and measures on a thread.
pub struct ThreadRunner {
    availability: Availability,
    /// What the thread that looks has found.
    looking: Option<Receiver<Availability>>,
    events: Option<Receiver<RunEvent>>,
    stop: Arc<AtomicBool>,
}

impl Default for ThreadRunner {
    fn default() -> Self {
        Self {
            availability: Availability::NotYetKnown,
            looking: None,
            events: None,
            stop: Arc::default(),
        }
    }
}

impl Runner for ThreadRunner {
    fn start(&mut self, request: RunRequest) {
        let (told, events) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Arc::clone(&stop);
        self.events = Some(events);
        let failed = told.clone();
        let work = move || measure(&request, &told, &stop);
        if let Err(error) = named("measure", work) {
            failed.send(RunEvent::Failed(error.to_string())).ok();
        }
    }

    fn poll(&mut self) -> Option<RunEvent> {
        self.look();
        let told = self.events.as_ref()?.try_recv();
        let event = match told {
            Ok(event) => event,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => RunEvent::Failed("what measured ended without a word".to_owned()),
        };
        if event.is_end() {
            self.events = None;
        }
        Some(event)
    }

    fn cancel(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn availability(&self) -> Availability {
        self.availability.clone()
    }
}

impl ThreadRunner {
    /// Asks for an adapter, which takes a moment; nobody does it who does not look at the lens.
    fn look(&mut self) {
        if self.availability != Availability::NotYetKnown {
            return;
        }
        let looking = self.looking.get_or_insert_with(|| {
            let (told, looking) = channel();
            // Without a thread the sender is gone, which is found below.
            named("look for a GPU", move || told.send(found()).ok()).ok();
            looking
        });
        match looking.try_recv() {
            Ok(found) => self.availability = found,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                let reason = "nobody could look for one".to_owned();
                self.availability = Availability::None { reason };
            }
        }
    }
}

fn named<T>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<()>
where
    T: Send + 'static,
{
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn found() -> Availability {
    match Gpu::open_now(OpenOptions::default()) {
        Ok(gpu) => Availability::Ready {
            adapter: gpu.report().adapter.clone(),
        },
        Err(error) => Availability::None {
            reason: error.to_string(),
        },
    }
}

/// Opens a device and measures; the last event says how it ended.
fn measure(request: &RunRequest, told: &Sender<RunEvent>, stop: &AtomicBool) {
    let request = Request {
        shape: request.shape,
        mechanisms: request
            .mechanisms
            .iter()
            .map(|measured| measured.key().to_owned())
            .collect(),
        precision: request.precision.name().to_owned(),
        noise: request.noise,
        seed: request.seed,
        date: jiff::Timestamp::now().to_string().chars().take(10).collect(),
    };
    let mut listener = |event: Event| {
        // Nobody listens any more when the lens is gone.
        let heard = told.send(event_of(event)).is_ok();
        if heard && !stop.load(Ordering::Relaxed) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let ended = Gpu::open_now(OpenOptions::default())
        .and_then(|gpu| pollster::block_on(run_suite(&gpu, &request, &mut listener)));
    match ended {
        Ok(()) => {}
        Err(Error::Cancelled) => {
            told.send(RunEvent::Cancelled).ok();
        }
        Err(error) => {
            told.send(RunEvent::Failed(error.to_string())).ok();
        }
    }
}

fn event_of(event: Event) -> RunEvent {
    match event {
        Event::Started { rows } => RunEvent::Started { rows },
        Event::Machine(machine, ceilings) => RunEvent::Machine(machine, ceilings),
        Event::Notice(notice) => RunEvent::Notice(notice),
        Event::Progress {
            done,
            what,
            seconds_left,
        } => RunEvent::Progress {
            done: done as f32,
            what,
            seconds_left: seconds_left.map(|left| left as f32),
        },
        Event::Row(row) => RunEvent::Row(*row),
        Event::Done { seconds } => RunEvent::Done { seconds },
    }
}
