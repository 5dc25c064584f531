//! A tenant while an amendment changes it: its rows, what changed in them, and typed ways to reach them.

use std::collections::BTreeMap;

use authority::{App, KIND_APP, KIND_CONSENT, KIND_PRINCIPAL, Principal};
use crypt::Sealer;
use directory::{Account, KIND_ACCOUNT, KIND_SETTINGS, Settings};
use organization::{
    BusinessUnit, KIND_ORGANIZATION, KIND_ROLE, KIND_UNIT, KIND_USER, Organization, SecurityRole, SystemUser,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use store::{Record, StoreError, View};
use types::{AppId, Chance, RegionTable, Timestamp, Upn};

use super::{KIND, Made, made::Row};

/// Why an amendment was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misfit {
    #[error("the tenant has no {0}")]
    Missing(String),
    #[error("{0}")]
    Parameter(String),
    #[error("`{0}` is applied already")]
    Already(String),
    #[error("`{0}` would change nothing: the tenant is so already")]
    NothingToDo(String),
    #[error(transparent)]
    Record(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom and what an amendment is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scene {
    /// The person, by user principal name.
    pub(crate) user: Option<String>,
    /// The application, by client id or name.
    pub(crate) app: Option<String>,
    /// The organization, by unique name; the only one without it.
    pub(crate) organization: Option<String>,
    /// What the amendment takes beyond that.
    pub(crate) with: Map<String, Value>,
}

/// What an amendment may use besides the tenant.
pub(crate) struct Surroundings<'a> {
    /// By the tenant's clock.
    pub(crate) now: Timestamp,
    pub(crate) chance: &'a dyn Chance,
    pub(crate) sealer: &'a Sealer,
    pub(crate) regions: &'a RegionTable,
}

/// Every row of a tenant that an amendment can touch.
pub(crate) struct Tables(BTreeMap<(String, String), String>);

impl View for Tables {
    const KINDS: &'static [&'static str] = &[
        KIND_SETTINGS,
        KIND_ACCOUNT,
        KIND_APP,
        KIND_PRINCIPAL,
        KIND_CONSENT,
        KIND_ORGANIZATION,
        KIND_USER,
        KIND_ROLE,
        KIND_UNIT,
        KIND,
    ];

    fn build(_: types::TenantId, records: Vec<Record>) -> Result<Self, StoreError> {
        let keyed = |record: Record| ((record.kind, record.id), record.body);
        Ok(Self(records.into_iter().map(keyed).collect()))
    }
}

impl Tables {
    /// The rows of a kind: id and document.
    pub(crate) fn rows(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |((of, _), _)| of == kind)
            .map(|((_, id), body)| (id.as_str(), body.as_str()))
    }

    /// One row's document.
    pub(crate) fn row(&self, kind: &str, id: &str) -> Option<&str> {
        self.0.get(&(kind.to_owned(), id.to_owned())).map(String::as_str)
    }
}

