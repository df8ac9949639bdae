//! What a figure says.

use serde::{Deserialize, Serialize};

use crate::{Bars, Charts, Error, HeatMaps, Plane};

/// Red, green and blue, 0 to 255, in sRGB.
pub type Rgb = [u8; 3];

/// The largest size of a number that is drawn.
pub(crate) const LARGEST: f64 = 1e30;
/// The least width of an axis as a part of its largest coordinate: below, neighbouring points of the grid are one number.
const LEAST_WIDTH: f64 = 1e-9;
/// The most characters of a text that stands in the figure, and of the text in its place.
pub(crate) const LONGEST: [usize; 2] = [400, 4000];
/// The most axes of a spectrum, and the most keys.
pub(crate) const MOST: usize = 1 << 14;
/// The most points along a side of a field's grid, and the most in all.
pub(crate) const MOST_POINTS: [usize; 2] = [1 << 11, 1 << 19];
/// The most bands of one sign in a field.
const MOST_BANDS: usize = 64;

/// A figure: words, colours, and one content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The one sentence that says the point.
    pub title: String,
    /// How to read the picture; may be empty.
    pub subtitle: String,
    /// What is said in place of the picture to those who do not see it.
    pub alt: String,
    /// The colours.
    pub look: Look,
    /// What is drawn.
    pub content: Content,
}

/// The colours of a figure: roles of the app's theme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Background.
    pub canvas: Rgb,
    /// Text, keys, axes, bars that are kept.
    pub ink: Rgb,
    /// Secondary text.
    pub ink2: Rgb,
    /// Bars that are not kept.
    pub ink3: Rgb,
    /// Lines of a grid.
    pub grid: Rgb,
    /// The query.
    pub query: Rgb,
    /// Contours of positive scores.
    pub pos: Rgb,
    /// Contours of negative scores.
    pub neg: Rgb,
    /// Damage.
    pub bad: Rgb,
    /// The tints of a field, equally spaced from −1 to 1 times its scale; an odd number of them, 0 in the middle.
    pub field: Vec<Rgb>,
    /// The colours of tiles that say how much, equally spaced from 0 to 1.
    pub heat: Vec<Rgb>,
    /// The colours of tiles that say which sign, equally spaced from −1 to 1; an odd number of them, 0 in the middle.
    pub tidal: Vec<Rgb>,
}

/// What a figure draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// How much each axis holds.
    Spectrum(Spectrum),
    /// The scores on one axis over the plane.
    ScoreField(ScoreField),
    /// Matrices beside each other.
    HeatMaps(HeatMaps),
    /// Named rows of bars.
    Bars(Bars),
    /// Curves and points over two axes.
    Charts(Charts),
    /// Tokens on the plane.
    Plane(Plane),
}

/// How much each principal axis holds of what differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spectrum {
    /// The share of each axis, 0 to 1, in the order of the axes.
    pub shares: Vec<f64>,
    /// The eigenvalue of each axis.
    pub eigenvalues: Vec<f64>,
    /// How many axes are kept, from the first on.
    pub kept: usize,
    /// The axis that is looked at, from 0; it is marked.
    pub chosen: Option<usize>,
}

/// The score that a query would get at each place of a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreField {
    /// The axis, from 1, as it is named.
    pub axis: usize,
    /// From where to where the plane is shown, to the right.
    pub x: [f64; 2],
    /// From where to where the plane is shown, upwards.
    pub y: [f64; 2],
    /// The name of the coordinate to the right.
    pub x_title: String,
    /// The name of the coordinate upwards.
    pub y_title: String,
    /// Points of the grid along x, the first and the last on the sides of the plane.
    pub columns: usize,
    /// Points of the grid along y.
    pub rows: usize,
    /// The scores, `columns`·`rows` of them, row by row from the lowest y.
    pub scores: Vec<f64>,
    /// The step between two levels; bands begin at 0.
    pub step: f64,
    /// The keys.
    pub keys: Vec<Key>,
    /// The query.
    pub query: Option<Query>,
}

/// A key on the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Its name; may be empty.
    pub name: String,
}

/// The query on the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Its name; may be empty.
    pub name: String,
    /// Its score on the axis.
    pub score: f64,
}

