//! The page on which somebody registers a second factor, because a rule wants one and the account has none. Nothing is
//! kept before a code was shown: until then the secret travels in a sealed field, for the same browser.

use askama::Template;
use directory::{Enrollment, Method, NotDone, Person, audit};
use serde::{Deserialize, Serialize};
use types::Secret;
use wire::aadsts::Refusal;

use super::{Known, Scene, Shown};
use crate::{
    Service,
    pages::Sheet,
    stop::{Done, Stop},
};

/// The field that holds the sealed secret.
pub(super) const FIELD: &str = "enroll";

#[derive(Template)]
#[template(path = "enroll.html")]
struct EnrollPage {
    sheet: Sheet,
    organization: String,
    sealed: String,
    made: Enrollment,
}

#[derive(Serialize, Deserialize)]
struct Proposed(String);

impl Service {
    /// The page; with the same secret when a code was wrong.
    pub(super) fn enroll_page(
        &self,
        scene: &Scene<'_>,
        known: &Known,
        secret: Option<Secret>,
        refusal: Option<&Refusal>,
    ) -> Done<Shown> {
        let (sheet, opened) = self.sheet(scene, Some(known), refusal)?;
        let account = &known.located.account;
        let made = match secret {
            Some(secret) => Enrollment::of(account, secret),
            None => Enrollment::fresh(account, &*self.parts.chance),
        };
        let proposed = Proposed(made.secret.expose().to_owned());
        let page = EnrollPage {
            sheet,
            organization: known.located.tenant.settings.name.clone(),
            sealed: self.carry(FIELD, &proposed, &opened, scene.now)?,
            made,
        };
        let upn = &known.person.upn;
        let (answer, decision) = self.shown(scene, &page, &opened, refusal, || {
            format!("a second factor is demanded of {upn}, who has none and is asked to register one")
        })?;
        Ok((answer, decision.cause("mfa-required")))
    }

    /// The secret that the page showed.
    pub(super) fn enrolling(&self, scene: &Scene<'_>, sealed: &str) -> Done<Secret> {
        let Proposed(secret) = self.carried(scene.call, FIELD, sealed, scene.now)?;
        Ok(Secret::new(secret))
    }

    /// Registers it, if the code is its own; that is a proof at once.
    pub(super) async fn enrolled(
        &self,
        known: &Known,
        secret: &Secret,
        code: &str,
    ) -> Done<Result<Person, Refusal>> {
        let (located, clock) = (&known.located, &*self.parts.clock);
        let (tenant, id) = (located.tenant.id(), located.account.id);
        let done = self
            .accounts()
            .enroll_by_code(tenant, id, (secret, code), clock)
            .await;
        match done {
            Ok(()) => {}
            Err(NotDone::Refused(refusal)) => return Ok(Err(refusal)),
            Err(other) => return Err(Stop::Broken(other.to_string())),
        }
        let entry = audit::Entry {
            at: located.tenant.now(clock),
            actor: known.person.upn.to_string(),
            operation: "enrollAuthenticator".to_owned(),
            target: located.account.upn.to_string(),
            what: "Registered an authenticator while signing in".to_owned(),
            done: true,
        };
        audit::record(&self.parts.store, tenant, &entry, &*self.parts.chance).await?;
        let mut person = known.person.clone();
        person.methods.push(Method::Mfa);
        person.at = located.home.now(clock);
        Ok(Ok(person))
    }
}
