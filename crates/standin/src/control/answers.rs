//! What operations answer with, for the description: a list of objects, and which operation gives which.
//!
//! An object is written as its members: `name` is a text, `name#` a number, `name!` a flag, `name[]` texts, `name{}` an
//! object that is not told further, `name*` anything, `name:Object` and `name[Object]` one object or many of them; `?` in
//! front says that it may be null or missing; `=operation` stands for an id and the fields of that operation's body.
//! Every answer that a test of this crate gets is held against it. To add an answer: its operation's line in
//! [`ANSWERS`], and what it consists of in [`OBJECTS`].

use serde_json::{Map, Value, json};

use super::fields::{self, Kind};

/// Objects: the name, what it is, its members.
const OBJECTS: &[(&str, &str, &str)] = &[
    (
        "Tenant",
        "a tenant in full",
        "id domain name users[Person] apps[Client] organizations[Organization]",
    ),
    ("TenantLine", "a tenant in short", "id name domain world!"),
    (
        "World",
        "a tenant, and where it is from: world or copy",
        "id name domain from ?template accounts#",
    ),
    (
        "TenantSheet",
        "what a test must know of a tenant",
        "id domain name ?template users[UserSheet] apps[AppSheet] organizations[OrganizationSheet]",
    ),
    (
        "UserSheet",
        "what a test must know of a user",
        "upn id ?password ?mfa_code note",
    ),
    (
        "AppSheet",
        "what a test must know of an application",
        "name client_id ?secret ?secret_id ?certificate ?thumbprint redirect_uris[] note",
    ),
    (
        "OrganizationSheet",
        "what a test must know of an organization",
        "id unique_name name url true_url region state environment tenant ?note",
    ),
    ("Person", "an account in short", "upn id name"),
    ("Client", "an application in short", "name client_id"),
    ("Settings", "how a tenant is set up", "=changeSettings"),
    ("Domain", "a domain, and who keeps its passwords", "name kind*"),
    (
        "DomainLine",
        "a domain as the list shows it",
        "name kind* initial! default! users#",
    ),
    ("Clock", "what time it is", "now machine offset_seconds#"),
    (
        "Account",
        "somebody who can sign in; moments in milliseconds since 1970",
        "id upn aliases[] name kind* enabled! deleted! ?password{} licenses[] groups[] roles[] mfa* risky! ?tokens_valid_from# lockout{} ?verification* ?invited_as ?contact",
    ),
    (
        "AccountLicenses",
        "what an account holds, and what that gives",
        "upn licenses[Held] services[Service]",
    ),
    ("Held", "a license that is held", "id ?name"),
    ("Service", "what a license gives", "id name tile!"),
    (
        "License",
        "a license that can be assigned",
        "id ?guid name services[]",
    ),
    (
        "Session",
        "where somebody is signed in",
        "id browser since last_used sites[Site]",
    ),
    ("Site", "a site of a session", "host name"),
    ("Administrator", "somebody who can help", "name upn mail roles[]"),
    ("Group", "a security group", "name members[]"),
    (
        "Invitation",
        "what an invitation is for",
        "address name tenant from ?organization* sign_up!",
    ),
    (
        "App",
        "a registration; moments in milliseconds since 1970",
        "id object_id name audience redirects{} ?logout_url optional_claims[] secrets[Secret] certificates[Certificate] federated[Federated] allow_public_client! requires[Required] implicit_id_tokens! implicit_access_tokens! identifier_uris[] exposes[] disabled! government! owners[]",
    ),
    (
        "Secret",
        "a client secret without its value",
        "id name hint starts# ends#",
    ),
    ("Certificate", "a registered certificate", "id name certificate"),
    ("Federated", "a federated credential", "issuer subject audience"),
    (
        "Required",
        "permissions that a registration asks for",
        "resource scopes[]",
    ),
    ("Owner", "who may edit a registration", "id ?upn ?name"),
    ("Finding", "one thing that was looked at", "level what fix ?cause"),
    (
        "Principal",
        "an application as the tenant uses it",
        "app id home name enabled! assignment_required! assigned[]",
    ),
    (
        "Consent",
        "a granted permission; for all where no user stands",
        "id app resource ?user scopes[]",
    ),
    (
        "Organization",
        "an organization",
        "id unique_name name url true_url region state environment kind ?security_group session_rule sessions{} tenant",
    ),
    ("Unit", "a business unit", "id name ?parent disabled!"),
    (
        "SystemUser",
        "a user of an organization",
        "id domain_name name ?account ?app ?disabled access_mode ?unit roles[]",
    ),
    (
        "SecurityRole",
        "a security role; privileges with how far each reaches",
        "id name unit built_in! privileges{}",
    ),
    (
        "JournalLine",
        "one request, and why it was answered so",
        "time request ?correlation ?tenant method host path status# outcome ?code ?grade ?cause ?subject ?app ?client why micros#",
    ),
    (
        "SignIn",
        "one sign-in, and how it ended",
        "at ?who ?app ?client_id outcome ?code ?cause why ?correlation request",
    ),
    (
        "AuditEntry",
        "who did what",
        "at actor operation target what done!",
    ),
    (
        "Mail",
        "a mail of the outbox",
        "id tenant event kind to subject at delivery{} text ?link ?html",
    ),
    (
        "Incident",
        "an incident of service health",
        "id service title class state started ?ended messages[IncidentMessage]",
    ),
    ("IncidentMessage", "what was told of an incident", "at state text"),
    ("Snapshot", "what a tenant can be put back to", "name"),
    (
        "Link",
        "a port of one's own, and how the network fails on it",
        "port# ?way",
    ),
    ("Way", "a way the network can fail", "way about"),
    (
        "Amendment",
        "a way of failing that can be arranged",
        "amendment about takes{}",
    ),
    (
        "Applied",
        "what is broken, and what was changed",
        "amendment scene{} changed[]",
    ),
    (
        "Cause",
        "a cause of the catalog, and what plays it",
        "id family title applies_to who ?amendment ?with{} ?link ?not_played",
    ),
];

