//! `/settings`: what users may consent to, and security defaults.

use askama::Template;
use directory::{Account, Mfa, Tenant, UserConsent};
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::rights;
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/settings",
    about: "what users may consent to, security defaults",
    needs: Needs::Role(rights::ANY),
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

/// What users may consent to: value, sentence.
const CONSENTS: &[(&str, UserConsent, &str)] = &[
    (
        "allowed",
        UserConsent::Allowed,
        "may consent for themselves to what an application asks of them",
    ),
    (
        "admin-workflow",
        UserConsent::AdminWorkflow,
        "may not consent, and can ask an administrator to",
    ),
    (
        "admin-only",
        UserConsent::AdminOnly,
        "may not consent; an administrator does for everybody",
    ),
];

#[derive(Template)]
#[template(path = "admin/settings/template.html")]
struct View {
    frame: Frame,
    tenant: String,
    id: String,
    region: String,
    consents: Vec<(&'static str, &'static str, bool)>,
    defaults: bool,
    /// The administrators without a second factor, and how many more there are.
    factorless: (Vec<String>, usize),
    /// The rules of Conditional Access, by name.
    rules: Vec<String>,
    may_manage: bool,
}

/// More are counted, not named.
const MOST_RULES: usize = 100;
const MOST_PEOPLE: usize = 10;

/// The administrators who have no second factor, by name.
fn factorless(tenant: &Tenant) -> (Vec<String>, usize) {
    let lacks =
        |one: &&Account| one.is_administrator() && one.enabled && !one.deleted && one.mfa == Mfa::None;
    let mut people: Vec<_> = tenant.accounts().filter(lacks).collect();
    people.sort_by_key(|one| one.upn.key());
    let named = people.iter().take(MOST_PEOPLE);
    let named = named.map(|one| shown(&format!("{} ({})", one.name, one.upn)));
    (named.collect(), people.len().saturating_sub(MOST_PEOPLE))
}

async fn answer(ask: &Ask<'_>) -> Reply {
    ask.form(change(ask), async |wrong| show(ask, wrong)).await
}

fn show(ask: &Ask<'_>, wrong: Option<Wrong>) -> Reply {
    let tenant = ask.tenant()?;
    let settings = &tenant.settings;
    let view = View {
        frame: ask.frame().with(wrong),
        tenant: shown(&settings.name),
        id: settings.id.to_string(),
        region: settings.region_scope.clone(),
        consents: CONSENTS
            .iter()
            .map(|(id, consent, name)| (*id, *name, *consent == settings.user_consent))
            .collect(),
        defaults: settings.security_defaults,
        factorless: factorless(tenant),
        rules: settings
            .conditional_access
            .iter()
            .take(MOST_RULES)
            .map(|rule| shown(&rule.name))
            .collect(),
        may_manage: rights::has(ask, rights::MANAGE),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("the organization’s settings"),
    )
}

async fn change(ask: &Ask<'_>) -> Reply {
    rights::only(ask, rights::MANAGE)?;
    let tenant = ask.tenant()?.id().to_string();
    let consent = ask.field("consent");
    if CONSENTS.iter().all(|(id, ..)| *id != consent) {
        return Err(Stop::wrong(
            "There is no such choice for consent.",
            "Choose one of the three.",
        ));
    }
    let body = json!({ "user_consent": consent, "security_defaults": ask.field("defaults") == "on" });
    ask.act("changeSettings", &[("tenant", &tenant)], &body).await?;
    Ok(ask.done("/settings", "The settings were saved."))
}
