//! `/apps/{app}/expose`: the application as a resource: its Application ID URI and its scopes.

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
    text::shown,
    wrong::Wrong,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/expose",
    about: "Expose an API: Application ID URI and scopes",
    needs: Needs::Visitor,
    most_body: FORM,
    handle: |ask| Box::pin(answer(ask)),
};

#[derive(Template)]
#[template(path = "azure/expose/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    base: String,
    uri: String,
    /// As kept, and as shown.
    scopes: Vec<(String, String)>,
}

async fn answer(ask: &Ask<'_>) -> Reply {
    let desk = &Desk::open(ask).await?;
    ask.form(change(ask, desk), async |wrong| show(ask, desk, wrong))
        .await
}

async fn change(ask: &Ask<'_>, desk: &Desk) -> Reply {
    let (scope, mut exposes) = (ask.field("scope"), desk.app.exposes.clone());
    let (patch, notice) = match ask.field("what") {
        "uri" => {
            let uris: Vec<&str> = Some(ask.field("uri"))
                .filter(|uri| !uri.is_empty())
                .into_iter()
                .collect();
            (
                json!({ "identifier_uris": uris }),
                "The Application ID URI was saved.".to_owned(),
            )
        }
        "remove" => {
            exposes.remove(scope);
            let notice = format!("The scope {} was removed.", shown(scope));
            (json!({ "exposes": exposes }), notice)
        }
        _ if !is_scope(scope) => {
            return Err(Stop::wrong(
                "A scope cannot be called that",
                "Use up to 120 letters, digits, dots, hyphens and underscores, like access_as_user.",
            ));
        }
        _ => {
            exposes.insert(scope.to_owned());
            (
                json!({ "exposes": exposes }),
                format!("The scope {scope} was added."),
            )
        }
    };
    desk.act(ask, "changeApp", &patch).await?;
    Ok(ask.done(&desk.at("/expose"), notice))
}

fn show(ask: &Ask<'_>, desk: &Desk, wrong: Option<Wrong>) -> Reply {
    let app = &desk.app;
    let kept = app.identifier_uris.first().map(|uri| shown(uri));
    let typed = ask.field("uri");
    let view = View {
        menu: desk.menu("/expose"),
        base: desk.at("/expose"),
        uri: match (&wrong, kept) {
            (Some(_), _) if !typed.is_empty() => typed.to_owned(),
            (_, Some(uri)) => uri,
            (_, None) => format!("api://{}", app.id),
        },
        scopes: app
            .exposes
            .iter()
            .map(|scope| (scope.clone(), shown(scope)))
            .collect(),
        frame: ask.frame().with(wrong),
    };
    let decision = Decision::served("what an application exposes");
    shell::page(StatusCode::OK, &view, decision)
}

fn is_scope(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=120).contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::is_scope;

    #[test]
    fn scopes_have_plain_names() {
        assert!(is_scope("access_as_user") && is_scope("Files.Read-All"));
        for bad in ["", "a b", "a/b", "ä", "<script>", &"x".repeat(121)] {
            assert!(!is_scope(bad), "{bad}");
        }
    }
}
