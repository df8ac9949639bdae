//! Where the names of the tokens go: away from the neighbours, on the board, never on another name or glyph.

use egui::{Pos2, Rect, Vec2, vec2};
use eigenlens_core::order_by;

/// A name that wants a place.
pub struct Wish {
    /// The token's centre on the screen.
    pub anchor: Pos2,
    /// The token's radius: the name starts beyond it.
    pub radius: f32,
    /// How far what lies under the token reaches: names stay off it where they can. 0 for nothing.
    pub skirt: f32,
    /// Size of the name.
    pub size: Vec2,
    /// A point that a link comes from: the name goes to the other side.
    pub away_from: Option<Pos2>,
    /// The direction that was used in the last frame, while something is dragged: names must not dance.
    pub last: Option<usize>,
    /// A name that may not be left out for want of room (the query, the heaviest key, the token under the hand).
    pub must: bool,
}

/// A place for a name: the direction's number and the rectangle of the name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which of the directions was taken.
    pub direction: usize,
    /// Where the name goes.
    pub rect: Rect,
}

/// Number of directions that are tried round a token, counter-clockwise from the right.
const DIRECTIONS: usize = 12;

fn unit(direction: usize) -> Vec2 {
    let angle = std::f32::consts::TAU * direction as f32 / DIRECTIONS as f32;
    vec2(angle.cos(), -angle.sin())
}

/// Places the wishes in their order (the most important first). `obstacles` are glyph centres and radii; `None` means that
/// there is no free place. `reach` is the distance (points) at which a neighbour's push has fallen to e^-2.2.
pub fn place(wishes: &[Wish], obstacles: &[(Pos2, f32)], board: Rect, reach: f32) -> Vec<Option<Place>> {
    let mut taken: Vec<Rect> = Vec::with_capacity(wishes.len());
    wishes
        .iter()
        .enumerate()
        .map(|(index, wish)| {
            let link = wish
                .away_from
                .map(|from| wish.anchor - from)
                .filter(|way| way.length_sq() > 1.0);
            let away = push(wish.anchor, obstacles, reach) + link.map_or(Vec2::ZERO, |way| 0.35 * way.normalized());
            let order = preference(away, wish.last);
            let candidates = |radius: f32| {
                order.iter().map(move |&direction| Place {
                    direction,
                    rect: rect_at(wish, direction, radius),
                })
            };
            let free = |place: &Place| {
                board.contains_rect(place.rect)
                    && !taken.iter().any(|other| other.intersects(place.rect))
                    && !obstacles
                        .iter()
                        .any(|&(centre, radius)| place.rect.distance_to_pos(centre) < radius)
            };
            let clear_of_skirts = |place: &Place| {
                // A name stands beside its own skirt already.
                !wishes
                    .iter()
                    .enumerate()
                    .any(|(other, wish)| other != index && place.rect.distance_to_pos(wish.anchor) < wish.skirt)
            };
            let clear_of_names = |place: &Place| {
                board.contains_rect(place.rect) && !taken.iter().any(|other| other.intersects(place.rect))
            };
            let beyond = || candidates(wish.radius.max(wish.skirt));
            let mut found = beyond()
                .find(|place| free(place) && clear_of_skirts(place))
                .or_else(|| beyond().find(free))
                .or_else(|| candidates(wish.radius).find(free));
            if found.is_none() && wish.must {
                // It hides as little as it can, if need be farther from its token.
                let hidden = |place: &Place| {
                    let hits = |(centre, radius): &&(Pos2, f32)| place.rect.distance_to_pos(*centre) < *radius;
                    obstacles.iter().filter(hits).count()
                };
                let farther = candidates(wish.radius + wish.size.y);
                found = candidates(wish.radius)
                    .chain(farther)
                    .filter(clear_of_names)
                    .min_by_key(hidden);
            }
            taken.extend(found.map(|place| place.rect));
            found
        })
        .collect()
}

fn rect_at(wish: &Wish, direction: usize, radius: f32) -> Rect {
    let unit = unit(direction);
    // The name's box touches a circle round the token: its half size along the direction is added to the radius.
    let half = 0.5 * wish.size;
    let reach = (half.x * unit.x.abs()).max(half.y * unit.y.abs()).max(half.y * 0.9);
    let side = vec2(unit.x * (half.x - half.y).max(0.0), 0.0);
    Rect::from_center_size(
        wish.anchor + unit * (radius + 3.0 + reach.min(half.y + 2.0)) + side,
        wish.size,
    )
}

