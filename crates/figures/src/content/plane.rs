//! Tokens on the plane, with what lies under and over them.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Error;
use crate::figure::{LARGEST, LONGEST, MOST, MOST_POINTS, count, number, text, wide, within};

/// The plane of the board.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// From where to where the plane is shown, to the right.
    pub x: [f64; 2],
    /// From where to where the plane is shown, upwards.
    pub y: [f64; 2],
    /// The name of the coordinate to the right.
    pub x_title: String,
    /// The name of the coordinate upwards.
    pub y_title: String,
    /// A number at every place, as a tint under everything.
    pub shade: Option<Shade>,
    /// Lines whose width is a weight, under the tokens.
    pub links: Vec<Link>,
    /// Curves and closed lines, under the tokens.
    pub outlines: Vec<Outline>,
    /// Arrows, under the tokens.
    pub arrows: Vec<Arrow>,
    /// The tokens; the names of the first ones are placed first.
    pub tokens: Vec<Token>,
}

/// A number at every place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shade {
    /// Points of the grid along x, the first and the last on the sides of the plane.
    pub columns: usize,
    /// Points of the grid along y.
    pub rows: usize,
    /// The numbers, row by row from the lowest y.
    pub values: Vec<f64>,
    /// Where the colour is strongest.
    pub most: f64,
    /// What the number is.
    pub measure: String,
}

/// A line between two places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where it begins.
    pub from: [f64; 2],
    /// Where it ends.
    pub to: [f64; 2],
    /// Its weight, 0 to 1: the width.
    pub weight: f64,
    /// Its colour.
    pub role: Role,
}

/// A curve, or a closed line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outline {
    /// Its name in the legend; may be empty.
    pub name: String,
    /// Its colour.
    pub role: Role,
    /// Drawn in dashes.
    pub dashed: bool,
    /// It stands out.
    pub strong: bool,
    /// Its points; one that is closed ends where it begins.
    pub points: Vec<[f64; 2]>,
}

/// An arrow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrow {
    /// Where it begins.
    pub from: [f64; 2],
    /// Where its head is.
    pub to: [f64; 2],
    /// Its name in the legend; may be empty.
    pub name: String,
    /// Its colour.
    pub role: Role,
}

/// How a token is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glyph {
    /// A disc.
    #[default]
    Key,
    /// A diamond.
    Query,
    /// A square.
    Output,
    /// A ring: where a key was, or would be.
    Ring,
}

/// A token on the plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Where it is.
    pub at: [f64; 2],
    /// Its name; may be empty.
    pub name: String,
    /// How it is drawn.
    pub glyph: Glyph,
    /// Its colour; that of a query is always the query's.
    pub role: Role,
    /// Its share, 0 to 1, as a disc round it.
    pub skirt: f64,
}

impl Plane {
    pub(crate) fn check(&self) -> Result<(), Error> {
        text("the title of the x axis", &self.x_title, LONGEST[0])?;
        text("the title of the y axis", &self.y_title, LONGEST[0])?;
        wide("x", self.x)?;
        wide("y", self.y)?;
        if let Some(shade) = &self.shade {
            shade.check()?;
        }
        for (what, has) in [
            ("links", self.links.len()),
            ("outlines", self.outlines.len()),
            ("arrows", self.arrows.len()),
            ("tokens", self.tokens.len()),
        ] {
            if has > MOST {
                return Err(count(what, has, format!("at most {MOST}")));
            }
        }
        let place = |at: &[f64; 2]| at.iter().try_for_each(|at| number("a coordinate on the plane", *at));
        for link in &self.links {
            place(&link.from)?;
            place(&link.to)?;
            within("the weight of a link", link.weight, 0.0, 1.0)?;
        }
        for outline in &self.outlines {
            text("the name of an outline", &outline.name, LONGEST[0])?;
            if outline.points.len() > MOST {
                let has = outline.points.len();
                return Err(count("points of an outline", has, format!("at most {MOST}")));
            }
            outline.points.iter().try_for_each(place)?;
        }
        for arrow in &self.arrows {
            text("the name of an arrow", &arrow.name, LONGEST[0])?;
            place(&arrow.from)?;
            place(&arrow.to)?;
        }
        for token in &self.tokens {
            text("the name of a token", &token.name, LONGEST[0])?;
            place(&token.at)?;
            within("the skirt of a token", token.skirt, 0.0, 1.0)?;
        }
        Ok(())
    }
}

impl Shade {
    fn check(&self) -> Result<(), Error> {
        text("what the tint is", &self.measure, LONGEST[0])?;
        let [side, all] = MOST_POINTS;
        within("columns of the grid", self.columns as f64, 2.0, side as f64)?;
        within("rows of the grid", self.rows as f64, 2.0, side as f64)?;
        let points = self.columns * self.rows;
        within("points of the grid", points as f64, 4.0, all as f64)?;
        if self.values.len() != points {
            let expected = format!("{points} = {} columns × {} rows", self.columns, self.rows);
            return Err(count("numbers of the tint", self.values.len(), expected));
        }
        for value in &self.values {
            number("a number of the tint", *value)?;
        }
        within("the strongest tint", self.most, 1.0 / LARGEST, LARGEST)
    }
}