impl Figure {
    /// Reads a figure from JSON and checks it.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let figure: Self = serde_json::from_str(json).map_err(|error| {
            let text = error.to_string();
            // The place is a part of its own in our message.
            let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
            Error::Malformed {
                line: error.line(),
                column: error.column(),
                what: what.to_owned(),
            }
        })?;
        figure.check()?;
        Ok(figure)
    }

    /// Checks that everything the drawing relies on holds: numbers that are numbers, lists that go together, sizes within
    /// their bounds.
    pub fn check(&self) -> Result<(), Error> {
        text("the title", &self.title, LONGEST[0])?;
        text("the subtitle", &self.subtitle, LONGEST[0])?;
        text("the text in place of the picture", &self.alt, LONGEST[1])?;
        for (what, tints) in [
            ("tints of the field", &self.look.field),
            ("tints of signed tiles", &self.look.tidal),
        ] {
            let tints = tints.len();
            if tints < 3 || tints.is_multiple_of(2) || tints > 1 << 12 {
                return Err(count(what, tints, "an odd number from 3 to 4095"));
            }
        }
        let tints = self.look.heat.len();
        if !(2..1 << 12).contains(&tints) {
            return Err(count("tints of tiles", tints, "2 to 4095"));
        }
        match &self.content {
            Content::Spectrum(spectrum) => spectrum.check(),
            Content::ScoreField(field) => field.check(),
            Content::HeatMaps(maps) => maps.check(),
            Content::Bars(bars) => bars.check(),
            Content::Charts(charts) => charts.check(),
            Content::Plane(plane) => plane.check(),
        }
    }
}

impl Spectrum {
    fn check(&self) -> Result<(), Error> {
        let axes = self.shares.len();
        if axes == 0 || axes > MOST {
            return Err(count("shares of the spectrum", axes, format!("1 to {MOST}")));
        }
        if self.eigenvalues.len() != axes {
            let expected = format!("{axes}, one for each share");
            return Err(count("eigenvalues", self.eigenvalues.len(), expected));
        }
        for &share in &self.shares {
            within("a share", share, 0.0, 1.0)?;
        }
        for &value in &self.eigenvalues {
            number("an eigenvalue", value)?;
        }
        within("the number of axes kept", self.kept as f64, 0.0, axes as f64)?;
        match self.chosen {
            Some(chosen) => within("the chosen axis", chosen as f64, 0.0, (axes - 1) as f64),
            None => Ok(()),
        }
    }
}

impl ScoreField {
    fn check(&self) -> Result<(), Error> {
        text("the title of the x axis", &self.x_title, LONGEST[0])?;
        text("the title of the y axis", &self.y_title, LONGEST[0])?;
        wide("x", self.x)?;
        wide("y", self.y)?;
        let [side, all] = MOST_POINTS;
        within("columns of the grid", self.columns as f64, 2.0, side as f64)?;
        within("rows of the grid", self.rows as f64, 2.0, side as f64)?;
        let points = self.columns * self.rows;
        within("points of the grid", points as f64, 4.0, all as f64)?;
        if self.scores.len() != points {
            let expected = format!("{points} = {} columns × {} rows", self.columns, self.rows);
            return Err(count("scores", self.scores.len(), expected));
        }
        for &score in &self.scores {
            number("a score", score)?;
        }
        within("the step of the levels", self.step, 1.0 / LARGEST, LARGEST)?;
        let largest = self.largest();
        if largest > MOST_BANDS as f64 * self.step {
            return Err(Error::Step {
                step: self.step,
                largest,
                bound: MOST_BANDS,
            });
        }
        if self.keys.len() > MOST {
            return Err(count("keys", self.keys.len(), format!("at most {MOST}")));
        }
        for key in &self.keys {
            number("a coordinate of a key", key.x)?;
            number("a coordinate of a key", key.y)?;
            text("the name of a key", &key.name, LONGEST[0])?;
        }
        if let Some(query) = &self.query {
            number("a coordinate of the query", query.x)?;
            number("a coordinate of the query", query.y)?;
            number("the score of the query", query.score)?;
            text("the name of the query", &query.name, LONGEST[0])?;
        }
        Ok(())
    }

    /// The largest size of a score.
    pub(crate) fn largest(&self) -> f64 {
        self.scores.iter().fold(0.0, |most, score| score.abs().max(most))
    }
}

/// An axis that has a width in 64 bits.
pub(crate) fn wide(axis: &'static str, [from, to]: [f64; 2]) -> Result<(), Error> {
    number("an end of an axis", from)?;
    number("an end of an axis", to)?;
    let least = (LEAST_WIDTH * from.abs().max(to.abs())).max(1.0 / LARGEST);
    if to - from < least {
        return Err(Error::Width { axis, from, to, least });
    }
    Ok(())
}

pub(crate) fn count(what: &'static str, count: usize, expected: impl Into<String>) -> Error {
    Error::Count {
        what,
        count,
        expected: expected.into(),
    }
}

pub(crate) fn text(what: &'static str, text: &str, longest: usize) -> Result<(), Error> {
    match text.chars().count() {
        length if length > longest => Err(count(what, length, format!("at most {longest} characters"))),
        _ => Ok(()),
    }
}

pub(crate) fn number(what: &'static str, value: f64) -> Result<(), Error> {
    if value.abs() <= LARGEST {
        Ok(())
    } else {
        Err(Error::Number {
            what,
            value,
            bound: LARGEST,
        })
    }
}

pub(crate) fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Error::Range {
            what,
            value,
            least,
            most,
        })
    }
}
