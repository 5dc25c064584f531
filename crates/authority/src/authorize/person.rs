//! Who is at the authorize endpoint: known from a session, proved by a form, or asked.

use directory::Located;
use wire::{
    aadsts::{self, Refusal},
    form::Params,
};

use super::request::Authorize;
use crate::{
    Service,
    session::Signed,
    sign_in::{Asked, Known, Scene, Shown},
    stop::{Done, Note, Stop},
};

impl Service {
    pub(super) async fn who(
        &self,
        scene: &Scene<'_>,
        request: &Authorize,
        form: Option<&Params>,
        note: &mut Note,
    ) -> Done<Asked> {
        match form {
            Some(form) => self.answered(scene, form, note).await,
            None => self.by_session(scene, request, note).await,
        }
    }

    async fn by_session(&self, scene: &Scene<'_>, request: &Authorize, note: &mut Note) -> Done<Asked> {
        let session = self
            .session(scene.call)
            .await?
            .filter(|_| !request.wants_password());
        if request.wants_picking() {
            return Ok(Err(Box::new(self.pick_page(scene, session.as_ref()).await?)));
        }
        let known = match &session {
            Some(session) => self.known_people(session, scene.place, request.hint()).await?,
            None => Vec::new(),
        };
        // Whoever proved it too long ago is asked again, as if not known.
        let recent = |signed: &Signed| {
            request
                .max_age()
                .is_none_or(|most| scene.now.since(signed.person.at) <= most)
        };
        let known: Vec<_> = known.into_iter().filter(|(signed, _)| recent(signed)).collect();
        if request.is_silent() {
            return silently(known).map(Ok);
        }
        let mut standing = known
            .into_iter()
            .filter_map(|(signed, located)| Some((signed, located.ok()?)));
        match (standing.next(), standing.next()) {
            (Some((signed, located)), None) => Ok(Ok(Known::of_session(signed, located))),
            (Some(_), Some(_)) => Ok(Err(Box::new(self.pick_page(scene, session.as_ref()).await?))),
            (None, _) => Ok(Err(Box::new(self.first_page(scene, request, note).await?))),
        }
    }

    /// The page that asks for a name, or for the password where the application gave the name. A name that it should
    /// not have given is the person's to mend, not a refusal.
    async fn first_page(&self, scene: &Scene<'_>, request: &Authorize, note: &mut Note) -> Done<Shown> {
        let Some(hint) = request.hint() else {
            return self.name_page(scene, "", None);
        };
        let Ok(upn) = hint.parse() else {
            return self.name_page(scene, hint, None);
        };
        let search = async { Ok(self.find(scene.place, &upn, None).await??) };
        let shown = match self.look_up(scene.call, scene.place, search).await {
            Ok(_) => {
                let mut form = Params::default();
                form.set("login", hint);
                self.named(scene, &form, note).await
            }
            Err(stop) => Err(stop),
        };
        match shown {
            Err(Stop::Refused(_)) => self.name_page(scene, hint, None),
            shown => shown,
        }
    }
}

/// `prompt=none`: one valid session, or a refusal the application can tell apart.
fn silently(known: Vec<(Signed, Result<Located, Refusal>)>) -> Done<Known> {
    let several = known.len() > 1;
    match known.into_iter().next() {
        None => Err(Refusal::new(&aadsts::NO_SESSION, "prompt is none and nobody is signed in").into()),
        Some(_) if several => {
            let why = "prompt is none, several people are signed in and no login_hint chooses one";
            Err(Refusal::new(&aadsts::SEVERAL_SESSIONS, why).into())
        }
        Some((_, Err(refusal))) => Err(refusal.into()),
        Some((signed, Ok(located))) => Ok(Known::of_session(signed, located)),
    }
}
