//! Curves and points over two axes.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Error;
use crate::figure::{LARGEST, LONGEST, MOST, count, number, text, wide, within};

/// The most charts below each other.
const MOST_CHARTS: usize = 12;

/// Charts below each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charts {
    /// From the top down. Those with the same x axis share its numerals.
    pub charts: Vec<Chart>,
}

/// Curves and points over two axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What it is; may be empty.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// Curves.
    pub lines: Vec<Line>,
    /// Points.
    pub dots: Vec<Dot>,
    /// Straight lines across.
    pub rulers: Vec<Ruler>,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What is along it.
    pub title: String,
    /// From where to where.
    pub ends: [f64; 2],
    /// Equal steps are equal factors; both ends are then positive.
    pub log: bool,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its name at its end; may be empty.
    pub name: String,
    /// Its colour.
    pub role: Role,
    /// Drawn in dashes.
    pub dashed: bool,
    /// It stands out.
    pub strong: bool,
    /// Its points; what lies outside the axes is cut off.
    pub points: Vec<[f64; 2]>,
}

/// A point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dot {
    /// Where it is.
    pub at: [f64; 2],
    /// Its name; may be empty.
    pub name: String,
    /// Its colour.
    pub role: Role,
    /// A ring.
    pub hollow: bool,
}

/// A straight line from side to side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruler {
    /// Where it is on its axis.
    pub at: f64,
    /// It stands on the x axis.
    pub upright: bool,
    /// Its name; may be empty.
    pub name: String,
    /// Its colour.
    pub role: Role,
}

impl Charts {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.charts.is_empty() || self.charts.len() > MOST_CHARTS {
            return Err(count("charts", self.charts.len(), format!("1 to {MOST_CHARTS}")));
        }
        self.charts.iter().try_for_each(Chart::check)
    }
}

impl Chart {
    fn check(&self) -> Result<(), Error> {
        text("the title of a chart", &self.title, LONGEST[0])?;
        self.x.check("x")?;
        self.y.check("y")?;
        for (what, has) in [
            ("curves", self.lines.len()),
            ("points", self.dots.len()),
            ("rulers", self.rulers.len()),
        ] {
            if has > MOST {
                return Err(count(what, has, format!("at most {MOST}")));
            }
        }
        for line in &self.lines {
            text("the name of a curve", &line.name, LONGEST[0])?;
            if line.points.len() > MOST {
                return Err(count("points of a curve", line.points.len(), format!("at most {MOST}")));
            }
            for at in line.points.iter().flatten() {
                number("a coordinate of a curve", *at)?;
            }
        }
        for dot in &self.dots {
            text("the name of a point", &dot.name, LONGEST[0])?;
            for at in dot.at {
                number("a coordinate of a point", at)?;
            }
        }
        for ruler in &self.rulers {
            text("the name of a ruler", &ruler.name, LONGEST[0])?;
            number("the place of a ruler", ruler.at)?;
        }
        Ok(())
    }
}

impl Axis {
    /// An axis with equal steps that holds all of `values`, with a little air on both sides.
    pub fn around(title: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let [low, high] = span(values);
        let air = (0.04 * (high - low)).max(1e-6 * low.abs().max(high.abs())).max(1e-12);
        Self {
            title: title.into(),
            ends: [low - air, high + air],
            log: false,
        }
    }

    /// As [`Axis::around`], beginning or ending at 0 where all values have one sign.
    pub fn from_zero(title: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let [low, high] = span(values.into_iter().chain([0.0]));
        let air = (0.06 * (high - low)).max(1e-12);
        Self {
            title: title.into(),
            ends: [
                if low < 0.0 { low - air } else { 0.0 },
                if high > 0.0 { high + air } else { 0.0 },
            ],
            log: false,
        }
    }

    /// An axis of equal factors that holds all positive numbers of `values`.
    pub fn log(title: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|value| *value > 1.0 / LARGEST);
        let [low, high] = span(positive.map(f64::ln));
        let air = (0.03 * (high - low)).max(0.1);
        Self {
            title: title.into(),
            ends: [(low - air).exp(), (high + air).exp()],
            log: true,
        }
    }

    fn check(&self, axis: &'static str) -> Result<(), Error> {
        text("the title of an axis", &self.title, LONGEST[0])?;
        wide(axis, self.ends)?;
        if self.log {
            within(
                "the lower end of an axis of factors",
                self.ends[0],
                1.0 / LARGEST,
                LARGEST,
            )?;
        }
        Ok(())
    }
}

/// The least and the largest of the finite numbers; 0 and 1 of none.
fn span(values: impl IntoIterator<Item = f64>) -> [f64; 2] {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let ends = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
        [low.min(value), high.max(value)]
    });
    if ends[0] <= ends[1] { ends } else { [0.0, 1.0] }
}
