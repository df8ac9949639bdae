//! Icons, drawn with strokes: no font has them all, and none would match Inter's weight. An icon always stands beside its word.

use egui::emath::GuiRounding as _;
use egui::epaint::PathShape;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, vec2};

/// Side of the square in which icons are described.
const BOX: f32 = 20.0;
/// Stroke in that square.
const STROKE: f32 = 1.75;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Four-way arrows: move a token.
    Move,
    /// Plus in a circle: add a token.
    Add,
    /// Eraser: remove a token.
    Erase,
    /// Scattered dots: spray noise.
    Noise,
    /// Disc with rays: make an outlier.
    Outlier,
    /// Paint brush: make entries wrong.
    Corrupt,
    /// Triangle: play.
    Play,
    /// Two bars: pause.
    Pause,
    /// Triangle and bar to the left: a step back.
    StepBack,
    /// Triangle and bar to the right: a step on.
    StepOn,
    /// Arrow back.
    Undo,
    /// Arrow forward.
    Redo,
    /// Dashed ring: keep a ghost of the present state.
    Freeze,
    /// Arrow out of a box.
    Share,
    /// Three dots.
    More,
    /// Arrow round a circle: back to the start.
    Reset,
    /// Corners round a disc: show everything.
    Fit,
    /// Opens a list.
    ChevronDown,
    /// Tick: holds.
    Check,
    /// Cross: close.
    Close,
    /// Half-filled disc: light or dark.
    Theme,
    /// Page with a folded corner.
    File,
    /// Keyboard.
    Keyboard,
}

