//! Connections that are kept for the next request to the same server.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::task::JoinHandle;

use crate::target::Target;

/// An open connection that speaks HTTP; dropping it closes it.
pub(crate) struct Line {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Line {
    pub(crate) fn new(sender: SendRequest<Full<Bytes>>, driver: JoinHandle<()>) -> Self {
        Self { sender, driver }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Idle connections by server.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<(bool, String), Vec<Line>>>);

impl Kept {
    /// One that the server had not closed when it was last looked at.
    pub(crate) fn take(&self, target: &Target) -> Option<Line> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = all.get_mut(&(target.tls, target.authority()))?;
        while let Some(line) = lines.pop() {
            if !line.sender.is_closed() {
                return Some(line);
            }
        }
        None
    }

    /// Keeps one whose answer was read to its end.
    pub(crate) fn give(&self, target: &Target, line: Line) {
        if line.sender.is_closed() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((target.tls, target.authority()))
            .or_default()
            .push(line);
    }
}
