//! A device of its own, never that of the window: what it is, and what it survives.

mod open;
mod report;

use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use crate::error::Error;

pub use open::OpenOptions;
#[cfg(test)]
pub(crate) use open::{WORKGROUP_THREADS, features};
pub use report::{MatrixUnits, Report, Tier};

/// An open device. What is lost or refused is an [`Error`] of whoever waits; nothing panics, and another can be opened.
#[derive(Debug)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    report: Report,
    told: Arc<Mutex<Told>>,
    pub(crate) pipelines: crate::pipelines::Pipelines,
    pub(crate) choices: crate::prepared::Choices,
}

/// What the device has said without being asked.
#[derive(Debug, Default)]
struct Told {
    /// Why it is lost.
    lost: Option<String>,
    /// The first call that it refused.
    refused: Option<String>,
    /// Whom to wake, when the work is done and also when the device is lost.
    waiting: Option<oneshot::Sender<()>>,
}

impl Gpu {
    /// What it is and what it can do.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The device by another name.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn named(mut self, name: String) -> Self {
        self.report.adapter = name;
        self
    }

    /// Closes the device: whatever runs on it, or is asked of it afterwards, ends with [`Error::Lost`].
    pub fn close(&self) {
        self.device.destroy();
        self.tell(|told| {
            told.lost.get_or_insert_with(|| "it was closed".to_owned());
        });
    }

    /// Waits until everything that was submitted is done.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        self.check("work")?;
        let (done, waiting) = oneshot::channel();
        self.tell(|told| told.waiting = Some(done));
        let told = Arc::clone(&self.told);
        self.queue.on_submitted_work_done(move || wake(&told));
        #[cfg(not(target_arch = "wasm32"))]
        self.wait();
        // A sender that is dropped says as much as one that sends: there is nothing left to wait for.
        waiting.await.ok();
        self.check("work")
    }

    /// Natively nobody calls back unless asked.
    #[cfg(not(target_arch = "wasm32"))]
    fn wait(&self) {
        let patience = wgpu::PollType::Wait {
            submission_index: None,
            timeout: Some(std::time::Duration::from_mins(10)),
        };
        if let Err(error) = self.device.poll(patience) {
            self.tell(|told| {
                told.lost.get_or_insert_with(|| error.to_string());
            });
            wake(&self.told);
        }
    }

    /// Fails when the device is lost or has refused a call.
    pub(crate) fn check(&self, what: &'static str) -> Result<(), Error> {
        let mut told = locked(&self.told);
        if let Some(reason) = &told.lost {
            let reason = reason.clone();
            return Err(Error::Lost { reason });
        }
        match told.refused.take() {
            Some(reason) => Err(Error::Refused { what, reason }),
            None => Ok(()),
        }
    }

    fn tell(&self, what: impl FnOnce(&mut Told)) {
        what(&mut locked(&self.told));
    }
}

fn locked(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(told: &Mutex<Told>) {
    let waiting = locked(told).waiting.take();
    if let Some(waiting) = waiting {
        waiting.send(()).ok();
    }
}

/// One line of what a driver says.
fn one_line(text: &impl ToString) -> String {
    text.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