/// A mark of an icon, in a square of side [`BOX`], y down. Angles in degrees, clockwise from the right.
enum Mark {
    /// Open line with round ends.
    Line(&'static [[f32; 2]]),
    /// Closed line.
    Loop(&'static [[f32; 2]]),
    /// Filled convex shape.
    Fill(&'static [[f32; 2]]),
    /// Filled disc: x, y, radius.
    Disc(f32, f32, f32),
    /// Circle: x, y, radius.
    Ring(f32, f32, f32),
    /// Part of a circle with round ends: x, y, radius, from, to.
    Arc(f32, f32, f32, f32, f32),
    /// Filled half of a disc, from an angle to 180° further: x, y, radius, from.
    Half(f32, f32, f32, f32),
}

use Mark::{Arc, Disc, Fill, Half, Line, Loop, Ring};

impl Icon {
    /// All icons.
    pub const ALL: [Self; 23] = [
        Self::Move,
        Self::Add,
        Self::Erase,
        Self::Noise,
        Self::Outlier,
        Self::Corrupt,
        Self::Play,
        Self::Pause,
        Self::StepBack,
        Self::StepOn,
        Self::Undo,
        Self::Redo,
        Self::Freeze,
        Self::Share,
        Self::More,
        Self::Reset,
        Self::Fit,
        Self::ChevronDown,
        Self::Check,
        Self::Close,
        Self::Theme,
        Self::File,
        Self::Keyboard,
    ];

    /// Paints the icon as large as fits in `rect`, centred.
    pub fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let canvas = Canvas::new(painter, rect);
        for mark in self.marks() {
            canvas.draw(painter, mark, colour);
        }
    }

    const fn marks(self) -> &'static [Mark] {
        match self {
            Self::Move => &[
                Line(&[[10.0, 2.0], [10.0, 18.0]]),
                Line(&[[2.0, 10.0], [18.0, 10.0]]),
                Line(&[[7.4, 4.6], [10.0, 2.0], [12.6, 4.6]]),
                Line(&[[7.4, 15.4], [10.0, 18.0], [12.6, 15.4]]),
                Line(&[[4.6, 7.4], [2.0, 10.0], [4.6, 12.6]]),
                Line(&[[15.4, 7.4], [18.0, 10.0], [15.4, 12.6]]),
            ],
            Self::Add => &[
                Ring(10.0, 10.0, 7.6),
                Line(&[[10.0, 6.4], [10.0, 13.6]]),
                Line(&[[6.4, 10.0], [13.6, 10.0]]),
            ],
            Self::Erase => &[
                Loop(&[[11.6, 3.6], [17.4, 9.4], [10.4, 16.4], [6.8, 16.4], [2.6, 12.2]]),
                Line(&[[7.0, 8.2], [12.8, 14.0]]),
            ],
            Self::Noise => &[
                Disc(3.8, 5.0, 1.5),
                Disc(9.8, 3.2, 1.2),
                Disc(15.8, 5.6, 1.6),
                Disc(8.4, 9.2, 1.4),
                Disc(13.6, 11.2, 1.2),
                Disc(3.6, 13.2, 1.2),
                Disc(9.2, 15.8, 1.6),
                Disc(16.0, 15.8, 1.4),
            ],
            Self::Outlier => &[
                Disc(10.0, 10.0, 3.7),
                Line(&[[16.0, 10.0], [18.2, 10.0]]),
                Line(&[[4.0, 10.0], [1.8, 10.0]]),
                Line(&[[10.0, 16.0], [10.0, 18.2]]),
                Line(&[[10.0, 4.0], [10.0, 1.8]]),
                Line(&[[14.24, 14.24], [15.8, 15.8]]),
                Line(&[[5.76, 5.76], [4.2, 4.2]]),
                Line(&[[14.24, 5.76], [15.8, 4.2]]),
                Line(&[[5.76, 14.24], [4.2, 15.8]]),
            ],
            Self::Corrupt => &[
                Line(&[[17.0, 3.0], [9.6, 10.8]]),
                Line(&[[15.2, 2.8], [8.4, 9.6]]),
                Loop(&[[8.6, 9.8], [10.4, 11.6], [8.8, 15.2], [3.0, 17.2], [5.0, 11.6]]),
            ],
            Self::Play => &[Fill(&[[5.0, 2.4], [17.2, 10.0], [5.0, 17.6]])],
            Self::Pause => &[
                Fill(&[[4.0, 3.0], [8.2, 3.0], [8.2, 17.0], [4.0, 17.0]]),
                Fill(&[[11.8, 3.0], [16.0, 3.0], [16.0, 17.0], [11.8, 17.0]]),
            ],
            Self::StepBack => &[
                Fill(&[[16.6, 3.4], [6.6, 10.0], [16.6, 16.6]]),
                Line(&[[4.0, 4.0], [4.0, 16.0]]),
            ],
            Self::StepOn => &[
                Fill(&[[3.4, 3.4], [13.4, 10.0], [3.4, 16.6]]),
                Line(&[[16.0, 4.0], [16.0, 16.0]]),
            ],
            Self::Undo => &[
                Line(&[[7.4, 3.4], [3.2, 7.6], [7.4, 11.8]]),
                Line(&[[3.2, 7.6], [12.4, 7.6]]),
                Arc(12.4, 12.0, 4.4, -90.0, 90.0),
                Line(&[[12.4, 16.4], [7.6, 16.4]]),
            ],
            Self::Redo => &[
                Line(&[[12.6, 3.4], [16.8, 7.6], [12.6, 11.8]]),
                Line(&[[16.8, 7.6], [7.6, 7.6]]),
                Arc(7.6, 12.0, 4.4, 90.0, 270.0),
                Line(&[[7.6, 16.4], [12.4, 16.4]]),
            ],
            Self::Freeze => &[
                Arc(10.0, 10.0, 7.4, 2.0, 28.0),
                Arc(10.0, 10.0, 7.4, 47.0, 73.0),
                Arc(10.0, 10.0, 7.4, 92.0, 118.0),
                Arc(10.0, 10.0, 7.4, 137.0, 163.0),
                Arc(10.0, 10.0, 7.4, 182.0, 208.0),
                Arc(10.0, 10.0, 7.4, 227.0, 253.0),
                Arc(10.0, 10.0, 7.4, 272.0, 298.0),
                Arc(10.0, 10.0, 7.4, 317.0, 343.0),
            ],
            Self::Share => &[
                Line(&[
                    [6.2, 8.8],
                    [4.2, 8.8],
                    [4.2, 17.2],
                    [15.8, 17.2],
                    [15.8, 8.8],
                    [13.8, 8.8],
                ]),
                Line(&[[10.0, 12.6], [10.0, 2.4]]),
                Line(&[[6.6, 5.8], [10.0, 2.4], [13.4, 5.8]]),
            ],
            Self::More => &[Disc(4.0, 10.0, 1.6), Disc(10.0, 10.0, 1.6), Disc(16.0, 10.0, 1.6)],
            Self::Reset => &[
                Line(&[[3.6, 3.2], [3.6, 7.8], [8.2, 7.8]]),
                Arc(10.0, 10.6, 6.8, 204.0, 500.0),
            ],
            Self::Fit => &[
                Line(&[[3.0, 7.0], [3.0, 3.0], [7.0, 3.0]]),
                Line(&[[13.0, 3.0], [17.0, 3.0], [17.0, 7.0]]),
                Line(&[[17.0, 13.0], [17.0, 17.0], [13.0, 17.0]]),
                Line(&[[7.0, 17.0], [3.0, 17.0], [3.0, 13.0]]),
                Disc(10.0, 10.0, 2.2),
            ],
            Self::ChevronDown => &[Line(&[[4.6, 7.4], [10.0, 12.8], [15.4, 7.4]])],
            Self::Check => &[Line(&[[3.4, 10.6], [7.8, 15.0], [16.6, 5.4]])],
            Self::Close => &[Line(&[[4.6, 4.6], [15.4, 15.4]]), Line(&[[15.4, 4.6], [4.6, 15.4]])],
            Self::Theme => &[Ring(10.0, 10.0, 7.6), Half(10.0, 10.0, 7.6, -90.0)],
            Self::File => &[
                Loop(&[[4.6, 2.4], [11.4, 2.4], [15.8, 6.8], [15.8, 17.6], [4.6, 17.6]]),
                Line(&[[11.2, 3.0], [11.2, 7.0], [15.2, 7.0]]),
            ],
            Self::Keyboard => &[
                Loop(&[[1.8, 4.8], [18.2, 4.8], [18.2, 15.4], [1.8, 15.4]]),
                Disc(5.2, 8.4, 1.0),
                Disc(8.4, 8.4, 1.0),
                Disc(11.6, 8.4, 1.0),
                Disc(14.8, 8.4, 1.0),
                Line(&[[6.4, 12.2], [13.6, 12.2]]),
            ],
        }
    }
}

/// Paints the mark of Eigenlens: an ellipse, and its long axis in the query's colour.
pub fn logo(painter: &Painter, rect: Rect, ink: Color32, warm: Color32) {
    const HALF_AXES: [f32; 2] = [10.2, 5.6];
    const TILT_DEGREES: f32 = 33.0;
    const HALF_DIAGONAL: f32 = 9.4;
    let canvas = Canvas::new(painter, rect);
    let along = Vec2::angled(-TILT_DEGREES.to_radians());
    let centre = vec2(0.5 * BOX, 0.5 * BOX);
    let end = |sign: f32| (centre + sign * HALF_DIAGONAL * along).into();
    canvas.line(painter, &[end(-1.0), end(1.0)], warm);
    let outline = (0..64_u8).map(|step| {
        let angle = std::f32::consts::TAU * f32::from(step) / 64.0;
        let offset = angle.cos() * HALF_AXES[0] * along + angle.sin() * HALF_AXES[1] * along.rot90();
        canvas.at((centre + offset).into())
    });
    painter.add(PathShape::closed_line(outline.collect(), canvas.stroke(ink)));
}

/// Where the square of an icon lies on the screen.
struct Canvas {
    origin: Pos2,
    unit: f32,
}

impl Canvas {
    fn new(painter: &Painter, rect: Rect) -> Self {
        let side = rect.width().min(rect.height());
        let square = Rect::from_center_size(rect.center(), Vec2::splat(side));
        Self {
            // On whole pixels, so that upright strokes are equally sharp in every icon.
            origin: square.min.round_to_pixels(painter.pixels_per_point()),
            unit: side / BOX,
        }
    }

