//! What the server does on purpose to slow a caller down: it must not trip a measurement, and a report says
//! what was on.

use serde_json::Value;

use crate::{Outcome, load::Connection, report::say, server::Server};

/// Turns the tenant's service protection off, which would rightly refuse a load like this, and says what is on.
pub(crate) async fn off(server: &Server) -> Outcome<()> {
    set(server, r#"{"service_protection":{"enabled":false}}"#).await
}

/// Changes the tenant's settings by the control API, and says which protections are on now.
pub(crate) async fn set(server: &Server, patch: &str) -> Outcome<()> {
    let control = server.control();
    let request = control.send(
        "PATCH",
        &path(server)?,
        "Content-Type: application/json\r\n",
        patch,
    );
    let mut connection = Connection::open(&control).await?;
    let reply = connection.exchange(&request).await?;
    if reply.status >= 300 {
        return Err(format!(
            "the tenant's settings were not changed: {} {}",
            reply.status,
            reply.text()
        ));
    }
    tell(server).await
}

/// Says which protections are on.
pub(crate) async fn tell(server: &Server) -> Outcome<()> {
    let control = server.control();
    let mut connection = Connection::open(&control).await?;
    let reply = connection.exchange(&control.get(&path(server)?, "")).await?;
    let settings: Value = serde_json::from_slice(reply.body).unwrap_or_default();
    let on = |value: &Value| match value.as_bool() {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    };
    say(&format!(
        "journal on; service protection {}; loop detection {}",
        on(&settings["service_protection"]["enabled"]),
        on(&settings["loop_detection"])
    ));
    Ok(())
}

fn path(server: &Server) -> Outcome<String> {
    Ok(format!(
        "/_keyway/v1/tenants/{}/settings",
        server.env("AZURE_TENANT_ID")?
    ))
}
