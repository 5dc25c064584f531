//! What can be played, and what is broken now.

use askama::Template;
use catalog::{Catalog, Cause, Play};
use serde_json::Value;

use super::changes;
use crate::{frame::Frame, keyway::tenants::Choice, page::Ask, text::shown};

#[derive(Template)]
#[template(path = "keyway/play/template.html")]
pub(super) struct View<'c> {
    frame: Frame,
    search: String,
    tenants: Vec<Choice>,
    /// The chosen one's id and name.
    tenant: (String, String),
    broken: Vec<Broken<'c>>,
    links: Vec<Link>,
    /// Played by a button.
    causes: Vec<Row<'c>>,
    /// Played from the command line only.
    others: Vec<Row<'c>>,
    not_played: usize,
    port: u16,
}

/// An applied amendment.
struct Broken<'c> {
    amendment: String,
    changed: Vec<String>,
    causes: Vec<(&'c str, &'c str)>,
}

struct Link {
    port: String,
    way: String,
}

struct Row<'c> {
    id: &'c str,
    title: &'c str,
    how: String,
}

impl<'c> View<'c> {
    pub(super) fn of(
        ask: &Ask<'c>,
        search: &str,
        tenants: Vec<Choice>,
        applied: &Value,
        links: &Value,
    ) -> Self {
        let catalog = Catalog::embedded();
        let all: Vec<(&Cause, &Play)> = catalog
            .causes()
            .iter()
            .filter_map(|cause| Some((cause, cause.meta.play.as_ref()?)))
            .collect();
        let arranged = |amendment: &str| {
            all.iter()
                .filter(|(_, play)| play.amend.as_deref() == Some(amendment))
                .map(|(cause, _)| (cause.id.as_str(), cause.article.title.as_str()))
                .collect()
        };
        let broken = items(&applied["applied"]).map(|made| {
            let amendment = made["amendment"].as_str().unwrap_or_default();
            Broken {
                amendment: amendment.to_owned(),
                changed: changes(made),
                causes: arranged(amendment),
            }
        });
        let text = |value: &Value| match value {
            Value::String(text) => shown(text),
            Value::Null => "nothing: it works".to_owned(),
            other => other.to_string(),
        };
        let links = items(&links["links"]).map(|link| Link {
            port: text(&link["port"]),
            way: text(&link["way"]),
        });
        let wanted = all
            .iter()
            .filter(|(cause, _)| search.is_empty() || cause.is_about(search));
        let (causes, others): (Vec<_>, Vec<_>) =
            wanted.partition(|(_, play)| play.amend.is_some() || play.link.is_some());
        let chosen = tenants.iter().find(|tenant| tenant.chosen);
        Self {
            frame: ask.frame(),
            search: shown(search),
            tenant: chosen.map_or_else(Default::default, |one| (one.id.clone(), one.name.clone())),
            broken: broken.collect(),
            links: links.collect(),
            causes: causes.into_iter().map(Row::of).collect(),
            others: others.into_iter().map(Row::of).collect(),
            not_played: catalog.causes().len() - all.len(),
            port: ask.portal.stage.ready.port(),
            tenants,
        }
    }
}

impl<'c> Row<'c> {
    fn of((cause, play): &(&'c Cause, &'c Play)) -> Self {
        let change = match (&play.amend, &play.link, &play.network) {
            (Some(amendment), ..) => format!("changes state: {amendment}"),
            (_, Some(way), _) => format!("a link fails: {way}"),
            (.., Some(way)) => format!("a network of one’s own fails: {way}"),
            _ => "a client is told something wrong".to_owned(),
        };
        Self {
            id: &cause.id,
            title: &cause.article.title,
            how: format!("{change}. Met by {}.", play.from.words()),
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
