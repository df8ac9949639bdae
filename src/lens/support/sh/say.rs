//! What the view says: headline, readouts, names, sentences for the screen reader.

use eigenlens_core::{ClassToken, Remainder};

use super::derive::{Picture, cost_ratio};
use crate::board::BoardToken;
use crate::lab::readout::{Number, Readouts, Table, text};
use crate::lab::{Library, Scene, SceneError};
use crate::lens::common::{self, Said};
use crate::lens::{Phrase, Tone};

/// Coarse tokens whose numbers all have a name of their own; of more, the table holds them.
const MOST_NAMED: usize = 128;

/// A factor that does not fit, in words.
pub(super) fn refusal(picture: &Picture, head: usize) -> String {
    let n = picture.n();
    let factor = picture.choices.factors.get(head).copied().unwrap_or_default();
    let tokens = if n == 1 {
        "is 1 token"
    } else {
        &format!("are {n} tokens")
    };
    format!("No mean of {factor}: there {tokens}.")
}

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>) -> Vec<Phrase> {
    let plain = |text: String| (text, Tone::Plain);
    let green = |text: String| (text, Tone::Value);
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(error)) => return vec![plain(common::refusal(error))],
        None => return Vec::new(),
    };
    let (h, n) = (picture.head() + 1, picture.n());
    let Some(head) = picture.shown() else {
        let factor = picture.choices.factors.get(picture.head()).copied().unwrap_or_default();
        return vec![plain(format!(
            "Head {h} wants means of {factor} tokens, but there {}.",
            if n == 1 { "is 1".to_owned() } else { format!("are {n}") }
        ))];
    };
    let coarse = head.blocks.len();
    let asks = if coarse == n {
        let keys = if n == 1 {
            "the 1 key".to_owned()
        } else {
            format!("all {n} keys")
        };
        format!("Head {h} asks {keys}: ")
    } else {
        let averages = if coarse == 1 { "average" } else { "averages" };
        format!("Head {h} asks {coarse} {averages} instead of {n} keys: ")
    };
    let fine = picture.values.get(picture.spike).copied().unwrap_or_default();
    let what = if picture.signed {
        "a spike of "
    } else {
        "the longest value, "
    };
    let comma = if picture.signed { "" } else { "," };
    let becomes = match picture.spike_in(picture.head()) {
        _ if fine == 0.0 => "every value is 0.".to_owned(),
        Some(after) if after.total_cmp(&fine).is_eq() => {
            format!("{what}{}{comma} stays {}.", text::short(fine), text::short(after))
        }
        Some(after) => format!("{what}{}{comma} becomes {}.", text::short(fine), text::short(after)),
        None => format!("{what}{}{comma} is left out.", text::short(fine)),
    };
    vec![plain(asks), green(becomes)]
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>) -> String {
    let Some(picture) = picture else {
        return "Choose Add and press the board, or choose a cloud.".to_owned();
    };
    let factor = picture.choices.factors.get(picture.head()).copied().unwrap_or(1);
    let neighbours = match factor {
        1 => "Double rings: the keys themselves; this head averages nothing.".to_owned(),
        2 => "Double rings: coarse keys. Each is the mean of two neighbours in the sentence.".to_owned(),
        4 => "Double rings: coarse keys. Each is the mean of four neighbours in the sentence.".to_owned(),
        n => format!("Double rings: coarse keys. Each is the mean of {n} neighbours in the sentence."),
    };
    let dim = picture.common.head.dim();
    if dim > 2 {
        let share = text::percent(picture.common.share);
        return format!("{neighbours} The board shows 2 of {dim} dimensions: {share} of what varies between the keys.");
    }
    neighbours
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let order: Vec<usize> = (0..scene.keys.len()).collect();
    let Some(picture) = picture else {
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let say = |key: usize| {
        let value = picture.values.get(key).copied().unwrap_or_default();
        let what = if picture.signed { "value" } else { "length of the value" };
        let within = match picture.shown().map(|head| (head, head.block_of(key))) {
            Some((head, Some(block))) => format!(
                ", in average {} with weight {}",
                block + 1,
                text::spoken(&text::percent(head.row.weights.get(block).copied().unwrap_or_default()))
            ),
            Some((_, None)) => ", left out".to_owned(),
            None => String::new(),
        };
        Said {
            spoken: format!(", {what} {}{within}", text::spoken(&text::number(value))),
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &order, &say)
}

/// What happens with tokens that fill no block, and with the first one.
pub(super) const fn remainder(remainder: Remainder) -> &'static str {
    match remainder {
        Remainder::Short => "short mean",
        Remainder::Drop => "left out",
    }
}

pub(super) const fn class_token(class_token: ClassToken) -> &'static str {
    match class_token {
        ClassToken::Pooled => "averaged",
        ClassToken::Apart => "kept apart",
    }
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
    let count = |n: usize| Number {
        value: n as f64,
        text: text::count(n),
    };
    put("head", count(picture.head() + 1));
    put("spike_token", count(picture.spike + 1));
    put(
        "spike",
        Number::plain(picture.values.get(picture.spike).copied().unwrap_or_default()),
    );
    for (h, head) in picture.heads.iter().enumerate() {
        let name = h + 1;
        let factor = picture.choices.factors.get(h).copied().map_or(1, usize::from);
        put(&format!("factor_{name}"), count(factor));
        let Ok(head) = head else { continue };
        put(&format!("coarse_{name}"), count(head.blocks.len()));
        put(&format!("read_{name}"), Number::signed(head.read));
        if let Some(spike) = picture.spike_in(h) {
            put(&format!("spike_{name}"), Number::plain(spike));
        }
    }
    if let Some(head) = picture.shown() {
        put("coarse", count(head.blocks.len()));
        put("left_out", count(head.left_out.len()));
        put(
            "spike_now",
            Number::plain(picture.spike_in(picture.head()).unwrap_or_default()),
        );
        for (i, weight) in head.row.weights.iter().enumerate().take(MOST_NAMED) {
            put(&format!("weight of average {}", i + 1), Number::share(*weight));
        }
    }
    let factors: Vec<String> = picture.choices.factors.iter().map(u8::to_string).collect();
    put(
        "factors",
        Number {
            value: picture.cost.limit,
            text: factors.join(", "),
        },
    );
    put("length", count(1 << picture.choices.length.min(15)));
    put("cost", Number::share(picture.cost.now));
    put("cost_4096", Number::share(picture.cost.at_4096));
    put("limit", Number::share(picture.cost.limit));
    // What the paper's own sets of factors cost; they do not depend on the picture.
    let sets: [(&str, usize, &[usize]); 5] = [
        ("cost_12_512", 512, &[1, 2]),
        ("cost_12_4096", 4096, &[1, 2]),
        ("limit_12", 0, &[1, 2]),
        ("limit_1124", 0, &[1, 1, 2, 4]),
        ("limit_8", 0, &[1, 1, 2, 2, 4, 4, 8, 8]),
    ];
    for (name, tokens, factors) in sets {
        let ratio = match tokens {
            0 => eigenlens_core::mean_share(factors),
            tokens => cost_ratio(tokens, factors),
        };
        if let Ok(ratio) = ratio {
            let text = format!("{ratio:.3}");
            put(name, Number { value: ratio, text });
        }
    }
    for (name, words) in [
        ("remainder", remainder(picture.choices.remainder)),
        ("class_token", class_token(picture.choices.class_token)),
    ] {
        put(
            name,
            Number {
                value: 0.0,
                text: words.to_owned(),
            },
        );
    }
}

fn table(picture: &Picture) -> Table {
    let columns = [
        "token",
        "value",
        "head 1",
        "head 2",
        "head 3",
        "head 4",
        "average",
        "its weight",
    ];
    let rows = (0..picture.n()).map(|token| {
        let mut row = vec![
            picture.common.keys.get(token).cloned().unwrap_or_default(),
            text::number(picture.values.get(token).copied().unwrap_or_default()),
        ];
        row.extend(picture.heads.iter().map(|head| {
            let head = head.as_ref().ok();
            let value = head.and_then(|head| head.values.get(head.block_of(token)?));
            value.map_or_else(|| "–".to_owned(), |value| text::number(*value))
        }));
        let shown = picture.shown();
        let block = shown.and_then(|head| head.block_of(token));
        row.push(block.map_or_else(|| "–".to_owned(), |block| (block + 1).to_string()));
        let weight = shown.zip(block).and_then(|(head, block)| head.row.weights.get(block));
        row.push(weight.map_or_else(|| "–".to_owned(), |weight| text::percent_fine(*weight)));
        row
    });
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
