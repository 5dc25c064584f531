//! The front door: which organization or discovery service a host is, who calls, and whether they come in.

use std::sync::Arc;

use crypt::{Keyring, VerifiedToken};
use directory::Tenant;
use evidence::Decision;
use store::{Store, StoreError};
use types::{
    AppId, Chance, Clock, Cloud, Host, Later, ObjectId, RegionTable, SystemUserId, TenantId, Timestamp,
};
use wire::{
    Answer, Call,
    challenge::Challenge,
    claims::{Acting, Presented},
    dataverse::{UNEXPECTED, USER_NOT_ENABLED, USER_NOT_MEMBER_OF_ORG},
    odata::ErrorBody,
};

use crate::{
    access::{self, Caller},
    discovery::{self, Asker},
    model::SystemUser,
    page,
    protection::Protection,
    provisioning,
    refusal::{Refusal, Stop, Told},
    standing::{Standing, standing},
    token,
    view::{Org, Organizations},
    webapi::{self, answer},
};

/// Discovery and every organization.
pub struct Service {
    pub(crate) store: Store,
    keys: Arc<Keyring>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) regions: RegionTable,
    protection: Protection,
}

/// What a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Global discovery of a cloud.
    Discovery(Cloud),
    /// An organization's main host or the twin that serves its Web API; this is the main one.
    Organization(Host),
    /// In a region, and no organization could have this name: `disco.crm4…`, `a.b.crm4…`.
    Other,
}

impl Service {
    /// Over a store, with the keys that tokens are signed with.
    pub fn new(
        store: Store,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        regions: RegionTable,
    ) -> Self {
        Self {
            store,
            keys,
            clock,
            chance,
            regions,
            protection: Protection::default(),
        }
    }

    /// Whether requests to this true name are answered here.
    pub fn owns(&self, host: &Host) -> bool {
        cloud_of(host).is_some() || self.regions.of_host(host).is_some()
    }

    /// Forgets what service protection counted for a tenant: after a reset or a restore.
    pub fn forget(&self, tenant: TenantId) {
        self.protection.forget(tenant);
    }

    /// Answers a request and says why.
    pub fn handle<'a>(&'a self, call: &'a Call) -> Later<'a, (Answer, Decision)> {
        Box::pin(self.handled(call))
    }

    pub(crate) async fn answered(&self, call: &Call) -> (Answer, Decision) {
        let answered = match self.place(&call.host) {
            Some(Place::Discovery(cloud)) => self.discover(call, cloud).await,
            Some(Place::Organization(host)) => self.enter(call, &host).await,
            Some(Place::Other) => {
                let refusal = Refusal::nowhere(format!(
                    "{} is no organization and no global discovery",
                    call.host
                ));
                Ok(refused(call, &refusal.cause("regional-discovery-retired"), None))
            }
            None => {
                let refusal = Refusal::nowhere(format!("{} is in no region known here", call.host));
                Ok(refused(call, &refusal.cause("org-url-wrong"), None))
            }
        };
        answered.unwrap_or_else(|error| failed(&error))
    }

    pub(crate) fn place(&self, host: &Host) -> Option<Place> {
        if let Some(cloud) = cloud_of(host) {
            return Some(Place::Discovery(cloud));
        }
        let (region, name) = self.regions.of_host(host)?;
        let twin_of = name.strip_suffix(".api");
        let name = twin_of.unwrap_or(name);
        if name.contains('.') || name == "disco" || name == "dev" || name == "globaldisco" {
            return Some(Place::Other);
        }
        let main = match twin_of {
            Some(name) => format!("{name}.{}", region.suffix).parse().ok()?,
            None => host.clone(),
        };
        Some(Place::Organization(main))
    }

