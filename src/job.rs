//! Work that takes longer than a frame: the latest request wins, the old answer stays until the new one is there.
//!
//! A [`Task`] is a stepper in a box: each call does a small piece and says how far it is. Natively the pieces run on a named
//! thread; in the browser, where there are no threads, [`Job::poll`] runs them for [`SLICE_MS`] a frame. Both have the same
//! surface, so that neither a lens nor a test can tell them apart.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
use native::Worker;
#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
use web::Worker;

/// Milliseconds of a frame that the browser gives to a job: half of a 60 Hz frame is left for the picture.
pub const SLICE_MS: f64 = 6.0;

/// What one call of a [`Task`] returns.
pub enum Step<T> {
    /// `done` of `of` pieces are ready.
    Running {
        /// Pieces ready.
        done: usize,
        /// Pieces in all.
        of: usize,
    },
    /// What can be shown of the answer already.
    Partial(T),
    /// The answer.
    Done(T),
}

/// A stepper in a box. It must be quick to call (well under a millisecond) and free of side effects.
pub type Task<T> = Box<dyn FnMut() -> Step<T> + Send>;

/// One kind of work, identified by a key. At most one task runs; a new key cancels the old task.
pub struct Job<K, T> {
    running: Option<(K, Worker<T>)>,
    answer: Option<(K, T)>,
    partial: Option<T>,
    progress: (usize, usize),
}

impl<K, T> Default for Job<K, T> {
    fn default() -> Self {
        Self {
            running: None,
            answer: None,
            partial: None,
            progress: (0, 0),
        }
    }
}

impl<K: PartialEq, T: Send + 'static> Job<K, T> {
    /// Asks for the answer to `key`. Nothing happens when it is there or under way; otherwise the task under way is cancelled
    /// and `make` builds the new one.
    pub fn request(&mut self, key: K, make: impl FnOnce() -> Task<T>) {
        if self.is_fresh(&key) {
            self.cancel();
            return;
        }
        if self.running.as_ref().is_some_and(|(k, _)| *k == key) {
            return;
        }
        self.cancel();
        self.partial = None;
        self.progress = (0, 0);
        self.running = Some((key, Worker::start(make())));
    }

    /// Takes what the worker has finished. Returns true while work is under way: the caller then asks for another frame.
    pub fn poll(&mut self) -> bool {
        let Some((key, mut worker)) = self.running.take() else {
            return false;
        };
        let mut answer = None;
        let alive = worker.poll(SLICE_MS, &mut |step| match step {
            Step::Running { done, of } => self.progress = (done, of),
            Step::Partial(value) => self.partial = Some(value),
            Step::Done(value) => answer = Some(value),
        });
        if let Some(value) = answer {
            self.answer = Some((key, value));
            self.partial = None;
            return false;
        }
        if alive {
            self.running = Some((key, worker));
        }
        alive
    }

    /// Stops the task under way; the last answer stays, and so does what the task has made until now.
    pub fn cancel(&mut self) {
        if let Some((_, worker)) = self.running.take() {
            worker.cancel();
        }
    }

    /// The last answer, fresh or not.
    pub fn answer(&self) -> Option<&T> {
        self.answer.as_ref().map(|(_, value)| value)
    }

    /// What the task under way has made until now, or the cancelled one had; nothing once its answer is there.
    pub fn partial(&self) -> Option<&T> {
        self.partial.as_ref()
    }

    /// Whether the last answer belongs to `key`.
    pub fn is_fresh(&self, key: &K) -> bool {
        self.answer.as_ref().is_some_and(|(k, _)| k == key)
    }

    /// Pieces ready and pieces in all, while work is under way.
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.running.as_ref().map(|_| self.progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_to(n: usize) -> Task<usize> {
        let mut done = 0;
        Box::new(move || {
            done += 1;
            if done >= n {
                Step::Done(n)
            } else {
                Step::Running { done, of: n }
            }
        })
    }

    fn wait<K: PartialEq>(job: &mut Job<K, usize>) {
        while job.poll() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_answer_arrives_and_stays() {
        let mut job = Job::default();
        job.request("a", || count_to(100));
        wait(&mut job);
        assert_eq!(job.answer(), Some(&100));
        assert!(job.is_fresh(&"a"), "the answer belongs to its key");
        assert!(job.progress().is_none(), "nothing is under way any more");
    }

    #[test]
    fn the_latest_request_wins_and_the_old_answer_stays_meanwhile() {
        let mut job = Job::default();
        job.request(1, || count_to(3));
        wait(&mut job);
        job.request(2, || Box::new(|| Step::Running { done: 0, of: 1 }));
        assert_eq!(job.answer(), Some(&3), "the old picture stays");
        assert!(!job.is_fresh(&2), "but is marked as old");
        job.request(3, || count_to(5));
        wait(&mut job);
        assert_eq!(
            job.answer(),
            Some(&5),
            "the task for key 2 never ends, yet key 3 is answered"
        );
    }

    #[test]
    fn a_request_that_is_answered_starts_nothing() {
        let mut job = Job::default();
        job.request(1, || count_to(2));
        wait(&mut job);
        job.request(1, || panic!("must not be built again"));
        assert!(!job.poll(), "nothing runs");
    }

    #[test]
    fn going_back_to_the_answered_key_cancels_the_detour() {
        let mut job = Job::default();
        job.request(1, || count_to(2));
        wait(&mut job);
        job.request(2, || Box::new(|| Step::Running { done: 0, of: 1 }));
        job.request(1, || panic!("the answer is still there"));
        assert!(job.progress().is_none(), "the detour is cancelled");
    }

    /// One partial answer a call, without end.
    fn fill() -> Task<usize> {
        let mut made = 0;
        Box::new(move || {
            made += 1;
            Step::Partial(made)
        })
    }

    #[test]
    fn what_is_made_until_now_is_shown_and_outlives_the_cancelling() {
        let mut job = Job::default();
        job.request("a", fill);
        while job.partial().is_none_or(|made| *made < 3) {
            assert!(job.poll(), "it never ends");
            std::thread::yield_now();
        }
        job.cancel();
        let made = job.partial().copied();
        assert!(made >= Some(3));
        assert_eq!((job.answer(), job.is_fresh(&"a")), (None, false), "a part is no answer");
        job.request("b", || count_to(2));
        assert_eq!(job.partial(), None, "another task begins with nothing");
        wait(&mut job);
        assert_eq!((job.answer(), job.partial()), (Some(&2), None));
    }

    /// Natively: a worker that nobody asks soon waits, and a cancelled one that waits ends.
    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn a_worker_that_nobody_polls_waits() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let mut job: Job<i32, usize> = Job::default();
        job.request(1, move || {
            Box::new(move || Step::Running {
                done: counted.fetch_add(1, Ordering::Relaxed),
                of: usize::MAX,
            })
        });
        // It runs ahead by what the channel holds, and by the one that waits to be sent.
        while calls.load(Ordering::Relaxed) <= native::AHEAD {
            std::thread::yield_now();
        }
        assert_eq!(calls.load(Ordering::Relaxed), native::AHEAD + 1);
        job.cancel();
        // The task, and with it its half of the counter, is dropped: the thread has ended.
        while Arc::strong_count(&calls) > 1 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_task_that_panics_ends_the_job_without_an_answer() {
        let mut job: Job<i32, usize> = Job::default();
        job.request(1, || Box::new(|| std::panic::resume_unwind(Box::new("broken"))));
        wait(&mut job);
        assert_eq!(job.answer(), None);
        assert!(job.progress().is_none());
    }
}
