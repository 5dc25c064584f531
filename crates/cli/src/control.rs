//! Finding the running stand-in and talking to its control API.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use evidence::Steps;
use http::{Method, header};
use net::{Net, ProxyRules, Request, Settings, Timeouts, dirs};
use serde_json::Value;
use standin::Ready;
use types::{Secret, SystemClock};

use crate::{exit::Exit, report::Failure};

/// The variable that holds the control token; there is no flag for it, because arguments can be seen.
pub(crate) const TOKEN: &str = "KEYWAY_CONTROL_TOKEN";

/// Which stand-in.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// The stand-in's ready file; the one that runs on this machine without it
    #[arg(long, value_name = "FILE", env = "KEYWAY_READY_FILE")]
    ready_file: Option<PathBuf>,
}

/// The state directory, where stand-ins leave word of themselves.
pub(crate) fn state_dir() -> Result<PathBuf, Failure> {
    dirs::state_dir().ok_or_else(|| {
        let next = "Set KEYWAY_STATE_DIR to a directory of your own.";
        Failure::new(Exit::Internal, "this account has no home directory", next)
    })
}

/// A running stand-in.
pub(crate) struct Control {
    pub(crate) ready: Ready,
    net: Net,
    token: Option<Secret>,
}

impl Which {
    /// The flag that names it again, where it was named.
    pub(crate) fn flag(&self) -> Vec<String> {
        let file = self.ready_file.iter();
        file.flat_map(|file| ["--ready-file".to_owned(), file.display().to_string()])
            .collect()
    }

    /// The stand-in that was named, or the one that runs.
    pub(crate) async fn find(self) -> Result<Control, Failure> {
        let Some(file) = self.ready_file else {
            return find_running().await;
        };
        let next = "Name the file that `keyway serve --ready-file FILE` wrote.";
        let failed = |what: String| Failure::new(Exit::NotFound, what, next);
        let bytes = std::fs::read(&file).map_err(|error| {
            failed(format!(
                "the ready file {} cannot be read: {error}",
                file.display()
            ))
        })?;
        let ready = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("{} is not a ready file: {error}", file.display())))?;
        let control = Control::new(ready);
        match control.is_alive().await {
            true => Ok(control),
            false => Err(failed(format!(
                "the stand-in of {} does not answer at {}",
                file.display(),
                control.ready.listen
            ))),
        }
    }
}

async fn find_running() -> Result<Control, Failure> {
    let state = state_dir()?;
    let known = Ready::running(&state)
        .map_err(|error| Failure::internal("the running stand-ins cannot be looked up", error))?;
    let mut alive = Vec::new();
    for ready in known {
        let control = Control::new(ready);
        if control.is_alive().await {
            alive.push(control);
        }
    }
    let others: Vec<_> = alive.iter().map(|control| control.ready.listen.clone()).collect();
    match alive.pop() {
        Some(control) if others.len() == 1 => Ok(control),
        None => Err(Failure::new(
            Exit::NotFound,
            "no stand-in runs here",
            "Start one with `keyway serve --demo`, or name its ready file with --ready-file.",
        )),
        Some(_) => Err(Failure::new(
            Exit::NotFound,
            format!("{} stand-ins run here: {}", others.len(), others.join(", ")),
            format!(
                "Choose one: --ready-file {}/PORT.json",
                state.join("running").display()
            ),
        )),
    }
}

impl Control {
    fn new(ready: Ready) -> Self {
        let settings = Settings {
            proxy: ProxyRules::none(),
            extra_ca: vec![ready.ca.clone()],
            standin_ca: None,
            timeouts: Timeouts::at_most(Duration::from_secs(10)),
        };
        let token = std::env::var(TOKEN)
            .ok()
            .filter(|token| !token.is_empty())
            .map(Secret::new);
        Self {
            ready,
            net: Net::new(settings, Arc::new(SystemClock)),
            token,
        }
    }

    async fn is_alive(&self) -> bool {
        let request = Request::get(format!("{}/health", self.ready.control));
        let answer = self.net.send(&request, &mut Steps::default()).await;
        answer.is_ok_and(|answer| answer.status.is_success())
    }

    /// Asks the control API; `body` is JSON, or empty.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: String) -> Result<Value, Failure> {
        let mut request = Request::json(method, format!("{}{path}", self.ready.control), body);
        if let Some(token) = &self.token {
            request = request.with(header::AUTHORIZATION, &format!("Bearer {}", token.expose()));
        }
        let answer = self.net.send(&request, &mut Steps::default()).await?;
        let body: Value = match answer.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        };
        if answer.status.is_success() {
            return Ok(body);
        }
        let said = |name: &str| body["error"][name].as_str().map(ToOwned::to_owned);
        let message = said("message").unwrap_or_else(|| format!("the stand-in answered {}", answer.status));
        let next = match answer.status.as_u16() {
            401 => format!("Set {TOKEN} to the token the stand-in was started with."),
            _ => said("next").map(|next| sentence(&next)).unwrap_or_default(),
        };
        let exit = match answer.status.as_u16() {
            400 | 405 | 413 => Exit::Usage,
            401 => Exit::RefusedAuthentication,
            403 => Exit::RefusedAuthorization,
            404 => Exit::NotFound,
            409 => Exit::Conflict,
            _ => Exit::Internal,
        };
        Err(Failure::new(exit, message, next))
    }

    /// The path of a tenant: the one that was named, or the one the world begins with.
    pub(crate) fn tenant_path(&self, tenant: Option<&str>) -> Result<String, Failure> {
        let tenant = match tenant {
            Some(tenant) => tenant.to_owned(),
            None => self
                .ready
                .default_tenant()
                .map(|id| id.to_string())
                .ok_or_else(|| {
                    Failure::usage(
                        "this world has no tenant to begin with",
                        "Name one with --tenant DOMAIN.",
                    )
                })?,
        };
        Ok(format!("/tenants/{}", encode(&tenant)))
    }
}

/// Text as one segment of a path or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A next step that begins in lower case and ends without a stop, as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    if text.is_empty() {
        return String::new();
    }
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
