//! What stands at `https://localhost:8443/`: that this is a stand-in, and where everything is.

use std::sync::Arc;

use evidence::Decision;
use http::StatusCode;
use types::Host;
use wire::{Answer, Call};

use crate::{
    edge::{Handled, Pages, Service},
    state::State,
};

/// The page, and the way to all others on `localhost`.
pub(crate) struct Landing {
    pub(crate) state: Arc<State>,
    pub(crate) pages: Option<Pages>,
}

impl Service for Landing {
    fn owns(&self, host: &Host) -> bool {
        host.as_str() == "localhost"
    }

    fn most_body(&self, path: &str) -> usize {
        self.pages.as_ref().map_or(0, |pages| pages.0.most_body(path))
    }

    fn handle<'a>(&'a self, call: &'a Call) -> Handled<'a> {
        let answered = if call.path == "/" {
            (
                Answer::html(StatusCode::OK, page(&self.state, self.pages.is_some())),
                Decision::served("the landing page"),
            )
        } else if let Some(pages) = &self.pages {
            return pages.0.handle(call);
        } else {
            let text = "404: nothing here; the page at / lists what the stand-in answers to.\n";
            let answer = Answer::new(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text);
            (
                answer,
                Decision::refused(format!(
                    "there is no {} on localhost",
                    crate::edge::printable(&call.path, 200)
                )),
            )
        };
        Box::pin(async move { answered })
    }
}

fn page(state: &State, has_pages: bool) -> String {
    let explain = if has_pages {
        "<li>What an error means: <a href=\"/explain\">paste it</a>, or search <a href=\"/causes\">the causes</a>"
    } else {
        ""
    };
    let ready = &state.ready;
    let mut rows = String::new();
    for organization in &ready.organizations {
        rows.push_str(&format!(
            "<tr><td>{}<td><a href=\"{url}\">{url}</a><td>{}<td>{}<td>{}",
            escape(&organization.name),
            escape(&organization.region),
            escape(&organization.state),
            escape(&organization.note),
            url = escape(&organization.url),
        ));
    }
    let sign_in = format!("https://login.microsoftonline.com.localhost:{}/", state.port);
    let openapi = format!("{}/openapi.json", ready.control);
    let [ca, proxy, world] =
        [&ready.ca.display().to_string(), &ready.proxy, &ready.world].map(|text| escape(text));
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Keyway stand-in</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         strong{{background:#ffd54a;color:#000;padding:.2rem .5rem}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0;overflow-wrap:anywhere;vertical-align:top}}</style>\
         <h1><strong>This is a stand-in</strong></h1>\
         <p>Keyway plays Microsoft's sign-in, discovery and Dynamics 365 organizations here, for tests. Nothing on \
         this machine's port {port} is Microsoft's, nothing in it is real, and its passwords are published. Never type a \
         real password here.\
         <h2>Where everything is</h2><ul>\
         <li>Sign-in: <a href=\"{sign_in}\">{sign_in}</a>\
         <li>Control API: <a href=\"{openapi}\">{openapi}</a>\
         <li>Proxy that answers for the true names: <code>{proxy}</code>\
         <li>Certificate authority: <code>{ca}</code>{explain}</ul>\
         <h2>Organizations of the world \u{201c}{world}\u{201d}</h2>\
         <table><tr><th>Name<th>Address<th>Region<th>State<th>Note{rows}</table>\
         <p>Users, passwords and client secrets stand in the ready file: <code>keyway serve env</code>, or \
         <a href=\"{control}/ready\">{control}/ready</a>.\n",
        port = state.port,
        control = escape(&ready.control),
    )
}

/// Text as HTML, in an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(
            super::escape("<b a='1'>&\""),
            "&lt;b a=&#39;1&#39;&gt;&amp;&quot;"
        );
    }
}
