//! A tenant with one organization, in memory, with a clock that stands still.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use crypt::{KeyRecord, Keyring, Sealer};
use directory::{Account, Domain, KIND_ACCOUNT, KIND_SETTINGS, Settings, Tenant};
use evidence::Decision;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value as Json, json};
use store::{Changes, Location, Store, StoreError};
use types::{
    AppId, Form, ManualClock, ObjectId, OrganizationId, RegionTable, SeededChance, SystemUserId, TenantId,
    Timestamp, Uuid,
};
use wire::{Answer, Call};

use crate::{
    AccessMode, Author, Editor, Identity, OrganizationSpec, Organizations, Service, UserSpec,
    create_organization,
};

pub(super) const HOST: &str = "contoso.crm4.dynamics.com";
pub(super) const DISCOVERY: &str = "globaldisco.crm.dynamics.com";
pub(super) const NOW: i64 = 1_714_558_830;

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) const TENANT: TenantId = TenantId::new(Uuid::from_u128(0x1000));
pub(super) const ORG: OrganizationId = OrganizationId::new(Uuid::from_u128(0x2000));
/// Licensed, Global Administrator, System Administrator.
pub(super) const ADMIN: u128 = 0x3001;
/// Licensed, Basic User.
pub(super) const ANNA: u128 = 0x3002;
/// Licensed, a user without a role.
pub(super) const BEN: u128 = 0x3003;
/// Licensed, no user yet.
pub(super) const CORA: u128 = 0x3004;
/// A user without a license.
pub(super) const UNA: u128 = 0x3005;
/// No license, no user.
pub(super) const DORA: u128 = 0x3006;
/// An application with an application user, System Administrator and Delegate.
pub(super) const CONNECTOR: u128 = 0x4001;
/// An application with an application user and no role.
pub(super) const BARE: u128 = 0x4002;
/// A registered application without an application user.
pub(super) const NOBODY: u128 = 0x4003;

pub(super) struct World {
    pub(super) service: Service,
    pub(super) store: Store,
    pub(super) clock: Arc<ManualClock>,
    chance: SeededChance,
    /// How hosts are written.
    pub(super) form: Form,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) answer: Answer,
    pub(super) decision: Decision,
}

impl Seen {
    pub(super) fn status(&self) -> u16 {
        self.answer.status.as_u16()
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.answer.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.answer.body.to_vec()).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.answer
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// Asserts a refusal with this code, in body and journal alike, and gives its sentence.
    pub(super) fn code(&self, status: u16, code: &str) -> String {
        let json = self.json();
        assert_eq!(
            (self.status(), json["error"]["code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
        assert_eq!(self.decision.code.as_deref(), Some(code));
        assert!(self.decision.grade.is_some());
        assert!(self.decision.why.len() > 10);
        json["error"]["message"].as_str().unwrap().to_owned()
    }

    pub(super) fn ok(self) -> Self {
        assert!(self.answer.status.is_success(), "{self:?}");
        self
    }
}

/// A request being put together.
pub(super) struct Ask<'w> {
    world: &'w World,
    call: Call,
}

impl Ask<'_> {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.call.headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
        self
    }

    pub(super) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.call.body = body.into();
        self
    }

    pub(super) fn json(self, body: &Json) -> Self {
        self.body(body.to_string())
    }

    pub(super) fn at(mut self, host: &str) -> Self {
        self.call.host = host.parse().unwrap();
        self
    }

    pub(super) fn form(mut self, form: Form) -> Self {
        self.call.form = form;
        self
    }

    pub(super) fn with(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a token for the called host.
    pub(super) fn person(self, who: u128) -> Self {
        let token = token(&person(who, &format!("https://{}/", self.call.host)));
        self.with(&token)
    }

    /// With an application's token for the called host.
    pub(super) fn app(self, app: u128) -> Self {
        let token = token(&application(app, &format!("https://{}", self.call.host)));
        self.with(&token)
    }

    pub(super) async fn go(self) -> Seen {
        let (answer, decision) = self.world.service.handle(&self.call).await;
        Seen { answer, decision }
    }
}

