//! A worker on a named thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use super::{Step, Task};

/// Steps that a worker may be ahead of the last poll. One that nobody polls any more, because another lens is shown, waits.
pub(super) const AHEAD: usize = 1024;

pub(super) struct Worker<T> {
    steps: Receiver<Step<T>>,
    stop: Arc<AtomicBool>,
}

impl<T: Send + 'static> Worker<T> {
    pub(super) fn start(mut task: Task<T>) -> Self {
        let (sender, steps) = sync_channel(AHEAD);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        // Without a thread the channel is closed at once and the job ends without an answer: the old picture stays.
        std::thread::Builder::new()
            .name("eigenlens job".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let step = task();
                    let last = matches!(step, Step::Done(_));
                    if sender.send(step).is_err() || last {
                        break;
                    }
                }
            })
            .ok();
        Self { steps, stop }
    }

    /// Hands over what has come; false when nothing more will come.
    pub(super) fn poll(&mut self, _slice_ms: f64, take: &mut dyn FnMut(Step<T>)) -> bool {
        loop {
            match self.steps.try_recv() {
                Ok(step) => take(step),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    pub(super) fn cancel(self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