/// Operations, and the members of what they answer with; an answer that is one object is written `:Object`. Those that
/// do not stand here answer with nothing.
const ANSWERS: &[(&str, &str)] = &[
    ("health", "status stand_in! version world"),
    (
        "ready",
        "listen proxy ca bundle control world pid# env{} tenants[TenantSheet] organizations[OrganizationSheet]",
    ),
    (
        "openapi",
        "openapi info{} servers* paths{} components{} security*",
    ),
    ("rollKeys", "kid published[]"),
    ("journal tenantJournal", "lines[JournalLine]"),
    ("listLinks", "links[Link] ways[Way]"),
    ("openLink", "port#"),
    ("turnLink", "?way changed[]"),
    ("listWorlds", "world templates[] tenants[World] ?next"),
    ("listTenants", "tenants[TenantLine]"),
    ("createTenant", ":TenantSheet"),
    ("getTenant", ":Tenant"),
    ("listSnapshots", "snapshots[Snapshot]"),
    ("getClock turnClock", ":Clock"),
    ("getSettings changeSettings", ":Settings"),
    ("listCauses", "causes[Cause]"),
    ("listWays", "amendments[Amendment]"),
    ("listAmendments", "applied[Applied]"),
    ("applyAmendment", ":Applied"),
    ("listAccounts", "accounts[Account]"),
    (
        "createAccount getAccount changeAccount signUp verifyAddress changePassword completeReset invite acceptInvitation",
        ":Account",
    ),
    ("listApps", "apps[App]"),
    ("createApp getApp changeApp", ":App"),
    ("checkSettings", "failing# risks# findings[Finding]"),
    ("addSecret", "id name value ends"),
    ("addCertificate", "id name thumbprint"),
    ("listOwners addOwner removeOwner", "owners[Owner]"),
    ("listPrincipals", "principals[Principal]"),
    ("addPrincipal changePrincipal", ":Principal"),
    ("listConsents", "consents[Consent]"),
    ("grantConsent", ":Consent"),
    ("listOrganizations", "organizations[Organization]"),
    (
        "createOrganization getOrganization changeOrganization",
        ":Organization",
    ),
    ("listBusinessUnits", "units[Unit]"),
    ("addBusinessUnit changeBusinessUnit", ":Unit"),
    ("listSystemUsers", "users[SystemUser] roles[]"),
    ("addSystemUser changeSystemUser", ":SystemUser"),
    ("listSecurityRoles", "roles[SecurityRole]"),
    (
        "createSecurityRole renameSecurityRole givePrivilege takePrivilege",
        ":SecurityRole",
    ),
    ("listSessions", "sessions[Session]"),
    ("requestAccount", "address mailed!"),
    ("sendVerification", "sent_to"),
    ("resetPassword", "temporary_password"),
    ("requestReset", "gates sent_to"),
    ("forgotPassword", "user"),
    ("readReset", "user tenant gates code!"),
    ("listAdministrators", "tenant administrators[Administrator]"),
    ("readInvitation", ":Invitation"),
    ("enrollAuthenticator", "secret uri"),
    ("currentCode", "code"),
    ("listLicenses", "licenses[License]"),
    ("accountLicenses assignLicense removeLicense", ":AccountLicenses"),
    ("listGroups", "groups[Group]"),
    ("listDomains", "domains[DomainLine]"),
    ("addDomain changeDomain", ":Domain"),
    ("listAllMails listMails", "mails[Mail]"),
    ("clearMails", "removed#"),
    ("getMail", ":Mail"),
    ("listAudit", "entries[AuditEntry]"),
    ("listSignIns", "sign_ins[SignIn]"),
    ("listIncidents", "open# incidents[Incident]"),
    ("raiseIncident updateIncident", ":Incident"),
];

/// The schema of what an operation answers with; none where that is nothing.
pub(super) fn of(id: &str) -> Option<Value> {
    let (_, members) = ANSWERS
        .iter()
        .find(|(ids, _)| ids.split(' ').any(|known| known == id))?;
    Some(match members.strip_prefix(':') {
        Some(name) => reference(name),
        None => object(members),
    })
}

