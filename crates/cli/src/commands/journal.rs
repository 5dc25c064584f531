//! `keyway journal`: what was asked, what was decided, and why.

use clap::Args;
use http::Method;
use serde_json::Value;
use types::{Clock, SystemClock, Timestamp};

use crate::{
    context::Context,
    control::{Which, encode},
    report::Failure,
};

/// What the stand-in was asked, what it decided, and why
#[derive(Args)]
pub(crate) struct Journal {
    #[command(flatten)]
    which: Which,
    /// Only this tenant's lines, by id or domain
    #[arg(long, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
    /// Only from this moment on: 2027-01-31T00:00:00Z, or -10m
    #[arg(long, value_name = "MOMENT", allow_hyphen_values = true, env = "KEYWAY_SINCE")]
    since: Option<String>,
    /// Only lines with this code, for example AADSTS50126
    #[arg(long, value_name = "CODE", env = "KEYWAY_CODE")]
    code: Option<String>,
    /// At most this many, the newest ones
    #[arg(long, value_name = "NUMBER", default_value = "50", env = "KEYWAY_LIMIT")]
    limit: u32,
    /// Also what was asked of the control API, by this program too
    #[arg(long, env = "KEYWAY_CONTROL")]
    control: bool,
}

/// Where the control API's own lines are told by.
const CONTROL: &str = "/_keyway/";

impl Journal {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        // Lines of the control API are left out here: enough are asked for to fill the page without them.
        let asked = if self.control {
            self.limit
        } else {
            self.limit.saturating_mul(10)
        };
        let mut query = vec![format!("limit={asked}")];
        if let Some(code) = &self.code {
            query.push(format!("code={}", encode(code)));
        }
        if let Some(since) = &self.since {
            query.push(format!("since={}", encode(&moment(since, SystemClock.now())?)));
        }
        let control = self.which.find().await?;
        let place = match &self.tenant {
            Some(tenant) => control.tenant_path(Some(tenant))?,
            None => String::new(),
        };
        let found = control
            .ask(
                Method::GET,
                &format!("{place}/journal?{}", query.join("&")),
                String::new(),
            )
            .await?;
        let mut lines = found["lines"].as_array().cloned().unwrap_or_default();
        if !self.control {
            lines.retain(|line| {
                !line["path"]
                    .as_str()
                    .is_some_and(|path| path.starts_with(CONTROL))
            });
        }
        let surplus = lines.len().saturating_sub(self.limit as usize);
        lines.drain(..surplus);
        if lines.is_empty() {
            context
                .output
                .talk("no lines; nothing was asked yet, or nothing fits");
        }
        context
            .output
            .result(&lines, || lines.iter().map(shown).collect::<Vec<_>>().join("\n"))
    }
}

/// A moment, fixed or so long ago.
fn moment(text: &str, now: Timestamp) -> Result<String, Failure> {
    if let Some(moment) = Timestamp::parse_rfc3339(text) {
        return Ok(moment.rfc3339());
    }
    match standin::world::relative(text) {
        Some(seconds) => Ok(Timestamp::from_seconds(now.seconds().saturating_add(seconds)).rfc3339()),
        None => Err(Failure::usage(
            format!("`{text}` is not a moment"),
            "Write one like 2027-01-31T00:00:00Z or -10m.",
        )),
    }
}

/// Two lines: what, and why.
fn shown(line: &Value) -> String {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    let code = if text("code").is_empty() {
        String::new()
    } else {
        format!(" {}", text("code"))
    };
    let mut out = format!(
        "{} {} {}{code}  {} https://{}{}",
        text("time"),
        line["status"],
        text("outcome"),
        text("method"),
        text("host"),
        text("path"),
    );
    out.push_str(&format!("\n    {}", text("why")));
    let details: Vec<String> = ["subject", "client", "cause", "correlation"]
        .iter()
        .filter(|name| !text(name).is_empty())
        .map(|name| format!("{name}: {}", text(name)))
        .collect();
    if !details.is_empty() {
        out.push_str(&format!("\n    {}", details.join(", ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_and_why() {
        let line = serde_json::json!({
            "time": "2026-05-01T10:20:30.123Z", "status": 401, "outcome": "refused", "code": "AADSTS7000215", "method": "POST",
            "host": "login.microsoftonline.com", "path": "/x/oauth2/v2.0/token", "why": "the secret is not one of its", "subject": "s",
        });
        assert_eq!(
            shown(&line),
            "2026-05-01T10:20:30.123Z 401 refused AADSTS7000215  POST https://login.microsoftonline.com/x/oauth2/v2.0/token\n    \
             the secret is not one of its\n    subject: s"
        );
    }

    #[test]
    fn moments_are_fixed_or_relative() {
        let now = Timestamp::from_seconds(1_000_000);
        assert_eq!(moment("-10m", now).unwrap(), "1970-01-12T13:36:40.000Z");
        assert_eq!(
            moment("2027-01-31T01:00:00+01:00", now).unwrap(),
            "2027-01-31T00:00:00.000Z"
        );
        assert!(moment("yesterday", now).is_err());
    }
}
