//! What every lens derives from a scene and says about its tokens.

use std::sync::Arc;

use eigenlens_core::{Head, sorted_by};

use crate::board::{BoardToken, Emphasis, glyphs};
use crate::lab::readout::{Number, Readouts, TokenReadout, text};
use crate::lab::{Ground, Lab, Library, Origin, Positions, Scene, SceneError, Source, TokenRef};

/// Up to how many queries of a file or a text all of them are on the board; of more, only the one that asks.
const FEW_QUERIES: usize = 4;

/// What a picture was derived from: it is made again when this changes.
#[derive(PartialEq)]
pub(super) struct Seen<C> {
    pub(super) scene: Scene,
    /// The choices that the picture reads.
    pub(super) choices: C,
    /// Why the source is not there: a link may come before its file or its text.
    pub(super) missing: Option<SceneError>,
}

impl<C> Seen<C> {
    /// What a picture of this lab is derived from.
    pub(super) fn of(lab: &Lab, library: &Library, choices: C) -> Self {
        Self {
            scene: lab.scene.clone(),
            choices,
            missing: library.ground(&lab.scene.source, lab.scene.head).err(),
        }
    }
}

/// A scene resolved, with what a lens needs to name and place its tokens.
pub(super) struct Common {
    /// The checked tokens.
    pub(super) head: Arc<Head>,
    /// Where they are on the board.
    pub(super) positions: Positions,
    /// Share of what varies between the keys that the board shows.
    pub(super) share: f64,
    /// Coordinates in one board unit.
    pub(super) scale: f64,
    /// Names of the keys as they stand on the board.
    pub(super) keys: Vec<String>,
    /// Names of the queries.
    pub(super) queries: Vec<String>,
    /// The query whose row is shown.
    pub(super) asking: usize,
    /// τ.
    pub(super) temperature: f64,
    /// The keys that the board places worst, by name, the worst first; none where it shows every dimension.
    pub(super) worst: Vec<String>,
    /// The head of a text, as in "layer 4, head 2".
    pub(super) head_name: Option<String>,
}

impl Common {
    /// Resolves a scene. Fails where it has no keys or its source is not there.
    pub(super) fn of(scene: &Scene, library: &Library) -> Result<Self, SceneError> {
        let head = Arc::new(scene.head(library)?);
        let ground = library.ground(&scene.source, scene.head)?;
        let label = |token| scene.label(token, library);
        Ok(Self {
            positions: scene.positions(library)?,
            share: ground.plane().share(),
            scale: ground.scale(),
            keys: (0..scene.keys.len()).map(TokenRef::Key).map(label).collect(),
            queries: (0..scene.queries.len()).map(TokenRef::Query).map(label).collect(),
            asking: scene.asking(),
            temperature: scene.temperature.value(head.dim()),
            worst: worst(scene, library, &ground),
            head_name: head_name(scene),
            head,
        })
    }

    /// The asking query in a sentence: "The query", "Query 2", "“it”".
    pub(super) fn asker(&self) -> String {
        match self.queries.get(self.asking) {
            Some(name) if name == "q" => "The query".to_owned(),
            Some(name) if is_letter(name) => format!("Query {}", self.asking + 1),
            Some(name) => format!("“{name}”"),
            None => "The query".to_owned(),
        }
    }

    /// The name of a key in a sentence of the headline: k₃, or “animal”.
    pub(super) fn key_in_words(&self, key: usize) -> String {
        self.keys.get(key).map(|name| quoted(name)).unwrap_or_default()
    }

    /// The name of a key for the screen reader: "key 3", or "animal".
    pub(super) fn key_spoken(&self, key: usize) -> String {
        match self.keys.get(key) {
            Some(name) if !is_letter(name) => name.clone(),
            _ => format!("key {}", key + 1),
        }
    }
}

/// The arrays that every lens stands on: queries, keys and values, τ, which query asks.
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
pub(super) fn arrays(common: &Common, arrays: &mut crate::studio::Arrays) {
    arrays.matrix("query", common.head.queries());
    arrays.matrix("key", common.head.keys());
    arrays.matrix("value", common.head.values());
    arrays.number("temperature", common.temperature);
    arrays.number("asking", common.asking as f64);
}

