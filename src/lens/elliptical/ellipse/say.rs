//! What the view says: headline, subline, tokens and their sentences.

use eigenlens_core::RegressionError;

use super::super::metric::{Lack, Origin};
use super::derive::Picture;
use crate::board::BoardToken;
use crate::lab::elliptical::{LayerValues, MetricSource};
use crate::lab::preset::Truth;
use crate::lab::readout::text;
use crate::lab::{Library, Scene, SceneError, SmootherForm, Source};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// The radius of the disc of weight 1, as a share of the board's shorter side.
pub(super) const WHOLE_DISC: f32 = 0.17;
/// From how many keys on the names of letters stay off the board.
const MANY: usize = 30;

/// What is said where no coordinate moves.
pub(in super::super) const UNDEFINED: &str = "No coordinate of the values moves between the layers; M is not defined.";

/// The error with M against that with M = I: below 1 where M helps.
pub(super) fn ratio([ellipse, circle]: [RegressionError; 2]) -> Option<f64> {
    let ratio = ellipse.total() / circle.total();
    ratio.is_finite().then_some(ratio)
}

/// "41 %" by which the error falls or rises, with the verb.
fn cut(errors: [RegressionError; 2]) -> Option<String> {
    let change = ratio(errors)? - 1.0;
    let verb = if change < 0.0 { "cuts" } else { "raises" };
    let share = change.abs();
    Some(if share < 0.005 {
        "leaves the error as it is".to_owned()
    } else if share >= 9.95 {
        format!("{verb} the error {}-fold", text::number(1.0 + share))
    } else {
        format!("{verb} the error by {}", text::percent(share))
    })
}

/// "The upright ellipse", "the flat ellipse", "the circle".
pub(in super::super) fn shape(picture: &Picture) -> &'static str {
    let entry = |i: usize| picture.m.get(i).copied().unwrap_or(1.0);
    match picture.dim() {
        1 => "the metric",
        2 if picture.is_round() => "the circle",
        2 if entry(1) < entry(0) => "the upright ellipse",
        2 => "the flat ellipse",
        _ if picture.is_round() => "the sphere",
        _ => "the ellipsoid",
    }
}

fn keys(n: usize, one: &str, more: &str) -> String {
    match n {
        0 => format!("no key {one}"),
        1 => format!("1 key {one}"),
        n => format!("{} keys {more}", text::count(n)),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The sentence that says the point.
pub(super) fn headline(
    picture: Option<&Result<Picture, SceneError>>,
    errors: Option<[RegressionError; 2]>,
) -> Vec<Phrase> {
    let plain = |words: &str| (words.to_owned(), Tone::Plain);
    let warm = |words: String| (words, Tone::Query);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(&common::refusal(error))],
        None => return Vec::new(),
    };
    if picture.undefined {
        return vec![plain(UNDEFINED)];
    }
    if picture.form == SmootherForm::Dot {
        let [x, y] = picture.slope;
        if x == 0.0 && y == 0.0 {
            return vec![plain("As used, a query at the origin weighs all keys the same.")];
        }
        let heaviest = picture.order.first().copied().unwrap_or_default();
        let weight = picture.chosen().weights.get(heaviest).copied().unwrap_or_default();
        let name: String = picture.common.key_in_words(heaviest).chars().take(24).collect();
        return vec![
            plain("As used, equal weights lie on straight lines: "),
            warm(format!("{name} gets {}.", text::percent(weight))),
        ];
    }
    if picture.truth == Some(Truth::SineOfTheFirst) && picture.dim() == 2 {
        let opening = "f changes only from left to right";
        let Some(cut) = errors.and_then(cut) else {
            return vec![plain(&format!("{opening}."))];
        };
        let shape = shape(picture);
        return vec![plain(&format!("{opening}: ")), warm(format!("{shape} {cut}."))];
    }
    let [inside, _, came, went] = picture.counts();
    let of = text::count(picture.distance.len());
    if came == 0 && went == 0 {
        let shape = capitalised(shape(picture));
        let inside = text::count(inside);
        return vec![
            plain(&format!("{shape} holds ")),
            warm(format!("{inside} of {of} keys.")),
        ];
    }
    let came = capitalised(&keys(came, "comes in", "come in"));
    let went = match went {
        0 => "none goes out".to_owned(),
        1 => "1 goes out".to_owned(),
        went => format!("{} go out", text::count(went)),
    };
    vec![warm(came), plain(&format!(", {went}: {inside} of {of} are inside."))]
}

