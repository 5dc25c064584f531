//! What the operations on people share: the use-cases they call, and what those answer.

use directory::{Account, Accounts, BadLink, NotDone, Tenant};
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use types::{Form, ObjectId, Secret, TenantId, Timestamp, Upn};

use super::{Asked, accounts, problem::Problem};

impl Asked<'_> {
    /// The use-cases of people's accounts.
    pub(super) fn people(&self) -> Accounts<'_> {
        Accounts {
            store: &self.state.store,
            sealer: &self.state.keys.sealer,
            hasher: &self.state.hasher,
            chance: &*self.state.chance,
        }
    }

    /// The tenant and the account of the path.
    pub(super) async fn account(&self) -> Result<(TenantId, ObjectId), Problem> {
        let id = self.tenant().await?;
        let tenant = self.state.store.view::<Tenant>(id).await?;
        Ok((id, accounts::find(&tenant, self.param("account"))?.id))
    }

    /// The account that a body names, in the tenant of the path.
    pub(super) async fn named(&self, name: &str) -> Result<(TenantId, Account), Problem> {
        let id = self.tenant().await?;
        let tenant = self.state.store.view::<Tenant>(id).await?;
        Ok((id, accounts::find(&tenant, name)?.clone()))
    }

    /// How addresses of the stand-in are written for whoever reads its answers.
    pub(super) fn form(&self) -> Form {
        Form::Localhost {
            port: self.state.port,
        }
    }

    /// A moment of the query.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.query.some(name) else {
            return Ok(None);
        };
        Timestamp::parse_rfc3339(text).map(Some).ok_or_else(|| {
            Problem::bad(
                format!("`{text}` is not a moment"),
                format!("write `{name}` like 2027-01-31T00:00:00Z (a plus sign as %2B)"),
            )
        })
    }

    /// A number of the query.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        let Some(text) = self.query.some(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Problem::bad(
                format!("`{text}` is not a number"),
                format!("write `{name}` as a number"),
            )
        })
    }
}

/// A secret that a body holds.
pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

/// A user name.
pub(super) fn upn(text: &str) -> Result<Upn, Problem> {
    text.parse()
        .map_err(|error: types::BadUpn| Problem::bad(error.to_string(), "write it like user@contoso.com"))
}

impl From<NotDone> for Problem {
    fn from(error: NotDone) -> Self {
        let status = match &error {
            NotDone::NoAccount(_) => StatusCode::NOT_FOUND,
            NotDone::Taken(_) | NotDone::Already(_) | NotDone::NotPossible(_) => StatusCode::CONFLICT,
            NotDone::Weak(_) => StatusCode::BAD_REQUEST,
            NotDone::Refused(_) | NotDone::Reset(_) => StatusCode::FORBIDDEN,
            NotDone::Link(BadLink::Unknown) => StatusCode::NOT_FOUND,
            NotDone::Link(_) => StatusCode::GONE,
            NotDone::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            NotDone::Hasher(_) => StatusCode::SERVICE_UNAVAILABLE,
            NotDone::Seal(_) | NotDone::Json(_) => StatusCode::INTERNAL_SERVER_ERROR,
            NotDone::Store(_) => return Self::from_store(error),
        };
        Self::new(status, error.to_string(), error.next())
    }
}

impl Problem {
    fn from_store(error: NotDone) -> Self {
        match error {
            NotDone::Store(error) => error.into(),
            other => Self::new(StatusCode::INTERNAL_SERVER_ERROR, other.to_string(), other.next()),
        }
    }
}
