//! What stands on `localhost`: the pages, where whoever put the stand-in together brought some, and otherwise a word.

use std::sync::Arc;

use evidence::Decision;
use http::StatusCode;
use store::Ticket;
use types::Host;
use wire::{Answer, Call};

use crate::edge::{Handled, Service};

/// The stand-in's own name.
pub(crate) struct Landing {
    pub(crate) pages: Option<Arc<dyn Service>>,
}

impl Service for Landing {
    fn owns(&self, host: &Host) -> bool {
        host.as_str() == "localhost"
    }

    fn most_body(&self, path: &str) -> usize {
        self.pages.as_ref().map_or(0, |pages| pages.most_body(path))
    }

    fn handle<'a>(&'a self, call: &'a Call, granted: &'a mut Vec<Ticket>) -> Handled<'a> {
        if let Some(pages) = &self.pages {
            return pages.handle(call, granted);
        }
        let text = "This is a Keyway stand-in. It has no pages here; its control API is at /_keyway/v1/openapi.json.\n";
        let status = match call.path.as_str() {
            "/" => StatusCode::OK,
            _ => StatusCode::NOT_FOUND,
        };
        let answer = Answer::new(status, "text/plain; charset=utf-8", text);
        Box::pin(async move { (answer, Decision::served("that there are no pages")) })
    }
}
