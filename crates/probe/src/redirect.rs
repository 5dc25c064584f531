//! Where redirects lead, and whether they ever end.

use std::{collections::HashMap, time::Duration};

use evidence::{Findings, Kind, Seen};
use net::Response;
use types::Stopwatch;

use crate::{Probe, World, ask};

pub(crate) const PROBE: Probe = Probe {
    name: "redirect",
    about: "redirects where data is due: where they lead, and loops",
    needs: "an HTTP answer",
};

/// How many redirects are followed.
const MOST: usize = 20;
/// How long following may take in all: every redirect alone may be slow.
const BUDGET: Duration = Duration::from_secs(30);
/// How often one address leads to the same other one in a loop.
const ROUNDS: usize = 3;

/// Follows the redirect of `first`, the answer of `url`. Nothing but the address is sent.
pub(crate) async fn follow(world: &World<'_>, url: &str, first: &Response, findings: &mut Findings) {
    world.begins(&PROBE);
    let mut pairs: HashMap<(String, String), usize> = HashMap::new();
    let (mut from, mut location) = (url.to_owned(), first.header("location").map(ToOwned::to_owned));
    let watch = Stopwatch::start();
    for _ in 0..MOST {
        if watch.elapsed() > BUDGET {
            break;
        }
        let Some(to) = location.and_then(|to| absolute(&from, &to)) else {
            break;
        };
        let count = pairs.entry((bare(&from), bare(&to))).or_default();
        *count += 1;
        if *count == ROUNDS {
            let text = format!("{} and {} lead to each other without end", bare(&from), bare(&to));
            findings.step("follow the redirects", Seen::Failed(text), Duration::ZERO);
            findings.see(Kind::Http, "redirect-loop");
            return;
        }
        if !to.starts_with("https://") {
            let text = format!("it leads to {}, which is not https", bare(&to));
            findings.step("follow the redirects", Seen::Failed(text), Duration::ZERO);
            findings.see(Kind::Url, "plain-http");
            return;
        }
        let Some(response) = ask::get(world, &to, None, findings).await else {
            return;
        };
        location = response
            .status
            .is_redirection()
            .then(|| response.header("location").map(ToOwned::to_owned))
            .flatten();
        if location.is_none() {
            let text = format!("they end at {} with HTTP {}", bare(&to), response.status);
            findings.step("follow the redirects", Seen::Failed(text), Duration::ZERO);
            ask::refused(&response, findings);
            findings.see(Kind::Http, "redirect-instead-of-challenge");
            return;
        }
        from = to;
    }
    let text = format!(
        "they lead nowhere, or did not end after {MOST} of them or {} s",
        BUDGET.as_secs()
    );
    findings.step("follow the redirects", Seen::Failed(text), watch.elapsed());
}

/// Without what changes from round to round, and without what may be secret.
fn bare(url: &str) -> String {
    url.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn absolute(from: &str, to: &str) -> Option<String> {
    if to.contains("://") {
        return Some(to.to_owned());
    }
    let (scheme, rest) = from.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    match (to.strip_prefix("//"), to.strip_prefix('/')) {
        (Some(other), _) => Some(format!("{scheme}://{other}")),
        (None, Some(path)) => Some(format!("{scheme}://{host}/{path}")),
        (None, None) => {
            let folder = rest
                .split(['?', '#'])
                .next()?
                .rsplit_once('/')
                .map_or(host, |(dir, _)| dir);
            Some(format!("{scheme}://{folder}/{to}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn every_form_of_a_location() {
        let from = "https://a.example/x/y?z=1";
        for (to, whole) in [
            ("https://b.example/", "https://b.example/"),
            ("//b.example/", "https://b.example/"),
            ("/q", "https://a.example/q"),
            ("q", "https://a.example/x/q"),
        ] {
            assert_eq!(absolute(from, to).as_deref(), Some(whole), "{to}");
        }
    }
}
