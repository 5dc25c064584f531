//! `/apps/{app}/secrets/upload`: a certificate by which the application proves itself (facts/identity.md 2.6).

use askama::Template;
use evidence::Decision;
use http::StatusCode;
use serde_json::json;

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
    stop::Stop,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/secrets/upload",
    about: "Upload certificate: by its text",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/certificate_new/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    name: String,
    certificate: String,
}

/// A private key that was pasted along is neither kept nor shown again.
fn is_private(text: &str) -> bool {
    text.contains("PRIVATE KEY")
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(add(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn add(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let certificate = ask.field("certificate");
    if is_private(certificate) {
        return Err(Stop::wrong(
            "This text holds a private key",
            "Paste only the certificate; the key stays with the program, and this one should be replaced if it has gone \
             elsewhere.",
        ));
    }
    let body = json!({ "name": ask.field("name"), "certificate": certificate });
    let made = desk.act(ask, "addCertificate", &body).await?;
    let thumbprint = made["thumbprint"].as_str().unwrap_or_default();
    let notice = format!("The certificate with the thumbprint {thumbprint} was added.");
    Ok(ask.done(&desk.at("/secrets"), notice))
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let certificate = ask.field("certificate");
    let view = View {
        frame: ask.frame().with(wrong),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        name: ask.field("name").to_owned(),
        certificate: match is_private(certificate) {
            true => String::new(),
            false => certificate.to_owned(),
        },
    };
    let decision = Decision::served("the form of a new certificate");
    shell::page(StatusCode::OK, &view, decision)
}
