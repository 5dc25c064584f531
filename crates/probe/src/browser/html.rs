//! What a browser without script sees of a page: its title, its words and its forms.

/// The most that is kept of one page.
const FORMS: usize = 8;
const FIELDS: usize = 64;
const TEXT: usize = 4000;

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: String,
    /// The words, each blank one blank.
    pub(super) text: String,
    pub(super) forms: Vec<Form>,
    /// Whether a script sends a form as soon as the page is there.
    pub(super) sends_itself: bool,
}

/// A form.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) posts: bool,
    pub(super) fields: Vec<Field>,
}

/// A field with a name.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) kind: Kind,
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: the page filled it in.
    Hidden,
    /// Words.
    Text,
    /// A password.
    Password,
}

impl Form {
    /// The field for the password, in a form that asks for one and no more: one that asks for several changes it.
    pub(super) fn password(&self) -> Option<&Field> {
        let mut all = self.fields.iter().filter(|field| field.kind == Kind::Password);
        all.next().filter(|_| all.next().is_none())
    }

    /// The field for the user name, beside that.
    pub(super) fn user(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == Kind::Text)
    }

    /// Whether nobody has anything to type.
    pub(super) fn is_filled_in(&self) -> bool {
        !self.fields.is_empty() && self.fields.iter().all(|field| field.kind == Kind::Hidden)
    }
}

impl Page {
    /// Reads a page. What is no HTML has words only.
    pub(super) fn read(html: &str) -> Self {
        let mut page = Self::default();
        let mut open: Option<Form> = None;
        let (mut rest, mut in_title) = (html, false);
        while let Some(at) = rest.find('<') {
            page.words(&rest[..at], in_title);
            rest = &rest[at..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
                continue;
            }
            let (tag, after) = Tag::read(rest);
            rest = after;
            match tag.name.as_str() {
                // What stands around every page of a site says nothing about this one.
                "script" | "style" | "template" | "nav" | "header" | "footer" => {
                    let end = end_of(rest, &tag.name);
                    if tag.name == "script" {
                        page.sends_itself |= rest[..end].contains(".submit(");
                    }
                    rest = &rest[end..];
                }
                "title" => in_title = true,
                "/title" => in_title = false,
                "body" => page.sends_itself |= tag.get("onload").is_some_and(|run| run.contains(".submit(")),
                "form" => {
                    open = Some(Form {
                        action: tag.get("action").unwrap_or_default().to_owned(),
                        posts: tag
                            .get("method")
                            .is_some_and(|how| how.eq_ignore_ascii_case("post")),
                        fields: Vec::new(),
                    });
                }
                "/form" => page
                    .forms
                    .extend(open.take().filter(|_| page.forms.len() < FORMS)),
                "input" => {
                    if let (Some(form), Some(field)) = (&mut open, tag.field())
                        && form.fields.len() < FIELDS
                    {
                        form.fields.push(field);
                    }
                }
                _ => page.text.push(' '),
            }
        }
        page.words(rest, in_title);
        page.forms.extend(open);
        page.text = squeezed(&page.text);
        page.title = squeezed(&page.title);
        page
    }

