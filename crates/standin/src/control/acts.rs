//! The acts of the control API, for pages: what a person does with a form is the operation a test does with a request,
//! so there is one way to do it, one check of it, and one place that writes down who did it.

use std::sync::Arc;

use directory::audit::{self, Entry};
use http::StatusCode;
use serde_json::Value;
use store::StoreError;
use types::Secret;
use wire::{Answer, Call, form::Params};

use super::{Asked, OPERATIONS, Operation, guard, problem::Problem};
use crate::{edge::printable, state::State};

/// Holds a browser's way into the stand-in's own pages where a control token is set.
pub const COOKIE_TESTER: &str = "__Host-tester";

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A program, by the control API.
    Api,
    /// Whoever has the stand-in on the own machine before them, by its pages on `localhost`.
    Tester,
    /// Somebody at a page who has not signed in.
    Anybody,
    /// Somebody signed in, by user principal name.
    Person(String),
}

impl Actor {
    /// As the audit log names them.
    pub fn name(&self) -> &str {
        match self {
            Self::Api => "control API",
            Self::Tester => "the stand-in's own pages",
            Self::Anybody => "somebody who is not signed in",
            Self::Person(name) => name,
        }
    }
}

/// Everything the control API can do, in the same process.
#[derive(Clone)]
pub struct Acts(Arc<State>);

impl std::fmt::Debug for Acts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acts").finish_non_exhaustive()
    }
}

impl Acts {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self(state)
    }

    /// Performs the operation of that id. `named` holds what stands for the `{names}` of its path and for its query;
    /// `body` is what the API would be sent, and null where it would be sent nothing.
    ///
    /// # Errors
    /// As the API's own: what happened, and the next step.
    pub async fn perform(
        &self,
        actor: &Actor,
        id: &str,
        named: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, Problem> {
        let operation = OPERATIONS
            .iter()
            .find(|operation| operation.id == id)
            .ok_or_else(|| Problem::not_found(format!("there is no operation `{id}`")))?;
        let in_path = |name: &str| operation.path.contains(&format!("{{{name}}}"));
        let params = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .filter_map(|name| Some((name, named.iter().find(|(known, _)| *known == name)?.1.to_owned())))
            .collect();
        let query = named.iter().filter(|(name, _)| !in_path(name));
        let asked = Asked {
            state: &self.0,
            body: &serde_json::to_vec(body)?,
            params,
            query: Params::of(query.copied()),
        };
        let answer = perform(actor, operation, &asked).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Whether whoever sent this may use the stand-in's own pages, as the control API judges it. To look, a link on
    /// another site's page may have led here; to turn anything, nothing but a page of ours.
    ///
    /// # Errors
    /// The reason why not.
    pub fn allow(&self, call: &Call) -> Result<(), Problem> {
        if !call.method.is_safe() {
            guard::same_site(call)?;
        }
        match call.cookie(COOKIE_TESTER) {
            Some(pass) if guard::is_pass(&self.0.control, pass) => Ok(()),
            _ => guard::may_look(&self.0.control, call),
        }
    }

    /// What a browser is given that showed the control token, to be shown in [`COOKIE_TESTER`]. It opens the pages and
    /// nothing else: the API itself takes no cookie.
    ///
    /// # Errors
    /// It is another token, or none is needed.
    pub fn pass(&self, token: &Secret) -> Result<Secret, Problem> {
        let pass = guard::pass(&self.0.control).filter(|_| guard::is_token(&self.0.control, token.expose()));
        pass.ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "that is not the control token that this stand-in was started with",
                "copy it from where the stand-in was given it, and show it again",
            )
        })
    }
}

/// Does it, and writes into the tenant's audit log who asked for it and how it ended.
pub(super) async fn perform(
    actor: &Actor,
    operation: &Operation,
    asked: &Asked<'_>,
) -> Result<Answer, Problem> {
    let looks = operation.method == "GET" || operation.id == ONLY_LOOKS;
    let changes = !looks && operation.path.starts_with("/tenants/{tenant}/");
    if !changes {
        return (operation.handler)(asked).await;
    }
    let tenant = asked.tenant().await?;
    let answered = (operation.handler)(asked).await;
    let at = match asked.state.now(tenant).await {
        // The tenant itself was removed, and its log with it.
        Err(StoreError::UnknownTenant { .. }) => return answered,
        now => now?,
    };
    let target = asked.params.iter().filter(|(name, _)| *name != "tenant");
    let entry = Entry {
        at,
        actor: actor.name().to_owned(),
        operation: operation.id.to_owned(),
        target: target
            .map(|(_, value)| printable(value, MOST))
            .collect::<Vec<_>>()
            .join(" / "),
        what: match &answered {
            Ok(_) => format!("{}{}", operation.summary, given(asked.body)),
            Err(problem) => format!("{}: {}", operation.summary, printable(problem.message(), MOST)),
        },
        done: answered.is_ok(),
    };
    audit::record(&asked.state.store, tenant, &entry, &*asked.state.chance).await?;
    answered
}

/// It changes nothing, and is a POST only because what it looks at is secret.
const ONLY_LOOKS: &str = "checkSettings";
/// The longest piece of foreign text in an entry, in characters.
const MOST: usize = 200;
/// Fields whose values are nobody's business.
const SECRET: &[&str] = &[
    "password",
    "current",
    "new",
    "token",
    "value",
    "secret",
    "certificate",
    "code",
    "mfa",
];

/// What was sent along, as far as it may be known.
fn given(body: &[u8]) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return String::new();
    };
    let told = fields
        .iter()
        .map(|(name, value)| match (SECRET.contains(&name.as_str()), value) {
            (true, _) | (_, Value::Object(_) | Value::Array(_)) => printable(name, MOST),
            (false, Value::String(text)) => format!("{name} = {}", printable(text, MOST)),
            (false, value) => format!("{name} = {value}"),
        });
    let told: Vec<_> = told.collect();
    match told.is_empty() {
        true => String::new(),
        false => format!(" ({})", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn an_entry_holds_no_secret() {
        let told =
            given(br#"{"upn":"a@contoso.com","password":"canary","licenses":["DYN365"],"enabled":false}"#);
        assert_eq!(
            told,
            " (enabled = false, licenses, password, upn = a@contoso.com)"
        );
        assert_eq!(given(b"null"), "");
    }
}
