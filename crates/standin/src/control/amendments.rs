//! Amendments: break one thing in a tenant, see what was changed, and mend it.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wire::Answer;

use super::{Asked, created, done, ok, problem::Problem};
use crate::amend::{self, AMENDMENTS, Made, Misfit, Scene, Surroundings, Tables};

/// Every way of failing that can be arranged.
pub(crate) async fn ways(_: &Asked<'_>) -> Result<Answer, Problem> {
    let shown = |amendment: &amend::Amendment| {
        let takes: Map<String, Value> = amendment
            .takes
            .iter()
            .map(|(name, meaning)| ((*name).to_owned(), json!(meaning)))
            .collect();
        json!({ "amendment": amendment.name, "about": amendment.about, "takes": takes })
    };
    ok(&json!({ "amendments": AMENDMENTS.iter().map(shown).collect::<Vec<_>>() }))
}

/// What is applied to a tenant, and what that changed.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tables = asked.state.store.view::<Tables>(asked.tenant().await?).await?;
    let shown: Vec<Value> = tables
        .rows(amend::KIND)
        .map(|(_, body)| serde_json::from_str::<Made>(body).map(|made| made.shown()))
        .collect::<Result<_, _>>()?;
    ok(&json!({ "applied": shown }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    amendment: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    app: Option<String>,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    with: Map<String, Value>,
}

/// Applies one.
pub(crate) async fn apply(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let new: New = asked.json()?;
    let amendment = amend::named(&new.amendment).ok_or_else(|| {
        Problem::bad(
            format!("there is no amendment `{}`", new.amendment),
            "GET /_keyway/v1/amendments lists them",
        )
    })?;
    let scene = Scene {
        user: new.user,
        app: new.app,
        organization: new.organization,
        with: new.with,
    };
    let state = asked.state;
    let surroundings = Surroundings {
        now: state.now(tenant).await?,
        chance: &*state.chance,
        sealer: &state.keys.sealer,
        regions: &state.regions,
    };
    let shown = state
        .store
        .update::<Tables, _, Problem>(tenant, |tables, changes| {
            let made = amendment.apply(tables, &surroundings, &scene)?;
            made.commit(changes);
            Ok(made.shown())
        })
        .await?;
    created(&shown)
}

/// Takes one back.
pub(crate) async fn undo(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let tenant = asked.tenant().await?;
    let name = asked.param("amendment");
    asked
        .state
        .store
        .update::<Tables, _, Problem>(tenant, |tables, changes| {
            let body = tables.row(amend::KIND, name).ok_or_else(|| {
                Problem::not_found(format!("the amendment `{name}` is not applied to this tenant"))
            })?;
            let made: Made = serde_json::from_str(body)?;
            Ok(made.undo(tables, changes)?)
        })
        .await?;
    // Counters of requests belong to the limits that held until now.
    asked.state.organizations.forget(tenant);
    done()
}

impl From<Misfit> for Problem {
    fn from(misfit: Misfit) -> Self {
        let said = misfit.to_string();
        match misfit {
            Misfit::Store(error) => error.into(),
            Misfit::Record(error) => error.into(),
            Misfit::Missing(_) => Self::not_found(said),
            Misfit::Parameter(_) => Self::bad(said, "GET /_keyway/v1/amendments says what each takes"),
            Misfit::Already(_) | Misfit::NothingToDo(_) => Self::new(
                StatusCode::CONFLICT,
                said,
                "take it back first, or choose another",
            ),
        }
    }
}
