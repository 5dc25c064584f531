//! What is shown once and never again: a temporary password, an authenticator's secret.

use askama::Template;
use directory::Account;
use evidence::Decision;
use http::StatusCode;

use crate::{
    frame::Frame,
    page::{Ask, Reply},
    shell,
    text::shown,
};

#[derive(Template)]
#[template(path = "admin/once/template.html")]
struct View {
    frame: Frame,
    title: &'static str,
    /// Whose.
    user: String,
    upn: String,
    id: String,
    /// What each is called, and what it is.
    values: Vec<(&'static str, String)>,
    /// What happens with it.
    hints: Vec<String>,
}

/// The page. It answers the form itself: an address of its own could be opened again.
pub(super) fn page(
    ask: &Ask<'_>,
    title: &'static str,
    account: &Account,
    values: Vec<(&'static str, String)>,
    hints: Vec<String>,
) -> Reply {
    let view = View {
        frame: ask.frame(),
        title,
        user: shown(&account.name),
        upn: shown(account.upn.as_str()),
        id: account.id.to_string(),
        values,
        hints,
    };
    let why = format!("{title}, for {}", account.upn);
    shell::page(StatusCode::OK, &view, Decision::served(why))
}