    /// Global discovery.
    async fn discover(&self, call: &Call, cloud: Cloud) -> Result<(Answer, Decision), StoreError> {
        let login = token::authorization_uri(call.form, cloud.login_host(), "common");
        let challenge = Challenge::new(login, call.url("/"));
        if discovery::is_challenge(&call.path) {
            return Ok(challenged(call, &challenge));
        }
        if !call.path.starts_with(discovery::ROOT) {
            let refusal = Refusal::nowhere(format!("discovery has nothing at {}", call.path));
            return Ok(refused(call, &refusal, None));
        }
        let verified = match self.verified(call) {
            Ok(verified) => verified,
            Err(refusal) => return Ok(refused(call, &refusal, Some(&challenge))),
        };
        let claims = &verified.claims;
        let tenant = claims.tid;
        let (all, directory) = match self.views(tenant).await {
            Err(StoreError::UnknownTenant { .. }) => {
                let refusal = Refusal::challenge(format!("the token's tenant {tenant} is not here"));
                return Ok(refused(call, &refusal, Some(&challenge)));
            }
            views => views?,
        };
        let now = directory.now(&self.clock);
        let decided = token::judge(claims, &[call.host.as_str()], tenant, now)
            .and_then(|()| asker(&directory, claims))
            .and_then(|asker| discovery::answer(call, &all, &self.regions, cloud, &asker));
        let (answer, decision) = match decided {
            Ok(reply) => (answer::of_reply(&reply), Decision::granted(reply.why)),
            Err(refusal) => refused(call, &refusal, Some(&challenge)),
        };
        Ok((answer, decision.tenant(tenant).subject(subject(claims))))
    }

    /// An organization.
    async fn enter(&self, call: &Call, host: &Host) -> Result<(Answer, Decision), StoreError> {
        let Some(tenant) = self.store.tenant_of(&format!("host:{host}")).await? else {
            return self.nobody(call, host).await;
        };
        let (all, directory) = self.views(tenant).await?;
        let Some(org) = all.at(host) else {
            return self.nobody(call, host).await;
        };
        let id = org.record.id;
        let login = directory.settings.cloud.login_host();
        let challenge = || {
            let uri = token::authorization_uri(call.form, login, &tenant.to_string());
            Challenge::new(uri, call.url("/"))
        };
        if discovery::is_challenge(&call.path) {
            let (mut answer, decision) = challenged(call, &challenge());
            answer::dress(&mut answer, call, id.uuid(), None);
            return Ok((answer, decision.tenant(tenant)));
        }
        let is_page = page::is_page(&call.path);
        if !is_page && !is_guarded(&call.path) {
            let refusal = Refusal::nowhere(format!("an organization has nothing at {}", call.path));
            let (mut answer, decision) = refused(call, &refusal, None);
            answer::dress(&mut answer, call, id.uuid(), None);
            return Ok((answer, decision.tenant(tenant)));
        }
        if is_page && call.header("authorization").is_none() {
            let nonce = self.chance.uuid().to_string();
            let decision = Decision::served("a browser without a session is sent to sign in").tenant(tenant);
            return Ok((page::sign_in(call, login, org, &nonce), decision));
        }
        let now = directory.now(&self.clock);
        let checked = self.verified(call).and_then(|verified| {
            let api = org.api_host();
            token::judge(&verified.claims, &[host.as_str(), &api], tenant, now).map(|()| verified)
        });
        let verified = match checked {
            Ok(verified) => verified,
            Err(refusal) => {
                let (mut answer, decision) = refused(call, &refusal, Some(&challenge()));
                answer::dress(&mut answer, call, id.uuid(), None);
                return Ok((answer, decision.tenant(tenant)));
            }
        };
        let claims = &verified.claims;
        let (mut answer, decision) = self.admitted(call, all, host, claims, &directory, now).await?;
        answer
            .headers
            .entry(http::header::CACHE_CONTROL)
            .or_insert(http::HeaderValue::from_static("no-cache"));
        Ok((answer, decision.tenant(tenant).subject(subject(claims))))
    }

    /// Someone with a good token: where do they stand, and what do they want?
    async fn admitted(
        &self,
        call: &Call,
        all: Arc<Organizations>,
        host: &Host,
        claims: &Presented,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Answer, Decision), StoreError> {
        let (all, found) = self.settled(all, host, Who::of(claims), directory, now).await?;
        let Some(org) = all.at(host) else {
            return self.nobody(call, host).await;
        };
        let user = found.and_then(|user| org.user(user).ok_or_else(|| vanished(org)));
        let admitted = access::check_app(org, claims.appid)
            .and(user)
            .and_then(|user| access::admit(org, user, call));
        self.counted(call, &all, org, admitted, directory, now).await
    }

