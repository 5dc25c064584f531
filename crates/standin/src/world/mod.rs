//! Worlds: what exists when the stand-in starts, read strictly from TOML.
//!
//! `model` is the file, key by key; `load` turns a tenant of it into records, through the same use-cases
//! that the control API and the services use; `sheet` is what a test is told about it; `template` makes
//! copies. To add a key: its field in `model`, its line in `load`, and an entry of `worlds/demo.toml` that
//! shows what it is good for.

mod certificate;
mod ids;
mod load;
mod model;
pub mod sheet;
pub mod template;
mod time;

use std::path::PathBuf;

pub use certificate::ClientCertificate;
pub(crate) use certificate::client_certificate;
pub(crate) use ids::{app_id, tenant_id};
pub(crate) use load::Loader;
pub use model::World;
pub use time::{BadWhen, When, relative};

/// The world of `keyway serve --demo`.
pub const DEMO: &str = include_str!("../../../../worlds/demo.toml");

/// Where a world comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The built-in demo.
    Demo,
    /// A file.
    File(PathBuf),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Demo => f.write_str("worlds/demo.toml (built in)"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A world file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// It cannot be read.
    #[error("the world file {path} cannot be read: {source}; check the path, or start with --demo")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, or has a key or value that has no meaning. The text shows the line.
    #[error("the world file {source_name} is wrong:\n{text}{hint}")]
    Toml {
        /// Which file.
        source_name: String,
        /// What the reader said, with line and column.
        text: String,
        /// The nearest valid key, when one is near.
        hint: String,
    },
    /// An entry refers to something that is not there, or contradicts another.
    #[error("{entry}: {what}; {next}")]
    Entry {
        /// Which entry.
        entry: String,
        /// What is wrong.
        what: String,
        /// What to do.
        next: &'static str,
    },
}

impl WorldError {
    pub(crate) fn entry(entry: impl Into<String>, what: impl Into<String>, next: &'static str) -> Self {
        Self::Entry {
            entry: entry.into(),
            what: what.into(),
            next,
        }
    }
}

impl Source {
    /// Reads the world; `extends` is done.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn read(&self) -> Result<(World, String), WorldError> {
        let text = match self {
            Self::Demo => DEMO.to_owned(),
            Self::File(path) => std::fs::read_to_string(path).map_err(|source| WorldError::Unreadable {
                path: path.clone(),
                source,
            })?,
        };
        Ok((parse(&text, &self.to_string())?, text))
    }
}

/// Reads a world from text; `name` says where it came from.
///
/// # Errors
/// [`WorldError::Toml`].
pub fn parse(text: &str, name: &str) -> Result<World, WorldError> {
    let world: World = read(text, name)?;
    match world.extends {
        None => Ok(world),
        Some(model::Base::Demo) => Ok(extend(read(DEMO, "worlds/demo.toml")?, world)),
    }
}

fn read(text: &str, name: &str) -> Result<World, WorldError> {
    toml::from_str(text).map_err(|error| WorldError::Toml {
        source_name: name.to_owned(),
        text: error.to_string().trim_end().to_owned(),
        hint: nearest(error.message())
            .map(|key| format!("\nDid you mean `{key}`?"))
            .unwrap_or_default(),
    })
}

fn extend(base: World, more: World) -> World {
    let mut tenants = base.tenants;
    tenants.retain(|known| {
        more.tenants
            .iter()
            .all(|tenant| tenant_id(tenant) != tenant_id(known))
    });
    tenants.extend(more.tenants);
    let mut regions = more.regions;
    regions.extend(base.regions);
    World {
        name: more.name,
        extends: None,
        env: more.env.or(base.env),
        regions,
        tenants,
    }
}

/// The reader lists the keys it would have taken, in backquotes after the one it did not; the nearest of them
/// is only a hint, so nothing depends on the list's form.
fn nearest(message: &str) -> Option<&str> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    let (distance, key) = quoted.map(|key| (edits(unknown, key), key)).min()?;
    (distance * 2 <= unknown.len()).then_some(key)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let cost = (diagonal + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, "my.toml").unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
        let text = error(
            "name = \"x\"\n[[tenant]]\nname = \"T\"\n[[tenant.user]]\nupn = \"a@b.c\"\nname = \"A\"\npasword = \"x\"\n",
        );
        assert!(
            text.contains("line 7")
                && text.contains("`pasword`")
                && text.contains("Did you mean `password`?"),
            "{text}"
        );
        let text = error("name = \"x\"\nextends = \"moon\"\n");
        assert!(text.contains("line 2") && text.contains("demo"), "{text}");
        assert!(error("name = ").contains("my.toml"));
        assert!(error("name = \"x\"\n[[tenant]]\nname=\"T\"\n[[tenant.app]]\nname=\"A\"\n[[tenant.app.secret]]\nname=\"s\"\nvalue=\"v\"\nends=\"soon\"\n").contains("+12 months"));
    }

    #[test]
    fn a_world_can_add_to_the_demo() {
        let demo = Source::Demo.read().unwrap().0;
        let text = format!(
            "name = \"mine\"\nextends = \"demo\"\n[[tenant]]\nname = \"New\"\ndomains = [{{ name = \"new.example\" }}]\n[[tenant]]\nid = \"{}\"\nname = \"Replaced\"\n",
            tenant_id(&demo.tenants[0])
        );
        let world = parse(&text, "mine").unwrap();
        assert_eq!(world.tenants.len(), demo.tenants.len() + 1);
        assert!(
            world
                .tenants
                .iter()
                .all(|tenant| tenant.name != demo.tenants[0].name)
        );
        assert!(world.env.is_some());
    }

    #[test]
    fn distances() {
        assert_eq!(
            (
                edits("", "abc"),
                edits("kitten", "sitting"),
                edits("same", "same")
            ),
            (3, 3, 0)
        );
    }
}
