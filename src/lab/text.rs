//! The sentences whose heads are at hand: queries, keys and values of every head of a sentence encoder, as it computed them.
//!
//! A link names a text by its code and a head by its number, so a code, once given, and the numbers behind it never change.
//! The numbers are too many for the program itself: they come as one file per text, see `assets/data/heads/README.md`.

use eigenlens_core::{Cloud, Error, Head};
use nalgebra::DMatrix;

/// Layers of the encoder.
pub const LAYERS: u16 = 6;
/// Heads in each of its layers. Heads are numbered layer by layer: `layer × HEADS_IN_LAYER + head`, all from 0.
pub const HEADS_IN_LAYER: u16 = 12;
/// Entries of a query, a key and a value.
const DIM: usize = 32;
/// The encoder, in short.
pub const MODEL: &str = "MiniLM";
/// The head that a text opens with, layer 4, head 2 on screen: it links words that stand for one another.
pub const FIRST_HEAD: u16 = 3 * HEADS_IN_LAYER + 1;

/// A sentence, or a few, that the encoder has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextId {
    /// "it" is the animal.
    Pronoun,
    /// A bank by the river, and one in town.
    Bank,
    /// The same with a mistyped river.
    Typo,
    /// Two sentences about kernels.
    Long,
    /// Three sentences about a mill.
    Story,
    /// The same with a liver for a river.
    StoryWrong,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Which one.
    pub id: TextId,
    /// Stable name, also on screen and of its file, as in `story_wrong`.
    pub key: &'static str,
    /// What was given to the encoder.
    pub sentence: &'static str,
    /// What the encoder made of it, with spaces between; the class token first, the separator last.
    tokens: &'static str,
    /// The row that asks at first.
    pub asks: u16,
    /// Its first two parts.
    pub parts: [Part; 2],
}

/// A part of a text that says something of its own: a clause of one sentence, or a sentence of several. What joins the parts,
/// and full stops, belong to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// As in "the first clause".
    pub name: &'static str,
    /// Its first row, and the one after its last.
    pub rows: [u16; 2],
}

const fn clauses(first: [u16; 2], second: [u16; 2]) -> [Part; 2] {
    named(["the first clause", "the second clause"], [first, second])
}

const fn sentences(first: [u16; 2], second: [u16; 2]) -> [Part; 2] {
    named(["the first sentence", "the second sentence"], [first, second])
}

const fn named([one, other]: [&'static str; 2], [first, second]: [[u16; 2]; 2]) -> [Part; 2] {
    [
        Part { name: one, rows: first },
        Part {
            name: other,
            rows: second,
        },
    ]
}

/// Every text, in the order of the menu. A text's code in links is its number in [`TextId::code`].
pub const TEXTS: &[Text] = &[PRONOUN, BANK, TYPO, LONG, STORY, STORY_WRONG];

const PRONOUN: Text = Text {
    id: TextId::Pronoun,
    key: "pronoun",
    sentence: "The animal did not cross the street because it was too tired.",
    tokens: "[CLS] the animal did not cross the street because it was too tired . [SEP]",
    asks: 9,
    parts: clauses([1, 8], [9, 13]),
};

const BANK: Text = Text {
    id: TextId::Bank,
    key: "bank",
    sentence: "The bank by the river flooded, so the bank in town raised its rates.",
    tokens: "[CLS] the bank by the river flooded , so the bank in town raised its rates . [SEP]",
    asks: 14,
    parts: clauses([1, 7], [9, 16]),
};

const TYPO: Text = Text {
    id: TextId::Typo,
    key: "typo",
    sentence: "The bank by the rivxqz flooded, so the bank in town raised its rates.",
    tokens: "[CLS] the bank by the ri ##v ##x ##q ##z flooded , so the bank in town raised its rates . [SEP]",
    asks: 18,
    parts: clauses([1, 11], [13, 20]),
};

const LONG: Text = Text {
    id: TextId::Long,
    key: "long",
    sentence: "Attention lets every word look at every other word and decide how much each of them matters. A kernel turns that \
               look into a similarity, the Gram matrix collects all the similarities, and its leading eigenvectors are the \
               directions along which the words differ most.",
    tokens: "[CLS] attention lets every word look at every other word and decide how much each of them matters . a kernel turns \
             that look into a similarity , the gram matrix collects all the similarities , and its leading e ##igen ##ve ##ctors \
             are the directions along which the words differ most . [SEP]",
    asks: 16,
    parts: sentences([1, 18], [19, 52]),
};

const STORY: Text = Text {
    id: TextId::Story,
    key: "story",
    sentence: "The old mill stands where the river bends, and every spring the water rises until it touches the lowest stones of \
               the wall. Last year the town council voted to sell it to a bank, but the buyer withdrew after a flood carried \
               away half of the bridge. Now the children of the village use the empty rooms as a theatre, and on warm evenings \
               their voices drift across the fields to the road.",
    tokens: "[CLS] the old mill stands where the river bends , and every spring the water rises until it touches the lowest stones \
             of the wall . last year the town council voted to sell it to a bank , but the buyer withdrew after a flood carried \
             away half of the bridge . now the children of the village use the empty rooms as a theatre , and on warm evenings \
             their voices drift across the fields to the road . [SEP]",
    asks: 71,
    parts: sentences([1, 25], [26, 52]),
};

const STORY_WRONG: Text = Text {
    id: TextId::StoryWrong,
    key: "story_wrong",
    sentence: "The old mill stands where the liver bends, and every spring the water rises until it touches the lowest stones of \
               the wall. Last year the town council voted to sell it to a bank, but the buyer withdrew after a flood carried \
               away half of the bridge. Now the children of the village use the empty rooms as a theatre, and on warm evenings \
               their voices drift across the fields to the road.",
    tokens: "[CLS] the old mill stands where the liver bends , and every spring the water rises until it touches the lowest stones \
             of the wall . last year the town council voted to sell it to a bank , but the buyer withdrew after a flood carried \
             away half of the bridge . now the children of the village use the empty rooms as a theatre , and on warm evenings \
             their voices drift across the fields to the road . [SEP]",
    asks: 71,
    parts: sentences([1, 25], [26, 52]),
};

/// Why the bytes of a file are not the heads of a text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TextError {
    /// There are too few bytes, or too many.
    #[error("{has} bytes came, {wants} are the heads of {name}")]
    Length {
        /// Name of the text.
        name: &'static str,
        /// How many bytes there are.
        has: usize,
        /// How many there must be.
        wants: usize,
    },
    /// The numbers are no heads.
    #[error(transparent)]
    Core(#[from] Error),
}

impl TextId {
    /// What this text is.
    pub const fn text(self) -> &'static Text {
        match self {
            Self::Pronoun => &PRONOUN,
            Self::Bank => &BANK,
            Self::Typo => &TYPO,
            Self::Long => &LONG,
            Self::Story => &STORY,
            Self::StoryWrong => &STORY_WRONG,
        }
    }

    /// The text's number in links; never reused.
    pub const fn code(self) -> u16 {
        match self {
            Self::Pronoun => 0,
            Self::Bank => 1,
            Self::Typo => 2,
            Self::Long => 3,
            Self::Story => 4,
            Self::StoryWrong => 5,
        }
    }

    /// The text with this number in links.
    pub fn from_code(code: u16) -> Option<Self> {
        TEXTS.iter().map(|text| text.id).find(|id| id.code() == code)
    }

    /// The text with this stable name, as in `story_wrong`.
    pub fn from_key(key: &str) -> Option<Self> {
        TEXTS.iter().find(|text| text.key == key).map(|text| text.id)
    }
}

