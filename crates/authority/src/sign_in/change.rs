//! The page on which a temporary or expired password is replaced before the sign-in goes on (row 003-09).

use askama::Template;
use directory::{Accounts, Located, NotDone, audit};
use types::{Timestamp, Upn};
use wire::{
    aadsts::{self, Refusal},
    form::Params,
};

use super::{Asked, Kind, Known, Scene, Shown, Stay};
use crate::{
    Service,
    pages::Sheet,
    stop::{Done, Note, Stop},
};

#[derive(Template)]
#[template(path = "change.html")]
struct ChangePage {
    sheet: Sheet,
    account: Option<&'static str>,
}

/// Why the page is shown.
pub(super) enum Cause<'a> {
    /// The password has to be replaced; what the journal says.
    Due(String),
    /// A rule for new passwords was not kept; what to tell.
    Rule(String),
    /// The password until now was refused.
    Refused(&'a Refusal),
}

impl Service {
    /// What the use-cases of accounts need.
    pub(crate) fn accounts(&self) -> Accounts<'_> {
        Accounts {
            store: &self.parts.store,
            sealer: &self.parts.sealer,
            hasher: &self.parts.hasher,
            chance: &*self.parts.chance,
        }
    }

    /// The page.
    pub(super) fn change_page(
        &self,
        scene: &Scene<'_>,
        login: &str,
        wanted: Option<Kind>,
        cause: Cause<'_>,
    ) -> Done<Shown> {
        let refusal = match cause {
            Cause::Refused(refusal) => Some(refusal),
            Cause::Due(_) | Cause::Rule(_) => None,
        };
        let (mut sheet, opened) = self.sheet(scene, None, refusal)?;
        login.clone_into(&mut sheet.user);
        let why = match cause {
            Cause::Due(why) => why,
            Cause::Rule(message) => {
                let why = format!("{login} has not changed the password: {message}");
                sheet.message = Some(message);
                why
            }
            Cause::Refused(_) => String::new(),
        };
        let page = ChangePage {
            sheet,
            account: wanted.map(Kind::name),
        };
        self.shown(scene, &page, &opened, refusal, || why)
    }

    /// Changes the password and lets its owner in with the new one.
    pub(super) async fn change_password(
        &self,
        scene: &Scene<'_>,
        form: &Params,
        note: &mut Note,
    ) -> Done<Asked> {
        let login = form.get("login").unwrap_or_default().trim();
        note.subject = Some(login.to_owned());
        let upn: Upn = login.parse().map_err(|bad| super::bad_name(&bad))?;
        let wanted = Kind::read(form);
        let located = self
            .locate_typed(scene.call, scene.caller, scene.place, &upn, wanted)
            .await?;
        self.enter(&located.tenant, note);
        let again =
            |cause| -> Done<Asked> { Ok(Err(Box::new(self.change_page(scene, login, wanted, cause)?))) };
        let field = |name| form.secret(name).unwrap_or_default();
        let (current, new) = (field("passwd"), field("newpasswd"));
        if !crypt::same(new.expose(), field("confirmpasswd").expose()) {
            let message = "The two new passwords are not the same. Type them again.";
            return again(Cause::Rule(message.to_owned()));
        }
        let at = located.home.now(&*self.parts.clock);
        if let Err(enough) = self.guesses_left(scene.call, &located, at) {
            return again(Cause::Refused(&enough));
        }
        let (home, id) = (located.home.id(), located.home_account.id);
        let changed = self
            .accounts()
            .change_password(home, id, (&current, &new), &*self.parts.clock)
            .await;
        match changed {
            Ok(_) => self.note_change(&located, &upn, at, None).await?,
            Err(NotDone::Weak(weak)) => {
                let why = weak.to_string();
                self.note_change(&located, &upn, at, Some(&why)).await?;
                return again(Cause::Rule(why));
            }
            Err(NotDone::Refused(refusal)) => {
                self.note_change(&located, &upn, at, Some(&refusal.why)).await?;
                if refusal.entry.code == aadsts::BAD_PASSWORD.code {
                    self.guessed_wrong(scene.call, &located, at);
                }
                return again(Cause::Refused(&refusal));
            }
            Err(other) => return Err(Stop::Broken(other.to_string())),
        }
        // What was found before is from before the change.
        let located = self.locate_for(scene.caller, scene.place, &upn, wanted).await?;
        let person = self.by_password(scene.call, &located, &upn, &new).await??;
        let known = Known {
            person,
            located: Box::new(located),
            sid: None,
            used_here: false,
            stay: Stay::Ask,
        };
        self.standing(scene, known, None).await
    }

    /// Writes down that somebody changed the password, or why not.
    async fn note_change(
        &self,
        located: &Located,
        upn: &Upn,
        at: Timestamp,
        refused: Option<&str>,
    ) -> Done<()> {
        let entry = audit::Entry {
            at,
            actor: upn.to_string(),
            operation: "changePassword".to_owned(),
            target: located.home_account.upn.to_string(),
            what: match refused {
                None => "Changed the password while signing in".to_owned(),
                Some(why) => format!("Change the password while signing in: {why}"),
            },
            done: refused.is_none(),
        };
        let (home, chance) = (located.home.id(), &*self.parts.chance);
        audit::record(&self.parts.store, home, &entry, chance).await?;
        Ok(())
    }
}