/// A tenant while an amendment changes it.
pub(crate) struct Draft<'a> {
    tables: &'a Tables,
    pub(super) around: &'a Surroundings<'a>,
    scene: &'a Scene,
    changed: BTreeMap<(String, String), Option<String>>,
    names: BTreeMap<String, bool>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(tables: &'a Tables, around: &'a Surroundings<'a>, scene: &'a Scene) -> Self {
        Self {
            tables,
            around,
            scene,
            changed: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// What came of it: only rows that differ.
    pub(super) fn made(self, amendment: &str) -> Result<Made, Misfit> {
        let mut rows = Vec::new();
        for ((kind, id), after) in self.changed {
            let before = self.tables.row(&kind, &id);
            let read = |text: &str| serde_json::from_str::<Value>(text);
            let before = before.map(read).transpose()?;
            let after = after.as_deref().map(read).transpose()?;
            if before != after {
                rows.push(Row {
                    kind,
                    id,
                    before,
                    after,
                });
            }
        }
        Ok(Made {
            amendment: amendment.to_owned(),
            scene: self.scene.clone(),
            rows,
            names: self.names,
        })
    }

    // --- parameters ---------------------------------------------------------------------------------------

    /// A parameter, if it was given.
    pub(super) fn given<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Misfit> {
        let Some(value) = self.scene.with.get(name) else {
            return Ok(None);
        };
        let read = serde_json::from_value(value.clone());
        read.map(Some)
            .map_err(|why| Misfit::Parameter(format!("the parameter `{name}` is not right: {why}")))
    }

    /// A parameter that must be given.
    pub(super) fn parameter<T: DeserializeOwned>(&self, name: &str) -> Result<T, Misfit> {
        self.given(name)?
            .ok_or_else(|| Misfit::Parameter(format!("the parameter `{name}` is missing")))
    }

    // --- rows ---------------------------------------------------------------------------------------------

    fn now<'s>(&'s self, kind: &str, id: &str) -> Option<&'s str> {
        match self.changed.get(&(kind.to_owned(), id.to_owned())) {
            Some(changed) => changed.as_deref(),
            None => self.tables.row(kind, id),
        }
    }

    fn find<T: DeserializeOwned>(
        &self,
        kind: &str,
        what: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<(String, T), Misfit> {
        for (id, _) in self.tables.rows(kind) {
            let Some(body) = self.now(kind, id) else { continue };
            let read: T = serde_json::from_str(body)?;
            if fits(&read) {
                return Ok((id.to_owned(), read));
            }
        }
        Err(Misfit::Missing(what.to_owned()))
    }

    /// Every row of a kind for which `fits` says so is removed.
    pub(super) fn remove_all<T: DeserializeOwned>(
        &mut self,
        kind: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<(), Misfit> {
        for (id, body) in self.tables.rows(kind) {
            if fits(&serde_json::from_str(body)?) {
                self.changed.insert((kind.to_owned(), id.to_owned()), None);
            }
        }
        Ok(())
    }

    /// Changes every row of a kind.
    pub(super) fn each<T: DeserializeOwned + Serialize>(
        &mut self,
        kind: &str,
        change: impl Fn(&mut T) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        for (id, body) in self.tables.rows(kind) {
            let mut row = serde_json::from_str(body)?;
            change(&mut row)?;
            self.write(kind, id.to_owned(), &row)?;
        }
        Ok(())
    }

    fn write(&mut self, kind: &str, id: String, row: &impl Serialize) -> Result<(), Misfit> {
        self.changed
            .insert((kind.to_owned(), id), Some(serde_json::to_string(row)?));
        Ok(())
    }

    /// Takes a name of the whole process, or gives it up.
    pub(super) fn name(&mut self, name: String, bound: bool) {
        self.names.insert(name, bound);
    }

    // --- what a tenant consists of ------------------------------------------------------------------------

    /// The tenant's settings.
    pub(super) fn settings(&mut self, change: impl FnOnce(&mut Settings)) -> Result<(), Misfit> {
        let (id, mut settings) = self.find::<Settings>(KIND_SETTINGS, "settings of its own", |_| true)?;
        change(&mut settings);
        self.write(KIND_SETTINGS, id, &settings)
    }

    /// The person's account as it stands.
    pub(super) fn person(&self) -> Result<(String, Account), Misfit> {
        let user = self.scene.user.as_deref().unwrap_or_default();
        let upn: Upn = user
            .parse()
            .map_err(|why| Misfit::Parameter(format!("`user` must name a person: {why}")))?;
        self.find(KIND_ACCOUNT, &format!("account {upn}"), |account: &Account| {
            account.answers_to(&upn)
        })
    }

    /// The person's account.
    pub(super) fn account(&mut self, change: impl FnOnce(&mut Account)) -> Result<(), Misfit> {
        let (id, mut account) = self.person()?;
        change(&mut account);
        self.write(KIND_ACCOUNT, id, &account)
    }

    /// The application's client id; it may live in another tenant.
    pub(super) fn client_id(&self) -> Result<AppId, Misfit> {
        let app = self.scene.app.as_deref().unwrap_or_default();
        match app.parse() {
            Ok(id) => Ok(id),
            Err(_) => self.registration().map(|(_, app)| app.id),
        }
    }

    /// The application's registration as it stands.
    pub(super) fn registration(&self) -> Result<(String, App), Misfit> {
        self.registered(self.scene.app.as_deref().unwrap_or_default())
    }

    /// An application's registration as it stands, by client id or name.
    fn registered(&self, app: &str) -> Result<(String, App), Misfit> {
        self.find(KIND_APP, &format!("application `{app}`"), |found: &App| {
            found.name == app || found.id.to_string() == app
        })
    }

    /// The registration of an API that the application calls, by client id or name.
    pub(super) fn api(&mut self, api: &str, change: impl FnOnce(&mut App)) -> Result<(), Misfit> {
        let (id, mut app) = self.registered(api)?;
        change(&mut app);
        self.write(KIND_APP, id, &app)
    }

    /// The application's registration.
    pub(super) fn app(&mut self, change: impl FnOnce(&mut App)) -> Result<(), Misfit> {
        let (id, mut app) = self.registration()?;
        change(&mut app);
        self.write(KIND_APP, id, &app)
    }

    /// An enterprise application, by client id.
    pub(super) fn principal(&mut self, id: AppId, change: impl FnOnce(&mut Principal)) -> Result<(), Misfit> {
        let what = format!("enterprise application {id}");
        let (key, mut principal) = self.find(KIND_PRINCIPAL, &what, |found: &Principal| found.app == id)?;
        change(&mut principal);
        self.write(KIND_PRINCIPAL, key, &principal)
    }

    /// The organization as it stands.
    pub(super) fn place(&self) -> Result<(String, Organization), Misfit> {
        let wanted = self.scene.organization.as_deref();
        if wanted.is_none() && self.tables.rows(KIND_ORGANIZATION).nth(1).is_some() {
            let which =
                "the tenant has several organizations: say which in `organization`, by its unique name";
            return Err(Misfit::Parameter(which.to_owned()));
        }
        let what = format!("organization `{}`", wanted.unwrap_or_default());
        self.find(KIND_ORGANIZATION, &what, |found: &Organization| {
            wanted.is_none_or(|name| found.unique_name.eq_ignore_ascii_case(name))
        })
    }

    /// The organization.
    pub(super) fn organization(&mut self, change: impl FnOnce(&mut Organization)) -> Result<(), Misfit> {
        let (id, mut organization) = self.place()?;
        change(&mut organization);
        self.write(KIND_ORGANIZATION, id, &organization)
    }

    /// The user of the organization: the person, or where none is named the application.
    pub(super) fn member(&self) -> Result<(String, SystemUser), Misfit> {
        let (_, place) = self.place()?;
        if self.scene.user.is_some() {
            let (_, person) = self.person()?;
            let what = format!("user {} in {}", person.upn, place.unique_name);
            return self.find(KIND_USER, &what, |user: &SystemUser| {
                user.organization == place.id && user.object == Some(person.id)
            });
        }
        let app = self.client_id()?;
        let what = format!("application user {app} in {}", place.unique_name);
        self.find(KIND_USER, &what, |user: &SystemUser| {
            user.organization == place.id && user.application == Some(app)
        })
    }

    /// Changes that user.
    pub(super) fn user(&mut self, change: impl FnOnce(&mut SystemUser)) -> Result<(), Misfit> {
        let (id, mut user) = self.member()?;
        change(&mut user);
        self.write(KIND_USER, id, &user)
    }

    /// Removes that user.
    pub(super) fn remove_user(&mut self) -> Result<(), Misfit> {
        let (id, _) = self.member()?;
        self.changed.insert((KIND_USER.to_owned(), id), None);
        Ok(())
    }

    /// The business unit of that user.
    pub(super) fn unit(&mut self, change: impl FnOnce(&mut BusinessUnit)) -> Result<(), Misfit> {
        let (_, user) = self.member()?;
        let (id, mut unit) = self.find(KIND_UNIT, "business unit of that user", |unit: &BusinessUnit| {
            Some(unit.id) == user.unit
        })?;
        change(&mut unit);
        self.write(KIND_UNIT, id, &unit)
    }

    /// Each security role of that user.
    pub(super) fn roles(&mut self, change: impl Fn(&mut SecurityRole)) -> Result<(), Misfit> {
        let (_, user) = self.member()?;
        for role in &user.roles {
            let (id, mut found) = self.find(KIND_ROLE, "security role", |known: &SecurityRole| {
                known.id == *role
            })?;
            change(&mut found);
            self.write(KIND_ROLE, id, &found)?;
        }
        Ok(())
    }
}
