//! Words of unknown faces: how wide they are at most, and how they break.

/// The width of a character in ems, in a wide face without serifs: a little more than in those that are likely.
fn advance(character: char, strong: bool) -> f64 {
    let regular = match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '\u{2019}' => 0.3,
        ' ' | '\u{a0}' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '·' | '/' => 0.42,
        '\u{2080}'..='\u{208e}' | '\u{2070}'..='\u{207e}' | '²' | '³' | '¹' => 0.46,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 0.98,
        'A'..='Z' | '+' | '=' | '<' | '>' | '\u{2212}' | '~' => 0.72,
        'a'..='z' | '0'..='9' => 0.64,
        '\u{300}'..='\u{36f}' => 0.0,
        '\u{1100}'.. => 1.1,
        _ => 0.7,
    };
    if strong { 1.12 * regular } else { regular }
}

/// The width of a line, at most, in the units of its size.
pub(super) fn width(line: &str, size: f64, strong: bool) -> f64 {
    size * line.chars().map(|character| advance(character, strong)).sum::<f64>()
}

/// What fits into a width; what does not is cut, with "…" in its place.
pub(super) fn cut(line: &str, size: f64, strong: bool, most: f64) -> String {
    if width(line, size, strong) <= most {
        return line.to_owned();
    }
    let room = most - width("…", size, strong);
    let mut used = 0.0;
    let mut kept: String = line
        .chars()
        .take_while(|character| {
            used += size * advance(*character, strong);
            used <= room
        })
        .collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// Words in lines of a width, at most `most` of them; what does not fit is cut.
pub(super) fn wrapped(words: &str, size: f64, strong: bool, wide: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let full = lines.len() == most;
        match lines.last_mut() {
            // The last line takes all that is left, and is cut below.
            Some(line) if full || width(line, size, strong) + width(&format!(" {word}"), size, strong) <= wide => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| cut(line, size, strong, wide)).collect()
}

/// Text without what XML does not take and no font shows.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// Text as the content of an XML element.
pub(super) fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_no_word_before_the_last() {
        let words = "The query scores plus a little on an axis that tells the left from the right.";
        let lines = wrapped(words, 20.0, true, 400.0, 9);
        assert!(lines.len() > 2);
        assert_eq!(lines.join(" "), words);
        assert!(lines.iter().all(|line| width(line, 20.0, true) <= 400.0), "{lines:?}");
        let two = wrapped(words, 20.0, true, 400.0, 2);
        assert_eq!((two.len(), &two[0]), (2, &lines[0]));
        assert!(two[1].ends_with('…') && width(&two[1], 20.0, true) <= 400.0, "{two:?}");
        assert_eq!(wrapped("  \n ", 20.0, false, 400.0, 2), Vec::<String>::new());
    }

    #[test]
    fn one_long_word_is_cut() {
        let cut = wrapped(&"w".repeat(400), 20.0, false, 100.0, 1);
        assert_eq!(cut, ["wwww…"]);
        assert_eq!(super::cut("nnnn", 10.0, false, 25.7), "nnnn");
        assert_eq!(super::cut("nnnn", 10.0, false, 25.5), "nn…");
    }

    #[test]
    fn markup_and_control_characters_are_only_text() {
        assert_eq!(escaped("a<b>&\u{0}\u{8}\u{ffff}c"), "a&lt;b&gt;&amp;   c");
    }
}