    fn words(&mut self, text: &str, in_title: bool) {
        let kept = if in_title { &mut self.title } else { &mut self.text };
        let room = TEXT.saturating_sub(kept.len()).min(text.len());
        kept.push_str(&plain(&text[..text.floor_char_boundary(room)]));
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the element of that name ends.
fn end_of(text: &str, name: &str) -> usize {
    let ends = |at: &usize| {
        let tag = text[*at..].strip_prefix("</");
        tag.and_then(|tag| tag.get(..name.len()))
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    text.match_indices("</")
        .map(|(at, _)| at)
        .find(ends)
        .unwrap_or(text.len())
}

/// A tag with its attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The tag at the beginning of `text`, and what follows it.
    fn read(text: &str) -> (Self, &str) {
        let inner = &text[1..];
        let end = inner
            .find(|c: char| c.is_ascii_whitespace() || c == '>')
            .unwrap_or(inner.len());
        let mut tag = Self {
            name: inner[..end].trim_end_matches('/').to_ascii_lowercase(),
            attributes: Vec::new(),
        };
        let mut rest = &inner[end..];
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return (tag, after);
            }
            if rest.is_empty() {
                return (tag, rest);
            }
            // A name begins with its first character, whatever it is (HTML 13.2.5.32).
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let end = rest[first..]
                .find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c))
                .map_or(rest.len(), |at| first + at);
            let name = rest[..end].to_ascii_lowercase();
            rest = rest[end..].trim_start();
            let mut value = "";
            if let Some(after) = rest.strip_prefix('=') {
                (value, rest) = value_of(after.trim_start());
            }
            if tag.attributes.len() < FIELDS {
                tag.attributes.push((name, plain(value)));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The field that an `input` is; None for one that sends nothing unless it is chosen.
    fn field(&self) -> Option<Field> {
        let kind = match self.get("type").unwrap_or("text").to_ascii_lowercase().as_str() {
            "hidden" => Kind::Hidden,
            "password" => Kind::Password,
            "submit" | "button" | "reset" | "image" | "file" => return None,
            "checkbox" | "radio" if self.get("checked").is_none() => return None,
            "checkbox" | "radio" => Kind::Hidden,
            _ => Kind::Text,
        };
        let name = self.get("name").filter(|name| !name.is_empty())?.to_owned();
        let value = self.get("value").unwrap_or_default().to_owned();
        Some(Field { name, value, kind })
    }
}

/// An attribute's value, and what follows it.
fn value_of(text: &str) -> (&str, &str) {
    if let Some(quote) = text.chars().next().filter(|c| "\"'".contains(*c)) {
        let inner = &text[1..];
        return match inner.find(quote) {
            Some(end) => (&inner[..end], &inner[end + 1..]),
            None => (inner, ""),
        };
    }
    let end = text
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Text with its character references replaced.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((referred(&rest[1..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn referred(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return number.ok().and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    use super::*;

    #[test]
    fn a_page_has_a_title_words_and_forms() {
        let page = Page::read(
            "<!doctype html><TITLE>Sign in &amp; go</TITLE><!-- <form> --><style>p{}</style>\
             <nav><a>Home</a></nav>\
             <p>We know <b>you</b>&#x2e;</p><script>if (a < b) document.forms[0].submit()</script>\
             <form method=POST action='/x?a=1&amp;b=2'><input type=hidden name=ctx value=\"v&quot;\">\
             <input name=login value=anna@contoso.com><input type='password' name=passwd hidden>\
             <input type=checkbox name=kmsi><button name=next>Next</button></form><form><input name=q></form",
        );
        assert_eq!(
            (page.title.as_str(), page.text.as_str()),
            ("Sign in & go", "We know you . Next")
        );
        let form = &page.forms[0];
        assert_eq!((form.action.as_str(), form.posts), ("/x?a=1&b=2", true));
        assert_eq!(form.password().unwrap().name, "passwd");
        assert_eq!(form.user().unwrap().value, "anna@contoso.com");
        let names: Vec<_> = form.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(
            (names, form.fields[0].value.as_str()),
            (vec!["ctx", "login", "passwd"], "v\"")
        );
        assert!(page.sends_itself && !form.is_filled_in());
        assert_eq!(page.forms.len(), 2);
    }

    #[test]
    fn who_changes_a_password_is_not_signing_in() {
        let page = Page::read("<form><input type=password name=a><input type=password name=b></form>");
        assert!(page.forms[0].password().is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(pieces in proptest::collection::vec(
            proptest::prop_oneof![
                "\\PC{0,6}",
                proptest::sample::select(vec![
                    "<", "</", ">", "<!--", "-->", "<form", "</form>", "<input ", "<script>", "</script", "<title>", " type=", "='", "\"",
                    "&#x", "&amp;", ";", "=", "/", "password", " name=a",
                ]).prop_map(str::to_owned),
            ],
            0..40,
        )) {
            let text = pieces.concat();
            let page = Page::read(&text);
            proptest::prop_assert!(page.text.len() <= TEXT && page.forms.len() <= FORMS + 1);
        }
    }

    #[test]
    fn what_is_broken_or_endless_is_read_to_its_end() {
        for text in [
            "<",
            "<form",
            "<form a='",
            "<!--",
            "<script>",
            "<a =>",
            "&#xffffffff;&amp",
            "<input type=",
            "a<é b=é",
        ] {
            Page::read(text);
        }
        let page = Page::read(&format!(
            "<form>{}</form>{}",
            "<input name=a>".repeat(999),
            "word ".repeat(9999)
        ));
        assert!(page.forms[0].fields.len() == FIELDS && page.text.len() <= TEXT);
        // Nested and repeated openings are no more work than their length.
        Page::read(&"<script></".repeat(200_000));
        Page::read(&"<a b".repeat(200_000));
    }
}
