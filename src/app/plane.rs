//! The board within the app: which window on the plane it shows, and what it is told about the frame.

use egui::{Rect, Ui, UiBuilder};

use super::layout::{Class, Layout};
use super::{App, strip};
use crate::board::{BoardToken, Emphasis, Extent, Input, View};
use crate::command::Tool;
use crate::lab::{Camera, Lab, LensId, Library, Scene, Source, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::Theme;

/// The window that shows all tokens, and what it was made for: source, head, whether its numbers are here, the view.
pub(super) type Fit = ((Source, u16, bool, &'static str), Extent);

impl App {
    /// Where the board of tokens is: in its own place, or in another where the lens takes that.
    pub(super) fn board_place(&self, theme: &Theme, layout: &Layout) -> Option<Rect> {
        let lens = self.lenses.get(self.lens_index())?;
        if !lens.takes_board() || self.is_asking() {
            return Some(layout.board);
        }
        let (room, card) = match layout.class {
            Class::Phone => (strip::split_card(layout.microscope, theme).0, Some(self.card())),
            Class::Wide | Class::Hall => (layout.microscope, None),
        };
        lens.small_board(room, theme, card)
    }

    pub(super) fn board_ui(&mut self, ui: &mut Ui, theme: &'static Theme, (place, tool): (Rect, Tool), out: &mut Out) {
        let view = self.view(place);
        self.board_view = Some(view);
        let lab = self.history.lab();
        let ghost = ghost(lab, &self.library);
        let Some(lens) = self.lenses.get(self.lens_index()) else {
            return;
        };
        let stage = Stage {
            theme,
            lab,
            linked: self.linked,
            card: self.card(),
            tool: self.tool,
            playing: self.film.is_playing(),
            in_gesture: self.history.in_gesture(),
        };
        let hides = self.teaching.as_ref().is_some_and(|teaching| teaching.bares_board());
        let bare: Vec<BoardToken> = if hides {
            lens.tokens().iter().map(bare).collect()
        } else {
            Vec::new()
        };
        let marks = if hides { Vec::new() } else { lens.marks() };
        let input = Input {
            theme,
            view,
            tokens: if hides { &bare } else { lens.tokens() },
            marks: &marks,
            ghost: &ghost,
            tool,
            add: self.add,
            brush: lab.brush,
            selected: self.selected,
            linked: self.linked,
            focus: self.focus.take(),
            scale: self
                .library
                .ground(&lab.scene.source, lab.scene.head)
                .map_or(1.0, |ground| ground.scale()),
            axes: axes(lab, &self.library),
            touch: ui.input(egui::InputState::any_touches),
            strikes: lab.lens == LensId::Robust,
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("board").max_rect(place));
        let hovered = self.board.ui(
            &mut child,
            &input,
            &mut out.commands,
            &mut |painter| {
                if !hides {
                    lens.paint_under(painter, &view, &stage);
                }
            },
            &mut |painter| {
                if !hides {
                    lens.paint_over(painter, &view, &stage);
                }
            },
        );
        out.linked = hovered;
        if !hides {
            lens.handles_ui(&mut child, &view, &stage, out);
        }
        super::lesson::guess_on_board(self, &mut child, theme, &view);
        self.places.insert("board".to_owned(), place);
        for (token, rect) in self.board.grabs() {
            self.places.insert(token.to_string(), *rect);
        }
    }

    /// The window on the plane: what the camera asks for, or all tokens of the untouched source, so that nothing shifts while
    /// a token is dragged.
    fn view(&mut self, rect: Rect) -> View {
        let lab = self.history.lab();
        if let Some((centre, span)) = lab.camera.view() {
            return View::new(
                rect,
                Extent {
                    centre,
                    half: [0.5 * span; 2],
                },
            );
        }
        let open = self.library.cloud(&lab.scene.source).is_some();
        let key = (lab.scene.source.clone(), lab.scene.head, open, self.explain_id());
        let known = self.fit.as_ref().filter(|fit| fit.0 == key).map(|fit| fit.1);
        let extent = known.unwrap_or_else(|| {
            let untouched = Scene::of(lab.scene.source.clone(), lab.scene.head);
            let tokens = untouched
                .positions(&self.library)
                .map(|all| [all.keys, all.queries].concat());
            let also = self.lenses.get(self.lens_index());
            let also = also.map(|lens| lens.also_shows(lab, &self.library));
            Extent::around(&[tokens.unwrap_or_default(), also.unwrap_or_default()].concat())
        });
        self.fit = Some((key, extent));
        View::new(rect, extent)
    }

    /// The smallest view that shows every token as it is now.
    pub(super) fn fitted_camera(&self) -> Camera {
        let lab = self.history.lab();
        let untouched = Scene::of(lab.scene.source.clone(), lab.scene.head);
        if lab.scene == untouched {
            return Camera::Fit;
        }
        let Ok(points) = lab
            .scene
            .positions(&self.library)
            .map(|all| [all.keys, all.queries].concat())
        else {
            return Camera::Fit;
        };
        let extent = Extent::around(&points);
        // A camera's span is its shorter side: what is needed so that both sides fit on this board.
        let (width, height) = self.board_view.map_or((1.0, 1.0), |view| {
            (f64::from(view.rect().width()), f64::from(view.rect().height()))
        });
        let shorter = width.min(height).max(1.0);
        let span =
            (2.0 * extent.half[0] * shorter / width.max(1.0)).max(2.0 * extent.half[1] * shorter / height.max(1.0));
        Camera::at(extent.centre, span)
    }
}

/// A token of which nothing is known but where it is.
fn bare(token: &BoardToken) -> BoardToken {
    BoardToken {
        note: None,
        emphasis: match token.emphasis {
            Emphasis::Nameless => Emphasis::Nameless,
            Emphasis::Heaviest | Emphasis::Noted | Emphasis::Quiet => Emphasis::Quiet,
        },
        spoken: token.token.to_string(),
        skirt: 0.0,
        ..token.clone()
    }
}

/// The frozen tokens that are not where they were.
fn ghost(lab: &Lab, library: &Library) -> Vec<(TokenRef, [f64; 2])> {
    let Some(positions) = lab.ghost.as_ref().and_then(|ghost| ghost.positions(library).ok()) else {
        return Vec::new();
    };
    let now = lab.scene.positions(library).ok();
    let moved = |(token, at): &(TokenRef, [f64; 2])| now.as_ref().and_then(|now| now.of(*token)) != Some(*at);
    let keys = positions.keys.iter().enumerate().map(|(i, at)| (TokenRef::Key(i), *at));
    let queries = positions
        .queries
        .iter()
        .enumerate()
        .map(|(i, at)| (TokenRef::Query(i), *at));
    keys.chain(queries).filter(moved).collect()
}

/// Names of the board's axes, where they are not the coordinates of the plane.
fn axes(lab: &Lab, library: &Library) -> Option<[String; 2]> {
    let ground = library.ground(&lab.scene.source, lab.scene.head).ok()?;
    match ground.plane().kind() {
        eigenlens_core::PlaneKind::Principal => Some(["key axis 1".to_owned(), "key axis 2".to_owned()]),
        eigenlens_core::PlaneKind::Chosen => Some(["clean axis 1".to_owned(), "where the damage points".to_owned()]),
        eigenlens_core::PlaneKind::Fallback => Some(["coordinate 1".to_owned(), "coordinate 2".to_owned()]),
        eigenlens_core::PlaneKind::Coordinates { .. } => None,
    }
}
