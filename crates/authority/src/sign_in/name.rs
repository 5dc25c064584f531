//! The page that asks for a name, and what a name alone decides: which password is asked for, and where it is kept.

use askama::Template;
use directory::{DomainKind, Located, Where};
use types::{TenantId, Upn};
use wire::{
    aadsts::{self, Refusal},
    form::Params,
};

use super::{Kind, Scene, Shown, bad_name, guesses::is_about_names};
use crate::{
    Service,
    pages::Sheet,
    stop::{Done, Note, Stop},
};

#[derive(Template)]
#[template(path = "name.html")]
struct NamePage<'a> {
    sheet: Sheet,
    login: &'a str,
    sign_up: Option<String>,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    sheet: Sheet,
    account: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "which.html")]
struct WhichPage<'a> {
    sheet: Sheet,
    organization: &'a str,
}

#[derive(Template)]
#[template(path = "federated.html")]
struct FederatedPage<'a> {
    sheet: Sheet,
    domain: &'a str,
    host: String,
    link: String,
}

/// Where passwords of work accounts are reset (row 003-04), and those of Microsoft accounts (row 003-27).
const RESET_WORK: &str = "https://passwordreset.microsoftonline.com/";
const RESET_PERSONAL: &str = "https://account.live.com/password/reset";
/// Where Microsoft accounts are made.
const SIGN_UP: &str = "https://signup.live.com/";
/// What is said of a name that nobody has, where a Microsoft account can be made (the service's wording is unverified).
const NO_ACCOUNT: &str =
    "We couldn't find an account with that name. Enter a different one, or create a Microsoft account.";
const NO_ACCOUNT_NEXT: &str = "Check the spelling. “Create one!” below makes a Microsoft account; a work or school \
                               account is made by its organization's administrator.";

impl Service {
    /// The page that asks for a name.
    pub(crate) fn name_page(&self, scene: &Scene<'_>, login: &str, refusal: Option<&Refusal>) -> Done<Shown> {
        let personal = matches!(scene.place, Where::Consumers);
        let nobody = refusal.is_some_and(|refusal| refusal.entry.code == aadsts::NO_SUCH_USER.code);
        let (mut sheet, opened) = self.sheet(scene, None, refusal)?;
        sheet.access = Some(reset_page(scene, personal, login));
        let open = matches!(scene.place, Where::Common | Where::Consumers)
            && scene.caller.app.audience.takes_personal();
        // Where accounts can be made, that is a way out, and no administrator is needed for it.
        if let (true, Some(told)) = (open && nobody, &mut sheet.told) {
            sheet.message = Some(format!("AADSTS{}: {NO_ACCOUNT}", aadsts::NO_SUCH_USER.code));
            told.next = NO_ACCOUNT_NEXT;
        }
        let page = NamePage {
            sheet,
            login,
            sign_up: open.then(|| scene.call.form.dress(SIGN_UP)),
        };
        self.shown(scene, &page, &opened, refusal, || {
            "the page that asks for a name".to_owned()
        })
    }

    /// A name was typed, or an application gave one.
    pub(crate) async fn named(&self, scene: &Scene<'_>, form: &Params, note: &mut Note) -> Done<Shown> {
        let login = form.get("login").unwrap_or_default().trim();
        note.subject = Some(login.to_owned());
        let upn: Upn = match login.parse() {
            Ok(upn) => upn,
            Err(bad) => return self.name_page(scene, login, Some(&bad_name(&bad))),
        };
        let wanted = Kind::read(form);
        if wanted.is_none()
            && let Some(organization) = self.shared_with(scene.caller, scene.place, &upn).await?
        {
            return self.which_page(scene, login, &organization);
        }
        let found = self.locate_typed(scene.call, scene.caller, scene.place, &upn, wanted);
        let located = match found.await {
            Err(Stop::Refused(refusal)) if is_about_names(&refusal) => {
                return self.name_page(scene, login, Some(&refusal));
            }
            other => other?,
        };
        self.enter(&located.tenant, note);
        let domain = located.home.settings.domain(located.home_account.upn.domain());
        match domain.map(|domain| (&domain.name, &domain.kind)) {
            Some((name, DomainKind::Federated { sts: Some(sts) })) => {
                self.federated_page(scene, login, name, sts)
            }
            Some((name, DomainKind::Federated { sts: None })) => {
                let why = format!("{name} is federated with nobody");
                Err(Refusal::new(&aadsts::NO_FEDERATION_REALM, why)
                    .with("realm", name)
                    .into())
            }
            _ => self.password_page(scene, login, &located, wanted, None),
        }
    }

    /// The page that asks for a password.
    pub(crate) fn password_page(
        &self,
        scene: &Scene<'_>,
        login: &str,
        located: &Located,
        wanted: Option<Kind>,
        refusal: Option<&Refusal>,
    ) -> Done<Shown> {
        let (mut sheet, opened) = self.sheet(scene, None, refusal)?;
        login.clone_into(&mut sheet.user);
        let personal = located.home.id() == TenantId::CONSUMERS;
        sheet.access = Some(reset_page(scene, personal, login));
        let page = PasswordPage {
            sheet,
            account: wanted.map(Kind::name),
        };
        self.shown(scene, &page, &opened, refusal, || {
            format!("{login} is asked for the password")
        })
    }

    fn which_page(&self, scene: &Scene<'_>, login: &str, organization: &str) -> Done<Shown> {
        let (mut sheet, opened) = self.sheet(scene, None, None)?;
        login.clone_into(&mut sheet.user);
        let page = WhichPage { sheet, organization };
        self.shown(scene, &page, &opened, None, || {
            format!("{login} is a work account and a Microsoft account: which one is meant?")
        })
    }

    /// The passwords of a federated domain are elsewhere (facts/identity.md 1.10).
    fn federated_page(&self, scene: &Scene<'_>, login: &str, domain: &str, sts: &str) -> Done<Shown> {
        let (mut sheet, opened) = self.sheet(scene, None, None)?;
        login.clone_into(&mut sheet.user);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("wa", "wsignin1.0")
            .append_pair("wtrealm", "urn:federation:MicrosoftOnline")
            .append_pair("username", login)
            .finish();
        let page = FederatedPage {
            sheet,
            domain,
            host: sts.to_owned(),
            link: scene.call.form.dress(&format!("https://{sts}/adfs/ls/?{query}")),
        };
        self.shown(scene, &page, &opened, None, || {
            format!("{domain} is federated: {login} was sent to {sts}")
        })
    }
}

/// "Can't access your account?", in the form of the call, for the name as far as it is known.
fn reset_page(scene: &Scene<'_>, personal: bool, login: &str) -> String {
    let page = if personal { RESET_PERSONAL } else { RESET_WORK };
    let mut url = scene.call.form.dress(page);
    if !login.is_empty() {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("username", login)
            .finish();
        url.push('?');
        url.push_str(&query);
    }
    url
}
