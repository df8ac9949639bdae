//! What measures on the page: a worker with a module of its own, which the page starts with the first run.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use eigenlens_gpu::Request;

use super::{dispatch_json, tell};
use crate::json;
use crate::lens::full_size::run::{Availability, RunEvent, RunRequest, Runner};

/// What the page has said, shared by the lens that reads it and the page's entry that hears it.
#[derive(Clone, Default)]
pub(super) struct Measuring(Rc<RefCell<Said>>);

#[derive(Default)]
struct Said {
    /// The page was asked whether it can measure.
    asked: bool,
    /// Its answer.
    availability: Option<Availability>,
    events: VecDeque<RunEvent>,
}

impl Measuring {
    /// Takes in what the page says: "ready" and the adapter, "none" and the reason, "event" and an event in JSON, "failed" and
    /// the reason, "cancelled".
    pub(super) fn hear(&self, kind: &str, text: &str) {
        let mut said = self.0.borrow_mut();
        let text = || text.trim_end_matches('.').to_owned();
        match kind {
            "ready" => said.availability = Some(Availability::Ready { adapter: text() }),
            "none" => said.availability = Some(Availability::None { reason: text() }),
            "cancelled" => said.events.push_back(RunEvent::Cancelled),
            "failed" => said.events.push_back(RunEvent::Failed(text())),
            _ => {
                let event = RunEvent::read(&text());
                said.events
                    .push_back(event.unwrap_or_else(|error| RunEvent::Failed(error.to_string())));
            }
        }
    }
}

impl Runner for Measuring {
    fn start(&mut self, request: RunRequest) {
        let request = Request {
            shape: request.shape,
            mechanisms: request.mechanisms.iter().map(|one| one.key().to_owned()).collect(),
            precision: request.precision.name().to_owned(),
            noise: request.noise,
            seed: request.seed,
            // The page knows it.
            date: String::new(),
        };
        dispatch_json("eigenlens-measure", &json::write(&request));
    }

    fn poll(&mut self) -> Option<RunEvent> {
        let asked = std::mem::replace(&mut self.0.borrow_mut().asked, true);
        if !asked {
            tell("eigenlens-measure", &[("ask", "adapter")], &[]);
        }
        self.0.borrow_mut().events.pop_front()
    }

    fn cancel(&mut self) {
        tell("eigenlens-measure", &[("ask", "stop")], &[]);
    }

    fn availability(&self) -> Availability {
        let said = self.0.borrow();
        said.availability.clone().unwrap_or(Availability::NotYetKnown)
    }
}
