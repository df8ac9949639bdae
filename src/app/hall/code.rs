//! The QR code of what is shown: a hall opens the same state on its phones.

use egui::{Align2, Id, LayerId, Order, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::super::App;
use super::super::lessons::SHIPPED;
use crate::command::{Aid, Command};
use crate::lab::{Source, link};
use crate::lens::Out;
use crate::look::Theme;
use crate::look::name::Set;
use crate::look::theme::{LIGHT, radius, size};
use crate::look::widgets::Tell as _;
use crate::studio::{Code, READABLE};

/// The least side of a code, in points: what a camera reads from a few metres.
const SIDE: f32 = 280.0;

/// A code that is shown.
pub(super) struct Shown {
    address: String,
    code: Result<Code, String>,
    /// What its reader should know.
    notes: Vec<String>,
}

impl App {
    /// The code of the step of a lesson that comes with the program, else of the lab.
    pub(super) fn code(&self) -> Shown {
        let Some(site) = &self.hall.address else {
            return Shown {
                address: String::new(),
                code: Err("The window has no address that phones reach.".to_owned()),
                notes: vec!["Start it with --public-url and the address of a site.".to_owned()],
            };
        };
        let mut notes = Vec::new();
        let step = self.lesson_readout();
        let step = step.filter(|step| SHIPPED.iter().any(|shipped| shipped.name == step.name));
        let address = if let Some(step) = step {
            let seed = if step.seed == 0 {
                String::new()
            } else {
                format!("&seed={}", step.seed)
            };
            format!("{site}?lesson={}&step={}{seed}", step.name, step.step)
        } else {
            if let Source::File(_) = self.lab().scene.source {
                notes.push("The cloud is a file of this machine: who opens the link is asked for it.".to_owned());
            }
            format!("{site}{}", link::encode(self.lab()))
        };
        if is_local(site) {
            notes.push("This address is that of this machine: phones do not reach it.".to_owned());
        }
        let bytes = address.len();
        if bytes > READABLE {
            notes.push(format!(
                "The link has {bytes} bytes; from {READABLE} on the back of a hall may not read its code."
            ));
        }
        let code = Code::of(&address).map_err(|error| format!("{error}."));
        Shown { address, code, notes }
    }
}

/// Whether an address is that of this machine alone.
fn is_local(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.strip_prefix('[').map_or_else(
        || host.split(':').next().unwrap_or_default(),
        |rest| rest.split(']').next().unwrap_or_default(),
    );
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || name.starts_with("127.")
}

/// Paints it over the canvas, dark on light in every theme; a press takes it away.
pub(super) fn ui(shown: &Shown, ui: &Ui, theme: &Theme, canvas: Rect, out: &mut Out) {
    let response = ui.interact(canvas, ui.scope_id().with("code"), Sense::click());
    let spoken = format!("QR code of {}", shown.address);
    response.tell(&|| WidgetInfo::labeled(Role::Dialog, true, &spoken));
    if response.clicked() {
        out.push(Command::Aid(Aid::Code));
    }
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, Id::unique("code")));
    painter.rect_filled(canvas, 0.0, theme.ink.gamma_multiply(0.5));
    let below = theme.px(64.0 + 26.0 * shown.notes.len() as f32);
    let room = canvas.size().min_elem() - below - theme.px(64.0);
    let side = if shown.code.is_ok() {
        room.clamp(SIDE, 520.0)
    } else {
        theme.px(80.0)
    };
    let wanted = vec2(
        (side + theme.px(48.0)).max(theme.px(560.0)),
        side + below + theme.px(32.0),
    );
    let rect = Rect::from_center_size(canvas.center(), wanted.min(canvas.size() - Vec2::splat(16.0)));
    painter.rect_filled(rect, theme.corner(radius::BUTTON), LIGHT.canvas);
    let painter = painter.with_clip_rect(rect);
    let square = Rect::from_center_size(
        pos2(rect.center().x, rect.top() + theme.px(16.0) + 0.5 * side),
        Vec2::splat(side),
    );
    let line = |words: &str, set: Set, y: f32| {
        let words = crate::microscope::fitted(&painter, theme, words, set, rect.width() - theme.px(32.0));
        words.put(&painter, Align2::CENTER_TOP, pos2(rect.center().x, y));
    };
    match &shown.code {
        Ok(code) => {
            // Modules on whole pixels have no seams.
            let pixels = ui.ctx().pixels_per_point();
            let module = (side * pixels / code.side() as f32).floor().max(1.0) / pixels;
            let from = square.center() - Vec2::splat(0.5 * module * code.side() as f32);
            let from = pos2((from.x * pixels).round() / pixels, (from.y * pixels).round() / pixels);
            for (x, y, length) in code.runs() {
                let at = from + module * vec2(x as f32, y as f32);
                let run = Rect::from_min_size(at, module * vec2(length as f32, 1.0));
                painter.rect_filled(run, 0.0, LIGHT.ink);
            }
        }
        Err(error) => line(error, Set::strong(size::WORD, LIGHT.ink), square.center().y),
    }
    let short = shown.address.split_once("://").map_or("", |(_, rest)| rest);
    let short = short.split('#').next().unwrap_or_default();
    line(
        short,
        Set::strong(size::HEADLINE, LIGHT.ink),
        square.bottom() + theme.px(4.0),
    );
    for (i, note) in shown.notes.iter().enumerate() {
        let y = square.bottom() + theme.px(44.0 + 24.0 * i as f32);
        line(note, Set::regular(size::BODY, LIGHT.ink2), y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_is_known() {
        for local in [
            "http://localhost:8080/",
            "http://127.0.0.1/",
            "http://[::1]:80/x",
            "http://a.localhost",
        ] {
            assert!(is_local(local), "{local}");
        }
        for public in [
            "https://example.org/",
            "https://localhost.example.org/",
            "https://[2001:db8::1]/",
        ] {
            assert!(!is_local(public), "{public}");
        }
    }
}
