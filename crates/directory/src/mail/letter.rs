//! What a mail says, and its two forms.

use askama::Template;
use serde::{Deserialize, Serialize};
use types::Form;

/// What a person can do from a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What the link says.
    pub label: String,
    /// Where it leads, by true name.
    pub url: String,
}

/// What a mail says, before it has a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// The subject, which is also its heading.
    pub subject: String,
    /// Paragraphs before the link.
    pub paragraphs: Vec<String>,
    /// Facts as name and value: a user name, a temporary password.
    #[serde(default)]
    pub facts: Vec<(String, String)>,
    /// The link.
    #[serde(default)]
    pub action: Option<Action>,
    /// Paragraphs after it: how long it holds, what to do if it was not you.
    #[serde(default)]
    pub closing: Vec<String>,
}

/// A mail's two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// `text/html`.
    pub html: String,
    /// `text/plain`.
    pub text: String,
    /// The link, where there is one.
    pub link: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
    facts: &'a [(&'a str, String)],
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Letter,
    facts: &'a [(&'a str, String)],
    link: &'a str,
}

impl Letter {
    /// Both parts, with addresses in the form that reaches the stand-in from where the reader is.
    ///
    /// # Errors
    /// When a template cannot be filled in, which would be a bug of ours.
    pub fn render(&self, form: Form) -> Result<Rendered, askama::Error> {
        let link = self.action.as_ref().map(|action| form.dress(&action.url));
        let shown = link.as_deref().unwrap_or_default();
        // A fact may be an address too; any other text is left as it is.
        let facts: Vec<_> = self
            .facts
            .iter()
            .map(|(name, value)| (name.as_str(), form.dress(value)))
            .collect();
        let html = Html {
            letter: self,
            facts: &facts,
            link: shown,
        };
        let text = Text {
            letter: self,
            facts: &facts,
            link: shown,
        };
        Ok(Rendered {
            html: html.render()?,
            text: text.render()?,
            link,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "Verify <your> address".into(),
            paragraphs: vec!["Hello & welcome.".into()],
            facts: vec![("User name".into(), "anna@contoso.com".into())],
            action: Some(Action {
                label: "Verify".into(),
                url: "https://account.live.com/verify?token=a&b=c".into(),
            }),
            closing: vec!["The link holds for a day.".into()],
        }
    }

    #[test]
    fn both_parts_say_the_same_and_the_link_wears_the_form() {
        let rendered = letter().render(Form::Localhost { port: 8443 }).unwrap();
        let link = "https://account.live.com.localhost:8443/verify?token=a&b=c";
        assert_eq!(rendered.link.as_deref(), Some(link));
        assert!(rendered.text.contains(link), "{}", rendered.text);
        for part in [
            "Hello & welcome.",
            "anna@contoso.com",
            "The link holds for a day.",
        ] {
            assert!(rendered.text.contains(part), "{part}: {}", rendered.text);
        }
        assert!(
            rendered.html.contains("Hello &#38; welcome.") && rendered.html.contains("anna@contoso.com"),
            "{}",
            rendered.html
        );
        assert!(!rendered.html.contains("<your>"));
        assert!(
            letter()
                .render(Form::True)
                .unwrap()
                .link
                .unwrap()
                .starts_with("https://account.live.com/")
        );
    }
}