/// The direction away from the neighbours: −Σ exp(−2.2 d/reach)·unit vector towards them.
fn push(anchor: Pos2, obstacles: &[(Pos2, f32)], reach: f32) -> Vec2 {
    obstacles
        .iter()
        .map(|&(centre, _)| centre - anchor)
        .filter(|offset| offset.length_sq() > 1e-6)
        .fold(Vec2::ZERO, |sum, offset| {
            sum - offset.normalized() * (-2.2 * offset.length() / reach.max(1.0)).exp()
        })
}

/// The directions, best first: the last one when it is still among the better half, then by angle to `away`.
fn preference(away: Vec2, last: Option<usize>) -> Vec<usize> {
    let score = |direction: usize| {
        let unit = unit(direction);
        let towards = if away.length_sq() > 1e-12 {
            unit.dot(away.normalized())
        } else {
            unit.dot(vec2(0.6, -0.8))
        };
        // A name beside its token reads better than one above or below it.
        towards + 0.12 * unit.x.abs() + if last == Some(direction) { 0.9 } else { 0.0 }
    };
    order_by(DIRECTIONS, &|a, b| score(b).total_cmp(&score(a)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    fn wish(x: f32, y: f32) -> Wish {
        Wish {
            anchor: pos2(x, y),
            radius: 9.0,
            skirt: 0.0,
            size: vec2(24.0, 20.0),
            away_from: None,
            last: None,
            must: false,
        }
    }

    fn board() -> Rect {
        Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 400.0))
    }

    #[test]
    fn names_stay_on_the_board_and_off_each_other() {
        let wishes: Vec<Wish> = (0..40)
            .map(|i| wish(10.0 + 53.0 * (i % 7) as f32, 12.0 + 60.0 * (i / 7) as f32))
            .collect();
        let obstacles: Vec<_> = wishes.iter().map(|w| (w.anchor, w.radius)).collect();
        let places: Vec<Place> = place(&wishes, &obstacles, board(), 40.0)
            .into_iter()
            .flatten()
            .collect();
        assert!(places.len() > 30, "most names find room, {} did", places.len());
        for (i, a) in places.iter().enumerate() {
            assert!(board().contains_rect(a.rect), "{:?} leaves the board", a.rect);
            for b in &places[i + 1..] {
                assert!(!a.rect.intersects(b.rect), "{:?} and {:?} overlap", a.rect, b.rect);
            }
        }
    }

    #[test]
    fn a_name_goes_away_from_its_neighbour() {
        let wishes = [wish(200.0, 200.0), wish(225.0, 200.0)];
        let obstacles: Vec<_> = wishes.iter().map(|w| (w.anchor, w.radius)).collect();
        let places = place(&wishes, &obstacles, board(), 40.0);
        let centre = |i: usize| places[i].map_or(f32::NAN, |p| p.rect.center().x);
        assert!(centre(0) < 200.0 && centre(1) > 225.0, "left one left, right one right");
    }

    #[test]
    fn a_name_stays_off_what_lies_under_the_tokens_where_it_can() {
        let skirted = |x: f32| Wish {
            skirt: 40.0,
            ..wish(x, 200.0)
        };
        let wishes = [skirted(150.0), skirted(240.0)];
        let places = place(&wishes, &[], board(), 40.0);
        for place in places.iter().flatten() {
            for wish in &wishes {
                let apart = place.rect.distance_to_pos(wish.anchor);
                assert!(apart >= 36.0, "{place:?} is {apart} from {:?}", wish.anchor);
            }
        }
        assert_eq!(places.iter().flatten().count(), 2);
        let small = Rect::from_center_size(pos2(150.0, 200.0), vec2(90.0, 90.0));
        let squeezed = place(&wishes[..1], &[], small, 40.0)[0];
        assert!(squeezed.is_some(), "where it cannot, it stands on it");
    }

    #[test]
    fn the_last_direction_is_kept_while_it_is_good() {
        let mut moved = wish(200.0, 200.0);
        let free = |wish: Wish| place(&[wish], &[(pos2(230.0, 200.0), 9.0)], board(), 40.0)[0].map(|p| p.direction);
        let first = free(wish(200.0, 200.0));
        moved.last = first;
        moved.anchor += vec2(0.0, 6.0);
        assert_eq!(free(moved), first, "a small move does not turn the name");
    }

    #[test]
    fn a_name_that_must_be_shown_may_cover_a_glyph_but_not_a_name() {
        let crowd: Vec<_> = (0..400)
            .map(|i| (pos2(20.0 * (i % 20) as f32, 20.0 * (i / 20) as f32), 9.0))
            .collect();
        let mut must = wish(200.0, 200.0);
        must.must = true;
        let places = place(&[must, wish(200.0, 201.0)], &crowd, board(), 40.0);
        assert!(
            places[0].is_some() && places[1].is_none(),
            "the one that must is shown, the other is left out"
        );
    }
}