/// The text without the wrong word, and which tokens belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clean {
    /// The clean text.
    pub text: TextId,
    /// First row of the clean text, first row of this one, how many follow each other.
    pub pairs: &'static [[u16; 3]],
}

impl Clean {
    /// The row of this text that belongs to a row of the clean one.
    pub fn row_of(&self, row: u16) -> Option<u16> {
        let pair = self
            .pairs
            .iter()
            .find(|[start, _, len]| (*start..start + len).contains(&row))?;
        let [start, other, _] = *pair;
        Some(other + (row - start))
    }
}

impl TextId {
    /// The clean text of one with a wrong word.
    pub const fn clean(self) -> Option<Clean> {
        match self {
            Self::StoryWrong => Some(Clean {
                text: Self::Story,
                pairs: &[[0, 0, 99]],
            }),
            // "river" is one token, "rivxqz" are five.
            Self::Typo => Some(Clean {
                text: Self::Bank,
                pairs: &[[0, 0, 5], [6, 10, 12]],
            }),
            Self::Pronoun | Self::Bank | Self::Long | Self::Story => None,
        }
    }
}

impl Text {
    /// The tokens in order.
    pub fn tokens(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.tokens.split(' ')
    }

    /// How many tokens there are: as many keys as queries.
    pub fn count(&self) -> u16 {
        // Fewer than a hundred, as a test sees to.
        self.tokens().count() as u16
    }

    /// The heads from the unpacked bytes of the text's file: all first bytes of the numbers (f32, little-endian), then all second,
    /// third and fourth ones; the numbers in the order `[query | key | value][layer][head][token][dimension]`.
    ///
    /// # Errors
    /// [`TextError::Length`], and [`TextError::Core`] where a number is not finite.
    pub fn unpack(&self, bytes: &[u8]) -> Result<Cloud, TextError> {
        let heads = usize::from(LAYERS * HEADS_IN_LAYER);
        let tokens = usize::from(self.count());
        let numbers = 3 * heads * tokens * DIM;
        let wrong_length = TextError::Length {
            name: self.key,
            has: bytes.len(),
            wants: 4 * numbers,
        };
        if bytes.len() != 4 * numbers {
            return Err(wrong_length);
        }
        let mut planes = bytes.chunks_exact(numbers);
        let (Some(a), Some(b), Some(c), Some(d)) = (planes.next(), planes.next(), planes.next(), planes.next()) else {
            return Err(wrong_length);
        };
        let floats: Vec<f64> = std::iter::zip(std::iter::zip(a, b), std::iter::zip(c, d))
            .map(|((a, b), (c, d))| f64::from(f32::from_le_bytes([*a, *b, *c, *d])))
            .collect();
        let size = tokens * DIM;
        let matrix = |tensor: usize, head: usize| {
            let rows = floats.iter().skip((tensor * heads + head) * size).take(size);
            DMatrix::from_row_iterator(tokens, DIM, rows.copied())
        };
        let heads = (0..heads).map(|head| Head::new(matrix(0, head), matrix(1, head), matrix(2, head)));
        let labels = self.tokens().map(str::to_owned).collect();
        Ok(Cloud::new(heads.collect::<Result<_, _>>()?, labels)?)
    }
}

/// Layer and head, both from 0, of a head's number.
pub const fn layer_and_head(head: u16) -> [u16; 2] {
    [head / HEADS_IN_LAYER, head % HEADS_IN_LAYER]
}

/// The number of a head of a layer, both from 0.
pub const fn head_number([layer, head]: [u16; 2]) -> u16 {
    layer * HEADS_IN_LAYER + head
}

/// A head's number as it stands on the screen, where layers and heads are counted from 1: "layer 4, head 2".
pub fn head_name(head: u16) -> String {
    let [layer, head] = layer_and_head(head);
    format!("layer {}, head {}", layer + 1, head + 1)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) mod tests;
