//! The human part of a cause: `explain.en.md`.

use serde::{Deserialize, Serialize};

/// What a person reads about a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// What is wrong, as a sentence without its period.
    pub title: String,
    /// What people see, and where.
    pub symptoms: String,
    /// Why, in a paragraph or more.
    pub cause: String,
    /// What to do, in Markdown.
    pub resolution: String,
}

/// Why an article cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadArticle {
    /// The first line is no `# Title`.
    #[error("it must begin with `# ` and a title of at most 90 characters without a period")]
    Title,
    /// A part is missing or empty.
    #[error("the part `## {0}` is missing or empty")]
    Part(&'static str),
    /// The resolution holds no numbered step.
    #[error("the resolution has no numbered step")]
    Steps,
}

impl Article {
    /// Reads the Markdown.
    pub(crate) fn parse(text: &str) -> Result<Self, BadArticle> {
        let title = text
            .trim_start()
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "));
        let title = title
            .map(str::trim)
            .filter(|title| !title.is_empty() && title.chars().count() <= 90 && !title.ends_with('.'))
            .ok_or(BadArticle::Title)?;
        let article = Self {
            title: title.to_owned(),
            symptoms: part(text, "Symptoms")?,
            cause: part(text, "Cause")?,
            resolution: part(text, "Resolution")?,
        };
        if article.steps().is_empty() {
            return Err(BadArticle::Steps);
        }
        Ok(article)
    }

    /// The cause in a sentence or two: its first paragraph.
    pub fn summary(&self) -> String {
        let first = self.cause.split("\n\n").next().unwrap_or_default();
        one_line(first)
    }

    /// The resolution's numbered steps.
    pub fn steps(&self) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        let mut open = false;
        for line in self.resolution.lines() {
            if let Some(step) = numbered(line) {
                steps.push(step.to_owned());
                open = true;
            } else if line.trim().is_empty() || !line.starts_with(' ') {
                open = false;
            } else if open && let Some(step) = steps.last_mut() {
                step.push(' ');
                step.push_str(line.trim());
            }
        }
        steps
    }
}

/// The text behind `3. ` at the margin.
fn numbered(line: &str) -> Option<&str> {
    let (number, step) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(step.trim())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn part(text: &str, name: &'static str) -> Result<String, BadArticle> {
    let mut inside = false;
    let mut out = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading.trim() == name;
        } else if inside {
            out.push_str(line);
            out.push('\n');
        }
    }
    let out = out.trim();
    if out.is_empty() {
        Err(BadArticle::Part(name))
    } else {
        Ok(out.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# The role is missing\n\n## Symptoms\nA page.\n\n## Cause\nNobody gave\nit.\n\nMore.\n\n\
                        ## Resolution\n1. Open the\n   user.\n2. Give it.\n\nDone.\n";

    #[test]
    fn the_parts_are_found() {
        let article = Article::parse(GOOD).expect("an article");
        assert_eq!(article.title, "The role is missing");
        assert_eq!(article.summary(), "Nobody gave it.");
        assert_eq!(article.steps(), ["Open the user.", "Give it."]);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Article::parse("Role").unwrap_err(), BadArticle::Title);
        let no_cause = GOOD.replace("## Cause", "## Reason");
        assert_eq!(Article::parse(&no_cause).unwrap_err(), BadArticle::Part("Cause"));
        let no_steps = GOOD.replace("1. ", "").replace("2. ", "");
        assert_eq!(Article::parse(&no_steps).unwrap_err(), BadArticle::Steps);
    }
}
