//! A worker on the event loop: a few milliseconds a frame.

use super::{Step, Task};

pub(super) struct Worker<T> {
    task: Task<T>,
}

impl<T: Send + 'static> Worker<T> {
    pub(super) fn start(task: Task<T>) -> Self {
        Self { task }
    }

    /// Runs the task for about `slice_ms`; false when nothing more will come.
    pub(super) fn poll(&mut self, slice_ms: f64, take: &mut dyn FnMut(Step<T>)) -> bool {
        let start = js_sys::Date::now();
        loop {
            let step = (self.task)();
            let last = matches!(step, Step::Done(_));
            take(step);
            if last {
                return false;
            }
            if js_sys::Date::now() - start >= slice_ms {
                return true;
            }
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "the same surface as the thread's worker; dropping the task is the cancelling"
    )]
    pub(super) fn cancel(self) {}
}
