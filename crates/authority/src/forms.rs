//! Asking a person for a name, a password and a second factor: the same for every page that needs one.

use directory::{Located, Person, Where, locate};
use evidence::Decision;
use types::{BadUpn, Timestamp, Upn};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    Service,
    application::Caller,
    pages, session,
    stop::{Done, Note, decision},
};

impl Service {
    /// Finds the account behind a name, as the place and the application take it.
    pub(crate) async fn locate_for(&self, caller: &Caller, place: &Where, upn: &Upn) -> Done<Located> {
        let app = &caller.app;
        let for_app = |refusal: Refusal| refusal.with("app", app.id).with("name", &app.name);
        let located = locate(&self.parts.store, place, upn).await?.map_err(for_app)?;
        if located.tenant.id() == types::TenantId::CONSUMERS && !app.audience.takes_personal() {
            let why = format!("{upn} is a personal account and '{}' takes none", app.name);
            return Err(for_app(Refusal::new(&aadsts::OTHER_TENANTS_USER, why))
                .with("user", "{EmailHidden}")
                .with("idp", "live.com")
                .with("tenant", "Microsoft Accounts")
                .into());
        }
        Ok(located)
    }

    /// Proves what was typed into a sign-in form. The inner refusal is one to show on the form again.
    pub(crate) async fn prove(
        &self,
        caller: &Caller,
        place: &Where,
        form: &Params,
        note: &mut Note,
    ) -> Done<Result<(Person, Located), Refusal>> {
        let login = form.get("login").unwrap_or_default().trim();
        note.subject = Some(login.to_owned());
        let upn: Upn = match login.parse() {
            Ok(upn) => upn,
            Err(bad) => return Ok(Err(bad_name(&bad))),
        };
        let located = match self.locate_for(caller, place, &upn).await {
            Err(crate::stop::Stop::Refused(refusal)) if refusal.entry.code == aadsts::NO_SUCH_USER.code => {
                return Ok(Err(*refusal));
            }
            other => other?,
        };
        self.enter(&located.tenant, note);
        let password = form.secret("passwd").unwrap_or_default();
        let at = located.home.now(&*self.parts.clock);
        let proved = self.sign_in().by_password(&located, &upn, &password, at).await?;
        Ok(proved.map(|person| (person, located)))
    }

    /// Someone whose password was right on an earlier page, perhaps with the second factor now. The inner error
    /// is the page that asks for it again.
    pub(crate) async fn half_known(
        &self,
        call: &Call,
        action: &str,
        (caller, place): (&Caller, &Where),
        (form, who): (&Params, &str),
        now: Timestamp,
    ) -> Done<Result<(Person, Located), Box<(Answer, Decision)>>> {
        let person = self.other_half(who, now)?;
        let located = self.locate_for(caller, place, &person.upn).await?;
        let Some(code) = form.get("otc") else {
            return Ok(Ok((person, located)));
        };
        let at = located.home.now(&*self.parts.clock);
        Ok(
            match person.clone().with_second_factor(&located.home_account, code, at) {
                Ok(person) => Ok((person, located)),
                Err(refusal) => Err(Box::new(self.code_form(
                    call,
                    action,
                    &person,
                    Some(&refusal),
                    now,
                )?)),
            },
        )
    }

    /// The sign-in form, perhaps with what was wrong the last time.
    pub(crate) fn sign_in_form(
        &self,
        call: &Call,
        action: &str,
        app: &str,
        login: &str,
        refusal: Option<&Refusal>,
        now: Timestamp,
    ) -> Done<(Answer, Decision)> {
        let (ctx, cookie) = self.open_flow(call, now)?;
        let message = refusal.map(shown);
        let page = pages::page(&pages::SignInPage {
            action,
            ctx: &ctx,
            app,
            login,
            message: message.as_deref(),
        })?;
        let page = session::set_cookie(page, session::COOKIE_CONTEXT, &cookie, None);
        Ok((
            page,
            refusal.map_or_else(|| Decision::served("the sign-in form"), decision),
        ))
    }

    /// The page that asks for the second factor.
    pub(crate) fn code_form(
        &self,
        call: &Call,
        action: &str,
        person: &Person,
        refusal: Option<&Refusal>,
        now: Timestamp,
    ) -> Done<(Answer, Decision)> {
        let (ctx, cookie) = self.open_flow(call, now)?;
        let message = refusal.map(shown);
        let page = pages::page(&pages::CodePage {
            action,
            ctx: &ctx,
            who: &self.half(person, now)?,
            user: person.upn.as_str(),
            message: message.as_deref(),
        })?;
        let page = session::set_cookie(page, session::COOKIE_CONTEXT, &cookie, None);
        let asked = || Decision::served(format!("{} is asked for the second factor", person.upn));
        Ok((page, refusal.map_or_else(asked, decision)))
    }

    /// The page that asks for consent.
    #[expect(
        clippy::too_many_arguments,
        reason = "what the page shows and what its form carries"
    )]
    pub(crate) fn consent_form(
        &self,
        call: &Call,
        action: &str,
        person: &Person,
        caller: &Caller,
        permissions: &[String],
        for_all: bool,
        now: Timestamp,
    ) -> Done<(Answer, Decision)> {
        let (ctx, cookie) = self.open_flow(call, now)?;
        let page = pages::page(&pages::ConsentPage {
            action,
            ctx: &ctx,
            who: &self.half(person, now)?,
            user: person.upn.as_str(),
            app: &caller.app.name,
            permissions,
            for_all,
        })?;
        let page = session::set_cookie(page, session::COOKIE_CONTEXT, &cookie, None);
        let why = format!("{} is asked to consent to '{}'", person.upn, caller.app.name);
        Ok((page, Decision::served(why)))
    }
}

/// A name that is no user principal name.
pub(crate) fn bad_name(bad: &BadUpn) -> Refusal {
    Refusal::new(&aadsts::DOMAIN_CHARACTERS, bad.to_string())
}

/// A refusal as a form shows it.
pub(crate) fn shown(refusal: &Refusal) -> String {
    format!("{}: {}", refusal.code(), refusal.sentence())
}