pub(super) fn keys() -> Arc<Keyring> {
    static KEYS: OnceLock<Arc<Keyring>> = OnceLock::new();
    let make = || {
        let sealer = Sealer::new(&[7; 32]);
        let record =
            KeyRecord::generate(&SeededChance::new(1), &sealer, Timestamp::from_seconds(NOW)).unwrap();
        Arc::new(Keyring::open(&sealer, &[record]).unwrap())
    };
    KEYS.get_or_init(make).clone()
}

/// A user's v1 token, as claims that a test may bend.
pub(super) fn person(who: u128, audience: &str) -> Json {
    json!({
        "aud": audience, "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": NOW, "nbf": NOW, "exp": NOW + 3600, "acr": "1", "appid": id(0x4999), "scp": "user_impersonation",
        "oid": id(who), "sub": "s", "tid": TENANT, "upn": format!("{}@contoso.com", name(who)), "uti": "u", "ver": "1.0",
        "idtyp": "user",
    })
}

/// An application's token.
pub(super) fn application(app: u128, audience: &str) -> Json {
    json!({
        "aud": audience, "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": NOW, "nbf": NOW, "exp": NOW + 3600, "appid": id(app), "appidacr": "1",
        "oid": id(app + 0x1000), "sub": id(app + 0x1000), "tid": TENANT, "uti": "u", "ver": "1.0", "idtyp": "app",
    })
}

pub(super) fn token(claims: &Json) -> String {
    keys().sign(claims).unwrap()
}

fn name(who: u128) -> &'static str {
    match who {
        ADMIN => "admin",
        ANNA => "anna",
        BEN => "ben",
        CORA => "cora",
        UNA => "una",
        _ => "dora",
    }
}

fn account(who: u128) -> Account {
    let licensed = ![UNA, DORA].contains(&who);
    let name = name(who);
    serde_json::from_value(json!({
        "id": id(who), "upn": format!("{name}@contoso.com"), "name": format!("{name} Able"), "enabled": true,
        "licenses": if licensed { vec!["DYN365"] } else { vec![] },
        "roles": if who == ADMIN { vec!["global-administrator"] } else { vec![] },
    }))
    .unwrap()
}

pub(super) fn user(who: u128, role: Option<&str>) -> UserSpec {
    UserSpec {
        id: Some(SystemUserId::new(id(who + 0x10000))),
        identity: Identity::Account(ObjectId::new(id(who))),
        domain_name: format!("{}@contoso.com", name(who)),
        first_name: name(who).to_owned(),
        last_name: "Able".to_owned(),
        access_mode: AccessMode::ReadWrite,
        roles: role.into_iter().map(str::to_owned).collect(),
        unit: None,
        disabled: false,
    }
}

/// The id of the user record of `who`.
pub(super) fn user_id(who: u128) -> Uuid {
    id(who + 0x10000)
}

/// The same, as a user of an organization.
pub(super) fn system_user(who: u128) -> SystemUserId {
    SystemUserId::new(user_id(who))
}

