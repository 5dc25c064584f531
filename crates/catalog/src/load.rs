//! Loading the catalog, from the binary or from its folder, and checking that it holds together.

use std::{collections::BTreeSet, fs, path::Path, sync::OnceLock};

use serde::Deserialize;

use crate::{
    article::{Article, BadArticle},
    cause::{Cause, Meta, Rule},
    phrase::Phrase,
};

/// Every cause, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    causes: Vec<Cause>,
}

/// What is wrong with a folder.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// `cause.toml` is wrong.
    #[error("{id}/cause.toml: {why}")]
    Meta {
        /// The cause.
        id: String,
        /// Why.
        why: String,
    },
    /// `explain.en.md` is wrong.
    #[error("{id}/explain.en.md: {why}")]
    Article {
        /// The cause.
        id: String,
        /// Why.
        why: BadArticle,
    },
}

/// A cause as the build packs it.
#[derive(Deserialize)]
struct Packed {
    id: String,
    cause: Meta,
    article: String,
}

impl Catalog {
    /// The catalog that the binary carries. It was checked by the tests; what cannot be read is left out and
    /// told by [`Catalog::load`].
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            let lines = include_str!(concat!(env!("OUT_DIR"), "/catalog.jsonl")).lines();
            let causes = lines.filter_map(|line| {
                // Straight into its type: most commands read all of it before they do anything else.
                let packed: Packed = serde_json::from_str(line).ok()?;
                assemble(packed.id, Ok(packed.cause), &packed.article).ok()
            });
            Self::new(causes.collect())
        })
    }

    /// The catalog in a folder, with everything that is wrong in it. Folders whose name begins with `_` are none.
    pub fn load(root: &Path) -> (Self, Vec<Problem>) {
        let mut causes = Vec::new();
        let mut problems = Vec::new();
        for id in folders(root, &mut problems) {
            match read(root, &id) {
                Ok(cause) => causes.push(cause),
                Err(problem) => problems.push(problem),
            }
        }
        let catalog = Self::new(causes);
        problems.extend(catalog.loose_ends());
        (catalog, problems)
    }

    fn new(mut causes: Vec<Cause>) -> Self {
        causes.sort_by(|a, b| a.id.cmp(&b.id));
        Self { causes }
    }

    /// Every cause, by id.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The cause with this id.
    pub fn get(&self, id: &str) -> Option<&Cause> {
        let at = self
            .causes
            .binary_search_by(|cause| cause.id.as_str().cmp(id))
            .ok()?;
        self.causes.get(at)
    }

    /// Every sentence that some rule asks for, each once.
    pub fn phrases(&self) -> Vec<&Phrase> {
        let mut seen = BTreeSet::new();
        let conditions = self.causes.iter().flat_map(|cause| {
            let rules = cause.meta.rules.iter().flat_map(Rule::conditions);
            rules.chain(cause.meta.exclusions.iter().flat_map(|exclusion| &exclusion.any))
        });
        conditions
            .filter_map(|condition| {
                condition
                    .phrase
                    .as_ref()
                    .map(|phrase| (&condition.pattern, phrase))
            })
            .filter(|(pattern, _)| seen.insert(*pattern))
            .map(|(_, phrase)| phrase)
            .collect()
    }

    /// References to causes that do not exist, and rules without a condition.
    fn loose_ends(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for cause in &self.causes {
            let mut say = |why: String| {
                problems.push(Problem::Meta {
                    id: cause.id.clone(),
                    why,
                });
            };
            for other in &cause.meta.see {
                if self.get(other).is_none() {
                    say(format!("`see` names `{other}`, which is no cause"));
                }
            }
            if let Some(play) = &cause.meta.play {
                if let Some(mistake) = play.mistake() {
                    say(mistake.to_owned());
                }
                if cause.meta.unplayed.is_some() {
                    say("`play` and `unplayed` contradict each other".to_owned());
                }
                if let Some(other) = play.or.as_deref().filter(|other| self.get(other).is_none()) {
                    say(format!("`play` names `{other}`, which is no cause"));
                }
            }
            for (at, rule) in cause.meta.rules.iter().enumerate() {
                if rule.all.is_empty() || rule.all.iter().any(|need| need.conditions().is_empty()) {
                    say(format!("rule {} asks for nothing", at + 1));
                }
                if rule.source.trim().is_empty() {
                    say(format!("rule {} has no source", at + 1));
                }
            }
        }
        problems
    }
}

fn folders(root: &Path, problems: &mut Vec<Problem>) -> Vec<String> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(why) => {
            problems.push(Problem::Unreadable {
                path: root.display().to_string(),
                why,
            });
            return Vec::new();
        }
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort();
    names
}

fn read(root: &Path, id: &str) -> Result<Cause, Problem> {
    let file = |name: &str| {
        let path = root.join(id).join(name);
        fs::read_to_string(&path).map_err(|why| Problem::Unreadable {
            path: path.display().to_string(),
            why,
        })
    };
    let meta = toml::from_str(&file("cause.toml")?).map_err(|e| e.to_string());
    assemble(id.to_owned(), meta, &file("explain.en.md")?)
}

fn assemble(id: String, meta: Result<Meta, String>, article: &str) -> Result<Cause, Problem> {
    let meta = match meta {
        Ok(meta) => meta,
        Err(why) => return Err(Problem::Meta { id, why }),
    };
    match Article::parse(article) {
        Ok(article) => Ok(Cause { id, meta, article }),
        Err(why) => Err(Problem::Article { id, why }),
    }
}