    /// Where somebody stands, after the user record was brought up to date where it had to be; with the organizations
    /// as they then are.
    pub(crate) async fn settled(
        &self,
        mut all: Arc<Organizations>,
        host: &Host,
        who: Who,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Arc<Organizations>, Result<SystemUserId, Refusal>), StoreError> {
        let tenant = all.tenant();
        // Once more after the user record was brought up to date; then it is as it should be.
        for last in [false, true] {
            let Some(org) = all.at(host) else { break };
            let found = access::check_state(org).and_then(|()| known(org, directory, who));
            let found = match (found, who) {
                (Ok(Known::Here(user)), _) => Ok(user.id),
                (Ok(Known::Settle(_)), Who::Person(object)) if !last => {
                    if let Some(account) = directory.account(object) {
                        let id = org.record.id;
                        let settled =
                            provisioning::settle(&self.store, tenant, id, account, now, &self.chance);
                        if let Err(Stop::Store(error)) = settled.await {
                            return Err(error);
                        }
                    }
                    all = self.store.view::<Organizations>(tenant).await?;
                    continue;
                }
                (Ok(Known::Settle(refusal)) | Err(refusal), _) => Err(refusal),
            };
            return Ok((all, found));
        }
        Ok((
            all,
            Err(Refusal::nowhere(format!("no organization is at {host}"))),
        ))
    }

    /// Someone known, or a refusal: counted by service protection, then answered.
    async fn counted(
        &self,
        call: &Call,
        all: &Organizations,
        org: &Org,
        admitted: Result<Caller<'_>, Refusal>,
        directory: &Tenant,
        now: Timestamp,
    ) -> Result<(Answer, Decision), StoreError> {
        let id = org.record.id;
        let limits = &directory.settings.service_protection;
        let entered = admitted.and_then(|caller| {
            let pass = self
                .protection
                .enter(limits, (all.tenant(), id, caller.user.id), now)?;
            Ok((caller, pass))
        });
        let (caller, pass) = match entered {
            Ok(entered) => entered,
            Err(refusal) if page::is_page(&call.path) && !matches!(refusal.told, Told::NotUnderstood(_)) => {
                return Ok((page::refused(org, &refusal), answer::decision(&refusal)));
            }
            Err(refusal) => {
                let (mut answer, decision) = refused(call, &refusal, None);
                answer::dress(&mut answer, call, id.uuid(), None);
                return Ok((answer, decision));
            }
        };
        if page::is_page(&call.path) {
            return Ok(match page::home(&caller) {
                Ok(page) => (page, Decision::granted("the organization's page")),
                Err(refusal) => (page::refused(org, &refusal), answer::decision(&refusal)),
            });
        }
        let (mut answer, decision) = if is_soap(&call.path) {
            refused(call, &Refusal::not_understood("the SOAP services"), None)
        } else {
            self.web_api(call, caller, directory, now).await?
        };
        answer::dress(
            &mut answer,
            call,
            id.uuid(),
            pass.as_ref().map(|pass| pass.remaining),
        );
        Ok((answer, decision))
    }

    /// Nobody answers to this host. The real service's answer is unverified (facts/organization.md 1.6).
    async fn nobody(&self, call: &Call, host: &Host) -> Result<(Answer, Decision), StoreError> {
        let name = host.first_label();
        let mut elsewhere = None;
        for region in self.regions.iter() {
            let other = format!("{name}.{}", region.suffix);
            if self.store.tenant_of(&format!("host:{other}")).await?.is_some() {
                elsewhere = Some((other, region.code.clone()));
                break;
            }
        }
        let refusal = match elsewhere {
            Some((other, code)) => {
                let why =
                    format!("no organization is at {host}; `{name}` lives in {code}: use https://{other}/");
                Refusal::nowhere(why).cause("wrong-region-url")
            }
            None => Refusal::nowhere(format!(
                "no organization is at {host}, nor in another region under that name"
            ))
            .cause("org-url-wrong"),
        };
        Ok(refused(call, &refusal, None))
    }

    pub(crate) async fn views(
        &self,
        tenant: TenantId,
    ) -> Result<(Arc<Organizations>, Arc<Tenant>), StoreError> {
        let all = self.store.view::<Organizations>(tenant).await?;
        let directory = self.store.view::<Tenant>(tenant).await?;
        Ok((all, directory))
    }

    /// The token, its signature checked.
    fn verified(&self, call: &Call) -> Result<Arc<VerifiedToken>, Refusal> {
        let text =
            token::bearer(call).ok_or_else(|| Refusal::challenge("the request carries no bearer token"))?;
        self.keys
            .verify(text)
            .map_err(|error| Refusal::challenge(error.to_string()))
    }
}

/// The cloud whose global discovery a host is.
fn cloud_of(host: &Host) -> Option<Cloud> {
    let clouds = [
        Cloud::Commercial,
        Cloud::Gcc,
        Cloud::GccHigh,
        Cloud::Dod,
        Cloud::China,
        Cloud::GermanyClosed,
    ];
    clouds
        .into_iter()
        .find(|cloud| cloud.discovery_host() == Some(host.as_str()))
}

