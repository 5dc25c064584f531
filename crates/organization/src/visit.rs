//! A person with a browser: where they stand, decided by the same steps as for a caller with a token.

use std::{net::IpAddr, sync::Arc};

use directory::Account;
use http::StatusCode;
use store::StoreError;
use types::{Host, ObjectId, SystemUserId, Timestamp};
use wire::dataverse::{SYSTEM_USER_DISABLED, USER_NOT_ASSIGNED_ROLES};

use crate::{
    Service, access, firewall,
    model::SystemUser,
    page, provisioning,
    refusal::{Refusal, Told},
    service::{Place, Who},
    standing::{Standing, standing},
    view::{Org, Organizations},
};

/// What becomes of somebody who opens an organization's page.
#[derive(Debug)]
pub enum Visit {
    /// They are in: the organizations as they now are, and which user of this one they are.
    In(Arc<Organizations>, SystemUserId),
    /// They are turned away.
    Out(Turned),
    /// No organization is at this host.
    Nowhere,
}

/// A refusal, as a page tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// What the person reads; of someone without a role the exact words of row 003-29.
    pub sentence: String,
    /// `0x80042f09`, where it has a code.
    pub code: Option<String>,
    /// The status.
    pub status: StatusCode,
    /// The catalog's cause, where one fits.
    pub cause: Option<&'static str>,
    /// Why, in a sentence for the journal and for administrators.
    pub why: String,
    /// Whether a security role would cure it.
    pub needs_role: bool,
}

impl Turned {
    fn of(refusal: Refusal) -> Self {
        let (code, status, needs_role) = match &refusal.told {
            Told::Fault { fault, .. } => (
                Some(fault.hex()),
                StatusCode::from_u16(fault.status).unwrap_or(StatusCode::FORBIDDEN),
                fault.code == USER_NOT_ASSIGNED_ROLES.code,
            ),
            _ => (None, StatusCode::FORBIDDEN, false),
        };
        Self {
            sentence: page::sentence(&refusal).to_owned(),
            code,
            status,
            cause: refusal.cause,
            needs_role,
            why: refusal.why,
        }
    }
}

impl Service {
    /// Whether the host is an organization's own name, whoever may be there: not its Web API's twin, not discovery.
    pub fn is_organizations_own(&self, host: &Host) -> bool {
        self.place(host) == Some(Place::Organization(host.clone()))
    }

    /// Lets somebody in with a browser whose session began at `since`, or says why not. First access makes a user, as
    /// it does for programs, and the first visit the user's settings.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn visit(
        &self,
        host: &Host,
        account: ObjectId,
        since: Timestamp,
        peer: IpAddr,
    ) -> Result<Visit, StoreError> {
        let Some(tenant) = self.store.tenant_of(&format!("host:{host}")).await? else {
            return Ok(Visit::Nowhere);
        };
        let (all, directory) = self.views(tenant).await?;
        let now = directory.now(&self.clock);
        let who = Who::Person(account);
        let (all, found) = self.settled(all, host, who, &directory, now).await?;
        let Some(org) = all.at(host) else {
            return Ok(Visit::Nowhere);
        };
        let user = found.map(|id| org.user(id));
        Ok(match user {
            Err(refusal) => Visit::Out(Turned::of(disabled_meanwhile(org, account, since, refusal))),
            Ok(None) => Visit::Nowhere,
            Ok(Some(user)) => match firewall::check(org, peer).and_then(|()| browse(org, user)) {
                Err(refusal) => Visit::Out(Turned::of(refusal)),
                Ok(()) if user.without_settings => {
                    let (place, id) = (org.record.id, user.id);
                    provisioning::make_settings(&self.store, tenant, place, id, now).await?;
                    Visit::In(self.store.view(tenant).await?, id)
                }
                Ok(()) => {
                    let id = user.id;
                    Visit::In(all, id)
                }
            },
        })
    }
}

/// Whether a person would be let in with a browser. Nothing is changed: who would become a user by coming is judged as
/// the user they would be.
///
/// # Errors
/// What they would be told.
pub fn prospect(org: &Org, account: &Account) -> Result<(), Turned> {
    let judged = access::check_state(org).and_then(|()| match standing(org, account) {
        Standing::Member(user) | Standing::Returning(user) => browse(org, user),
        Standing::Leaving(_, refusal) | Standing::Stranger(refusal) => Err(refusal),
        Standing::Entitled(newcomer) if newcomer.administrator => Ok(()),
        Standing::Entitled(_) => {
            let name = &org.record.unique_name;
            let why = format!(
                "{} becomes a user of {name} by coming, and has no security role there",
                account.upn
            );
            let nobody = types::Uuid::nil();
            Err(Refusal::of(&USER_NOT_ASSIGNED_ROLES, &[&nobody], why).cause("user-no-security-role"))
        }
    });
    judged.map_err(Turned::of)
}

/// Whoever was disabled during a session is told so; whoever begins one afterwards, what anybody disabled is told.
fn disabled_meanwhile(org: &Org, account: ObjectId, since: Timestamp, refusal: Refusal) -> Refusal {
    let disabled = org.user_of(account).and_then(|user| user.disabled_at);
    if disabled.is_none_or(|at| at < since) {
        return refusal;
    }
    let meanwhile = Refusal::of(&SYSTEM_USER_DISABLED, &[], refusal.why);
    match refusal.cause {
        Some(cause) => meanwhile.cause(cause),
        None => meanwhile,
    }
}

fn browse(org: &Org, user: &SystemUser) -> Result<(), Refusal> {
    access::admit_user(org, user).and_then(|caller| page::may_browse(&caller))
}
