//! What the view says: headline, readouts, names, sentences for the screen reader.

use eigenlens_core::BnForm;

use super::board::MOST_FLAGS;
use super::derive::Picture;
use crate::board::{BoardToken, Emphasis};
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::support::Shift;
use crate::lab::{Library, Scene, SceneError, TokenRef};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// Keys whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;
/// Up to how many keys each has its weight beside its name.
const FEW: usize = 12;
/// A difference below this is rounding.
const ROUNDING: f64 = 5e-16;

/// √D or τ, as it stands in a formula.
pub(super) fn root(scene: &Scene) -> &'static str {
    if scene.temperature == crate::lab::Temperature::RootD {
        "√*D*"
    } else {
        "*τ*"
    }
}

/// β as it stands on the picture.
pub(super) fn beta(picture: &Picture) -> String {
    let text = format!("{:.3}", picture.beta);
    let text = text.trim_end_matches('0');
    if text.ends_with('.') {
        format!("{text}0")
    } else {
        text.to_owned()
    }
}

/// A difference that is rounding alone is 0; what it is stands beside its identity.
pub(super) fn difference(value: f64) -> String {
    if value < ROUNDING {
        "0".to_owned()
    } else {
        text::residual(value)
    }
}

/// "77 to 34 %".
fn from_to([before, after]: [f64; 2], arrow: &str) -> String {
    let before = text::percent(before);
    let digits = before.trim_end_matches(['%', '\u{a0}', '\u{2009}', '\u{202f}']);
    format!("{digits}{arrow}{}", text::percent(after))
}

/// "17 → 9 %".
pub(super) fn change(picture: &Picture, key: usize) -> String {
    let weight = |weights: &[f64]| weights.get(key).copied().unwrap_or_default();
    from_to(
        [weight(&picture.plain.weights), weight(&picture.on_board().weights)],
        " → ",
    )
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
    let crowd = picture.crowd.words;
    let shares = picture.shares();
    if picture.penalty.len() == 1 {
        return vec![plain("There is one key: it has all the weight, shifted or not.")];
    }
    if picture.is_centred() && picture.form == BnForm::Recentred {
        return vec![plain("The mean key is at 0: there is nothing to shift by.")];
    }
    let goes = from_to(shares, " to ");
    match (picture.form, picture.shift) {
        (_, Shift::Keys) => vec![
            plain("Centring the keys does nothing: "),
            warm(format!("{crowd} keeps its {}.", text::percent(shares[1]))),
        ],
        (BnForm::Full, Shift::Query | Shift::Both) => vec![
            plain("Divided by σ as well, BN is an ellipse: "),
            warm(format!("{crowd} goes from {goes}.")),
        ],
        (BnForm::Recentred, _) if picture.beta == 0.0 => vec![
            plain("At β = 0 nothing is shifted: "),
            warm(format!("{crowd} has {}.", text::percent(shares[1]))),
        ],
        (BnForm::Recentred, Shift::Query) => vec![
            plain("Centring the keys does nothing. "),
            warm(format!("Shifting the query takes {crowd} from {goes}.")),
        ],
        (BnForm::Recentred, Shift::Both) => vec![
            plain("To shift both is to shift the query: "),
            warm(format!("{crowd} goes from {goes}.")),
        ],
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, scene: Option<&Scene>) -> String {
    let (Some(picture), Some(scene)) = (picture, scene) else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    let keys = match picture.penalty.len() {
        1 => "One key".to_owned(),
        n @ 2..=12 => [
            "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
        ]
        .get(n - 2)
        .map_or_else(String::new, |word| format!("{word} keys")),
        n => format!("{n} keys"),
    };
    let root = root(scene);
    let at = if picture.penalty.len() > MOST_FLAGS {
        format!(" at each of the first {MOST_FLAGS} keys")
    } else {
        String::new()
    };
    let flag = match (picture.form, picture.shift) {
        (BnForm::Recentred, Shift::Query) => {
            format!("A flag{at} is the penalty −*β**μ*·*k*/{root} that the shift costs its key.")
        }
        (BnForm::Recentred, _) => format!("A ring{at} is where its shifted key is, *k* − *β**μ*."),
        (BnForm::Full, _) => {
            format!("The ellipse is one *σ* of the keys, a flag{at} the bias −*μ*·*M**k*/{root}.")
        }
    };
    let dim = picture.common.head.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        return format!(
            "{flag} {keys}. The board shows 2 of {dim} dimensions: {share} of what varies between the keys."
        );
    }
    format!("{flag} {keys}.")
}

/// The tokens: as they are read out.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let Some(picture) = picture else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let few = picture.penalty.len() <= FEW;
    let say = |key: usize| {
        let number = |numbers: &[f64]| numbers.get(key).copied().unwrap_or_default();
        let weight = number(&picture.on_board().weights);
        let rank = picture.order.iter().take(3).any(|other| *other == key);
        Said {
            note: (few || rank).then(|| text::percent(weight)),
            spoken: format!(
                ", weight {}, without the shift {}, penalty {}",
                text::spoken(&text::percent(weight)),
                text::spoken(&text::percent(number(&picture.plain.weights))),
                text::spoken(&text::coordinate(number(&picture.penalty)))
            ),
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &picture.order, &say)
}

