//! Public documents: discovery, keys, instances, user realm, and the pages behind `error_uri` and
//! `nativeclient` (facts/identity.md 1.8 to 1.10).

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bytes::Bytes;
use directory::{DomainKind, Tenant, Where};
use evidence::Decision;
use http::{StatusCode, header};
use types::{AppId, Form, Host, TenantId, Upn};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    markup::escape,
    oauth::{Aliases, Entra, InstanceDiscovery, UserRealm, is_personal_domain},
};

use crate::{
    Service,
    endpoint::{Face, Version},
    pages,
    stop::{Done, Note, Stop},
};

const JSON: &str = "application/json; charset=utf-8";

impl Service {
    /// A request by domain name answers with GUID endpoints; the shared segments stay as they are.
    pub(crate) async fn openid_configuration(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        let place = match self.place(call, segment, note).await {
            // Discovery says invalid_tenant where the token endpoint says invalid_request (1.2).
            Err(Stop::Refused(refusal)) if refusal.entry.code == aadsts::UNKNOWN_TENANT.code => {
                return Err(refusal.as_error("invalid_tenant").into());
            }
            other => other?,
        };
        let tenant = match place {
            Where::Tenant(tenant) => Some(tenant),
            _ => None,
        };
        let segment = match &tenant {
            Some(tenant) => tenant.id().to_string(),
            None => segment.to_owned(),
        };
        let wanted = Wanted {
            host: call.host.clone(),
            form: call.form,
            version,
            segment,
        };
        let body = match self.documents.find(&wanted, tenant.as_ref()) {
            Some(known) => known,
            None => {
                let body = openid_document(call, &wanted, tenant.as_deref())?;
                self.documents.keep(wanted, tenant, body.clone());
                body
            }
        };
        let answer = public(Answer::new(StatusCode::OK, JSON, body));
        Ok((answer, Decision::served("the discovery document")))
    }

    pub(crate) fn keys(&self, _call: &Call) -> (Answer, Decision) {
        let answer = Answer::new(StatusCode::OK, JSON, self.parts.keyring.key_set());
        (public(answer), Decision::served("the signing keys"))
    }

    pub(crate) fn instance_discovery(&self, call: &Call) -> Done<(Answer, Decision)> {
        let params = crate::token::params(call.query.as_bytes())?;
        let malformed = |reason: &str| {
            Refusal::new(
                &aadsts::INSTANCE_REQUEST,
                format!("authorization_endpoint: {reason}"),
            )
            .with("reason", reason)
        };
        let endpoint = params
            .some("authorization_endpoint")
            .ok_or_else(|| malformed("The parameter authorization_endpoint is missing."))?;
        let url = url::Url::parse(endpoint)
            .ok()
            .filter(|url| url.scheme() == "https")
            .ok_or_else(|| {
                malformed("The parameter authorization_endpoint is not an absolute https address.")
            })?;
        // Clients drop the port before they ask (1.9), so the name alone is judged.
        let name = url.host_str().unwrap_or_default();
        let known = Form::split(name).ok().and_then(|(host, _)| Face::of(&host));
        if !matches!(known, Some(Face::Login(_))) {
            let why = format!("{name} is no sign-in host of any cloud");
            return Err(Refusal::new(&aadsts::UNKNOWN_INSTANCE, why).into());
        }
        let tenant = url
            .path()
            .trim_matches('/')
            .split('/')
            .next()
            .unwrap_or("common")
            .to_owned();
        let v2 = if url.path().to_ascii_lowercase().contains("/v2.0/") {
            "/v2.0"
        } else {
            ""
        };
        let mut metadata = clouds();
        let dressed = |name: &str| {
            name.parse()
                .map_or_else(|_| name.to_owned(), |host| call.form.authority(&host))
        };
        for aliases in metadata.iter_mut().filter(|_| call.form != Form::True) {
            aliases.preferred_network = dressed(&aliases.preferred_network).into();
            aliases.preferred_cache = dressed(&aliases.preferred_cache).into();
            aliases.aliases = aliases.aliases.iter().map(|name| dressed(name).into()).collect();
        }
        let answer = InstanceDiscovery {
            tenant_discovery_endpoint: call.url(&format!("/{tenant}{v2}/.well-known/openid-configuration")),
            api_version: Some(params.some("api-version").unwrap_or("1.1").to_owned().into()),
            metadata,
        };
        Ok((
            public(Answer::json(StatusCode::OK, &answer)),
            Decision::served("the known sign-in hosts"),
        ))
    }

