//! What helps who speaks to a hall, in the window: laser and pen, the last keys, the whole screen, the QR code of the link, the
//! presenter's window. On the page it is HTML (`web/hall.js`).

mod code;
mod ink;
mod keys;
mod next;
mod plan;
mod presenter;

use egui::{Rect, Ui, ViewportCommand};

use super::App;
use crate::command::Aid;
use crate::lens::Out;
use crate::look::Theme;

/// The aids, and what they show. Times are those of frames.
#[derive(Default)]
pub(super) struct Hall {
    ink: ink::Ink,
    keys: Option<keys::LastKeys>,
    code: Option<code::Shown>,
    presenter: Option<Box<presenter::Presenter>>,
    /// Where the site is, for QR codes.
    address: Option<String>,
}

impl App {
    /// Says where the site is that phones open, as in `https://example.org/lab/`.
    pub fn set_address(&mut self, address: String) {
        self.hall.address = Some(address);
    }

    /// Shows or hides an aid.
    pub(super) fn aid(&mut self, aid: Aid) {
        match aid {
            Aid::Laser => self.hall.ink.switch(ink::Mode::Laser),
            Aid::Pen => self.hall.ink.switch(ink::Mode::Pen),
            Aid::LastKeys => {
                self.hall.keys = match self.hall.keys {
                    Some(_) => None,
                    None => Some(keys::LastKeys::default()),
                };
            }
            Aid::FullScreen => {
                let is_full = self.context.input(|input| input.viewport().fullscreen == Some(true));
                self.context.send_viewport_cmd(ViewportCommand::Fullscreen(!is_full));
            }
            Aid::Code => {
                self.hall.code = match self.hall.code {
                    Some(_) => None,
                    None => Some(self.code()),
                };
            }
            Aid::Presenter => {
                self.hall.presenter = match self.hall.presenter {
                    Some(_) => None,
                    None => Some(Box::default()),
                };
            }
            Aid::Author => self.write_lesson(),
        }
        self.context.request_repaint();
    }

    /// Hears the keys of a frame.
    pub(super) fn hear_keys(&mut self, context: &egui::Context) {
        if let Some(keys) = &mut self.hall.keys {
            keys.listen(context);
        }
    }

    /// Paints the aids over the canvas and listens.
    pub(super) fn hall_ui(&mut self, ui: &mut Ui, theme: &Theme, canvas: Rect, out: &mut Out) {
        if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.leave_aids();
        }
        let calm = self.system.reduced_motion;
        self.hall.ink.ui(ui, theme, canvas, calm);
        if let Some(keys) = &self.hall.keys {
            // Above the tools, or the bar of a lesson.
            keys.ui(ui, theme, canvas.with_max_y(canvas.bottom() - theme.px(60.0)));
        }
        if let Some(shown) = &self.hall.code {
            code::ui(shown, ui, theme, canvas, out);
        }
    }

    /// Puts away what is in the hand, or over the canvas; true where there was something.
    fn leave_aids(&mut self) -> bool {
        self.hall.code.take().is_some() || self.hall.ink.leave()
    }
}