/// Who the claims are to an organization.
enum Known<'a> {
    /// A user.
    Here(&'a SystemUser),
    /// The record must be brought up to date first; what to say if that changed nothing.
    Settle(Refusal),
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// A program, for itself.
    Application(AppId),
    /// A person, with a program or a browser.
    Person(ObjectId),
}

impl Who {
    fn of(claims: &Presented) -> Self {
        match (claims.idtyp, claims.appid) {
            (Some(Acting::App), Some(app)) => Self::Application(app),
            _ => Self::Person(claims.oid),
        }
    }
}

fn known<'a>(org: &'a Org, directory: &Tenant, who: Who) -> Result<Known<'a>, Refusal> {
    let name = &org.record.unique_name;
    let object = match who {
        Who::Person(object) => object,
        Who::Application(app) => {
            return match org.application_user(app) {
                None => {
                    let why = format!("the application {app} has no application user in {name}");
                    Err(Refusal::of(&USER_NOT_MEMBER_OF_ORG, &[], why).cause("application-user-missing"))
                }
                Some(user) if user.disabled.is_some() => {
                    let why = format!("the application user of {app} is disabled in {name}");
                    Err(Refusal::of(&USER_NOT_ENABLED, &[], why).cause("user-disabled-in-organization"))
                }
                Some(user) => Ok(Known::Here(user)),
            };
        }
    };
    let stranger = || {
        let why = format!("the token's user {object} has no account in this tenant any more");
        Refusal::of(&USER_NOT_MEMBER_OF_ORG, &[], why).cause("user-not-member-of-organization")
    };
    let account = directory.account(object).ok_or_else(stranger)?;
    match standing(org, account) {
        Standing::Member(user) => Ok(Known::Here(user)),
        Standing::Stranger(refusal) => Err(refusal),
        Standing::Leaving(_, refusal) => Ok(Known::Settle(refusal)),
        Standing::Entitled(_) | Standing::Returning(_) => Ok(Known::Settle(stranger())),
    }
}

/// Between two looks at the same organization a user went.
fn vanished(org: &Org) -> Refusal {
    let why = format!("the user was removed from {} meanwhile", org.record.unique_name);
    Refusal::of(&USER_NOT_MEMBER_OF_ORG, &[], why).cause("user-not-member-of-organization")
}

fn asker<'a>(directory: &'a Tenant, claims: &Presented) -> Result<Asker<'a>, Refusal> {
    let object = match Who::of(claims) {
        Who::Application(app) => return Ok(Asker::Application(app)),
        Who::Person(object) => object,
    };
    let account = directory.account(object).filter(|account| !account.deleted);
    account.map(Asker::Person).ok_or_else(|| {
        Refusal::challenge(format!(
            "the token's user {object} has no account in this tenant any more"
        ))
    })
}

fn challenged(call: &Call, challenge: &Challenge) -> (Answer, Decision) {
    let refusal = Refusal::challenge("the challenge was asked for: it says who signs people in");
    let (answer, _) = refused(call, &refusal, Some(challenge));
    (answer, Decision::served(refusal.why))
}

/// Paths that answer 401 with the challenge, never 404, to a caller without a token (facts/organization.md 8.2).
fn is_guarded(path: &str) -> bool {
    path.starts_with(webapi::ROOT) || is_soap(path)
}

/// The SOAP service, which the official .NET client asks for the challenge (facts/organization.md 4.3). What
/// lies behind it is not played yet.
fn is_soap(path: &str) -> bool {
    path.eq_ignore_ascii_case("/XRMServices/2011/Organization.svc/web")
}

/// Who asked, for the journal.
fn subject(claims: &Presented) -> String {
    let app = || claims.appid.map(|app| app.to_string());
    claims.upn.clone().or_else(app).unwrap_or_default()
}

pub(crate) fn refused(call: &Call, refusal: &Refusal, challenge: Option<&Challenge>) -> (Answer, Decision) {
    (
        answer::of_refusal(call, refusal, challenge),
        answer::decision(refusal),
    )
}

/// Our side failed: the caller is told no more than that.
fn failed(error: &StoreError) -> (Answer, Decision) {
    let body = ErrorBody::new(UNEXPECTED.hex(), UNEXPECTED.message(&[]));
    let answer = Answer::json(http::StatusCode::INTERNAL_SERVER_ERROR, &body);
    (answer, Decision::failed(error.to_string()).code(UNEXPECTED.hex()))
}
