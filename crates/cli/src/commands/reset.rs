//! `keyway reset`: back to how the world was made.

use clap::Args;
use http::Method;
use serde_json::json;

use crate::{context::Context, control::Which, report::Failure};

/// Put the running stand-in back to how its world was made; the journal stays
#[derive(Args)]
pub(crate) struct Reset {
    #[command(flatten)]
    which: Which,
    /// Only this tenant, by id or domain; every tenant unless given
    #[arg(long, value_name = "TENANT", env = "KEYWAY_TENANT")]
    tenant: Option<String>,
}

impl Reset {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let control = self.which.find().await?;
        let (path, said) = match &self.tenant {
            Some(tenant) => (
                format!("{}/reset", control.tenant_path(Some(tenant))?),
                format!("{tenant} is as it was made"),
            ),
            None => ("/reset".to_owned(), "every tenant is as it was made".to_owned()),
        };
        control.ask(Method::POST, &path, String::new()).await?;
        context.output.result(
            &json!({ "reset": self.tenant.as_deref().unwrap_or("all") }),
            || said,
        )
    }
}