/// The tokens as the board shows them: the query that is moved is a hollow diamond, the members of a named crowd have one name
/// together.
pub(super) fn on_board(tokens: &[BoardToken], picture: &Picture) -> Vec<BoardToken> {
    let named = picture.crowd.words == "the crowd";
    let mut shown = tokens.to_vec();
    for token in &mut shown {
        match token.token {
            TokenRef::Query(_) if token.asking && picture.asks_from() != picture.query() => {
                token.asking = false;
                // It keeps its name.
                token.emphasis = Emphasis::Heaviest;
            }
            TokenRef::Key(key) if named && picture.crowd.has.get(key) == Some(&true) => {
                token.name.clear();
                token.note = None;
            }
            _ => {}
        }
    }
    shown
}

/// Everything named: numbers for the prose, checks, tokens in reading order, the table.
pub(super) fn read_out(picture: Option<&Result<Picture, SceneError>>, tokens: &[BoardToken], readouts: &mut Readouts) {
    readouts.headline = headline(picture).into_iter().map(|(text, _)| text).collect();
    readouts.spoken = text::spoken(&readouts.headline);
    readouts.tokens = common::token_readouts(tokens);
    let Some(Ok(picture)) = picture else { return };
    common::read_out(&picture.common, readouts);
    readouts.checks.clone_from(&picture.checks);
    readouts.table = table(picture);
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    let [before, after] = picture.shares();
    put(
        "beta",
        Number {
            value: picture.beta,
            // The full form has none.
            text: match picture.form {
                BnForm::Recentred => beta(picture),
                BnForm::Full => "–".to_owned(),
            },
        },
    );
    put("crowd_before", Number::share(before));
    put("crowd", Number::share(after));
    put(
        "crowd_shifted",
        Number::share(picture.crowd.share(&picture.row.weights)),
    );
    let count = picture.crowd.has.iter().filter(|has| **has).count();
    put(
        "crowd_name",
        Number {
            value: count as f64,
            text: picture.crowd.words.to_owned(),
        },
    );
    put(
        "difference",
        Number {
            value: picture.difference,
            text: difference(picture.difference),
        },
    );
    put(
        "form",
        Number {
            value: f64::from(u8::from(picture.form == BnForm::Full)),
            text: match picture.form {
                BnForm::Recentred => "recentred".to_owned(),
                BnForm::Full => "full, divided by σ".to_owned(),
            },
        },
    );
    let coordinate = |value: f64| Number {
        value,
        text: text::coordinate(value),
    };
    for (i, m) in picture.mean.iter().enumerate().take(MOST_NAMED) {
        put(&format!("mean_{}", i + 1), coordinate(*m));
    }
    for (i, m) in picture.metric.iter().enumerate().take(MOST_NAMED) {
        put(&format!("metric_{}", i + 1), Number::plain(*m));
    }
    put("mean", {
        let shown: Vec<String> = picture.mean.iter().take(3).map(|m| text::coordinate(*m)).collect();
        let more = if picture.mean.len() > 3 { ", …" } else { "" };
        Number {
            value: picture.mean.iter().fold(0.0_f64, |sum, m| sum.hypot(*m)),
            text: format!("({}{more})", shown.join(", ")),
        }
    });
    put("metric", {
        let shown: Vec<String> = picture.metric.iter().take(3).map(|m| text::number(*m)).collect();
        let more = if picture.metric.len() > 3 { ", …" } else { "" };
        let text = match picture.form {
            BnForm::Recentred => "M = I".to_owned(),
            BnForm::Full => format!("M = diag({}{more})", shown.join(", ")),
        };
        Number {
            value: picture.metric.len() as f64,
            text,
        }
    });
    for i in 0..picture.penalty.len().min(MOST_NAMED) {
        let key = i + 1;
        let number = |numbers: &[f64]| numbers.get(i).copied().unwrap_or_default();
        put(
            &format!("weight of key {key}"),
            Number::share(number(&picture.on_board().weights)),
        );
        put(
            &format!("shifted weight of key {key}"),
            Number::share(number(&picture.row.weights)),
        );
        put(
            &format!("plain weight of key {key}"),
            Number::share(number(&picture.plain.weights)),
        );
        put(&format!("penalty of key {key}"), coordinate(number(&picture.penalty)));
    }
}

fn table(picture: &Picture) -> Table {
    let columns = ["key", "x", "y", "softmax", "Attention-BN", "penalty", "in the crowd"];
    let rows = (0..picture.penalty.len()).map(|i| {
        let at = picture.common.positions.keys.get(i).copied().unwrap_or_default();
        let number = |numbers: &[f64]| numbers.get(i).copied().unwrap_or_default();
        let member = picture.crowd.has.get(i) == Some(&true);
        vec![
            picture.common.keys.get(i).cloned().unwrap_or_default(),
            text::coordinate(picture.common.scale * at[0]),
            text::coordinate(picture.common.scale * at[1]),
            text::percent_fine(number(&picture.plain.weights)),
            text::percent_fine(number(&picture.row.weights)),
            text::coordinate(number(&picture.penalty)),
            if member { "yes" } else { "no" }.to_owned(),
        ]
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
