//! The picture of the step that comes next, for the presenter: the board of its lens as a figure, made on a thread while the present
//! step is given.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use eigenlens_figures::Format;

use crate::lesson::Step;
use crate::look::{self, Mode, Theme};
use crate::studio::Studio;

/// Width of the picture in pixels, and the size of its words.
const WIDTH: f64 = 640.0;
const FONT: f64 = 17.0;

/// What remains between frames.
#[derive(Default)]
pub(super) struct Next {
    /// The step that the picture is of.
    of: Option<(Step, Mode)>,
    coming: Option<Receiver<ColorImage>>,
    shown: Option<TextureHandle>,
}

impl Next {
    /// The picture, once it is there; asked for where the step or the colours are others.
    pub(super) fn picture(
        &mut self,
        context: &Context,
        step: Option<&Step>,
        theme: &'static Theme,
    ) -> Option<&TextureHandle> {
        let asked = step.map(|step| (step, theme.mode));
        if self.of.as_ref().map(|(step, mode)| (step, *mode)) != asked {
            self.of = asked.map(|(step, mode)| (step.clone(), mode));
            self.shown = None;
            self.coming = step.and_then(|step| make(context.clone(), step.clone(), theme));
        }
        if let Some(picture) = self.coming.as_ref().and_then(|coming| coming.try_recv().ok()) {
            self.coming = None;
            self.shown = Some(context.load_texture("next step", picture, TextureOptions::LINEAR));
        }
        self.shown.as_ref()
    }
}

/// Where the picture will come. A step that has none keeps its words.
fn make(context: Context, step: Step, theme: &'static Theme) -> Option<Receiver<ColorImage>> {
    let (sender, receiver) = channel();
    let work = move || {
        if let Ok(picture) = sketch(&step, theme) {
            sender.send(picture).ok();
            context.request_repaint();
        }
    };
    thread::Builder::new().name("next step".to_owned()).spawn(work).ok()?;
    Some(receiver)
}

/// The step as a small figure.
fn sketch(step: &Step, theme: &Theme) -> Result<ColorImage, String> {
    let studio = Studio::of_step(step)?.finish()?;
    let figure = studio.sketch(theme).ok_or("the lens has no figure")?;
    let format = Format::new(WIDTH, FONT).map_err(|error| error.to_string())?;
    let picture = look::figure::pixels(&figure, format).map_err(|error| error.to_string())?;
    let size = [picture.width, picture.height].map(|side| side as usize);
    Ok(ColorImage::from_rgba_premultiplied(size, &picture.rgba))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lessons::SHIPPED;

    #[test]
    fn a_step_of_every_lesson_has_a_picture() {
        for shipped in SHIPPED {
            let lesson = eigenlens_words::lesson::read(shipped.text).expect(shipped.name);
            let Ok(picture) = sketch(&lesson.steps[0], &look::theme::LIGHT) else {
                // Where nothing was measured yet there is nothing to show.
                assert_eq!(shipped.name, "6-full-size");
                continue;
            };
            assert_eq!(picture.size[0], 640);
            let first = picture.pixels[0];
            assert!(picture.pixels.iter().any(|pixel| *pixel != first), "{}", shipped.name);
        }
        let mut lesson = eigenlens_words::lesson::read(SHIPPED[0].text).expect("a lesson");
        lesson.steps[0].state = vec!["cloud nowhere".to_owned()];
        assert!(sketch(&lesson.steps[0], &look::theme::LIGHT).is_err());
    }
}
