//! Going round: the same two addresses that lead to each other again and again, and the cookie that is to blame.

use std::time::Duration;

use evidence::{Findings, Kind, Seen};

use super::jar::Became;

/// How often one address leads to the same other one in a circle.
const ROUNDS: usize = 3;

/// One address that was opened.
pub(super) struct Stop {
    /// Without its query, which changes from round to round.
    pub(super) address: String,
    pub(super) host: String,
    /// Whether somebody was asked to sign in there.
    pub(super) signs_in: bool,
    /// The names of the cookies that were sent.
    pub(super) sent: Vec<String>,
    /// The cookies that were set, and what became of them.
    pub(super) set: Vec<(String, Became)>,
}

/// A circle.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// The two addresses, and how often the first led to the second.
    between: (String, String),
    times: usize,
    /// What the site's cookie does.
    cookie: Cookie,
    /// The site.
    site: String,
}

/// What a site's cookie does that is set in every round.
#[derive(Debug, PartialEq, Eq)]
enum Cookie {
    /// It does not come back, and why.
    Lost(String, String),
    /// It comes back, and is set again.
    NotTaken(String),
    /// There is none.
    None,
}

impl Circle {
    /// Tells it, and its cookie.
    pub(super) fn tell(&self, findings: &mut Findings) {
        let (from, to) = &self.between;
        let text = format!(
            "{from} and {to} lead to each other without end: {} times until here",
            self.times
        );
        findings.step("follow the redirects", Seen::Failed(text), Duration::ZERO);
        findings.see(Kind::Http, "redirect-loop");
        let site = &self.site;
        let (text, fact) = match &self.cookie {
            Cookie::Lost(name, why) => (
                format!(
                    "`{name}` of {site} does not come back, and no setting of a browser cures that: {why}"
                ),
                "cookie-lost",
            ),
            Cookie::NotTaken(name) => (
                format!("`{name}` comes back in every round, and {site} does not take it and sets it anew"),
                "cookie-not-taken",
            ),
            Cookie::None => (
                format!("{site} sets no cookie by which it would know the browser again"),
                "no-cookie",
            ),
        };
        findings.step(
            "look for the cookie of the session",
            Seen::Failed(text),
            Duration::ZERO,
        );
        findings.see(Kind::Http, fact);
    }
}

/// The circle in which the last stop is, if it is in one.
pub(super) fn find(trail: &[Stop]) -> Option<Circle> {
    let [.., from, to] = trail else { return None };
    let same = |pair: &&[Stop]| pair[0].address == from.address && pair[1].address == to.address;
    let times = trail.windows(2).filter(same).count();
    if times < ROUNDS {
        return None;
    }
    let site = if from.signs_in { to } else { from };
    Some(Circle {
        between: (from.address.clone(), to.address.clone()),
        times,
        cookie: cookie(trail, &site.host),
        site: site.host.clone(),
    })
}

/// What the cookie does that the site sets in more than one round.
fn cookie(trail: &[Stop], site: &str) -> Cookie {
    let here = || trail.iter().filter(|stop| stop.host == site);
    let mut found = Cookie::None;
    for (name, became) in here().flat_map(|stop| &stop.set).rev() {
        let again = here()
            .filter(|stop| stop.set.iter().any(|(known, _)| known == name))
            .count();
        if again < 2 {
            continue;
        }
        let came_back = here().any(|stop| stop.sent.contains(name));
        match became {
            Became::Refused(why) => return Cookie::Lost(name.clone(), why.clone()),
            Became::Kept(path) if !came_back => {
                return Cookie::Lost(
                    name.clone(),
                    format!("it is for `{path}`, and is sent nowhere else"),
                );
            }
            Became::Kept(_) => found = Cookie::NotTaken(name.clone()),
            Became::Removed => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(address: &str, sent: &[&str], set: &[(&str, Became)]) -> Stop {
        Stop {
            address: address.to_owned(),
            host: address.split('/').next().unwrap().to_owned(),
            signs_in: address.starts_with("login"),
            sent: sent.iter().map(|&name| name.to_owned()).collect(),
            set: set
                .iter()
                .map(|(name, became)| ((*name).to_owned(), became.clone()))
                .collect(),
        }
    }

    /// The rounds of somebody whose site sets `set` where they come back, and gets `sent`.
    fn rounds(many: usize, sent: &[&str], set: &[(&str, Became)]) -> Option<Circle> {
        let mut trail = Vec::new();
        for _ in 0..many {
            trail.push(stop("org/", sent, &[]));
            trail.push(stop(
                "login/authorize",
                &["sso"],
                &[("sso", Became::Kept("/".into()))],
            ));
            if find(&trail).is_some() {
                break;
            }
            trail.push(stop("org/callback", &[], set));
        }
        find(&trail)
    }

    #[test]
    fn three_rounds_are_a_circle_and_its_cookie_is_named() {
        let refused = [("visit", Became::Refused("it is crooked".into()))];
        assert_eq!(rounds(2, &[], &refused), None);
        let circle = rounds(9, &[], &refused).unwrap();
        assert_eq!((circle.times, circle.site.as_str()), (3, "org"));
        assert_eq!(circle.between, ("org/".to_owned(), "login/authorize".to_owned()));
        assert!(
            matches!(circle.cookie, Cookie::Lost(name, why) if name == "visit" && why.contains("crooked"))
        );
        let elsewhere = [("visit", Became::Kept("/callback".into()))];
        let lost = rounds(9, &[], &elsewhere).unwrap().cookie;
        assert!(matches!(lost, Cookie::Lost(_, why) if why.contains("`/callback`")));
        let kept = [("visit", Became::Kept("/".into()))];
        assert_eq!(
            rounds(9, &["visit"], &kept).unwrap().cookie,
            Cookie::NotTaken("visit".into())
        );
        assert_eq!(rounds(9, &[], &[]).unwrap().cookie, Cookie::None);
    }
}