    pub(crate) async fn user_realm(&self, user: &str, note: &mut Note) -> Done<(Answer, Decision)> {
        let realm = match user.parse::<Upn>() {
            Ok(upn) => self.realm_of(&upn, note).await?,
            Err(_) => UserRealm::unknown(),
        };
        let why = format!("the domain of {user} is {}", realm.account_type);
        Ok((Answer::json(StatusCode::OK, &realm), Decision::served(why)))
    }

    /// The same in the older form, as SOAP clients ask for it: by `login`, in the query or as a form, and `xml=1` for XML.
    pub(crate) async fn user_realm_legacy(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let asked = match call.method {
            http::Method::POST => crate::token::body(call)?,
            _ => crate::token::params(call.query.as_bytes())?,
        };
        let login = asked.get("login").unwrap_or_default();
        let realm = match login.parse::<Upn>() {
            Ok(upn) => self.realm_of(&upn, note).await?,
            Err(_) => UserRealm::unknown(),
        };
        let why = format!("the domain of {login} is {}", realm.account_type);
        let answer = match asked.get("xml") {
            Some("1") => Answer::new(
                StatusCode::OK,
                "text/xml; charset=utf-8",
                legacy_xml(login, &realm),
            ),
            _ => Answer::json(StatusCode::OK, &legacy_json(login, &realm)),
        };
        Ok((answer, Decision::served(why)))
    }

    async fn realm_of(&self, upn: &Upn, note: &mut Note) -> Done<UserRealm> {
        let domain = upn.domain().to_ascii_lowercase();
        if is_personal_domain(&domain) {
            // Personal accounts report themselves as federated with the old Passport (1.10).
            let metadata = "https://nexus.passport.com/FederationMetadata/2007-06/FederationMetadata.xml";
            return Ok(UserRealm::federated(
                "live.com",
                metadata,
                "https://login.live.com/rst2.srf",
            ));
        }
        let Some(id) = self.parts.store.tenant_of(&format!("domain:{domain}")).await? else {
            return Ok(UserRealm::unknown());
        };
        let tenant = self.parts.store.view::<Tenant>(id).await?;
        self.enter(&tenant, note);
        Ok(match tenant.settings.domain(&domain).map(|d| &d.kind) {
            Some(DomainKind::Federated { sts: Some(sts) }) => UserRealm::federated(
                &domain,
                &format!("https://{sts}/adfs/services/trust/mex"),
                &format!("https://{sts}/adfs/services/trust/2005/usernamemixed"),
            ),
            _ => UserRealm::managed(&domain),
        })
    }
}

/// `GetUserRealm.srf` as XML (facts/identity.md 1.10). Where the two addresses stand is unverified.
fn legacy_xml(login: &str, realm: &UserRealm) -> String {
    let domain = realm.domain_name.as_deref().map(escape);
    let active = realm.federation_active_auth_url.as_deref().map(escape);
    let element = |name: &str, text: Option<&String>| {
        text.map(|text| format!("<{name}>{text}</{name}>"))
            .unwrap_or_default()
    };
    format!(
        "<RealmInfo Success=\"true\"><State>4</State><UserState>1</UserState><Login>{}</Login>\
         <NameSpaceType>{}</NameSpaceType>{}<IsFederatedNS>{}</IsFederatedNS>{}{}{}\
         <CloudInstanceName>microsoftonline.com</CloudInstanceName>\
         <CloudInstanceIssuerUri>urn:federation:MicrosoftOnline</CloudInstanceIssuerUri></RealmInfo>",
        escape(login),
        realm.account_type,
        element("DomainName", domain.as_ref()),
        realm.is_federated(),
        element("STSAuthURL", active.as_ref()),
        element("AuthURL", active.as_ref()),
        element("FederationBrandName", domain.as_ref()),
    )
}

/// And as JSON; of its members the sheet names two, the others are named as in the XML (unverified).
fn legacy_json(login: &str, realm: &UserRealm) -> serde_json::Value {
    let mut members = serde_json::json!({
        "State": 4, "UserState": 1, "Login": login,
        "NameSpaceType": realm.account_type,
        "CloudInstanceName": "microsoftonline.com",
        "CloudInstanceIssuerUri": "urn:federation:MicrosoftOnline",
    });
    if let Some(domain) = &realm.domain_name {
        members["DomainName"] = domain.as_str().into();
        members["FederationBrandName"] = domain.as_str().into();
    }
    if let Some(active) = &realm.federation_active_auth_url {
        members["AuthURL"] = active.as_str().into();
    }
    members
}

/// The names of every cloud that answers (1.2). Of the clouds beside the public one, which name keeps the tokens is
/// unverified.
fn clouds() -> Vec<Aliases> {
    let alike = |names: &[&'static str]| Aliases {
        preferred_network: names[0].into(),
        preferred_cache: names[0].into(),
        aliases: names.iter().map(|name| (*name).into()).collect(),
    };
    vec![
        Aliases::public_cloud(),
        alike(&["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"]),
        alike(&["login.microsoftonline.us", "login.usgovcloudapi.net"]),
        alike(&["login-us.microsoftonline.com"]),
    ]
}

