//! The fields of the scores: the large one on the board, a small one for each of the first axes, and the curves of steepest
//! ascent through the query. They are cut once and painted until something that they show changes.

use egui::{Painter, Pos2, Rect, Shape, Stroke, Vec2};
use eigenlens_core::PlanarField;

use crate::board::field::{Bands, Levels, fitted};
use crate::board::glyphs::KEY_RADIUS;
use crate::board::{Extent, View};
use crate::lab::{Origin, Source};
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::{Mode, Theme};

/// Samples along a side of the board; fewer while a key is dragged.
const SAMPLES: usize = 96;
const SAMPLES_DRAGGED: usize = 48;
/// Samples along a side of a small picture.
const SAMPLES_SMALL: usize = 28;

/// What is sampled: rebuilt when keys or values change.
pub(super) struct Sources {
    /// One column: the axis on the board.
    pub(super) board: PlanarField,
    /// The axis on the board and its partner.
    pub(super) pair: PlanarField,
    /// The axes that have a small picture.
    pub(super) small: PlanarField,
    /// The keys' scores on the axis on the board and its partner, were they queries.
    pub(super) key_scores: Vec<[f64; 2]>,
    /// Which axes these are.
    pub(super) pictured: Vec<usize>,
    /// Which plane they are on: the source, the head, and the query whose plane it is where there are many.
    pub(super) plane: (Source, u16, Option<Origin>),
    /// Changes when any of them does.
    pub(super) revision: u64,
}

/// What the cut fields stand for.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    revision: u64,
    extent: Extent,
    samples: usize,
    mode: Mode,
}

/// The fields, cut.
#[derive(Default)]
pub(super) struct Fields {
    key: Option<Key>,
    large: Bands,
    levels: Option<Levels>,
    small: Vec<(usize, Bands)>,
    small_extent: Option<Extent>,
    /// Places on the board that names must keep clear of: along the curves and on their names.
    pub(super) in_the_way: Vec<([f64; 2], f32)>,
}

impl Fields {
    /// Brings the fields up to date with the view.
    pub(super) fn refresh(&mut self, theme: &Theme, view: &View, sources: &Sources, dragging: bool) {
        let extent = view.extent();
        let mut key = Key {
            revision: sources.revision,
            extent,
            samples: SAMPLES,
            mode: theme.mode,
        };
        if self.key == Some(key) {
            return;
        }
        if dragging {
            key.samples = SAMPLES_DRAGGED;
            if self.key == Some(key) {
                return;
            }
        }
        let [xs, ys] = axes(extent, key.samples);
        if let Some(scores) = sources.board.grid(&xs, &ys).first() {
            let levels = Levels::new(
                scores
                    .iter()
                    .filter(|x| x.is_finite())
                    .fold(0.0, |a: f64, x| a.max(x.abs())),
                theme,
            );
            self.large = Bands::new(&xs, &ys, scores, levels);
            self.levels = Some(levels);
        }
        // The small pictures are square.
        let half = extent.half[0].min(extent.half[1]);
        let square = Extent {
            centre: extent.centre,
            half: [half; 2],
        };
        let [xs, ys] = axes(square, SAMPLES_SMALL);
        let cut = |(axis, scores): (&usize, nalgebra::DMatrix<f64>)| {
            let most = scores
                .iter()
                .filter(|x| x.is_finite())
                .fold(0.0, |a: f64, x| a.max(x.abs()));
            (*axis, Bands::new(&xs, &ys, &scores, Levels::new(most, theme)))
        };
        self.small = sources
            .pictured
            .iter()
            .zip(sources.small.grid(&xs, &ys))
            .map(cut)
            .collect();
        self.small_extent = Some(square);
        self.key = Some(key);
    }

    /// The levels of the field on the board.
    pub(super) fn levels(&self) -> Option<&Levels> {
        self.levels.as_ref()
    }

    /// Paints the field on the board.
    pub(super) fn paint(&self, painter: &Painter, theme: &Theme, view: &View) {
        self.large.paint(painter, theme, |[x, y]| {
            view.screen_from_world([f64::from(x), f64::from(y)])
        });
    }

    /// Paints the small picture of an axis with the tokens in it.
    pub(super) fn paint_small(
        &self,
        painter: &Painter,
        theme: &Theme,
        axis: usize,
        rect: Rect,
        strength: f32,
        (keys, query): (&[[f64; 2]], Option<[f64; 2]>),
    ) {
        let (Some(extent), Some((_, bands))) = (self.small_extent, self.small.iter().find(|(other, _)| *other == axis))
        else {
            return;
        };
        let ends = |side: f64| [0, 1].map(|i| extent.centre[i] + side * extent.half[i]);
        let place = fitted(ends(-1.0), ends(1.0), rect);
        bands.paint_bands(painter, theme, strength, &place);
        let radius = (0.028 * rect.width()).max(1.0);
        for [x, y] in keys {
            let ink = crate::look::theme::faded(theme.ink, strength);
            painter.circle_filled(place([*x as f32, *y as f32]), radius, ink);
        }
        if let Some([x, y]) = query {
            let corners = crate::board::glyphs::diamond(place([x as f32, y as f32]), 2.2 * radius);
            let outline = Stroke::new(theme.px(1.0), theme.halo);
            painter.add(Shape::convex_polygon(corners, theme.query, outline));
        }
    }
}

/// Rising abscissae and ordinates over an extent.
pub(super) fn axes(extent: Extent, samples: usize) -> [Vec<f64>; 2] {
    [0, 1].map(|i| {
        let share = |sample: usize| 2.0 * sample as f64 / (samples - 1) as f64 - 1.0;
        (0..samples)
            .map(|sample| extent.centre[i] + share(sample) * extent.half[i])
            .collect()
    })
}

