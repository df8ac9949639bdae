//! What the lens says: headline, readouts, names, sentences for the screen reader.

use eigenlens_core::descending;

use super::derive::{Picture, Point};
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Library, Scene, SceneError, SmootherForm};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// Letters that the headline has room for.
const MOST_LETTERS: usize = 90;
/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;
/// Up to how many keys the discs keep one scale, what weight 1 is in it, and what no disc exceeds: shares of the board's side.
const FEW: f64 = 12.0;
const WHOLE_DISC: f64 = 0.165;
const LARGEST_DISC: f64 = 0.17;

/// The form as it stands in a legend.
pub(super) const fn short(form: SmootherForm) -> &'static str {
    match form {
        SmootherForm::NadarayaWatson => "distance",
        SmootherForm::Dot | SmootherForm::DotWithBias => form.name(),
    }
}

/// The words of discs and rings.
pub(super) const fn pair(form: SmootherForm) -> [&'static str; 2] {
    let other = match form {
        SmootherForm::NadarayaWatson => SmootherForm::Dot,
        SmootherForm::Dot | SmootherForm::DotWithBias => SmootherForm::NadarayaWatson,
    };
    [short(form), short(other)]
}

/// √D or τ, as it stands in a formula.
pub(super) fn temperature(picture: &Picture) -> &'static str {
    if picture.is_root { "√*D*" } else { "*τ*" }
}

/// "1/(2√D) = 0.354".
pub(super) fn slope(picture: &Picture) -> String {
    format!("1/(2{}) = {}", temperature(picture), three_digits(picture.slope))
}

/// Three significant digits where [`text::number`] has two.
pub(super) fn three_digits(value: f64) -> String {
    if (0.01..1.0).contains(&value) {
        format!("{value:.3}")
    } else {
        text::number(value)
    }
}

/// The radius of the disc of weight 1 as a share of the board's shorter side: a disc's area is its weight, on one scale for
/// all, so its radius is this times √weight.
///
/// The scale is fixed for small clouds, so that a drag changes no disc but by its weight. Of many keys each has little, so
/// their discs are drawn larger, but none fills the board.
pub(super) fn whole_disc(picture: &Picture) -> f64 {
    let keys = picture.bias.len() as f64;
    let heaviest = picture
        .chosen()
        .weights
        .iter()
        .chain(&picture.other().weights)
        .fold(1e-12, |most: f64, w| most.max(*w));
    (WHOLE_DISC * (keys / FEW).max(1.0).powf(0.25)).min(LARGEST_DISC / heaviest.sqrt())
}

/// A phrase about a key after its opening: the name loses its end where both together would be too long.
pub(super) fn about(picture: &Picture, opening: &str, before: &str, key: usize, after: &str) -> Vec<Phrase> {
    let count = |text: &str| text.chars().count();
    let room = MOST_LETTERS.saturating_sub(count(opening) + count(before) + count(after));
    let mut name = picture.common.key_in_words(key);
    if count(&name) > room {
        let start: String = name.chars().take(room.saturating_sub(2)).collect();
        name = format!("{start}…”");
    }
    vec![
        (opening.to_owned(), Tone::Plain),
        (format!("{before}{name}{after}"), Tone::Query),
    ]
}

fn ratio(picture: &Picture, key: usize) -> String {
    text::ratio(picture.log_ratio.get(key).copied().unwrap_or(f64::NAN))
}

fn distance_weight(picture: &Picture, key: usize) -> String {
    text::percent(picture.distance.weights.get(key).copied().unwrap_or_default())
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |text: &str| (text.to_owned(), Tone::Plain);
    let warm = |text: String| (text, Tone::Query);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(&common::refusal(error))],
        None => return Vec::new(),
    };
    match picture.point {
        Point::Alone => vec![plain("There is one key: it has all the weight, however it is weighed.")],
        Point::EquallyLong => vec![plain("All keys are equally long, so the two agree.")],
        Point::LengthIsSmall => vec![plain(
            "At this temperature the keys’ lengths hardly matter, so the two agree.",
        )],
        Point::Long(key) | Point::Short(key) => {
            let short = if picture.point == Point::Short(key) {
                "short "
            } else {
                ""
            };
            let gets = format!(" gets {} times its distance weight.", ratio(picture, key));
            about(picture, "The dot product likes long keys: ", short, key, &gets)
        }
        Point::Near(key) => {
            let gets = format!(" gets {}.", distance_weight(picture, key));
            about(picture, "Distance likes near keys, long or short: ", "", key, &gets)
        }
        Point::EquallyNear => vec![
            plain("All keys are equally near, so "),
            warm(format!("each gets {}.", distance_weight(picture, 0))),
        ],
        Point::Bridged => vec![
            plain("With the bias the two agree: "),
            warm(format!(
                "the largest difference is {}.",
                text::residual(picture.difference)
            )),
        ],
    }
}