    fn at(&self, [x, y]: [f32; 2]) -> Pos2 {
        self.origin + self.unit * vec2(x, y)
    }

    fn stroke(&self, colour: Color32) -> Stroke {
        Stroke::new(STROKE * self.unit, colour)
    }

    fn draw(&self, painter: &Painter, mark: &Mark, colour: Color32) {
        match *mark {
            Line(points) => self.line(painter, points, colour),
            Loop(points) => {
                let corners = points.iter().map(|&point| self.at(point)).collect();
                painter.add(PathShape::closed_line(corners, self.stroke(colour)));
            }
            Fill(points) => {
                let corners = points.iter().map(|&point| self.at(point)).collect();
                painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
            }
            Disc(x, y, radius) => {
                painter.circle_filled(self.at([x, y]), self.unit * radius, colour);
            }
            Ring(x, y, radius) => {
                // egui paints the stroke of a circle outside its radius.
                let inner = self.unit * (radius - 0.5 * STROKE);
                painter.circle_stroke(self.at([x, y]), inner, self.stroke(colour));
            }
            Arc(x, y, radius, from, to) => {
                self.line(painter, &arc([x, y], radius, from, to), colour);
            }
            Half(x, y, radius, from) => {
                let outline = arc([x, y], radius, from, from + 180.0);
                let corners = outline.into_iter().map(|point| self.at(point)).collect();
                painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
            }
        }
    }