/// Whether a name is one of the theory's letters, as in q or k₁₂; anything else is a word.
pub(super) fn is_letter(name: &str) -> bool {
    name.starts_with(['q', 'k']) && name.chars().skip(1).all(|c| ('\u{2080}'..='\u{2089}').contains(&c))
}

/// A name in a sentence: k₃ and `[CLS]` as they are, words in quotation marks.
pub(super) fn quoted(name: &str) -> String {
    if is_letter(name) || glyphs::is_special(name) {
        name.to_owned()
    } else {
        format!("“{name}”")
    }
}

/// Whether an output of two entries is a point of the board: on a plane whose values are the keys.
pub(super) fn values_are_on_board(scene: &Scene) -> bool {
    match scene.source {
        Source::Preset(id) => id.preset().values.is_none(),
        Source::Blank => true,
        Source::File(_) | Source::Text(_) | Source::Planted(_) => false,
    }
}

/// What a lens says about a key on the board.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// A number beside its name.
    pub(super) note: Option<String>,
    /// The end of the screen reader's sentence, as in ", weight 9 percent, score plus 0.074".
    pub(super) spoken: String,
    /// See [`BoardToken::skirt`].
    pub(super) skirt: f32,
    /// See [`BoardToken::tint`].
    pub(super) tint: Option<f32>,
    /// The board shows no name.
    pub(super) nameless: bool,
}

/// The tokens for the board: the asking query first, then the keys in the order of importance of their names, then the other
/// queries. `scale` is the coordinates in one board unit.
pub(super) fn board_tokens(
    scene: &Scene,
    library: &Library,
    scale: f64,
    order: &[usize],
    say: &dyn Fn(usize) -> Said,
) -> Vec<BoardToken> {
    let Ok(positions) = scene.positions(library) else {
        return Vec::new();
    };
    let place = |at: [f64; 2]| {
        let [x, y] = at.map(|x| text::spoken(&text::coordinate(scale * x)));
        format!("{x}, {y}")
    };
    let query = |index: usize| -> Option<BoardToken> {
        let at = *positions.queries.get(index)?;
        let name = scene.label(TokenRef::Query(index), library);
        let asking = index == scene.asking();
        let place = place(at);
        let asks = if asking { ", asking" } else { "" };
        Some(BoardToken {
            token: TokenRef::Query(index),
            at,
            spoken: format!("Query {}, {place}{asks}", index + 1),
            note: (asking && !is_letter(&name)).then(|| "asks".to_owned()),
            name: quoted(&name),
            emphasis: Emphasis::Noted,
            outlier: false,
            asking,
            skirt: 0.0,
            tint: None,
        })
    };
    let key = |(rank, &index): (usize, &usize)| -> Option<BoardToken> {
        let at = *positions.keys.get(index)?;
        let key = scene.keys.get(index)?;
        let name = scene.label(TokenRef::Key(index), library);
        let role = match key {
            key if key.outlier => "Outlier, key",
            key if key.origin == Origin::Added => "Added key",
            _ => "Key",
        };
        let word = if is_letter(&name) {
            String::new()
        } else {
            format!(" “{name}”")
        };
        let Said {
            note,
            spoken,
            skirt,
            tint,
            nameless,
        } = say(index);
        Some(BoardToken {
            token: TokenRef::Key(index),
            at,
            spoken: format!("{role} {}{word}, {}{spoken}", index + 1, place(at)),
            // A full stop alone would be a speck beside its disc.
            name: if !name.is_empty() && name.chars().all(|c| c.is_ascii_punctuation()) {
                quoted(&name)
            } else {
                name
            },
            emphasis: match (rank, &note) {
                (0, Some(_)) => Emphasis::Heaviest,
                (_, Some(_)) => Emphasis::Noted,
                _ if nameless => Emphasis::Nameless,
                _ => Emphasis::Quiet,
            },
            note,
            outlier: key.outlier,
            asking: false,
            skirt,
            tint,
        })
    };
    let all = scene.queries.len() <= FEW_QUERIES || !matches!(scene.source, Source::File(_) | Source::Text(_));
    let others = (0..scene.queries.len())
        .filter(|index| all && *index != scene.asking())
        .filter_map(query);
    query(scene.asking())
        .into_iter()
        .chain(order.iter().enumerate().filter_map(key))
        .chain(others)
        .collect()
}

/// How many of the worst-placed keys are named.
const WORST: usize = 3;