impl World {
    pub(super) async fn new() -> Self {
        let store = Store::open(&Location::Memory).await.unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_seconds(NOW)));
        let chance = SeededChance::new(42);
        let mut changes = Changes::default();
        let domain = Domain {
            name: "contoso.com".into(),
            kind: directory::DomainKind::Managed,
        };
        changes.put(
            KIND_SETTINGS,
            TENANT,
            &Settings::new(TENANT, "Contoso", vec![domain]),
        );
        for who in [ADMIN, ANNA, BEN, CORA, UNA, DORA] {
            changes.put(KIND_ACCOUNT, id(who), &account(who));
        }
        for app in [CONNECTOR, BARE, NOBODY] {
            changes.bind(format!("app:{}", id(app)));
        }
        let spec = OrganizationSpec {
            id: Some(ORG),
            name: "Contoso".to_owned(),
            unique_name: Some("unq111".to_owned()),
            host: HOST.parse().unwrap(),
            version: None,
            security_group: None,
        };
        let none = Organizations::none(TENANT);
        let author = Author::system(Timestamp::from_seconds(NOW));
        let mut editor = create_organization(
            &none,
            &RegionTable::default(),
            spec,
            author,
            &chance,
            &mut changes,
        )
        .unwrap();
        editor
            .add_user(user(ADMIN, Some("System Administrator")), &chance)
            .unwrap();
        editor.add_user(user(ANNA, Some("Basic User")), &chance).unwrap();
        editor.add_user(user(BEN, None), &chance).unwrap();
        editor.add_user(user(UNA, Some("Basic User")), &chance).unwrap();
        let roles = ["System Administrator", "Delegate"];
        editor
            .add_application_user(AppId::new(id(CONNECTOR)), "Connector", &roles, &chance)
            .unwrap();
        editor
            .add_application_user(AppId::new(id(BARE)), "Bare", &[], &chance)
            .unwrap();
        drop(editor);
        store.create_tenant(TENANT, changes).await.unwrap();
        let regions = RegionTable::default();
        let service = Service::new(
            store.clone(),
            keys(),
            clock.clone(),
            Arc::new(SeededChance::new(43)),
            regions,
        );
        Self {
            service,
            store,
            clock,
            chance,
            form: Form::True,
        }
    }

    /// A request to the organization.
    pub(super) fn ask(&self, method: Method, target: &str) -> Ask<'_> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let call = Call {
            method,
            host: HOST.parse().unwrap(),
            form: self.form,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: [127, 0, 0, 1].into(),
            request: id(0x9000),
        };
        Ask { world: self, call }
    }

    /// GET below `/api/data/v9.2/`.
    pub(super) fn get(&self, target: &str) -> Ask<'_> {
        self.ask(Method::GET, &format!("/api/data/v9.2/{target}"))
    }

    /// Anything else below `/api/data/v9.2/`.
    pub(super) fn send(&self, method: Method, target: &str) -> Ask<'_> {
        self.ask(method, &format!("/api/data/v9.2/{target}"))
    }

    /// GET of global discovery.
    pub(super) fn discover(&self, target: &str) -> Ask<'_> {
        self.ask(Method::GET, target).at(DISCOVERY)
    }

    /// Changes the organization.
    pub(super) async fn edit(&self, change: impl Fn(&mut Editor<'_>)) {
        let now = Timestamp::from_seconds(NOW + 1);
        let edit = |all: &Organizations, changes: &mut Changes| {
            let mut editor = Editor::of(all, ORG, Author::system(now), changes).unwrap();
            change(&mut editor);
            Ok::<_, StoreError>(())
        };
        self.store
            .update::<Organizations, _, _>(TENANT, edit)
            .await
            .unwrap();
    }

    /// Changes an account.
    pub(super) async fn account(&self, who: u128, change: impl Fn(&mut Account)) {
        let edit = |tenant: &Tenant, changes: &mut Changes| {
            let mut account = tenant.account(ObjectId::new(id(who))).unwrap().clone();
            change(&mut account);
            changes.put(KIND_ACCOUNT, account.id, &account);
            Ok::<_, StoreError>(())
        };
        self.store.update::<Tenant, _, _>(TENANT, edit).await.unwrap();
    }

    /// Changes the tenant's settings.
    pub(super) async fn settings(&self, change: impl Fn(&mut Settings)) {
        let edit = |tenant: &Tenant, changes: &mut Changes| {
            let mut settings = tenant.settings.clone();
            change(&mut settings);
            changes.put(KIND_SETTINGS, TENANT, &settings);
            Ok::<_, StoreError>(())
        };
        self.store.update::<Tenant, _, _>(TENANT, edit).await.unwrap();
    }

    /// The id of a role by name.
    pub(super) async fn role(&self, name: &str) -> Uuid {
        let all = self.store.view::<Organizations>(TENANT).await.unwrap();
        all.get(ORG).unwrap().role_named(name, None).unwrap().id.uuid()
    }

    pub(super) fn chance(&self) -> &SeededChance {
        &self.chance
    }
}