    /// An open line with round ends and round corners; egui itself cuts ends off and sharpens corners.
    fn line(&self, painter: &Painter, points: &[[f32; 2]], colour: Color32) {
        let places: Vec<Pos2> = points.iter().map(|&point| self.at(point)).collect();
        for &end in places.first().iter().chain(&places.last()) {
            painter.circle_filled(*end, 0.5 * STROKE * self.unit, colour);
        }
        painter.line(places, self.stroke(colour));
    }
}

/// Points along a circle, clockwise from `from` to `to` degrees, at most 6° apart.
fn arc([x, y]: [f32; 2], radius: f32, from: f32, to: f32) -> Vec<[f32; 2]> {
    let steps = ((to - from) / 6.0).ceil().max(1.0);
    (0..=steps as u16)
        .map(|step| {
            let angle = (from + (to - from) * f32::from(step) / steps).to_radians();
            [x + radius * angle.cos(), y + radius * angle.sin()]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that painting puts on the screen.
    fn painted(paint: impl Fn(&Painter)) -> Rect {
        let context = egui::Context::default();
        context.set_fonts(egui::FontDefinitions::empty());
        let mut output = context.run_ui(egui::RawInput::default(), |ui| paint(ui.painter()));
        output.textures_delta.clear();
        let bounds = output.shapes.iter().map(|shape| shape.shape.visual_bounding_rect());
        bounds.filter(Rect::is_positive).fold(Rect::NOTHING, Rect::union)
    }

    #[test]
    fn icons_fill_their_square_and_stay_inside() {
        for side in [20.0, 32.0] {
            let rect = Rect::from_min_size(egui::pos2(100.0, 50.0), Vec2::splat(side));
            for icon in Icon::ALL {
                let seen = painted(|painter| icon.paint(painter, rect, Color32::BLACK));
                assert!(
                    rect.expand(0.6).contains_rect(seen),
                    "{icon:?} paints {seen:?} for {rect:?}"
                );
                assert!(seen.width() > 0.5 * side, "{icon:?} is {} wide in {side}", seen.width());
            }
            let seen = painted(|painter| logo(painter, rect, Color32::BLACK, Color32::WHITE));
            assert!(
                rect.expand(0.6).contains_rect(seen) && seen.width() > 0.9 * side,
                "{seen:?}"
            );
        }
    }

    #[test]
    fn an_icon_survives_an_empty_rectangle() {
        for rect in [Rect::NOTHING, Rect::ZERO, Rect::EVERYTHING, Rect::NAN] {
            for icon in Icon::ALL {
                painted(|painter| icon.paint(painter, rect, Color32::BLACK));
            }
        }
    }

    #[test]
    fn an_arc_reaches_both_ends() {
        let points = arc([10.0, 10.0], 4.0, -90.0, 90.0);
        let close = |point: [f32; 2], wanted: [f32; 2]| (point[0] - wanted[0]).hypot(point[1] - wanted[1]) < 1e-4;
        assert!(
            close(points[0], [10.0, 6.0]) && close(points[points.len() - 1], [10.0, 14.0]),
            "{points:?}"
        );
        assert!(points.iter().all(|point| point[0] > 9.999));
    }
}
