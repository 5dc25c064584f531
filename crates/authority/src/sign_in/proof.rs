//! Proving a password: the second page's answer, or that of a program which posts both at once.

use directory::{Located, Person};
use types::{BadUpn, Secret, Upn};
use wire::{
    Call,
    aadsts::{self, Refusal},
    form::Params,
};

use super::{Asked, Kind, Known, Scene, Stay, change::Cause, guesses::is_about_names};
use crate::{
    Service,
    stop::{Done, Note, Stop},
};

impl Service {
    /// Name and password were typed.
    pub(super) async fn proved(&self, scene: &Scene<'_>, form: &Params, note: &mut Note) -> Done<Asked> {
        let login = form.get("login").unwrap_or_default().trim();
        note.subject = Some(login.to_owned());
        let upn: Upn = match login.parse() {
            Ok(upn) => upn,
            Err(bad) => {
                let page = self.name_page(scene, login, Some(&bad_name(&bad)))?;
                return Ok(Err(Box::new(page)));
            }
        };
        let wanted = Kind::read(form);
        let found = self.locate_typed(scene.call, scene.caller, scene.place, &upn, wanted);
        let located = match found.await {
            Err(Stop::Refused(refusal)) if is_about_names(&refusal) => {
                return Ok(Err(Box::new(self.name_page(scene, login, Some(&refusal))?)));
            }
            other => other?,
        };
        self.enter(&located.tenant, note);
        let password = form.secret("passwd").unwrap_or_default();
        let refusal = match self.by_password(scene.call, &located, &upn, &password).await? {
            Ok(person) => {
                let asks = form.get("signin").is_some();
                let known = Known {
                    person,
                    located: Box::new(located),
                    sid: None,
                    used_here: false,
                    stay: if asks { Stay::Ask } else { Stay::No },
                };
                return self.standing(scene, known, None).await;
            }
            Err(refusal) => refusal,
        };
        let page = if refusal.entry.code == aadsts::PASSWORD_EXPIRED.code {
            self.change_page(scene, login, wanted, Cause::Due(refusal.why))?
        } else {
            self.password_page(scene, login, &located, wanted, Some(&refusal))?
        };
        Ok(Err(Box::new(page)))
    }

    /// Compares a password, unless too many were wrong just before.
    pub(crate) async fn by_password(
        &self,
        call: &Call,
        located: &Located,
        upn: &Upn,
        password: &Secret,
    ) -> Done<Result<Person, Refusal>> {
        let at = located.home.now(&*self.parts.clock);
        if let Err(enough) = self.guesses_left(call, located, at) {
            return Ok(Err(enough));
        }
        let proved = self.sign_in().by_password(located, upn, password, at).await?;
        if proved
            .as_ref()
            .is_err_and(|refusal| refusal.entry.code == aadsts::BAD_PASSWORD.code)
        {
            self.guessed_wrong(call, located, at);
        }
        Ok(proved)
    }
}

/// A name that is no user principal name.
pub(crate) fn bad_name(bad: &BadUpn) -> Refusal {
    Refusal::new(&aadsts::DOMAIN_CHARACTERS, bad.to_string())
}
