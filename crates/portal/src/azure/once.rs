//! A secret on its way from the form that made it to the page that shows it: sealed, in a cookie of the one browser, and
//! gone when it was shown. Nothing of it is kept here (row 004-10).

use std::time::Duration;

use http::header;
use serde::{Deserialize, Serialize};
use types::{ObjectId, Timestamp, Uuid};
use wire::Answer;

use crate::{page::Ask, stop::Stop};

const COOKIE: &str = "__Host-once";
const PURPOSE: &str = "client secret shown once";
/// How long a browser may take to open the page.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is shown once.
#[derive(Serialize, Deserialize)]
pub(super) struct Once {
    /// The secret's id.
    pub(super) id: Uuid,
    pub(super) value: String,
    /// Who made it.
    pub(super) by: ObjectId,
    /// When, by the machine's clock.
    pub(super) made: Timestamp,
}

impl Once {
    /// Gives it to the browser.
    ///
    /// # Errors
    /// It cannot be sealed.
    pub(super) fn carry(&self, ask: &Ask<'_>, answer: Answer) -> Result<Answer, Stop> {
        let stage = &ask.portal.stage;
        let sealed = stage
            .sealer
            .seal(&*stage.chance, PURPOSE, &serde_json::to_vec(self)?)
            .map_err(|error| Stop::Broken(error.to_string().into()))?;
        let cookie = format!(
            "{COOKIE}={sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
            PATIENCE.as_secs()
        );
        Ok(answer.with(header::SET_COOKIE, &cookie))
    }

    /// What the browser carries, for whom and which it was made.
    pub(super) fn carried(ask: &Ask<'_>, id: &str) -> Option<Self> {
        let stage = &ask.portal.stage;
        let opened = stage.sealer.open(PURPOSE, ask.call.cookie(COOKIE)?).ok()?;
        let once: Self = serde_json::from_slice(&opened).ok()?;
        let fresh = stage.clock.now().since(once.made) < PATIENCE;
        let own = ask.visitor().is_ok_and(|visitor| visitor.account.id == once.by);
        (fresh && own && once.id.to_string() == id).then_some(once)
    }

    /// Takes it away from the browser.
    pub(super) fn forget(answer: Answer) -> Answer {
        let cookie = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
        answer.with(header::SET_COOKIE, &cookie)
    }
}