/// A curve of steepest ascent through a place, as points on the screen from its low to its high end.
///
/// Followed in steps of two points with the midpoint rule; it ends where the board ends or the field is flat.
fn ascent(field: &PlanarField, column: usize, view: &View, from: [f64; 2], reach: f32, way: f64) -> Vec<Pos2> {
    let step = 2.0 / view.points_per_unit();
    let direction = |at: [f64; 2]| -> Option<[f64; 2]> {
        let [x, y] = field.gradient_at(at, column);
        let length = x.hypot(y);
        (length.is_finite() && length > f64::MIN_POSITIVE).then(|| [way * x / length, way * y / length])
    };
    let moved = |at: [f64; 2], along: [f64; 2], by: f64| [at[0] + by * along[0], at[1] + by * along[1]];
    let mut at = from;
    let mut points = vec![view.screen_from_world(at)];
    for _ in 0..(reach / 2.0) as usize {
        let Some(first) = direction(at) else { break };
        let Some(middle) = direction(moved(at, first, 0.5 * step)) else {
            break;
        };
        // Over a ridge the direction turns back: the curve ends on it.
        if first[0] * middle[0] + first[1] * middle[1] < 0.0 {
            break;
        }
        at = moved(at, middle, step);
        let place = view.screen_from_world(at);
        if !view.rect().contains(place) {
            break;
        }
        points.push(place);
    }
    points
}

/// Where a name goes that begins at a tip: beyond it if that is free, else to one of its sides; on the board in any case.
fn free_place(tip: Pos2, along: Vec2, size: Vec2, inside: Rect, obstacles: &[Rect]) -> Rect {
    let half = 0.5 * size;
    let side = Vec2::new(-along.y, along.x);
    let at = |way: Vec2, far: f32| {
        let centre = tip + far * Vec2::new(way.x * (half.x + 2.0), way.y * (half.y + 2.0));
        let rect = Rect::from_center_size(centre, size);
        rect.translate(Vec2::new(
            (inside.left() - rect.left()).max(0.0) - (rect.right() - inside.right()).max(0.0),
            (inside.top() - rect.top()).max(0.0) - (rect.bottom() - inside.bottom()).max(0.0),
        ))
    };
    let places = [
        at(along, 1.0),
        at(side, 1.4),
        at(-side, 1.4),
        at(along + side, 1.4),
        at(along - side, 1.4),
    ];
    let free = |place: &&Rect| !obstacles.iter().any(|other| other.intersects(**place));
    places.iter().find(free).copied().unwrap_or(places[0])
}

/// Paints the curves of steepest ascent of the chosen axis and its partner through the query, with an arrow head where the score
/// rises and the axis' name beside it. Returns places in the plane, with a radius on the screen, that other names must keep
/// clear of.
pub(super) fn paint_curves(
    painter: &Painter,
    theme: &Theme,
    view: &View,
    field: &PlanarField,
    (keys, query): (&[[f64; 2]], [f64; 2]),
    axes: &[(usize, bool)],
) -> Vec<([f64; 2], f32)> {
    let mut taken = Vec::new();
    let reach = theme.px(KEY_RADIUS + 3.0);
    let around = |at: &[f64; 2]| Rect::from_center_size(view.screen_from_world(*at), Vec2::splat(2.0 * reach));
    let mut obstacles: Vec<Rect> = keys.iter().map(around).collect();
    for (column, (axis, chosen)) in axes.iter().enumerate() {
        // On a small board the curves are short, so that they do not run over the keys.
        let scale = theme.scale.min(view.rect().size().min_elem() / 520.0);
        let (forth, back) = if *chosen { (78.0, 62.0) } else { (66.0, 54.0) };
        let up = ascent(field, column, view, query, forth * scale, 1.0);
        let mut line = ascent(field, column, view, query, back * scale, -1.0);
        line.reverse();
        line.extend(up.iter().skip(1));
        let (Some(tip), true) = (up.last().copied(), up.len() > 6) else {
            continue;
        };
        let along_it = line
            .iter()
            .step_by(5)
            .map(|at| (view.world_from_screen(*at), theme.px(3.0)));
        taken.extend(along_it);
        let stroke = if *chosen {
            Stroke::new(theme.strokes.zero_line, theme.ink)
        } else {
            Stroke::new(theme.strokes.thin, theme.ink2)
        };
        let before = up.get(up.len().saturating_sub(6)).copied().unwrap_or(tip);
        let along = (tip - before).normalized();
        painter.add(Shape::line(line, stroke));
        let side = Vec2::new(-along.y, along.x);
        let head = theme.px(if *chosen { 10.0 } else { 8.0 });
        let corners = vec![
            tip + 0.6 * head * along,
            tip - 0.5 * head * along + 0.42 * head * side,
            tip - 0.5 * head * along - 0.42 * head * side,
        ];
        painter.add(Shape::convex_polygon(corners, stroke.color, Stroke::NONE));
        let set = if *chosen {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink)
        };
        let words = name::line(painter, theme, &format!("axis {}", axis + 1), set);
        let at = tip + (0.6 * head + theme.px(4.0)) * along;
        let place = free_place(at, along, words.size(), view.rect().shrink(4.0), &obstacles);
        obstacles.push(place);
        words.paint_halo(painter, theme, place.min);
        for share in [0.15, 0.5, 0.85] {
            let at = place.left_center() + Vec2::new(share * place.width(), 0.0);
            taken.push((view.world_from_screen(at), 0.55 * place.height()));
        }
    }
    taken
}
