//! A form that was being filled in when the session ended: what was typed is kept, sealed, until its author has signed
//! in again (row 003-35). It is shown to nobody else, and nothing is done with it that the author does not do.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use standin::visits::LIVE;
use store::Ticket;
use types::ObjectId;
use wire::form::Params;

use crate::{page::Ask, stop::Stop};

const KIND: &str = "kept form";
/// So long one may take to sign in again.
const KEPT: Duration = Duration::from_secs(3600);
/// Fields that nobody typed: the form's token, and its page's address.
const NOT_TYPED: &[&str] = &["token", "at"];

/// What was typed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    account: ObjectId,
    path: String,
    fields: Vec<(String, String)>,
}

/// Keeps the form of a request whose author is known, and says where it goes on. None where the form was not ours.
pub(crate) async fn keep(ask: &Ask<'_>, path: &str) -> Result<Option<String>, Stop> {
    if ask.site.host.is_some() {
        return Ok(None);
    }
    let form = Params::parse(&ask.call.body).unwrap_or_default();
    let (session, token) = match (ask.guest(), ask.over()) {
        (Some(visitor), _) => (&visitor.session, visitor.token()),
        (None, Some(over)) => (&over.session, over.token.clone()),
        (None, None) => return Ok(None),
    };
    if !crypt::same(form.get("token").unwrap_or_default(), &token) {
        return Ok(None);
    }
    let fields: Vec<_> = form
        .iter()
        .filter(|(name, value)| !NOT_TYPED.contains(name) && !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if fields.is_empty() {
        return Ok(Some(path.to_owned()));
    }
    let kept = Kept {
        account: session.account,
        path: path.to_owned(),
        fields,
    };
    let stage = &ask.portal.stage;
    let name = crypt::opaque(&*stage.chance, "");
    let tenant = stage.store.view::<directory::Tenant>(session.tenant).await?;
    let sealed = stage
        .sealer
        .seal(&*stage.chance, KIND, &serde_json::to_vec(&kept)?)
        .map_err(|error| Stop::Broken(error.to_string().into()))?;
    let ticket = Ticket {
        id: crypt::digest(name.expose()),
        tenant: session.tenant,
        kind: KIND.to_owned(),
        state: LIVE.to_owned(),
        group: String::new(),
        expires: tenant.now(&*stage.clock) + KEPT,
        body: sealed,
    };
    stage.store.put_ticket(ticket).await?;
    Ok(Some(format!("{path}?kept={}", name.expose())))
}

impl Kept {
    /// The form that was kept for this visitor and this page, if the address names one.
    pub(crate) async fn of(ask: &Ask<'_>) -> Result<Option<Self>, Stop> {
        let (Some(name), Some(visitor)) = (ask.query.get("kept"), ask.guest()) else {
            return Ok(None);
        };
        let stage = &ask.portal.stage;
        let ticket = stage.store.ticket(&crypt::digest(name)).await?;
        let ticket = ticket.filter(|ticket| {
            ticket.kind == KIND && ticket.tenant == visitor.session.tenant && visitor.now < ticket.expires
        });
        let Some(opened) = ticket.and_then(|ticket| stage.sealer.open(KIND, &ticket.body).ok()) else {
            return Ok(None);
        };
        let kept: Self = serde_json::from_slice(&opened)?;
        let own = kept.account == visitor.account.id && kept.path == ask.call.path;
        Ok(own.then_some(kept))
    }

    /// What was typed into a field.
    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}