/// The same for the ear.
fn spoken(picture: &Picture) -> String {
    let key_of = |key: usize| {
        let name = picture.common.key_spoken(key);
        let mut letters = name.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    match picture.point {
        Point::Long(key) | Point::Short(key) => {
            let ratio = text::spoken(&ratio(picture, key));
            format!("{} gets {ratio} times its distance weight.", key_of(key))
        }
        Point::Near(key) => format!(
            "{} gets {} by distance.",
            key_of(key),
            text::spoken(&distance_weight(picture, key))
        ),
        Point::EquallyNear => format!(
            "All keys are equally near, each gets {}.",
            text::spoken(&distance_weight(picture, 0))
        ),
        Point::Bridged => format!(
            "With the bias the two agree to {}.",
            text::spoken(&text::residual(picture.difference))
        ),
        Point::Alone => "There is one key: it has all the weight.".to_owned(),
        Point::EquallyLong => "All keys are equally long, so the two agree.".to_owned(),
        Point::LengthIsSmall => "The keys’ lengths hardly matter, so the two agree.".to_owned(),
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>) -> String {
    let Some(picture) = picture else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    let [disc, ring] = pair(picture.form);
    let dim = picture.common.head.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        return format!(
            "Disc: {disc}. Ring: {ring}. The board shows 2 of {dim} dimensions: {share} of what varies between the keys."
        );
    }
    match picture.form {
        SmootherForm::Dot => {
            "Warm disc: weight by dot product. Dashed ring: weight by distance alone (Nadaraya–Watson).".to_owned()
        }
        SmootherForm::NadarayaWatson => {
            "Warm disc: weight by distance alone (Nadaraya–Watson). Dashed ring: weight by dot product.".to_owned()
        }
        SmootherForm::DotWithBias => {
            "Warm disc: weight by dot product + bias. Dashed ring: weight by distance. They coincide.".to_owned()
        }
    }
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let Some(picture) = picture else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let whole = whole_disc(picture);
    let say = |key: usize| {
        let weight = |weights: &[f64]| weights.get(key).copied().unwrap_or_default();
        let (own, other) = (weight(&picture.chosen().weights), weight(&picture.other().weights));
        let note = match picture.point {
            Point::Long(named) | Point::Short(named) if named == key => Some(format!("×\u{a0}{}", ratio(picture, key))),
            Point::Near(named) if named == key => Some(distance_weight(picture, key)),
            _ => None,
        };
        let percent = |weight| text::spoken(&text::percent(weight));
        let [chosen, unchosen] = pair(picture.form);
        Said {
            note,
            spoken: format!(
                ", weight by {chosen} {}, by {unchosen} {}",
                percent(own),
                percent(other)
            ),
            skirt: (whole * own.max(other).sqrt()) as f32,
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &picture.order, &say)
}

/// Everything named: numbers for the prose, checks, tokens in reading order, the table.
pub(super) fn read_out(picture: Option<&Result<Picture, SceneError>>, tokens: &[BoardToken], readouts: &mut Readouts) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken.clone_from(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.spoken = spoken(picture);
    readouts.checks.clone_from(&picture.checks);
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    for (rank, key) in [(1, picture.longest), (2, picture.shortest)] {
        let ln = picture.log_ratio.get(key).copied().unwrap_or_default();
        put(
            &format!("ratio_{rank}"),
            Number {
                value: ln.exp().min(f64::MAX),
                text: text::ratio(ln),
            },
        );
        put(
            &format!("key_{rank}"),
            Number {
                value: (key + 1) as f64,
                text: picture.common.keys.get(key).cloned().unwrap_or_default(),
            },
        );
    }
    // The formula with today's numbers, of the key that the dot product favours most.
    let at = |numbers: &[f64]| numbers.get(picture.longest).copied().unwrap_or_default();
    for (name, value) in [
        ("dot_logit", at(&picture.dot.logits)),
        ("distance_logit", at(&picture.distance.logits)),
        ("length_term", -at(&picture.bias)),
        ("query_term", picture.constant),
    ] {
        let text = text::coordinate(value);
        put(name, Number { value, text });
    }
    let slope = three_digits(picture.slope);
    put(
        "slope",
        Number {
            value: picture.slope,
            text: slope,
        },
    );
    put("difference", residual(picture.difference));
    put("outputs_apart", Number::plain(picture.outputs_apart()));
    for (name, row) in [
        ("output", picture.chosen()),
        ("dot output", &picture.dot),
        ("distance output", &picture.distance),
    ] {
        for (i, value) in row.output.iter().enumerate().take(MOST_NAMED) {
            let separator = if name == "output" { '_' } else { ' ' };
            put(&format!("{name}{separator}{}", i + 1), Number::signed(*value));
        }
    }
    let chosen = picture.chosen();
    for (i, weight) in chosen.weights.iter().enumerate() {
        put(&format!("weight of key {}", i + 1), Number::share(*weight));
    }
    put("keys_in_use", Number::plain(common::keys_in_use(&chosen.weights)));
    let length = chosen.output.iter().fold(0.0_f64, |sum, x| sum.hypot(*x));
    put("output_length", Number::plain(length));
    for (name, row) in [
        ("heaviest", chosen),
        ("dot heaviest", &picture.dot),
        ("distance heaviest", &picture.distance),
    ] {
        if let Some(key) = descending(&row.weights).first() {
            put(name, Number::said((key + 1) as f64, picture.common.key_spoken(*key)));
        }
    }
    let longest_first = descending(&picture.squared_length);
    for (rank, key) in longest_first.iter().enumerate().take(MOST_NAMED) {
        put(&format!("length_rank of key {}", key + 1), Number::count(rank + 1));
    }
    let length = |rank: usize| {
        let key = longest_first.get(rank).copied().unwrap_or_default();
        picture.squared_length.get(key).copied().unwrap_or_default().sqrt()
    };
    let n = longest_first.len();
    put("shortest_length", Number::plain(length(n.saturating_sub(1))));
    put(
        "median_length",
        Number::plain(0.5 * (length(n.saturating_sub(1) / 2) + length(n / 2))),
    );
    if let Some(everyone) = &picture.everyone {
        for (i, mean) in everyone.mean.iter().enumerate() {
            let key = i + 1;
            put(&format!("wins of key {key}"), Number::count(everyone.dot_wins[i]));
            put(
                &format!("distance wins of key {key}"),
                Number::count(everyone.distance_wins[i]),
            );
            put(&format!("mean weight of key {key}"), Number::share(*mean));
        }
    }
    for i in 0..picture.bias.len().min(MOST_NAMED) {
        let number = |numbers: &[f64]| numbers.get(i).copied().unwrap_or_default();
        let key = i + 1;
        let ln = number(&picture.log_ratio);
        let ratio = Number {
            value: ln.exp().min(f64::MAX),
            text: text::ratio(ln),
        };
        put(
            &format!("dot weight of key {key}"),
            Number::share(number(&picture.dot.weights)),
        );
        put(
            &format!("distance weight of key {key}"),
            Number::share(number(&picture.distance.weights)),
        );
        put(&format!("ratio of key {key}"), ratio);
        put(&format!("bias of key {key}"), Number::signed(number(&picture.bias)));
        let squared = number(&picture.squared_length);
        put(&format!("squared length of key {key}"), Number::plain(squared));
        put(&format!("length of key {key}"), Number::plain(squared.sqrt()));
    }
}

fn residual(value: f64) -> Number {
    Number {
        value,
        text: text::residual(value),
    }
}

fn table(picture: &Picture) -> Table {
    let columns = [
        "key",
        "x",
        "y",
        "squared length",
        "dot product",
        "distance",
        "ratio",
        "bias",
        "dot product + bias",
    ];
    let rows = (0..picture.bias.len()).map(|i| {
        let at = picture.common.positions.keys.get(i).copied().unwrap_or_default();
        let number = |numbers: &[f64]| numbers.get(i).copied().unwrap_or_default();
        vec![
            picture.common.keys.get(i).cloned().unwrap_or_default(),
            text::coordinate(picture.common.scale * at[0]),
            text::coordinate(picture.common.scale * at[1]),
            text::number(number(&picture.squared_length)),
            text::percent_fine(number(&picture.dot.weights)),
            text::percent_fine(number(&picture.distance.weights)),
            text::ratio(number(&picture.log_ratio)),
            text::number(number(&picture.bias)),
            text::percent_fine(number(&picture.with_bias.weights)),
        ]
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
