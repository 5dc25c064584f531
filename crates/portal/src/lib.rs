//! The pages: what a person without a terminal sees.
//!
//! One folder for each page: `mod.rs` is its route, `view.rs` what it shows, `template.html` how, `samples/` what its
//! tests render. No page needs a script, a sign-in or another host; `shell` puts on what all of them carry. To add one:
//! a folder, and its line in [`PAGES`].

mod cause;
mod causes;
mod explain;
mod rate;
mod shell;
mod text;
mod upload;

use std::sync::Arc;

use catalog::Catalog;
use evidence::Decision;
use http::{Method, StatusCode, header};
use standin::edge::{Handled, Service};
use types::{Clock, Host};
use wire::{Answer, Call};

/// A page, or a file that pages need.
pub struct Page {
    /// Where it stands; `*` at the end is one more segment.
    pub path: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The largest body it takes, in bytes; one that takes none is only read.
    most_body: usize,
    handle: for<'a> fn(&'a Portal, &'a Call) -> Handled<'a>,
}

/// Every page.
pub const PAGES: &[Page] = &[
    explain::PAGE,
    causes::PAGE,
    cause::PAGE,
    shell::STYLE,
    shell::SCRIPT,
];

/// The pages, ready to answer on `localhost`.
pub struct Portal {
    catalog: &'static Catalog,
    explain: explain::Desk,
}

impl Portal {
    /// By the catalog that the binary carries. `clock` judges what expires, and how often somebody asks.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            catalog: Catalog::embedded(),
            explain: explain::Desk::new(clock),
        }
    }
}

impl Page {
    fn at(path: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.is_at(path))
    }

    fn is_at(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(start) => path
                .strip_prefix(start)
                .is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
            None => path == self.path,
        }
    }
}

impl Service for Portal {
    fn owns(&self, host: &Host) -> bool {
        host.as_str() == "localhost"
    }

    fn most_body(&self, path: &str) -> usize {
        Page::at(path).map_or(0, |page| page.most_body)
    }

    fn handle<'a>(&'a self, call: &'a Call) -> Handled<'a> {
        let Some(page) = Page::at(&call.path) else {
            return ready(shell::missing("There is no such page"));
        };
        let reads = call.method == Method::GET || call.method == Method::HEAD;
        if reads || (page.most_body > 0 && call.method == Method::POST) {
            return (page.handle)(self, call);
        }
        let allowed = if page.most_body > 0 {
            "GET, HEAD, POST"
        } else {
            "GET, HEAD"
        };
        let answer = Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with(header::ALLOW, allowed);
        ready((answer, Decision::refused("the page does not take this method")))
    }
}

/// What is known at once.
fn ready<'a>(answered: (Answer, Decision)) -> Handled<'a> {
    Box::pin(async move { answered })
}