/// What a discovery document depends on, besides the tenant.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Wanted {
    host: Host,
    form: Form,
    version: Version,
    segment: String,
}

/// Discovery documents as they were written before. One is as good as new while its tenant's view is the very
/// same: any change to the tenant makes another view.
#[derive(Default)]
pub(crate) struct Documents(RwLock<HashMap<Wanted, Written>>);

struct Written {
    of: Option<Arc<Tenant>>,
    body: Bytes,
}

/// Callers choose host, form and segment; more than so many documents are forgotten together.
const MOST_KEPT: usize = 256;

impl Documents {
    fn find(&self, wanted: &Wanted, tenant: Option<&Arc<Tenant>>) -> Option<Bytes> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let written = kept.get(wanted)?;
        let same = match (&written.of, tenant) {
            (Some(then), Some(now)) => Arc::ptr_eq(then, now),
            (None, None) => true,
            _ => false,
        };
        same.then(|| written.body.clone())
    }

    fn keep(&self, wanted: Wanted, of: Option<Arc<Tenant>>, body: Bytes) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(wanted, Written { of, body });
    }
}

fn openid_document(call: &Call, wanted: &Wanted, tenant: Option<&Tenant>) -> Done<Bytes> {
    let shared = ["common", "organizations"];
    let issuer_tenant = match tenant {
        Some(tenant) => tenant.id().to_string(),
        None if shared
            .iter()
            .any(|name| wanted.segment.eq_ignore_ascii_case(name)) =>
        {
            "{tenantid}".to_owned()
        }
        None => TenantId::CONSUMERS.to_string(),
    };
    let (login, sts, graph) = (
        call.url(""),
        call.form.dress("https://sts.windows.net"),
        call.form.dress("https://graph.microsoft.com"),
    );
    let entra = Entra {
        login: &login,
        sts: &sts,
        graph: &graph,
        segment: &wanted.segment,
        issuer_tenant: &issuer_tenant,
        region: tenant.map(|tenant| tenant.settings.region_scope.as_str()),
    };
    let document = match wanted.version {
        Version::V1 => entra.v1(),
        Version::V2 => {
            let mut document = entra.v2();
            // On the cloud's own sign-in host whichever alias was called, as tokens have it.
            if let Some(tenant) = tenant {
                document.issuer = crate::issue::issuer_v2(call, tenant);
            }
            document
        }
    };
    Ok(serde_json::to_vec(&document)?.into())
}

/// Public documents may be read by any page and kept for a day.
fn public(answer: Answer) -> Answer {
    answer
        .with(header::CACHE_CONTROL, "max-age=86400, private")
        .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, OPTIONS")
}

/// The page a native program's browser ends on; the program reads the address, not the page.
pub(crate) fn native_client() -> (Answer, Decision) {
    let page = pages::message(
        "You may close this window",
        &["The program that opened it reads the answer."],
    );
    let answer = page.unwrap_or_else(|_| Answer::empty(StatusCode::OK));
    (answer, Decision::served("the native client's last page"))
}

/// The page behind `error_uri`.
pub(crate) fn error_page(call: &Call) -> Done<(Answer, Decision)> {
    let params = crate::token::params(call.query.as_bytes())?;
    let code: Option<u32> = params.get("code").and_then(|code| code.parse().ok());
    let entry = code.and_then(|code| aadsts::table().find(|entry| entry.code == code));
    let answer = match (entry, code) {
        (Some(entry), _) => {
            let title = format!("AADSTS{}", entry.code);
            let grade = format!("How sure Keyway is of this sentence: {}.", entry.grade.name());
            pages::message(&title, &[entry.sentence, entry.next, &grade])?
        }
        (None, Some(code)) => {
            let line = format!("AADSTS{code} is not a code this stand-in emits.");
            pages::message("Unknown code", &[&line])?
        }
        (None, None) => pages::message("Look up a code", &["Add ?code= and the number behind AADSTS."])?,
    };
    Ok((answer, Decision::served("what a code means")))
}

/// No endpoint has this address.
pub(crate) fn not_found(call: &Call) -> Answer {
    let body = format!("There is nothing at {} on {}.\n", call.path, call.host);
    Answer::new(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", body)
}

/// The client id of Microsoft Graph is not needed to reach it; only its audience is checked.
pub(crate) fn is_graph(audience: &str) -> bool {
    audience.trim_end_matches('/') == "https://graph.microsoft.com" || audience == AppId::GRAPH.to_string()
}
