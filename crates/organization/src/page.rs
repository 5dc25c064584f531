//! What a caller with a token gets at the address that people open: a plain page, and for someone without a role the
//! sentence of row 003-29. People with a browser have no token; their pages are made of [`crate::Visit`].

use http::StatusCode;
use wire::{
    Answer, Call,
    dataverse::{Fault, NO_ROLE_PAGE, USER_NOT_ASSIGNED_ROLES},
    markup::escape,
};

use crate::{
    access::Caller,
    model::{AccessMode, SystemUser},
    refusal::{Refusal, Told},
    view::Org,
};

/// Whether the path is one a person opens.
pub(crate) fn is_page(path: &str) -> bool {
    matches!(path, "/" | "" | "/main.aspx" | "/default.aspx")
}

/// Whether someone who was let in may use pages.
///
/// # Errors
/// No role, or an access mode without a browser.
pub(crate) fn may_browse(caller: &Caller<'_>) -> Result<(), Refusal> {
    caller.require_role()?;
    let user = caller.user;
    if user.access_mode == AccessMode::NonInteractive {
        let why = format!(
            "{} is non-interactive: it has no browser access",
            user.domain_name
        );
        let fault = &wire::dataverse::INSUFFICIENT_ACCESS_MODE;
        return Err(Refusal::of(fault, &[], why).cause("user-access-mode-not-read-write"));
    }
    Ok(())
}

/// The page of someone who was let in.
///
/// # Errors
/// As [`may_browse`].
pub(crate) fn home(caller: &Caller<'_>) -> Result<Answer, Refusal> {
    may_browse(caller)?;
    let user = caller.user;
    let name = &caller.org.record.name;
    let text = format!(
        "Signed in to {name} as {} ({}).",
        user.full_name(),
        user.domain_name
    );
    Ok(page(StatusCode::OK, name, &text, &[]))
}

/// The page of someone who was refused.
pub(crate) fn refused(org: &Org, refusal: &Refusal) -> Answer {
    let Told::Fault { fault, message, .. } = &refusal.told else {
        return page(StatusCode::FORBIDDEN, &org.record.name, "Access is denied.", &[]);
    };
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::FORBIDDEN);
    if is(fault, &USER_NOT_ASSIGNED_ROLES) {
        // Row 003-30: name those who can help.
        let helpers: Vec<_> = org.administrators().map(SystemUser::full_name).collect();
        return page(status, &org.record.name, NO_ROLE_PAGE, &helpers);
    }
    page(status, &org.record.name, message, &[])
}

/// What a page says of a refusal: for someone without a role the sentence of row 003-29, else the code's own.
pub(crate) fn sentence(refusal: &Refusal) -> &str {
    match &refusal.told {
        Told::Fault { fault, .. } if is(fault, &USER_NOT_ASSIGNED_ROLES) => NO_ROLE_PAGE,
        Told::Fault { message, .. } => message,
        _ => "Access is denied.",
    }
}

fn is(a: &Fault, b: &Fault) -> bool {
    a.code == b.code
}

/// Where a browser without a session is sent: to sign in, and back.
pub(crate) fn sign_in(call: &Call, login_host: &str, org: &Org, nonce: &str) -> Answer {
    let back = call.form.dress(&org.url());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &types::AppId::DATAVERSE.to_string())
        .append_pair("response_type", "code id_token")
        .append_pair("response_mode", "form_post")
        .append_pair("scope", "openid profile")
        .append_pair("redirect_uri", &back)
        .append_pair("nonce", nonce)
        .finish();
    let to = crate::token::authorization_uri(call.form, login_host, &org.tenant.to_string());
    Answer::redirect(&format!("{to}?{query}")).no_store()
}

fn page(status: StatusCode, title: &str, text: &str, helpers: &[String]) -> Answer {
    let title = escape(title);
    let mut body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><main><h1>{title}</h1><p>{}</p>",
        escape(text)
    );
    if !helpers.is_empty() {
        let names: Vec<_> = helpers
            .iter()
            .map(|name| format!("<li>{}</li>", escape(name)))
            .collect();
        body.push_str("<p>Someone who can give security roles must give you one:</p><ul>");
        body.push_str(&names.join(""));
        body.push_str("</ul>");
    }
    body.push_str("</main></body></html>");
    Answer::html(status, body).no_store()
}