/// The second sentence for the ear.
pub(super) fn spoken(picture: &Picture) -> String {
    let [across, up] = picture.sections[0].half_axes(picture.radii[0]);
    let axis = |x: f64| {
        if x.is_finite() {
            text::spoken(&text::number(x))
        } else {
            "without end".to_owned()
        }
    };
    let axes = format!("Ellipse half axes {} and {}.", axis(across), axis(up));
    let Some(estimate) = picture.estimate(picture.chosen()) else {
        let [inside, ..] = picture.counts();
        return format!("{axes} {inside} of {} keys are inside.", picture.distance.len());
    };
    let say = |value| text::spoken(&text::number(value));
    let truth = picture
        .true_value
        .map_or_else(String::new, |truth| format!(", truth {}", say(truth)));
    format!("{axes} Estimate {}{truth}.", say(estimate))
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>) -> String {
    let Some(picture) = picture else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    let dim = picture.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        return format!("Disc: weight. Ring: plain softmax. The board: 2 of {dim} dimensions, {share} of what varies.");
    }
    if picture.form == SmootherForm::Dot {
        return "Lines of equal weight, orthogonal to *M* *q*. Dotted: *d* ≤ *r*, which this form does not use."
            .to_owned();
    }
    let reach = if picture.own_radius {
        format!("*d* = {} and half of it", text::number(picture.radii[0]))
    } else {
        "*σ* and 2*σ*".to_owned()
    };
    if picture.values.is_some() {
        let keys = text::count(picture.distance.len());
        let noisy = if picture.truth == Some(Truth::SineOfTheFirst) {
            "noisy "
        } else {
            ""
        };
        return format!("{keys} keys, coloured by their {noisy}value. Ellipse at {reach}; dashed: the circle.");
    }
    format!("Disc: weight. Ellipse at {reach}; dashed: the circle, and rings of plain softmax.")
}

/// Where an estimated M comes from, in one line.
pub(in super::super) fn origin(origin: Origin, scene: &Scene) -> String {
    let layer = scene.head / crate::lab::text::HEADS_IN_LAYER + 1;
    match (origin.values, origin.lack, &scene.source) {
        (LayerValues::Source, _, Source::Text(_)) => {
            format!("values of layers {} and {layer}; not trained with it", layer - 1)
        }
        (LayerValues::Source, _, Source::File(_)) => "the file’s own two layers".to_owned(),
        (LayerValues::Source, ..) => "the cloud’s own two layers".to_owned(),
        (_, Some(Lack::Width { values, keys }), _) => {
            format!("values have {values} coordinates, keys {keys}: a function instead")
        }
        (_, Some(Lack::Layer), Source::Text(_)) => format!("layer {layer} has no layer before: a function instead"),
        (_, Some(Lack::Layer), Source::File(_)) => "the file has no layer before: a function instead".to_owned(),
        (LayerValues::Separable, ..) => "from *f*(*k*) = (sin 3 *k₁*, 0.1 *k₂*)".to_owned(),
        (LayerValues::Swapped, ..) => "from *f*(*k*) = (sin 3 *k₂*, 0.1 *k₁*)".to_owned(),
    }
}

/// Where M comes from, in one line.
pub(super) fn source(picture: &Picture, scene: &Scene) -> String {
    match (picture.source, picture.origin) {
        (MetricSource::Estimated, _) if picture.undefined => "no coordinate moves: *M* = *I*".to_owned(),
        (MetricSource::Estimated, Some(from)) => origin(from, scene),
        _ => String::new(),
    }
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let Some(picture) = picture else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let most = picture.most_value();
    let words = |key: usize| {
        picture
            .common
            .keys
            .get(key)
            .is_some_and(|name| !common::is_letter(name))
    };
    let say = |key: usize| {
        let weight = |weights: &[f64]| weights.get(key).copied().unwrap_or_default();
        let (own, plain) = (weight(&picture.chosen().weights), weight(&picture.plain.weights));
        let value = picture.values.as_ref().and_then(|values| values.get(key).copied());
        let percent = |weight| text::spoken(&text::percent(weight));
        let value_words = value.map_or_else(String::new, |value| {
            format!(", value {}", text::spoken(&text::coordinate(value)))
        });
        let side = if picture.is_inside(key) { "inside" } else { "outside" };
        let is_word = words(key);
        Said {
            spoken: format!(
                ", {side}, weight {}, by plain softmax {}{value_words}",
                percent(own),
                percent(plain)
            ),
            skirt: WHOLE_DISC * own.max(0.0).sqrt() as f32,
            tint: value.filter(|_| most > 0.0).map(|value| (value / most) as f32),
            nameless: !is_word && picture.distance.len() > MANY,
            note: (is_word && picture.order.first() == Some(&key)).then(|| text::percent(own)),
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &picture.order, &say)
}
