//! `/apps/{app}/secrets/upload`: a certificate by which the application proves itself (facts/identity.md 2.6).

use askama::Template;
use evidence::Decision;
use http::{Method, StatusCode};
use serde_json::json;

use super::desk::{self, Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, FORM, Needs, Page, Reply},
    shell,
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
    problem: Option<String>,
    name: String,
    certificate: String,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let certificate = ask.field("certificate");
    // A private key that was pasted along is neither kept nor shown again.
    let private = certificate.contains("PRIVATE KEY");
    let mut problem = None;
    if ask.call.method == Method::POST && private {
        problem = Some(
            "This text holds a private key. Paste only the certificate; the key stays with the program, and this one \
             should be replaced if it has gone elsewhere."
                .to_owned(),
        );
    } else if ask.call.method == Method::POST {
        let body = json!({ "name": ask.field("name"), "certificate": certificate });
        match desk.act(ask, "addCertificate", &body).await {
            Ok(made) => {
                let thumbprint = made["thumbprint"].as_str().unwrap_or_default();
                let notice = format!("The certificate with the thumbprint {thumbprint} was added.");
                return Ok(ask.done(&desk.at("/secrets"), notice));
            }
            Err(stop) => problem = Some(desk::refused(stop)?),
        }
    }
    let (status, decision) = match &problem {
        Some(_) => (
            StatusCode::BAD_REQUEST,
            Decision::refused("a text is no certificate that can be added"),
        ),
        None => (StatusCode::OK, Decision::served("the form of a new certificate")),
    };
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        problem,
        name: ask.field("name").to_owned(),
        certificate: match private {
            true => String::new(),
            false => certificate.to_owned(),
        },
    };
    shell::page(status, &view, decision)
}
