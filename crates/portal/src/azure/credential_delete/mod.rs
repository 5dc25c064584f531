//! `/apps/{app}/secrets/{credential}/delete`: deletes a secret or a certificate, after asking.

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::Value;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/secrets/{credential}/delete",
    about: "deletes a client secret or a certificate, after asking",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/credential_delete/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    what: &'static str,
    name: String,
    id: String,
    /// It is the last credential.
    last: bool,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let id = ask.param("credential").to_owned();
    let app = &desk.app;
    let secret = app.secrets.iter().find(|secret| secret.id.to_string() == id);
    let certificate = app
        .certificates
        .iter()
        .find(|certificate| certificate.id.to_string() == id);
    let (what, operation, parameter, name) = match (secret, certificate) {
        (Some(secret), _) => ("client secret", "removeSecret", "secret", &secret.name),
        (None, Some(certificate)) => (
            "certificate",
            "removeCertificate",
            "certificate",
            &certificate.name,
        ),
        (None, None) => {
            return Err(Stop::Missing(
                "This secret or certificate was deleted already".into(),
            ));
        }
    };
    let name = shown(name);
    if ask.sent() {
        let client = app.id.to_string();
        let named = [
            ("tenant", desk.tenant.as_str()),
            ("app", client.as_str()),
            (parameter, id.as_str()),
        ];
        ask.act(operation, &named, &Value::Null).await?;
        return Ok(ask.done(&desk.at("/secrets"), format!("The {what} “{name}” was deleted.")));
    }
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        what,
        name,
        last: app.secrets.len() + app.certificates.len() == 1,
        id,
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("whether a credential shall be deleted"),
    )
}
