//! Loading the catalog, from the binary or from its folder, and checking that it holds together.

use std::{collections::HashSet, fs, path::Path, sync::OnceLock};

use crate::{
    article::{Article, BadArticle},
    cause::{Cause, Rule},
    condition::Condition,
    phrase::Phrase,
    profile::Profiles,
};

/// Every cause, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    causes: Vec<Cause>,
    /// Made when they are first asked for, or read from what the build packed.
    profiles: OnceLock<Profiles>,
    packed: Option<&'static [u8]>,
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

impl Catalog {
    /// The catalog that the binary carries, as the build read and packed it.
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/causes"));
            // What the same types wrote in the same build is read by them; a test counts the causes.
            let causes = postcard::from_bytes(packed).unwrap_or_default();
            Self {
                packed: Some(include_bytes!(concat!(env!("OUT_DIR"), "/profiles"))),
                ..Self::new(causes)
            }
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
        Self {
            causes,
            ..Self::default()
        }
    }

    /// The profile of every cause, in their order.
    pub fn profiles(&self) -> &Profiles {
        self.profiles.get_or_init(|| {
            let packed = self.packed.and_then(|packed| postcard::from_bytes(packed).ok());
            packed.unwrap_or_else(|| Profiles::new(&self.causes))
        })
    }

    /// The same catalog with those rules alone that count, and with what is drawn from them: how an evaluation leaves
    /// out what it must not know.
    #[must_use]
    pub fn keeping(&self, counts: impl Fn(&Cause, &Rule) -> bool) -> Self {
        let mut causes = self.causes.clone();
        for cause in &mut causes {
            let rules = std::mem::take(&mut cause.meta.rules);
            cause.meta.rules = rules.into_iter().filter(|rule| counts(cause, rule)).collect();
        }
        Self::new(causes)
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
        let conditions = self.causes.iter().flat_map(|cause| {
            let rules = cause.meta.rules.iter().flat_map(Rule::conditions);
            rules.chain(cause.meta.exclusions.iter().flat_map(|exclusion| &exclusion.any))
        });
        let all: Vec<&Phrase> = conditions.filter_map(Condition::phrase).collect();
        let mut seen = HashSet::with_capacity(all.len());
        let each = all.into_iter();
        each.filter(|phrase| seen.insert(phrase.pattern())).collect()
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
    let meta = match toml::from_str(&file("cause.toml")?) {
        Ok(meta) => meta,
        Err(why) => {
            return Err(Problem::Meta {
                id: id.to_owned(),
                why: why.to_string(),
            });
        }
    };
    match Article::parse(&file("explain.en.md")?) {
        Ok(article) => Ok(Cause {
            id: id.to_owned(),
            meta,
            article,
        }),
        Err(why) => Err(Problem::Article {
            id: id.to_owned(),
            why,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_carries_what_the_folder_holds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let (folder, problems) = Catalog::load(&root);
        assert!(problems.is_empty(), "{problems:?}");
        let embedded = Catalog::embedded();
        assert_eq!(format!("{:?}", embedded.causes), format!("{:?}", folder.causes));
        assert_eq!(
            format!("{:?}", embedded.profiles()),
            format!("{:?}", folder.profiles())
        );
    }
}
