//! `keyway snapshot take|restore`.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::json;

use crate::{
    context::Context,
    control::{Which, encode},
    report::Failure,
};

/// Remember how a tenant of the running stand-in is, and put it back
#[derive(Subcommand)]
pub(crate) enum Snapshot {
    /// Remember how the tenant is now; a snapshot of the same name is replaced
    Take(Named),
    /// Put the tenant back to how it was remembered; `initial` is how it was made
    Restore(Named),
}

/// One snapshot of one tenant.
#[derive(Args)]
pub(crate) struct Named {
    /// The snapshot's name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    which: Which,
    /// The tenant, by id or domain; the one the world begins with unless given
    #[arg(long, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
}

impl Snapshot {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (named, method, end, said) = match self {
            Self::Take(named) => (named, Method::PUT, "", "taken"),
            Self::Restore(named) => (named, Method::POST, "/restore", "restored"),
        };
        let control = named.which.find().await?;
        let tenant = control.tenant_path(named.tenant.as_deref())?;
        control
            .ask(
                method,
                &format!("{tenant}/snapshots/{}{end}", encode(&named.name)),
                String::new(),
            )
            .await?;
        context.output.result(&json!({ said: named.name }), || {
            format!("`{}` is {said}", named.name)
        })
    }
}
