//! Text on its way into XML or HTML.

/// The text with the five characters escaped that markup is made of, and without those that XML 1.0 (2.2) forbids; good
/// between tags and within quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\r' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_is_escaped_reads_as_it_was() {
        let text = "<a b='c' d=\"&amp;\">\n\tü </a>";
        let document = format!("<x y=\"{0}\">{0}</x>", escape(text));
        let tree = roxmltree::Document::parse(&document).unwrap();
        assert_eq!(tree.root_element().text(), Some(text));
        assert_eq!(escape("a\u{1b}[31m\u{ffff}"), "a\u{fffd}[31m\u{fffd}");
    }
}
