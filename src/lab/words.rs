//! Scenes of words: every token of a text has a key and a query, and a name.

use super::text;
use super::{Origin, Scene, Source, TokenRef};

impl Scene {
    /// The untouched source as it is met when it is chosen: a text with the head and the temperature of the text before it, or
    /// with [`text::FIRST_HEAD`]; anything else with its first head.
    pub(super) fn of_choice(source: Source, before: Option<&Self>) -> Self {
        if !matches!(source, Source::Text(_)) {
            return Self::of(source, 0);
        }
        match before.filter(|before| matches!(before.source, Source::Text(_))) {
            Some(before) => Self {
                temperature: before.temperature,
                ..Self::of(source, before.head)
            },
            None => Self::of(source, text::FIRST_HEAD),
        }
    }

    /// The query of the token that a key is of, where every token of the source has both (self-attention).
    pub fn query_of(&self, key: usize) -> Option<usize> {
        let origin = self.keys.get(key).map(|key| key.origin)?;
        self.twin(origin, self.queries.iter().map(|query| query.origin))
    }

    /// The key of the token that a query is of, where every token of the source has both.
    pub fn key_of(&self, query: usize) -> Option<usize> {
        let origin = self.queries.get(query).map(|query| query.origin)?;
        self.twin(origin, self.keys.iter().map(|key| key.origin))
    }

    /// Whether every token of the source has a key and a query.
    pub fn is_self_attention(&self) -> bool {
        let counts = self.source.counts();
        counts.keys == counts.queries && counts.keys > 1
    }

    fn twin(&self, origin: Origin, mut others: impl Iterator<Item = Origin>) -> Option<usize> {
        let is_row = origin != Origin::Added && self.is_self_attention();
        others.position(|other| other == origin).filter(|_| is_row)
    }

    /// A query in a sentence: the word that it is of a text, else "query 2".
    pub fn word(&self, query: usize) -> String {
        let row = match (&self.source, self.queries.get(query).map(|query| query.origin)) {
            (Source::Text(id), Some(Origin::Row(row))) => id.text().tokens().nth(row.into()),
            _ => None,
        };
        row.map_or_else(|| TokenRef::Query(query).to_string(), |word| format!("“{word}”"))
    }
}