/// The objects, as the description's components.
pub(super) fn components() -> Map<String, Value> {
    let described = OBJECTS.iter().map(|(name, about, members)| {
        let mut schema = match members.strip_prefix('=') {
            Some(id) => changeable(id),
            None => object(members),
        };
        schema["description"] = json!(about);
        ((*name).to_owned(), schema)
    });
    described.collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn object(members: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for member in members.split(' ') {
        let name = member.trim_start_matches('?');
        let (name, kind) = name.split_at(name.find(['#', '!', '[', '{', '*', ':']).unwrap_or(name.len()));
        let may_be_null = member.starts_with('?');
        if !may_be_null {
            required.push(name);
        }
        properties.insert(name.to_owned(), value(kind, may_be_null));
    }
    schema(&required, &properties)
}

/// An object that is shown as it is changed.
fn changeable(id: &str) -> Value {
    let mut properties = Map::new();
    properties.insert("id".to_owned(), Kind::Text.schema(false));
    for (name, kind, meaning) in fields::of(id) {
        let mut schema = kind.schema(true);
        schema["description"] = json!(meaning);
        properties.insert((*name).to_owned(), schema);
    }
    let required: Vec<String> = properties.keys().cloned().collect();
    schema(&required, &properties)
}

fn schema(required: &impl serde::Serialize, properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

fn value(kind: &str, may_be_null: bool) -> Value {
    let kind = match kind {
        "" => Kind::Text,
        "#" => Kind::Number,
        "!" => Kind::Flag,
        "[]" => Kind::Texts,
        "{}" => Kind::Object,
        "*" => Kind::Any,
        list => return json!({ "type": "array", "items": reference(list.trim_matches(['[', ']'])) }),
    };
    kind.schema(may_be_null)
}

/// What is wrong with an answer, held against the description.
#[cfg(test)]
pub(crate) fn check(method: &str, path: &str, body: &[u8]) -> Result<(), String> {
    let segments: Option<Vec<String>> = path
        .split(['?'])
        .next()
        .unwrap_or_default()
        .split('/')
        .skip(1)
        .map(super::decode)
        .collect();
    let Ok((operation, _)) = super::route(method, &segments.unwrap_or_default()) else {
        return Err(format!("{method} {path} is no operation"));
    };
    match (of(operation.id), body.is_empty()) {
        (None, true) => Ok(()),
        (None, false) => Err(format!("{} answers, and nothing describes it", operation.id)),
        (Some(schema), _) => {
            let read = serde_json::from_slice(body).map_err(|error| error.to_string())?;
            fits(&schema, &read).map_err(|wrong| format!("{}: {wrong}", operation.id))
        }
    }
}

#[cfg(test)]
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        let known = components();
        let schema = known
            .get(name)
            .ok_or_else(|| format!("no schema is called {name}"))?;
        return fits(schema, value).map_err(|wrong| format!("{name}: {wrong}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    let allowed = |known: &Value| {
        known == kind
            || known
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == kind))
    };
    if !kinds.is_null() && !allowed(kinds) {
        return Err(format!("{value} is not of the type {kinds}"));
    }
    for item in value
        .as_array()
        .into_iter()
        .flatten()
        .filter(|_| !schema["items"].is_null())
    {
        fits(&schema["items"], item)?;
    }
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else {
        return Ok(());
    };
    let missing = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .find(|name| !members.contains_key(*name));
    if let Some(missing) = missing {
        return Err(format!("{missing} is missing in {value}"));
    }
    for (name, value) in members {
        let schema = properties
            .get(name)
            .ok_or_else(|| format!("{name} is not described"))?;
        fits(schema, value).map_err(|wrong| format!("{name}: {wrong}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::OPERATIONS;

    #[test]
    fn every_answer_is_of_an_operation_and_every_object_is_of_an_answer() {
        for id in ANSWERS.iter().flat_map(|(ids, _)| ids.split(' ')) {
            let count = OPERATIONS.iter().filter(|operation| operation.id == id).count();
            assert_eq!(count, 1, "{id}");
        }
        let members: Vec<&str> = OBJECTS
            .iter()
            .map(|object| object.2)
            .chain(ANSWERS.iter().map(|answer| answer.1))
            .collect();
        let named: Vec<&str> = members
            .iter()
            .flat_map(|members| members.split(' '))
            .filter_map(|member| {
                member
                    .split_once([':', '['])
                    .map(|(_, rest)| rest.trim_end_matches(']'))
            })
            .filter(|name| !name.is_empty())
            .collect();
        for name in &named {
            assert!(OBJECTS.iter().any(|object| object.0 == *name), "{name}");
        }
        for (name, ..) in OBJECTS {
            assert!(named.contains(name), "no answer has a {name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_found() {
        let schema = object("id ?parent count# things[Snapshot]");
        let good = json!({ "id": "a", "parent": null, "count": 1, "things": [{ "name": "b" }] });
        assert_eq!(fits(&schema, &good), Ok(()));
        for (member, value) in [
            ("id", json!(1)),
            ("count", Value::Null),
            ("things", json!([{ "name": 1 }])),
            ("things", json!([{}])),
            ("more", json!(1)),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(fits(&schema, &bad).is_err(), "{bad}");
        }
    }
}
