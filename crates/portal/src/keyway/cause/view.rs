//! What the page shows of a cause.

use askama::Template;
use catalog::{Catalog, Cause};

use crate::{
    frame::Frame,
    text::{Block, Span, blocks},
};

#[derive(Template)]
#[template(path = "keyway/cause/template.html")]
pub(super) struct View<'c> {
    frame: Frame,
    id: &'c str,
    title: &'c str,
    parts: [(&'static str, Vec<Block>); 3],
    who: &'static str,
    /// How it is played: whether by a button here, else from the command line.
    played: Option<bool>,
    /// Why it is not.
    not_played: &'c str,
    details: Vec<(&'static str, String)>,
    ask: &'c str,
    see: Vec<(&'c str, &'c str)>,
    references: Vec<(&'c str, Option<&'c str>)>,
}

impl<'c> View<'c> {
    pub(super) fn of(frame: Frame, catalog: &'c Catalog, cause: &'c Cause) -> Self {
        let (meta, article) = (&cause.meta, &cause.article);
        let own = [("Id", cause.id.clone()), ("Family", meta.family.clone())];
        Self {
            frame,
            id: &cause.id,
            title: &article.title,
            parts: [
                ("Symptoms", blocks(&article.symptoms)),
                ("Cause", blocks(&article.cause)),
                ("Resolution", blocks(&article.resolution)),
            ],
            who: meta.who.words(),
            played: meta
                .play
                .as_ref()
                .map(|play| play.amend.is_some() || play.link.is_some()),
            not_played: meta.not_played().unwrap_or_default(),
            details: own.into_iter().chain(meta.details()).collect(),
            ask: &meta.ask,
            see: meta
                .see
                .iter()
                .filter_map(|id| Some((id.as_str(), catalog.get(id)?.article.title.as_str())))
                .collect(),
            references: meta
                .references
                .iter()
                .map(|reference| {
                    let link = Some(reference.url.as_str()).filter(|url| url.starts_with("https://"));
                    (reference.title.as_str(), link)
                })
                .collect(),
        }
    }
}
