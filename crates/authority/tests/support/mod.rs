//! A sign-in service in this process: real state, real keys, a clock that a test moves.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support fails loudly"
)]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its part of the bench"
)]

mod page;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};

use authority::*;
use bytes::Bytes;
use crypt::{Hasher, KeyRecord, Keyring, Sealer};
use directory::*;
use evidence::Decision;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use store::{Changes, Location, Store, StoreError};
use types::*;
use wire::{Answer, Call};

pub(crate) use page::*;

pub(crate) const PASSWORD: &str = "Winter-2026-ok";
pub(crate) const SECRET: &str = "abc8Q~0123456789012345678901234567890123";
pub(crate) const ORG: &str = "https://contoso.crm4.dynamics.com";
pub(crate) const REDIRECT: &str = "https://app.example/callback";

pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tenant: TenantId,
    pub(crate) web: AppId,
    pub(crate) desktop: AppId,
    pub(crate) anna: ObjectId,
    cookies: std::sync::Mutex<Cookies>,
}

pub(crate) type Cookies = Vec<(String, String)>;

fn guid(n: u128) -> Uuid {
    Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0000 + n)
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(
            Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
        ));
        let chance = Arc::new(SeededChance::new(7));
        let sealer = Arc::new(Sealer::new(&[7; 32]));
        let key = KeyRecord::generate(&*chance, &sealer, clock.now()).unwrap();
        let keyring = Arc::new(Keyring::open(&sealer, &[key]).unwrap());
        let store = Store::open(&Location::Memory).await.unwrap();
        let parts = Parts {
            store: store.clone(),
            keyring,
            sealer: sealer.clone(),
            hasher: Hasher::new(),
            clock: clock.clone(),
            chance: chance.clone(),
            regions: Arc::new(RegionTable::default()),
        };
        let (tenant, web, desktop) = (TenantId::new(guid(1)), AppId::new(guid(2)), AppId::new(guid(3)));
        let anna = ObjectId::new(guid(4));
        let bench = Self {
            service: Service::new(parts),
            store,
            clock,
            tenant,
            web,
            desktop,
            anna,
            cookies: std::sync::Mutex::default(),
        };
        bench.fill(&sealer, &*chance).await;
        bench
    }

    async fn fill(&self, sealer: &Sealer, chance: &dyn Chance) {
        let now = self.clock.now();
        let domain = |name: &str| Domain {
            name: name.to_owned(),
            kind: DomainKind::Managed,
        };
        let settings = Settings::new(
            self.tenant,
            "Contoso",
            vec![domain("contoso.onmicrosoft.com"), domain("contoso.com")],
        );
        let upn = "anna@contoso.com".parse().unwrap();
        let mut anna = Account::new(self.anna, upn, "Anna Muster");
        anna.aliases = vec!["anna@contoso.onmicrosoft.com".parse().unwrap()];
        anna.password = Some(Password::seal(&Secret::new(PASSWORD), sealer, chance, now).unwrap());
        let dataverse = Required {
            resource: AppId::DATAVERSE,
            scopes: ["user_impersonation".to_owned()].into(),
        };
        let mut web = App::new(self.web, ObjectId::new(guid(5)), "Web");
        web.redirects.web = vec![REDIRECT.to_owned()];
        web.redirects.spa = vec!["https://spa.example/".to_owned()];
        web.requires = vec![dataverse.clone()];
        web.exposes = ["access".to_owned()].into();
        web.add_secret_value(
            chance,
            "main",
            &Secret::new(SECRET),
            now,
            now + Duration::from_secs(86_400 * 365),
        )
        .unwrap();
        let mut desktop = App::new(self.desktop, ObjectId::new(guid(6)), "Desktop");
        desktop.redirects.public_client = vec!["http://localhost".to_owned()];
        desktop.allow_public_client = true;
        desktop.requires = vec![dataverse];
        let principal = |app: &App, id| Principal {
            app: app.id,
            id: ObjectId::new(guid(id)),
            home: self.tenant,
            name: app.name.clone(),
            enabled: true,
            assignment_required: false,
            assigned: BTreeSet::new(),
        };
        let mut changes = Changes::default();
        changes
            .put(KIND_SETTINGS, "self", &settings)
            .put(KIND_ACCOUNT, anna.id, &anna);
        bind_domains(&settings, &mut changes);
        for (app, id) in [(&web, 7), (&desktop, 8)] {
            let consent = Consent {
                app: app.id,
                resource: AppId::DATAVERSE,
                user: None,
                scopes: ["user_impersonation".to_owned()].into(),
            };
            changes
                .put(KIND_APP, app.id, app)
                .put(KIND_PRINCIPAL, app.id, &principal(app, id));
            changes
                .put(KIND_CONSENT, consent.key(), &consent)
                .bind(format!("app:{}", app.id));
        }
        let crm = App::new(AppId::DATAVERSE, ObjectId::new(guid(9)), "Common Data Service");
        changes.put(KIND_PRINCIPAL, AppId::DATAVERSE, &principal(&crm, 9));
        changes.bind("host:contoso.crm4.dynamics.com");
        self.store.create_tenant(self.tenant, changes).await.unwrap();
    }

    pub(crate) async fn settings(&self, change: impl Fn(&mut Settings)) {
        self.store
            .update::<Tenant, _, StoreError>(self.tenant, |tenant, changes| {
                let mut next = tenant.settings.clone();
                change(&mut next);
                changes.put(KIND_SETTINGS, "self", &next);
                Ok(())
            })
            .await
            .unwrap();
    }

    pub(crate) async fn account(&self, change: impl Fn(&mut Account)) {
        let id = self.anna;
        self.store
            .update::<Tenant, _, StoreError>(self.tenant, |tenant, changes| {
                let mut next = tenant.account(id).unwrap().clone();
                change(&mut next);
                changes.put(KIND_ACCOUNT, id, &next);
                Ok(())
            })
            .await
            .unwrap();
    }

    pub(crate) async fn app(&self, id: AppId, change: impl Fn(&mut App)) {
        self.store
            .update::<Registrations, _, StoreError>(self.tenant, |here, changes| {
                let mut next = here.app(id).unwrap().clone();
                change(&mut next);
                changes.put(KIND_APP, id, &next);
                Ok(())
            })
            .await
            .unwrap();
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> (Answer, Decision) {
        let rest = url.strip_prefix("https://").expect("https");
        let (authority, path) = rest.split_at(rest.find('/').expect("a path"));
        let (host, form) = Form::split(authority).unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            map.insert(
                header::COOKIE,
                HeaderValue::from_str(&cookies.join("; ")).unwrap(),
            );
        }
        let call = Call {
            method,
            host,
            form,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: map,
            body: Bytes::from(body),
            peer: IpAddr::from([127, 0, 0, 1]),
            request: guid(99),
        };
        let mut granted = Vec::new();
        let (answer, decision) = self.service.handle(&call, &mut granted).await;
        self.store.put_tickets(granted).await.unwrap();
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .split_once('=')
                .unwrap();
            let mut jar = self.cookies.lock().unwrap();
            jar.retain(|(known, _)| known != name);
            jar.push((name.to_owned(), value.to_owned()));
        }
        (answer, decision)
    }

    /// Another browser: its cookies in, the last one's out.
    pub(crate) fn change_browser(&self, cookies: Cookies) -> Cookies {
        std::mem::replace(&mut *self.cookies.lock().unwrap(), cookies)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.cookies.lock().unwrap();
        let found = jar.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// The web application's authorize address.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> String {
        self.authorize_at(&self.tenant.to_string(), more)
    }

    pub(crate) fn authorize_at(&self, segment: &str, more: &[(&str, &str)]) -> String {
        let app = self.web.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("client_id", app.as_str()),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid profile"),
        ] {
            if more.iter().all(|(other, _)| *other != name) {
                query.append_pair(name, value);
            }
        }
        let query = query.extend_pairs(more).finish();
        format!("https://login.microsoftonline.com/{segment}/oauth2/v2.0/authorize?{query}")
    }

    /// Posts a page's form, as a browser does, with these fields filled in or pressed.
    pub(crate) async fn submit(&self, page: &str, filled: &[(&str, &str)]) -> (Answer, Decision) {
        let mut fields = hidden_fields(page);
        fields.retain(|(name, _)| filled.iter().all(|(other, _)| other != name));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(filled.iter().copied())
            .collect();
        self.post(&action(page), &fields).await
    }

    /// A person types a name and a password, page after page.
    pub(crate) async fn type_in(&self, url: &str, login: &str, password: &str) -> (Answer, Decision) {
        let page = text(&self.get(url).await.0);
        let page = text(&self.submit(&page, &[("login", login), ("next", "1")]).await.0);
        self.submit(&page, &[("passwd", password), ("signin", "1")]).await
    }

    /// A person signs in and does not stay.
    pub(crate) async fn person_signs_in(&self, login: &str) -> Answer {
        let url = self.authorize(&[("prompt", "login")]);
        let (stay, _) = self.type_in(&url, login, PASSWORD).await;
        self.submit(&text(&stay), &[("stay", "no")]).await.0
    }

    /// One more account of the tenant, with the usual password.
    pub(crate) async fn another(&self, upn: &str, name: &str, change: impl Fn(&mut Account)) -> ObjectId {
        let id = ObjectId::new(SystemChance.uuid());
        let mut account = Account::new(id, upn.parse().unwrap(), name);
        account.password = Some(self.password());
        change(&mut account);
        self.store
            .update::<Tenant, _, StoreError>(self.tenant, |_, changes| {
                changes.put(KIND_ACCOUNT, id, &account);
                Ok(())
            })
            .await
            .unwrap();
        id
    }

    fn password(&self) -> Password {
        let sealer = Sealer::new(&[7; 32]);
        Password::seal(&Secret::new(PASSWORD), &sealer, &SystemChance, self.clock.now()).unwrap()
    }

    /// The tenant of Microsoft accounts with one of them, and an application that takes it.
    pub(crate) async fn personal(&self, upn: &str, verification: Option<Verification>) -> ObjectId {
        let id = ObjectId::new(guid(40));
        let mut account = Account::new(id, upn.parse().unwrap(), "Sven Private");
        account.kind = AccountKind::Personal;
        account.password = Some(self.password());
        account.verification = verification;
        let settings = Settings::new(TenantId::CONSUMERS, "Microsoft Accounts", Vec::new());
        let mut changes = Changes::default();
        changes
            .put(KIND_SETTINGS, "self", &settings)
            .put(KIND_ACCOUNT, id, &account);
        bind_account(&account, &mut changes);
        self.store
            .create_tenant(TenantId::CONSUMERS, changes)
            .await
            .unwrap();
        self.app(self.web, |app| {
            app.audience = Audience::AzureADandPersonalMicrosoftAccount;
        })
        .await;
        id
    }

    /// The tenant's audit log, oldest first: who, what, whom, and whether it was done.
    pub(crate) async fn audit(&self) -> Vec<(String, String, String, bool)> {
        let log = self.store.view::<audit::Log>(self.tenant).await.unwrap();
        let line = |e: &audit::Entry| (e.actor.clone(), e.operation.clone(), e.target.clone(), e.done);
        let mut lines: Vec<_> = log.entries().map(line).collect();
        lines.reverse();
        lines
    }

    /// The subjects of the mails that were written, newest first.
    pub(crate) async fn mails(&self) -> Vec<String> {
        let outbox = self.store.view::<mail::Outbox>(self.tenant).await.unwrap();
        let all = mail::Search::default();
        outbox.search(&all).map(|mail| mail.subject.clone()).collect()
    }

    /// What an authenticator shows now that holds this key (RFC 6238).
    pub(crate) fn code_of(&self, key: &str) -> String {
        let digit = |c: u8| match c {
            b'A'..=b'Z' => c - b'A',
            digit => digit - b'2' + 26,
        };
        let bits: String = key.bytes().map(|c| format!("{:05b}", digit(c))).collect();
        let bytes: Vec<u8> = (0..bits.len() / 8)
            .map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap())
            .collect();
        let step = self.clock.now().seconds() / 30;
        let mac = crypt::hmac_sha1(&bytes, &step.to_be_bytes());
        let at = usize::from(mac[19] & 0xf);
        let word = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap());
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }

    pub(crate) fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    pub(crate) async fn get(&self, url: &str) -> (Answer, Decision) {
        self.send(Method::GET, url, &[], String::new()).await
    }

    pub(crate) async fn post(&self, url: &str, fields: &[(&str, &str)]) -> (Answer, Decision) {
        self.post_with(url, &[], fields).await
    }

    pub(crate) async fn post_with(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> (Answer, Decision) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, body).await
    }

    pub(crate) fn login(&self, path: &str) -> String {
        format!("https://login.microsoftonline.com/{}{path}", self.tenant)
    }

    /// A token request on the v2 endpoint; the JSON, whatever its status.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> serde_json::Value {
        json(&self.post(&self.login("/oauth2/v2.0/token"), fields).await.0)
    }

    pub(crate) async fn refused(&self, fields: &[(&str, &str)]) -> u64 {
        code_of(&self.token(fields).await)
    }

    /// Walks from the authorize address to the redirect, signing in where a form asks.
    pub(crate) async fn sign_in(&self, query: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let url = self.login(&format!("/oauth2/v2.0/authorize?{query}"));
        let (mut answer, _) = self.get(&url).await;
        for _ in 0..3 {
            if answer.headers.contains_key(header::LOCATION) {
                break;
            }
            let page = text(&answer);
            let mut fields = vec![("ctx".to_owned(), hidden(&page, "ctx"))];
            if page.contains("name=\"passwd\"") {
                fields.push(("login".into(), "anna@contoso.com".into()));
                fields.push(("passwd".into(), PASSWORD.into()));
            } else {
                fields.push(("who".into(), hidden(&page, "who")));
                let (name, value) = if page.contains("name=\"otc\"") {
                    ("otc", "123456")
                } else {
                    ("consent", "accept")
                };
                fields.push((name.into(), value.into()));
            }
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            answer = self.post(&action(&page), &fields).await.0;
        }
        let location = answer
            .headers
            .get(header::LOCATION)
            .unwrap_or_else(|| panic!("{}", text(&answer)));
        location.to_str().unwrap().to_owned()
    }
}
