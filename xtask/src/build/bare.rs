//! Scripts and style sheets without what only a reader of the source needs: a third of their bytes after compression.

use std::path::Path;

/// A file of the site as it is served.
pub(super) fn of(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let extension = Path::new(name).extension().unwrap_or_default();
    if extension == "js" || extension == "css" {
        without_comments(&bytes)
    } else {
        bytes
    }
}

/// The text without comments that have lines of their own, and without empty lines. What stands beside code stays, and so
/// does everything within backticks, where a line may look like a comment and be text.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let Ok(text) = str::from_utf8(text) else {
        return text.to_vec();
    };
    let (mut out, mut in_comment, mut in_text) = (String::with_capacity(text.len()), false, false);
    for line in text.lines() {
        let words = line.trim();
        let begins = words.starts_with("/*") && (!words.contains("*/") || words.ends_with("*/"));
        if !in_text && (in_comment || begins) {
            in_comment = !words.contains("*/");
        } else if in_text || !(words.starts_with("//") || words.is_empty()) {
            in_text ^= opens_or_closes(words);
            out.push_str(line);
            out.push('\n');
        }
    }
    out.into_bytes()
}

/// Whether a line has an odd number of backticks.
fn opens_or_closes(words: &str) -> bool {
    words.matches('`').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_on_lines_of_their_own_go() {
        let source = "// a\n/** b */\nconst x = 1; // c\n\n/*\n * d\n */\n  const y = `\n// text\n\n/* text */`;\n\
                      const FILES = /*PRECACHE*/[]/*END*/;\n/*e*/ f();\n  // g\n";
        let bare = "const x = 1; // c\n  const y = `\n// text\n\n/* text */`;\nconst FILES = /*PRECACHE*/[]/*END*/;\n/*e*/ f();\n";
        assert_eq!(str::from_utf8(&without_comments(source.as_bytes())), Ok(bare));
        assert_eq!(without_comments(&[0xff, b'/']), [0xff, b'/']);
    }
}
