//! How a lesson stands in its time.

use crate::lesson::Lesson;

/// Less than this (s) is as planned.
const NEAR_S: f64 = 10.0;

/// "0:07", "12:30".
pub(super) fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The minutes of all steps.
pub(super) fn minutes(lesson: &Lesson) -> u32 {
    lesson.steps.iter().map(|step| u32::from(step.minutes)).sum()
}

/// "40 s behind the plan", in the step `at` from 0, so many seconds after the lesson and the step began.
pub(super) fn behind(lesson: &Lesson, at: usize, elapsed: f64, in_step: f64) -> String {
    let seconds = |step: &crate::lesson::Step| 60.0 * f64::from(step.minutes);
    let before: f64 = lesson.steps.iter().take(at).map(seconds).sum();
    let here = lesson.steps.get(at).map_or(0.0, seconds);
    let off = elapsed - before - in_step.min(here);
    if off.abs() < NEAR_S {
        return "As planned".to_owned();
    }
    let size = if off.abs() < 60.0 {
        format!("{:.0} s", off.abs())
    } else {
        format!("{:.0} min", off.abs() / 60.0)
    };
    format!("{size} {} the plan", if off > 0.0 { "behind" } else { "ahead of" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_words() {
        let text =
            "title = \"A\"\n[[step]]\ntitle = \"a\"\nminutes = 2\nstate = []\n[[step]]\ntitle = \"b\"\nstate = []\n";
        let lesson = eigenlens_words::lesson::read(text).expect("a lesson");
        assert_eq!(minutes(&lesson), 5);
        assert_eq!(behind(&lesson, 0, 60.0, 60.0), "As planned");
        // The step has used up its time and more.
        assert_eq!(behind(&lesson, 0, 160.0, 160.0), "40 s behind the plan");
        assert_eq!(behind(&lesson, 1, 30.0, 5.0), "2 min ahead of the plan");
        assert_eq!(behind(&lesson, 1, 420.0, 300.0), "2 min behind the plan");
        assert_eq!([clock(0.0), clock(7.9), clock(750.0)], ["0:00", "0:07", "12:30"]);
    }
}
