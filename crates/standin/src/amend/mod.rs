//! Ways of failing: each arranges real state in a tenant and can take it back.
//!
//! An amendment says what an administrator (or time) does, never which message follows; the services find the
//! changed state by themselves. It is applied as one transaction, remembers what it replaced, and must change
//! something: one that holds already is refused. To add one: its file, and its line in [`AMENDMENTS`]; the control
//! API, `keyway break --list` and the tests read the list.

mod draft;
mod made;
mod ways;

pub(crate) use draft::{Draft, Misfit, Scene, Surroundings, Tables};
pub(crate) use made::Made;
pub(crate) use ways::AMENDMENTS;

/// The kind of the records that remember what was applied.
pub(crate) const KIND: &str = "amendment";

/// One way of failing.
pub(crate) struct Amendment {
    /// What it is asked for by.
    pub(crate) name: &'static str,
    /// What happens, in a sentence.
    pub(crate) about: &'static str,
    /// Parameters it takes, each with its meaning.
    pub(crate) takes: &'static [(&'static str, &'static str)],
    /// Arranges the state.
    pub(crate) apply: fn(&mut Draft<'_>) -> Result<(), Misfit>,
}

/// The amendment of that name.
pub(crate) fn named(name: &str) -> Option<&'static Amendment> {
    AMENDMENTS.iter().find(|amendment| amendment.name == name)
}

impl Amendment {
    /// Applies it to a tenant as it stands, and says what was changed.
    ///
    /// # Errors
    /// [`Misfit`] where it does not fit the tenant, is applied already, or would change nothing.
    pub(crate) fn apply(
        &self,
        tables: &Tables,
        surroundings: &Surroundings<'_>,
        scene: &Scene,
    ) -> Result<Made, Misfit> {
        if let Some(unknown) = scene
            .with
            .keys()
            .find(|name| self.takes.iter().all(|(known, _)| known != name))
        {
            return Err(Misfit::Parameter(format!(
                "`{}` takes no parameter `{unknown}`",
                self.name
            )));
        }
        if tables.rows(KIND).any(|(id, _)| id == self.name) {
            return Err(Misfit::Already(self.name.to_owned()));
        }
        let mut draft = Draft::new(tables, surroundings, scene);
        (self.apply)(&mut draft)?;
        let made = draft.made(self.name)?;
        // Once is enough: what it asked for is there, so asking again finds nothing to do.
        if made.rows.is_empty() && made.names.is_empty() {
            return Err(Misfit::NothingToDo(self.name.to_owned()));
        }
        Ok(made)
    }
}
