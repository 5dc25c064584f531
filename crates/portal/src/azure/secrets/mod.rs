//! `/apps/{app}/secrets`: client secrets and certificates, with hint, end and the days left (rows 004-08 to 004-10).

use askama::Template;
use crypt::Certificate;
use evidence::Decision;
use http::StatusCode;
use standin::check::{SOON, in_words};
use types::Timestamp;

use super::desk::{Desk, Menu, day};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/secrets",
    about: "Certificates & secrets: each with its end and the days left",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/secrets/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    secrets: Vec<Row>,
    certificates: Vec<Row>,
}

struct Row {
    name: String,
    /// The beginning of a secret's value; a certificate's thumbprint.
    mark: String,
    id: String,
    ends: String,
    left: String,
    /// How the time left is to be seen: `good`, `maybe`, `bad`.
    state: &'static str,
}

/// The time left, in words, and how it is to be seen.
fn left(now: Timestamp, ends: Timestamp) -> (String, &'static str) {
    if now >= ends {
        return ("Expired".to_owned(), "bad");
    }
    let days = ends.since(now).as_secs() / 86_400;
    let state = if days < SOON { "maybe" } else { "good" };
    (in_words(days), state)
}

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let now = ask.visitor()?.now;
    let secrets = desk.app.secrets.iter().map(|secret| {
        let (left, state) = left(now, secret.ends);
        Row {
            name: shown(&secret.name),
            mark: shown(&secret.hint),
            id: secret.id.to_string(),
            ends: day(secret.ends),
            left,
            state,
        }
    });
    let certificates = desk.app.certificates.iter().map(|kept| {
        let read = Certificate::read(kept.certificate.as_bytes());
        let (mark, ends, (left, state)) = match &read {
            Ok(read) => (
                read.thumbprint(),
                day(read.validity().1),
                left(now, read.validity().1),
            ),
            Err(_) => (
                "unreadable".to_owned(),
                "unknown".to_owned(),
                ("unknown".to_owned(), "bad"),
            ),
        };
        Row {
            name: shown(&kept.name),
            mark,
            id: kept.id.to_string(),
            ends,
            left,
            state,
        }
    });
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/secrets"),
        base: desk.at("/secrets"),
        secrets: secrets.collect(),
        certificates: certificates.collect(),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a registration's credentials, without values"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_soon_or_has_ended_is_seen() {
        let day = |n: i64| Timestamp::from_seconds(n * 86_400);
        assert_eq!(left(day(0), day(730)), ("730 days".to_owned(), "good"));
        assert_eq!(left(day(0), day(29)), ("29 days".to_owned(), "maybe"));
        assert_eq!(left(day(0), day(1)), ("1 day".to_owned(), "maybe"));
        assert_eq!(
            left(Timestamp::from_seconds(1), day(1)),
            ("less than a day".to_owned(), "maybe")
        );
        assert_eq!(left(day(1), day(1)), ("Expired".to_owned(), "bad"));
    }
}
