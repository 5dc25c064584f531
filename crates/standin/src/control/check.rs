//! *Check my settings*: what a program was given, held against its registration and an organization.

use authority::Registrations;
use directory::Tenant;
use organization::Organizations;
use serde::Deserialize;
use serde_json::json;
use types::{Form, Secret};
use wire::Answer;

use super::{Asked, apps, ok, organizations, people::secret, problem::Problem};
use crate::check::{Given, Known, Level, findings};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    flow: Flow,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    client_id: String,
    #[serde(default = "none", deserialize_with = "secret")]
    secret: Secret,
    #[serde(default)]
    redirect: String,
    #[serde(default)]
    authorize: String,
    #[serde(default)]
    token_endpoint: String,
}

fn none() -> Secret {
    Secret::new("")
}

/// How the program signs in.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Flow {
    /// A person does, in the browser.
    #[default]
    Person,
    /// It does by itself, with its own credential.
    Program,
}

/// What contradicts what, the worst first.
pub(crate) async fn check(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let settings: Settings = asked.json()?;
    let store = &asked.state.store;
    let people = store.view::<Tenant>(tenant).await?;
    let here = store.view::<Registrations>(tenant).await?;
    let all = store.view::<Organizations>(tenant).await?;
    let org = settings.organization.as_deref();
    let org = org.map(|text| organizations::find(&all, text)).transpose()?;
    let given = Given {
        by_itself: settings.flow == Flow::Program,
        client_id: settings.client_id.trim().to_owned(),
        secret: settings.secret,
        redirect: settings.redirect,
        authorize: Form::undress(settings.authorize.trim()),
        token: Form::undress(settings.token_endpoint.trim()),
    };
    let found = findings(
        &given,
        &Known {
            app: apps::find(&here, asked.param("app"))?,
            here: &here,
            tenant: &people,
            org,
            now: asked.state.now(tenant).await?,
            regions: &asked.state.regions,
        },
    );
    let count = |level| found.iter().filter(|finding| finding.level == level).count();
    let (failing, risks) = (count(Level::Fails), count(Level::Risk));
    ok(&json!({ "failing": failing, "risks": risks, "findings": found }))
}
