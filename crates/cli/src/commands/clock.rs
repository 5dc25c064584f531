//! `keyway clock`: a tenant's clock in the running stand-in.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::{
    context::Context,
    control::{Control, Which},
    report::Failure,
};

/// Show or turn a tenant's clock: eight hours pass at once
#[derive(Args)]
pub(crate) struct ClockCommand {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    which: Which,
    /// The tenant, by id or domain; the one the world begins with unless given
    #[arg(long, global = true, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
}

#[derive(Subcommand)]
enum Verb {
    /// Turn it forward: 8h, 90 minutes, 12 months
    Advance {
        /// How far
        #[arg(value_name = "TIME", required = true)]
        by: Vec<String>,
    },
    /// Set it to a moment
    Set {
        /// For example 2027-01-31T00:00:00Z
        #[arg(value_name = "MOMENT")]
        to: String,
    },
    /// Set it back to the machine's
    Reset,
}

impl ClockCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let turn = self.verb.map(Verb::body).transpose()?;
        let control = self.which.find().await?;
        let path = format!("{}/clock", control.tenant_path(self.tenant.as_deref())?);
        let shown = turned(&control, &path, turn).await?;
        let offset = shown["offset_seconds"].as_i64().unwrap_or_default();
        context.output.result(&shown, || {
            let now = shown["now"].as_str().unwrap_or_default();
            match offset {
                0 => format!("{now} (the machine's time)"),
                _ => format!("{now} ({offset:+} seconds from the machine's)"),
            }
        })
    }
}

async fn turned(control: &Control, path: &str, turn: Option<Value>) -> Result<Value, Failure> {
    match turn {
        None => control.ask(Method::GET, path, String::new()).await,
        Some(turn) => control.ask(Method::POST, path, turn.to_string()).await,
    }
}

impl Verb {
    fn body(self) -> Result<Value, Failure> {
        Ok(match self {
            Self::Advance { by } => {
                let text = by.join(" ");
                let signed = if text.starts_with(['+', '-']) {
                    text.clone()
                } else {
                    format!("+{text}")
                };
                let seconds = standin::world::relative(&signed).ok_or_else(|| {
                    Failure::usage(
                        format!("`{text}` is not a length of time"),
                        "Write one like 8h, 90 minutes or 12 months.",
                    )
                })?;
                json!({ "advance_seconds": seconds })
            }
            Self::Set { to } => json!({ "set": to }),
            Self::Reset => json!({ "reset": true }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_in_words() {
        let body = |words: &[&str]| {
            Verb::Advance {
                by: words.iter().map(|w| (*w).to_owned()).collect(),
            }
            .body()
        };
        assert_eq!(body(&["8h"]).unwrap(), json!({ "advance_seconds": 28_800 }));
        assert_eq!(
            body(&["90", "minutes"]).unwrap(),
            json!({ "advance_seconds": 5_400 })
        );
        assert!(body(&["soon"]).is_err());
    }
}
