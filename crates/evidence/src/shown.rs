//! Foreign text on its way to somebody's eyes.

/// A text in which no character acts instead of being seen: neither a control, which a terminal obeys, nor one that turns
/// the direction of writing (Unicode Bidirectional Algorithm, 2.1 to 2.6) or takes no room. Tabs and line ends become
/// blanks.
pub fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(
            shown("a\u{1b}[31mb\u{202e}c\u{0}\td"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd} d"
        );
        assert_eq!(shown("שלום ÄÖ"), "שלום ÄÖ");
    }
}