/// The worst-placed keys of the source, as far as they are still on the board.
pub(super) fn worst(scene: &Scene, library: &Library, ground: &Ground) -> Vec<String> {
    let on_board = |row: usize| {
        let origin = Origin::Row(u16::try_from(row).ok()?);
        scene.keys.iter().position(|key| key.origin == origin)
    };
    let rows = ground.plane().worst(scene.keys.len());
    let keys = rows.into_iter().filter_map(on_board).take(WORST);
    keys.map(|key| scene.label(TokenRef::Key(key), library)).collect()
}

/// The head of a text, as in "layer 4, head 2".
pub(super) fn head_name(scene: &Scene) -> Option<String> {
    matches!(scene.source, Source::Text(_)).then(|| scene.source.head_name(scene.head))
}

/// Where the tokens come from and how much of them the board shows.
pub(super) fn source(dim: usize, share: f64, worst: &[String], head_name: Option<&str>) -> String {
    if dim <= 2 {
        return "The board shows the tokens as they are.".to_owned();
    }
    let share = text::percent(share);
    let worst: Vec<String> = worst.iter().map(|name| quoted(name)).collect();
    let worst = match worst.as_slice() {
        [] => String::new(),
        [one] => format!("; it places {one} worst"),
        [most @ .., last] => format!("; it places {} and {last} worst", most.join(", ")),
    };
    let board = format!("The board shows 2 of {dim} dimensions, {share} of what varies between the keys{worst}.");
    match head_name {
        Some(head) => format!(
            "Queries, keys and values are those of {head} of the sentence encoder all-MiniLM-L6-v2. With √D they give the model’s own \
             attention to 2·10⁻⁷, as was measured when they were saved. {board}"
        ),
        None => board,
    }
}

/// The tokens in reading order, for the list beside the canvas.
pub(super) fn token_readouts(tokens: &[BoardToken]) -> Vec<TokenReadout> {
    let tokens: Vec<&BoardToken> = tokens.iter().collect();
    let reading = sorted_by(&tokens, &|a, b| a.token.cmp(&b.token));
    let readout = |token: &BoardToken| TokenReadout {
        name: token.token.to_string(),
        label: token.name.clone(),
        spoken: token.spoken.clone(),
        role: match token.token {
            TokenRef::Key(_) => "key",
            TokenRef::Query(_) => "query",
        },
    };
    reading.into_iter().map(readout).collect()
}

/// How many keys a row uses, `1/Σ w²`: one where a key has everything, all of them where the weights are equal.
pub(super) fn keys_in_use(weights: &[f64]) -> f64 {
    1.0 / weights.iter().map(|w| w * w).sum::<f64>()
}

/// The numbers that every lens reads out: where the tokens are, how many they are, τ.
pub(super) fn read_out(common: &Common, readouts: &mut Readouts) {
    let count = |n: usize| Number {
        value: n as f64,
        text: n.to_string(),
    };
    let mut put = |name: &str, number: Number| readouts.put(name, number);
    put(
        "query",
        Number {
            value: (common.asking + 1) as f64,
            text: common.queries.get(common.asking).cloned().unwrap_or_default(),
        },
    );
    put("n_keys", count(common.head.n_keys()));
    put("dim", count(common.head.dim()));
    put("temperature", Number::plain(common.temperature));
    put("root_d", Number::plain((common.head.dim() as f64).sqrt()));
    put(
        "source",
        Number {
            value: common.share,
            text: source(
                common.head.dim(),
                common.share,
                &common.worst,
                common.head_name.as_deref(),
            ),
        },
    );
    for (role, places) in [("key", &common.positions.keys), ("query", &common.positions.queries)] {
        for (i, [x, y]) in places.iter().enumerate() {
            put(&format!("x of {role} {}", i + 1), Number::plain(common.scale * x));
            put(&format!("y of {role} {}", i + 1), Number::plain(common.scale * y));
        }
    }
}

/// What a lens that has nothing to show says instead.
pub(super) fn refusal(error: &SceneError) -> String {
    match error {
        SceneError::NoKeys => "No keys yet.".to_owned(),
        SceneError::TextMissing {
            text,
            percent: Some(percent),
        } => {
            let share = text::percent(f64::from(*percent) / 100.0);
            format!("Loading “{}”: {share}.", text.text().key)
        }
        error => format!("{}.", capitalised(&error.to_string())),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
