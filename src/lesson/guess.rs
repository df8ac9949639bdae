//! What is guessed, and how far it is off.

use eigenlens_words::lesson::Guess;

use crate::lab::Readouts;
use crate::lab::readout::text;

/// A guess.
#[derive(Clone, Debug, PartialEq)]
pub enum Guessed {
    /// Degrees of a line, 0 to 180.
    Angle(f64),
    /// Heights of bars, 0 to 1.
    Bars(Vec<f64>),
    /// Half axes of an ellipse along the coordinates, in units of the board.
    Ellipse([f64; 2]),
    /// A place on a scale.
    Number(f64),
    /// An answer, from 0; none is chosen yet.
    Choice(Option<usize>),
}

/// How far a guess is off.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The truth, as the guess has it.
    pub truth: Guessed,
    /// Degrees, the largest difference, 0 or 1 for a wrong answer.
    pub off: f64,
    /// "You guessed 61°.", "It is 37°.", "The gap is 24°."
    pub words: [String; 3],
}

impl Guessed {
    /// Where the hand begins: nowhere near any truth.
    pub fn beginning(guess: &Guess) -> Self {
        match guess {
            Guess::Axis { .. } => Self::Angle(0.0),
            Guess::Row { read } => Self::Bars(vec![0.5; read.len()]),
            Guess::Ellipse { .. } => Self::Ellipse([1.0, 1.0]),
            Guess::Number { from, to, .. } => Self::Number(0.5 * (from + to)),
            Guess::Choice { .. } => Self::Choice(None),
        }
    }

    /// The truth, where the lab has it.
    pub fn truth(guess: &Guess, readouts: &Readouts) -> Option<Self> {
        let number = |name: &String| readouts.numbers.get(name).map(|number| number.value);
        Some(match guess {
            Guess::Axis { read } => Self::Angle(number(read)?.rem_euclid(180.0)),
            Guess::Row { read } => Self::Bars(read.iter().map(number).collect::<Option<_>>()?),
            Guess::Ellipse {
                read: [first, second], ..
            } => Self::Ellipse([number(first)?, number(second)?]),
            Guess::Number { read, .. } => Self::Number(number(read)?),
            Guess::Choice { right, .. } => Self::Choice(Some(*right)),
        })
    }

    /// How far this is from the truth; none for another kind of guess, and where nothing was chosen.
    pub fn gap(&self, guess: &Guess, truth: Self) -> Option<Gap> {
        let (off, [guessed, is, gap]) = match (self, &truth) {
            (Self::Angle(a), Self::Angle(b)) => {
                let off = (a - b).rem_euclid(180.0);
                let off = off.min(180.0 - off);
                (off, [*a, *b, off].map(degrees))
            }
            (Self::Bars(a), Self::Bars(b)) if a.len() == b.len() => {
                let (at, off) = widest(a, b)?;
                (off, [*a.get(at)?, *b.get(at)?, off].map(text::number))
            }
            (Self::Ellipse(a), Self::Ellipse(b)) => {
                let (_, off) = widest(a, b)?;
                let said = |[x, y]: [f64; 2]| format!("{} and {}", text::number(x), text::number(y));
                (off, [said(*a), said(*b), text::number(off)])
            }
            (Self::Number(a), Self::Number(b)) => {
                let off = (a - b).abs();
                (off, [*a, *b, off].map(text::number))
            }
            (Self::Choice(Some(a)), Self::Choice(Some(b))) => {
                let Guess::Choice { options, .. } = guess else {
                    return None;
                };
                let off = f64::from(u8::from(a != b));
                let words = [
                    format!("You said: {}.", options.get(*a)?),
                    format!("It is: {}.", options.get(*b)?),
                    if a == b {
                        "Right.".to_owned()
                    } else {
                        "Not so.".to_owned()
                    },
                ];
                return Some(Gap { truth, off, words });
            }
            _ => return None,
        };
        Some(Gap {
            truth,
            off,
            words: [
                format!("You guessed {guessed}."),
                format!("It is {is}."),
                format!("The gap is {gap}."),
            ],
        })
    }
}

/// Whole degrees, or two digits of a few.
fn degrees(angle: f64) -> String {
    if angle < 9.5 {
        format!("{}°", text::number(angle))
    } else {
        format!("{angle:.0}°")
    }
}

/// Where two lists are furthest apart, and how far.
fn widest(a: &[f64], b: &[f64]) -> Option<(usize, f64)> {
    let apart = std::iter::zip(a, b).map(|(a, b)| (a - b).abs()).enumerate();
    apart.reduce(|most, next| if next.1 > most.1 { next } else { most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::readout::Number;

    fn axis() -> Guess {
        Guess::Axis {
            read: "bearing".to_owned(),
        }
    }

    #[test]
    fn a_line_has_no_direction() {
        for (guess, truth, off) in [
            (61.0, 37.0, 24.0),
            (178.0, 3.0, 5.0),
            (3.0, 178.0, 5.0),
            (90.0, -90.0, 0.0),
        ] {
            let mut readouts = Readouts::default();
            readouts.put("bearing", Number::plain(truth));
            let truth = Guessed::truth(&axis(), &readouts).expect("a truth");
            let gap = Guessed::Angle(guess).gap(&axis(), truth).expect("a gap");
            assert!((gap.off - off).abs() < 1e-12, "{gap:?}");
        }
    }

    #[test]
    fn the_gap_is_said_in_three_sentences() {
        let gap = |guess: Guess, guessed: Guessed, truth: Guessed| guessed.gap(&guess, truth);
        let said = gap(axis(), Guessed::Angle(61.0), Guessed::Angle(37.0))
            .expect("a gap")
            .words;
        assert_eq!(said, ["You guessed 61°.", "It is 37°.", "The gap is 24°."]);
        let row = Guess::Row {
            read: vec!["a".to_owned(), "b".to_owned()],
        };
        let said = gap(
            row.clone(),
            Guessed::Bars(vec![0.889, 0.1]),
            Guessed::Bars(vec![0.64, 0.16]),
        );
        assert_eq!(said.expect("a gap").words[1], "It is 0.64.");
        let choice = Guess::Choice {
            options: vec!["none".to_owned(), "axis 5".to_owned()],
            right: 1,
        };
        assert_eq!(
            gap(choice.clone(), Guessed::Choice(None), Guessed::Choice(Some(1))),
            None
        );
        let said = gap(choice, Guessed::Choice(Some(0)), Guessed::Choice(Some(1))).expect("a gap");
        assert_eq!((said.off, said.words[2].as_str()), (1.0, "Not so."));
        assert_eq!(gap(row, Guessed::Number(1.0), Guessed::Bars(vec![0.0, 0.0])), None);
        assert_eq!(
            Guessed::truth(&axis(), &Readouts::default()),
            None,
            "no number is made up"
        );
    }
}
