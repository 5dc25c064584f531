//! The control API: whatever a test may turn, over HTTPS at `/_keyway/v1/` on every name.
//!
//! One list, [`OPERATIONS`], routes the requests and describes them (`openapi`). To add an operation: its
//! handler in the file of its noun, and its line in the list. A change holds from the next request, because
//! it goes through the same store as everything else.

mod accounts;
mod acts;
mod amendments;
pub(crate) mod answers;
mod apps;
mod audit;
mod causes;
mod check;
pub(crate) mod clock;
mod domains;
mod factors;
mod fields;
mod groups;
mod guard;
mod health;
mod invitations;
mod journal;
mod licenses;
mod links;
mod mail;
mod openapi;
mod organizations;
mod owners;
mod people;
mod principals;
mod problem;
mod process;
mod resets;
mod roles;
mod sessions;
mod sign_ins;
mod tenants;
mod units;
mod verifications;
mod worlds;

use std::sync::Arc;

use evidence::Decision;
use http::StatusCode;
use serde::de::DeserializeOwned;
use store::Ticket;
use types::{Host, Later, TenantId};
use wire::{Answer, Call, form::Params};

use crate::{
    edge::{Handled, Service},
    state::State,
};
pub use acts::{Actor, Acts, COOKIE_TESTER};
pub use problem::{Problem, sentence};

/// Where the API begins.
pub const PREFIX: &str = "/_keyway/v1";

type Answered<'a> = Later<'a, Result<Answer, Problem>>;

/// One operation.
pub(crate) struct Operation {
    method: &'static str,
    /// Below [`PREFIX`]; `{name}` stands for one segment.
    path: &'static str,
    /// Its name in the description, unique.
    id: &'static str,
    summary: &'static str,
    /// Parameters of the query, each with its meaning.
    query: &'static [(&'static str, &'static str)],
    /// An example of the body, as JSON; none where there is no body.
    body: Option<&'static str>,
    handler: for<'a> fn(&'a Asked<'a>) -> Answered<'a>,
}

