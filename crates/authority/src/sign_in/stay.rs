//! "Stay signed in?" It is asked of a person who typed a password into our page, never of a program.

use askama::Template;

use super::{Known, Scene, Shown, Stay};
use crate::{Service, pages::Sheet, stop::Done};

#[derive(Template)]
#[template(path = "stay.html")]
struct StayPage {
    sheet: Sheet,
}

impl Service {
    /// The page, where the question is open.
    pub(crate) fn stay_page(&self, scene: &Scene<'_>, known: &Known) -> Done<Option<Shown>> {
        if known.stay != Stay::Ask {
            return Ok(None);
        }
        let (sheet, opened) = self.sheet(scene, Some(known), None)?;
        let upn = &known.person.upn;
        let shown = self.shown(scene, &StayPage { sheet }, &opened, None, || {
            format!("{upn} is asked whether to stay signed in")
        })?;
        Ok(Some(shown))
    }
}
