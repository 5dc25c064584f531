//! The page that holds somebody back whose address nobody has verified yet, until the link in the mail was followed
//! (rows 000-19 and 000-22).
//!
//! The same form goes on where it stopped. Whoever followed the link in another window is led back by the page behind
//! the link, which asks [`Service::waiting`] where to.

use std::time::Duration;

use askama::Template;
use directory::NotDone;
use store::{StoreError, Ticket};
use types::{ObjectId, TenantId};
use wire::form::Params;

use super::{Known, Scene, Shown};
use crate::{
    Service,
    pages::Sheet,
    stop::{Done, Stop},
};

const KIND_WAITING: &str = "waiting";
/// As long as the link in the mail holds.
const WAITING: Duration = Duration::from_secs(86_400);

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    sheet: Sheet,
    address: &'a str,
    notice: Option<String>,
}

impl Service {
    /// The page; it may have asked for another mail just now.
    pub(super) async fn verify_page(
        &self,
        scene: &Scene<'_>,
        known: &Known,
        form: Option<&Params>,
    ) -> Done<Shown> {
        let account = &known.located.home_account;
        let pressed = |name| form.is_some_and(|form| form.get(name).is_some());
        let notice = if pressed("again") {
            match self
                .accounts()
                .send_verification(account.id, &*self.parts.clock)
                .await
            {
                Ok(()) => {
                    Some("Another message is on its way. Only the link in the newest one counts.".to_owned())
                }
                Err(NotDone::TooMany(seconds)) => Some(format!(
                    "A message was sent a moment ago. You can ask for another one in {seconds} seconds."
                )),
                // It was verified while the page was open.
                Err(NotDone::Already(_)) => None,
                Err(other) => return Err(Stop::Broken(other.to_string())),
            }
        } else if pressed("verified") {
            Some("The link has not been followed yet.".to_owned())
        } else {
            None
        };
        self.wait_for(scene, known).await?;
        let (sheet, opened) = self.sheet(scene, Some(known), None)?;
        let page = VerifyPage {
            sheet,
            address: account.mail_address(),
            notice,
        };
        let upn = &known.person.upn;
        let (answer, decision) = self.shown(scene, &page, &opened, None, || {
            format!("nobody has verified the address of {upn} yet")
        })?;
        Ok((answer, decision.cause("account-email-unverified")))
    }

    /// Remembers where somebody waits, with the name that was typed.
    async fn wait_for(&self, scene: &Scene<'_>, known: &Known) -> Done<()> {
        let login = form_urlencoded::Serializer::new(String::new())
            .append_pair("login_hint", known.person.upn.as_str())
            .finish();
        let (path, query) = scene.action.split_once('?').unwrap_or((&scene.action, ""));
        let asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "login_hint");
        let query = form_urlencoded::Serializer::new(login)
            .extend_pairs(asked)
            .finish();
        let ticket = Ticket {
            id: waiting_id(known.person.id),
            tenant: known.person.home,
            kind: KIND_WAITING.to_owned(),
            state: "waiting".to_owned(),
            group: String::new(),
            expires: scene.now + WAITING,
            body: format!("https://{}{path}?{query}", scene.call.host),
        };
        self.parts.store.put_ticket(ticket).await?;
        Ok(())
    }

    /// Where a Microsoft account's sign-in waits for its address to be verified, as a true URL: the page behind the
    /// link of the mail offers to go on there, with the same inputs.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub async fn waiting(&self, account: ObjectId) -> Result<Option<String>, StoreError> {
        let ticket = self.parts.store.ticket(&waiting_id(account)).await?;
        let ticket = ticket.filter(|t| t.kind == KIND_WAITING && t.tenant == TenantId::CONSUMERS);
        Ok(ticket
            .filter(|ticket| self.parts.clock.now() < ticket.expires)
            .map(|ticket| ticket.body))
    }
}

fn waiting_id(account: ObjectId) -> String {
    crypt::digest(&format!("waiting {account}"))
}
