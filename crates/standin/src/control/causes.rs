//! The catalog's causes: what can go wrong, and what plays it here.

use catalog::{Catalog, Cause};
use serde_json::{Value, json};
use wire::Answer;

use super::{Asked, ok, problem::Problem};

/// The parameters of the list.
pub(super) const SEARCH: &[(&str, &str)] = &[
    ("q", "only causes that a number, a code or a phrase leads to"),
    (
        "family",
        "only causes of this family: identity, app-registration, organization-access, …",
    ),
];

/// Every cause, in the catalog's order.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Answer, Problem> {
    let about = asked.query.some("q");
    let family = asked.query.some("family");
    let causes = Catalog::embedded().causes().iter();
    let causes: Vec<Value> = causes
        .filter(|cause| about.is_none_or(|about| cause.is_about(about)))
        .filter(|cause| family.is_none_or(|family| cause.meta.family == family))
        .map(shown)
        .collect();
    ok(&json!({ "causes": causes }))
}

fn shown(cause: &Cause) -> Value {
    let play = cause.meta.play.as_ref();
    json!({
        "id": cause.id,
        "family": cause.meta.family,
        "title": cause.article.title,
        "applies_to": cause.meta.applies_to,
        "who": cause.meta.who,
        "amendment": play.and_then(|play| play.amend.as_ref()),
        "with": play.map(|play| &play.with),
        "link": play.and_then(|play| play.link.as_ref()),
        "not_played": cause.meta.not_played(),
    })
}