macro_rules! operation {
    ($method:literal $path:literal $id:literal, $summary:literal, $handler:path $(, query $query:expr)? $(, body $body:literal)?) => {
        Operation {
            method: $method,
            path: $path,
            id: $id,
            summary: $summary,
            query: { let query: &'static [(&'static str, &'static str)] = &[]; $(let _ = query; let query = $query;)? query },
            body: { let body: Option<&'static str> = None; $(let _ = body; let body = Some($body);)? body },
            handler: |asked| Box::pin($handler(asked)),
        }
    };
}

const JOURNAL: &[(&str, &str)] = &[
    (
        "since",
        "only lines from this moment on (RFC 3339), by the tenant's clock",
    ),
    ("code", "only lines with this code, for example AADSTS50126"),
    (
        "outcome",
        "only lines that ended so: granted, refused, served, failed",
    ),
    ("host", "only requests to a host with this in its name"),
    ("subject", "only lines about somebody with this in the name"),
    (
        "request",
        "only the line of the request with this id, or with this correlation id",
    ),
    ("limit", "at most this many, the newest ones; 1000 without it"),
];

/// Everything the API can do.
pub(crate) static OPERATIONS: &[Operation] = &[
    operation!("GET" "/health" "health", "Whether the stand-in runs", process::health),
    operation!("GET" "/ready" "ready", "The ready file", process::ready),
    operation!("GET" "/openapi.json" "openapi", "This description", process::openapi),
    operation!("POST" "/keys/roll" "rollKeys", "Sign with a new key from now on; earlier keys stay published", process::roll_keys),
    operation!("POST" "/reset" "resetAll", "Put every tenant back to how the world made it, with an empty outbox and an empty audit log; the journal stays", tenants::reset_all),
    operation!("GET" "/journal" "journal", "The journal of all tenants, newest last", journal::all, query JOURNAL),
    operation!("GET" "/links" "listLinks", "Links between clients and the stand-in, and the ways a network can fail on one", links::list),
    operation!("POST" "/links" "openLink", "A port of one's own that leads to the stand-in, or to its proxy", links::open, body r#"{"to":"https"}"#),
    operation!("PUT" "/links/{port}" "turnLink", "Let the network fail on a link, or, with null, work again", links::turn, body r#"{"way":"certificate-expired"}"#),
    operation!("DELETE" "/links/{port}" "closeLink", "Close a link", links::close),
    operation!("GET" "/worlds" "listWorlds", "What is played: the world, the templates that can be copied, and every tenant with where it is from", worlds::list, query worlds::LEAF),
    operation!("GET" "/tenants" "listTenants", "Every tenant", tenants::list),
    operation!("POST" "/tenants" "createTenant", "A tenant of one's own, copied from a template", tenants::create, body r#"{"template":"contoso"}"#),
    operation!("GET" "/tenants/{tenant}" "getTenant", "One tenant, by id or domain", tenants::get),
    operation!("DELETE" "/tenants/{tenant}" "deleteTenant", "Delete a tenant with everything in it", tenants::delete),
    operation!("POST" "/tenants/{tenant}/reset" "resetTenant", "Put a tenant back to how it was made, with an empty outbox and an audit log that begins with this; the journal stays", tenants::reset),
    operation!("GET" "/tenants/{tenant}/snapshots" "listSnapshots", "What the tenant can be put back to; `initial` is how it was made", tenants::snapshots),
    operation!("PUT" "/tenants/{tenant}/snapshots/{name}" "takeSnapshot", "Remember how the tenant is now", tenants::snapshot),
    operation!("POST" "/tenants/{tenant}/snapshots/{name}/restore" "restoreSnapshot", "Put the tenant back to how it was remembered, its outbox and audit log too; the journal stays", tenants::restore),
    operation!("GET" "/tenants/{tenant}/journal" "tenantJournal", "The tenant's journal, newest last", journal::of_tenant, query JOURNAL),
    operation!("GET" "/tenants/{tenant}/clock" "getClock", "What time it is in the tenant", clock::get),
    operation!("POST" "/tenants/{tenant}/clock" "turnClock", "Advance, set or reset the tenant's clock", clock::turn, body r#"{"advance_seconds":28800}"#),
    operation!("GET" "/tenants/{tenant}/settings" "getSettings", "How the tenant is set up", tenants::settings),
    operation!("PATCH" "/tenants/{tenant}/settings" "changeSettings", "Change settings (JSON merge patch)", tenants::change_settings, body r#"{"user_consent":"admin-only"}"#),
    operation!("GET" "/causes" "listCauses", "Every cause of the catalog, with the amendment or the link that plays it here, or why nothing does", causes::list, query causes::SEARCH),
    operation!("GET" "/amendments" "listWays", "Every way of failing that can be arranged in a tenant", amendments::ways),
    operation!("GET" "/tenants/{tenant}/amendments" "listAmendments", "What is broken in the tenant, and what exactly was changed", amendments::list),
    operation!("POST" "/tenants/{tenant}/amendments" "applyAmendment", "Break one thing: arrange a state in which something is refused", amendments::apply, body r#"{"amendment":"account-blocked","user":"anna@contoso.com"}"#),
    operation!("DELETE" "/tenants/{tenant}/amendments/{amendment}" "undoAmendment", "Mend it: put back what the amendment changed", amendments::undo),
    operation!("GET" "/tenants/{tenant}/accounts" "listAccounts", "Every account", accounts::list),
    operation!("POST" "/tenants/{tenant}/accounts" "createAccount", "A new account", accounts::create, body r#"{"upn":"new@contoso.com","name":"New One","password":"Keyway!Demo1","licenses":["DYN365"]}"#),
    operation!("GET" "/tenants/{tenant}/accounts/{account}" "getAccount", "One account, by object id or any of its names", accounts::get),
    operation!("PATCH" "/tenants/{tenant}/accounts/{account}" "changeAccount", "Change an account (JSON merge patch); `password` sets one", accounts::change, body r#"{"enabled":false}"#),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}" "deleteAccount", "Remove an account for good, with what it consented to, what it owns and where it is assigned", accounts::delete),
    operation!("GET" "/tenants/{tenant}/apps" "listApps", "Every application that lives here", apps::list),
    operation!("POST" "/tenants/{tenant}/apps" "createApp", "Register an application", apps::create, body r#"{"name":"New App","redirects":{"web":["https://app.example/callback"]}}"#),
    operation!("GET" "/tenants/{tenant}/apps/{app}" "getApp", "One application, by client id or name", apps::get),
    operation!("PATCH" "/tenants/{tenant}/apps/{app}" "changeApp", "Change a registration (JSON merge patch)", apps::change, body r#"{"allow_public_client":true}"#),
    operation!("DELETE" "/tenants/{tenant}/apps/{app}" "deleteApp", "Delete a registration, with its enterprise application and everything that was granted to it", apps::delete),
    operation!("POST" "/tenants/{tenant}/apps/{app}/check" "checkSettings", "Check my settings: what a program was given, held against the registration and an organization; nothing is sent or kept", check::check, body r#"{"flow":"person","organization":"contoso","redirect":"https://app.example/callback"}"#),
    operation!("POST" "/tenants/{tenant}/apps/{app}/secrets" "addSecret", "A new client secret; its value is shown once", apps::add_secret, body r#"{"name":"ci","ends":"+12 months"}"#),
    operation!("DELETE" "/tenants/{tenant}/apps/{app}/secrets/{secret}" "removeSecret", "Remove a client secret by its id", apps::remove_secret),
    operation!("POST" "/tenants/{tenant}/apps/{app}/certificates" "addCertificate", "Register a certificate", apps::add_certificate, body r#"{"name":"ci","certificate":"-----BEGIN CERTIFICATE-----…"}"#),
    operation!("DELETE" "/tenants/{tenant}/apps/{app}/certificates/{certificate}" "removeCertificate", "Remove a certificate by its id", apps::remove_certificate),
    operation!("GET" "/tenants/{tenant}/apps/{app}/owners" "listOwners", "Who may edit a registration without an administrator's role", owners::list),
    operation!("PUT" "/tenants/{tenant}/apps/{app}/owners/{account}" "addOwner", "Make an account an owner of a registration", owners::add),
    operation!("DELETE" "/tenants/{tenant}/apps/{app}/owners/{account}" "removeOwner", "Make it none any more; the last one may leave, and then administrators alone edit the registration", owners::remove),
    operation!("GET" "/tenants/{tenant}/principals" "listPrincipals", "Applications as this tenant uses them", principals::list),
    operation!("PUT" "/tenants/{tenant}/principals/{app}" "addPrincipal", "Use an application here: make its enterprise application", principals::add),
    operation!("PATCH" "/tenants/{tenant}/principals/{app}" "changePrincipal", "Enable, disable, require assignment, assign (JSON merge patch)", principals::change, body r#"{"enabled":false}"#),
    operation!("DELETE" "/tenants/{tenant}/principals/{app}" "removePrincipal", "Delete the enterprise application and what was granted to it", principals::remove),
    operation!("GET" "/tenants/{tenant}/consents" "listConsents", "Every granted permission", principals::consents),
    operation!("POST" "/tenants/{tenant}/consents" "grantConsent", "Grant permissions, for all or for one user", principals::grant, body r#"{"app":"Contoso Connector","resource":"dataverse","scopes":["user_impersonation"]}"#),
    operation!("DELETE" "/tenants/{tenant}/consents/{consent}" "revokeConsent", "Take a grant back, by its id in the list", principals::revoke),
    operation!("GET" "/tenants/{tenant}/organizations" "listOrganizations", "Every organization", organizations::list),
    operation!("POST" "/tenants/{tenant}/organizations" "createOrganization", "A new organization", organizations::create, body r#"{"name":"New","host":"new.crm4.dynamics.com"}"#),
    operation!("GET" "/tenants/{tenant}/organizations/{organization}" "getOrganization", "One organization, by id, unique name or host", organizations::get),
    operation!("PATCH" "/tenants/{tenant}/organizations/{organization}" "changeOrganization", "Switch on or off, administration mode, security group, session settings (under the newer rule), … (JSON merge patch)", organizations::change, body r#"{"state":"disabled"}"#),
    operation!("DELETE" "/tenants/{tenant}/organizations/{organization}" "deleteOrganization", "Delete an organization", organizations::delete),
    operation!("GET" "/tenants/{tenant}/organizations/{organization}/units" "listBusinessUnits", "Its business units", units::list),
    operation!("POST" "/tenants/{tenant}/organizations/{organization}/units" "addBusinessUnit", "A new business unit below another, or below the root, with its copies of the roles", units::add, body r#"{"name":"North","parent":"Contoso"}"#),
    operation!("PATCH" "/tenants/{tenant}/organizations/{organization}/units/{unit}" "changeBusinessUnit", "Enable or disable, by id or name", units::change, body r#"{"disabled":true}"#),
    operation!("GET" "/tenants/{tenant}/organizations/{organization}/users" "listSystemUsers", "Its users with their roles", organizations::users),
    operation!("POST" "/tenants/{tenant}/organizations/{organization}/users" "addSystemUser", "Make an account or an application a user", organizations::add_user, body r#"{"app":"Contoso Connector","roles":["Basic User"]}"#),
    operation!("PATCH" "/tenants/{tenant}/organizations/{organization}/users/{user}" "changeSystemUser", "Enable or disable, access mode, move to a business unit (which takes the roles)", organizations::change_user, body r#"{"disabled":true}"#),
    operation!("PUT" "/tenants/{tenant}/organizations/{organization}/users/{user}/roles/{role}" "giveRole", "Give a security role", organizations::give_role),
    operation!("DELETE" "/tenants/{tenant}/organizations/{organization}/users/{user}/roles/{role}" "takeRole", "Take a security role away", organizations::take_role),
    operation!("GET" "/tenants/{tenant}/organizations/{organization}/roles" "listSecurityRoles", "Its security roles with their privileges and how far each reaches", roles::list),
    operation!("POST" "/tenants/{tenant}/organizations/{organization}/roles" "createSecurityRole", "A new security role, or a copy of one, in a business unit and those below it", roles::create, body r#"{"name":"Sales Reader","copy":"Basic User"}"#),
    operation!("PATCH" "/tenants/{tenant}/organizations/{organization}/roles/{role}" "renameSecurityRole", "Give a security role and its copies another name; System Administrator keeps its own", roles::rename, body r#"{"name":"Sales Readers"}"#),
    operation!("DELETE" "/tenants/{tenant}/organizations/{organization}/roles/{role}" "deleteSecurityRole", "Delete a security role that nobody has, with its copies in the business units below", roles::delete),
    operation!("PUT" "/tenants/{tenant}/organizations/{organization}/roles/{role}/privileges/{privilege}" "givePrivilege", "Give a role a privilege, or change how far it reaches", roles::give, body r#"{"depth":"global"}"#),
    operation!("DELETE" "/tenants/{tenant}/organizations/{organization}/roles/{role}/privileges/{privilege}" "takePrivilege", "Take a privilege from a role", roles::take),
    operation!("POST" "/tenants/{tenant}/accounts/{account}/unlock" "unlockAccount", "End smart lockout", sessions::unlock),
    operation!("POST" "/tenants/{tenant}/accounts/{account}/sign-out" "revokeSessions", "End every session and every refresh token from before", sessions::revoke),
    operation!("GET" "/tenants/{tenant}/accounts/{account}/sessions" "listSessions", "Where a person is signed in: each browser with its sites, since when, and when it was last used", sessions::list),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}/sessions/{session}" "endSession", "Sign a person out of one browser: of the sites it is at, and of the sign-in service", sessions::end),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}/sessions" "endSessions", "Sign a person out of every browser, or of every other one; what programs were granted stays", sessions::end_all, query sessions::EXCEPT),
    operation!("PUT" "/tenants/{tenant}/accounts/{account}/second-factor" "requireSecondFactor", "Require a second factor whenever this person signs in", factors::require),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}/second-factor" "waiveSecondFactor", "Require none any more", factors::waive),
    operation!("POST" "/microsoft-accounts" "signUp", "A new Microsoft account on any address; at a domain that is not Microsoft's a verification mail is sent", verifications::sign_up, body r#"{"address":"ulla@example.com","name":"Ulla Unsure","password":"Bright-Otter7"}"#),
    operation!("POST" "/microsoft-accounts/requests" "requestAccount", "What the sign-up page does: as signUp, but for an address that has an account its owner is told by mail", verifications::request, body r#"{"address":"ulla@example.com","name":"Ulla Unsure","password":"Bright-Otter7"}"#),
    operation!("POST" "/microsoft-accounts/verification-mails" "sendVerification", "Send another verification link; the earlier ones are retired", verifications::send, body r#"{"address":"ulla@example.com"}"#),
    operation!("POST" "/microsoft-accounts/verifications" "verifyAddress", "Follow a verification link: the address is verified", verifications::redeem, body r#"{"token":"…"}"#),
    operation!("POST" "/tenants/{tenant}/accounts/{account}/password" "changePassword", "Change a password that one knows, by the rules", resets::change, body r#"{"current":"Keyway!Demo1","new":"Bright-Otter7"}"#),
    operation!("POST" "/tenants/{tenant}/accounts/{account}/temporary-password" "resetPassword", "An administrator's reset: a temporary password, shown, mailed, and to be changed at the next sign-in", resets::by_administrator),
    operation!("POST" "/tenants/{tenant}/resets" "requestReset", "Send a reset link to who forgot the password: administrators always, others with a license and the tenant's setting", resets::request, body r#"{"user":"admin@contoso.onmicrosoft.com"}"#),
    operation!("POST" "/tenants/{tenant}/forgotten-passwords" "forgotPassword", "What the reset page does: whoever has the name gets a mail, with a link or with the reason why there is none; the answer is the same for every name", resets::forgot, body r#"{"user":"admin@contoso.onmicrosoft.com"}"#),
    operation!("POST" "/resets/link" "readReset", "What a reset link is for, and what must be shown with it", resets::read, body r#"{"token":"…"}"#),
    operation!("POST" "/resets" "completeReset", "Follow a reset link: the new password, and the code where two methods are needed", resets::complete, body r#"{"token":"…","password":"Bright-Otter7"}"#),
    operation!("GET" "/tenants/{tenant}/administrators" "listAdministrators", "The people who can help: who is my administrator", resets::administrators),
    operation!("POST" "/tenants/{tenant}/invitations" "invite", "Invite someone from elsewhere, with the organization's direct address; an account may still have to be made on theirs", invitations::invite, body r#"{"address":"rosa@outlook.com","name":"Rosa Roams","organization":"contoso"}"#),
    operation!("POST" "/tenants/{tenant}/accounts/{account}/address-mails" "sendAddress", "Mail somebody the direct address of an organization, or of Social Engagement", invitations::send_address, body r#"{"organization":"contoso"}"#),
    operation!("POST" "/invitations/link" "readInvitation", "Who an invitation is for, where it leads, and whether a Microsoft account has to be made first", invitations::read, body r#"{"token":"…"}"#),
    operation!("POST" "/invitations" "acceptInvitation", "Accept an invitation as who signed in; it must be the invited address", invitations::accept, body r#"{"token":"…","address":"rosa@outlook.com"}"#),
    operation!("PUT" "/tenants/{tenant}/accounts/{account}/authenticator" "enrollAuthenticator", "Register an authenticator; its secret is shown once", factors::enroll),
    operation!("GET" "/tenants/{tenant}/accounts/{account}/authenticator/code" "currentCode", "The code that the authenticator shows now", factors::code),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}/authenticator" "removeAuthenticator", "Take the second factor away", factors::remove),
    operation!("GET" "/licenses" "listLicenses", "Every license that can be assigned, with what it gives", licenses::list),
    operation!("GET" "/tenants/{tenant}/accounts/{account}/licenses" "accountLicenses", "What an account holds, and what that gives it", licenses::of_account),
    operation!("PUT" "/tenants/{tenant}/accounts/{account}/licenses/{license}" "assignLicense", "Give a license, by part number or id", licenses::assign),
    operation!("DELETE" "/tenants/{tenant}/accounts/{account}/licenses/{license}" "removeLicense", "Take a license away", licenses::remove),
    operation!("GET" "/tenants/{tenant}/groups" "listGroups", "Every security group with its members", groups::list),
    operation!("PUT" "/tenants/{tenant}/groups/{group}/members/{account}" "addMember", "Add to a group; the first member makes it", groups::add),
    operation!("DELETE" "/tenants/{tenant}/groups/{group}/members/{account}" "removeMember", "Remove from a group", groups::remove),
    operation!("GET" "/tenants/{tenant}/domains" "listDomains", "Every domain", domains::list),
    operation!("POST" "/tenants/{tenant}/domains" "addDomain", "Add a domain", domains::add, body r#"{"name":"fourthcoffee.example"}"#),
    operation!("PATCH" "/tenants/{tenant}/domains/{domain}" "changeDomain", "Who keeps its users' passwords; whether new users get a name of it", domains::change, body r#"{"default":true}"#),
    operation!("DELETE" "/tenants/{tenant}/domains/{domain}" "removeDomain", "Remove a domain that nobody uses", domains::remove),
    operation!("GET" "/mails" "listAllMails", "The outbox of all tenants, newest first", mail::list_all, query mail::SEARCH),
    operation!("GET" "/tenants/{tenant}/mails" "listMails", "The tenant's outbox, newest first; can wait for a mail", mail::list, query mail::SEARCH),
    operation!("DELETE" "/tenants/{tenant}/mails" "clearMails", "Remove the mails that a search finds, or all", mail::clear, query mail::FILTER),
    operation!("GET" "/tenants/{tenant}/mails/{mail}" "getMail", "One mail, with its text and HTML", mail::get),
    operation!("DELETE" "/tenants/{tenant}/mails/{mail}" "deleteMail", "Remove a mail", mail::delete),
    operation!("GET" "/tenants/{tenant}/audit" "listAudit", "Who did what, newest first", audit::list, query audit::SEARCH),
    operation!("GET" "/tenants/{tenant}/sign-ins" "listSignIns", "The sign-in log, newest first: who signed in to what, who was refused, and why", sign_ins::list, query sign_ins::SEARCH),
    operation!("GET" "/tenants/{tenant}/incidents" "listIncidents", "Service health: incidents with their history", health::list),
    operation!("POST" "/tenants/{tenant}/incidents" "raiseIncident", "Report an incident", health::raise, body r#"{"service":"Dynamics 365","title":"Some users cannot sign in","state":"service-degradation","message":"We are looking into it."}"#),
    operation!("PATCH" "/tenants/{tenant}/incidents/{incident}" "updateIncident", "Add to its history; `service-restored` ends it", health::update, body r#"{"message":"It is over.","state":"service-restored"}"#),
    operation!("DELETE" "/tenants/{tenant}/incidents/{incident}" "removeIncident", "Remove an incident, as if it had never been", health::remove),
];

/// The API as a service.
pub(crate) struct Control(pub(crate) Arc<State>);

impl Service for Control {
    fn owns(&self, _: &Host) -> bool {
        // It is chosen by path, on every name.
        false
    }

    fn handle<'a>(&'a self, call: &'a Call, _: &'a mut Vec<Ticket>) -> Handled<'a> {
        Box::pin(async move {
            match self.answer(call).await {
                Ok((answer, why)) => (answer, Decision::served(why)),
                Err(problem) => problem.answer(),
            }
        })
    }
}

impl Control {
    async fn answer(&self, call: &Call) -> Result<(Answer, String), Problem> {
        let path = call
            .path
            .strip_prefix(PREFIX)
            .filter(|rest| rest.starts_with('/'));
        let path =
            path.ok_or_else(|| Problem::not_found(format!("there is no control API at {}", call.path)))?;
        let segments: Option<Vec<String>> = path.split('/').skip(1).map(decode).collect();
        let segments = segments.ok_or_else(|| Problem::bad("the path is not UTF-8", "encode it as UTF-8"))?;
        let (operation, params) = route(call.method.as_str(), &segments)?;
        if operation.id != "health" {
            guard::check(&self.0.control, call)?;
        }
        let query = Params::parse(call.query.as_bytes())
            .map_err(|error| Problem::bad(error.to_string(), "give each parameter once"))?;
        if let Some((unknown, _)) = query
            .iter()
            .find(|(name, _)| operation.query.iter().all(|(known, _)| known != name))
        {
            let known = operation
                .query
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", ");
            let next = if known.is_empty() {
                "leave it out".to_owned()
            } else {
                format!("the parameters here are {known}")
            };
            return Err(Problem::bad(format!("there is no parameter `{unknown}`"), next));
        }
        let asked = Asked {
            state: &self.0,
            body: &call.body,
            params,
            query,
        };
        let answer = acts::perform(&Actor::Api, operation, &asked).await?;
        Ok((answer.no_store(), format!("control API: {}", operation.id)))
    }
}

fn decode(segment: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

type Bound = Vec<(&'static str, String)>;

/// The operation for a method and a path, with what stands for its `{names}`.
fn route(method: &str, segments: &[String]) -> Result<(&'static Operation, Bound), Problem> {
    let mut other_methods = Vec::new();
    for operation in OPERATIONS {
        let Some(bound) = bind(operation.path, segments) else {
            continue;
        };
        if operation.method == method {
            return Ok((operation, bound));
        }
        other_methods.push(operation.method);
    }
    if other_methods.is_empty() {
        return Err(Problem::not_found(format!(
            "there is nothing at /{}",
            segments.join("/")
        )));
    }
    Err(Problem::method(method, &other_methods))
}

fn bind(path: &'static str, segments: &[String]) -> Option<Bound> {
    let pattern: Vec<&'static str> = path.split('/').skip(1).collect();
    if pattern.len() != segments.len() {
        return None;
    }
    let mut bound = Vec::new();
    for (expected, found) in pattern.into_iter().zip(segments) {
        match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !found.is_empty() => bound.push((name, found.clone())),
            None if expected == found => {}
            _ => return None,
        }
    }
    Some(bound)
}

/// One request to the API.
pub(crate) struct Asked<'a> {
    state: &'a State,
    body: &'a [u8],
    params: Bound,
    query: Params,
}

impl Asked<'_> {
    /// What stands for `{name}` in the path.
    fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The body, read strictly.
    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(self.body).map_err(|error| Problem::body(&error))
    }

    /// The tenant of the path, by id or domain.
    async fn tenant(&self) -> Result<TenantId, Problem> {
        let text = self.param("tenant");
        let unknown = || {
            Problem::not_found(format!(
                "there is no tenant `{text}`; GET {PREFIX}/tenants lists them"
            ))
        };
        if let Ok(id) = text.parse::<TenantId>() {
            let known = self.state.store.tenants().await?;
            return if known.contains(&id) {
                Ok(id)
            } else {
                Err(unknown())
            };
        }
        let name = format!("domain:{}", text.to_ascii_lowercase());
        self.state.store.tenant_of(&name).await?.ok_or_else(unknown)
    }
}

fn ok(body: &impl serde::Serialize) -> Result<Answer, Problem> {
    Ok(Answer::json(StatusCode::OK, body))
}

fn created(body: &impl serde::Serialize) -> Result<Answer, Problem> {
    Ok(Answer::json(StatusCode::CREATED, body))
}

fn done() -> Result<Answer, Problem> {
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_an_example_that_is_json() {
        let mut ids: Vec<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), OPERATIONS.len());
        for operation in OPERATIONS {
            if let Some(body) = operation.body {
                assert!(
                    serde_json::from_str::<serde_json::Value>(body).is_ok(),
                    "{}",
                    operation.id
                );
            }
        }
    }

    #[test]
    fn paths_bind_their_names() {
        let segments = |path: &str| path.split('/').skip(1).map(ToOwned::to_owned).collect::<Vec<_>>();
        let (operation, bound) = route("PUT", &segments("/tenants/contoso.com/snapshots/a"))
            .ok()
            .unwrap();
        assert_eq!(operation.id, "takeSnapshot");
        assert_eq!(
            bound,
            [("tenant", "contoso.com".to_owned()), ("name", "a".to_owned())]
        );
        assert!(route("GET", &segments("/nothing")).is_err());
        assert!(route("GET", &segments("/tenants//clock")).is_err());
        assert!(route("PUT", &segments("/health")).is_err());
    }
}
