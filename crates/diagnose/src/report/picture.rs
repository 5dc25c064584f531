//! Where it broke, as a picture: the way from this machine to the role, each station with its outcome (SVG 1.1).
//!
//! Readable without color: every station carries a mark and the words stand in the title, too. To add a station: its
//! line in [`STATIONS`], in the order of the way.

use std::fmt::Write as _;

use evidence::{Place, Seen, Step};

use super::{Report, xml};
use crate::diagnosis::Verdict;

/// A station of the way: its name, and how the steps begin that belong to it.
const STATIONS: [(&str, &[&str]); 9] = [
    (
        "This machine",
        &["read the address", "compare the", "use the kept sign-in"],
    ),
    ("Proxy", &["proxy "]),
    ("Name", &["resolve ", "ask the name server"]),
    ("Connection", &["connect to"]),
    ("TLS", &["TLS with", "offer ", "read the certificates"]),
    (
        "Sign-in",
        &[
            "read the sign-in",
            "POST ",
            "read the token",
            "find the federation",
            "read the federation",
        ],
    ),
    ("Discovery", &["find "]),
    (
        "Organization",
        &[
            "read the challenge",
            "follow the redirects",
            "read the authentication",
            "read the organization",
            "GET ",
        ],
    ),
    ("Role", &["read the user"]),
];

/// What a station shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody came by.
    Unseen,
    /// It worked.
    Passed,
    /// It broke here.
    Broken,
}

const WIDTH: usize = 960;
const TOP: usize = 84;
/// The widest line below the stations, in characters.
const COLUMNS: usize = 110;

/// The picture. A diagnosis without steps has only its headline.
pub fn picture(report: Report<'_>) -> String {
    let steps: Vec<&Step> = report.diagnosis.steps.iter().collect();
    let broken = where_broken(report, &steps);
    let broken_station = broken.and_then(|at| steps.get(at)).and_then(|step| station(step));
    let shown: Vec<(&str, State)> = STATIONS
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let seen = steps.iter().any(|step| station(step) == Some(at));
            let state = match seen {
                _ if broken_station == Some(at) => State::Broken,
                true => State::Passed,
                false => State::Unseen,
            };
            (*name, state)
        })
        // A proxy and discovery stand in the way only where they were used.
        .filter(|(name, state)| *state != State::Unseen || !["Proxy", "Discovery"].contains(name))
        .collect();
    let mut lines = vec![format!("{}: {}", report.verdict(), report.headline())];
    if let Some(step) = broken.and_then(|at| steps.get(at)) {
        let (Seen::Ok(detail) | Seen::Failed(detail) | Seen::Skipped(detail)) = &step.seen;
        lines.push(format!("{}: {detail}", step.what));
    }
    draw(report.subject, &shown, &lines)
}

/// The step at which it broke: the first proof of the first cause, else the first step that failed.
fn where_broken(report: Report<'_>, steps: &[&Step]) -> Option<usize> {
    let diagnosis = report.diagnosis;
    if diagnosis.verdict == Verdict::Healthy {
        return None;
    }
    let failed = steps.iter().position(|step| matches!(step.seen, Seen::Failed(_)));
    let proof = diagnosis.causes.first().and_then(|cause| {
        let places = cause.evidence.iter().filter_map(|fact| match fact.place {
            Place::Step(at) => Some(at),
            Place::Line(_) => None,
        });
        places
            .filter(|at| {
                steps
                    .get(*at)
                    .is_some_and(|step| matches!(step.seen, Seen::Failed(_)))
            })
            .min()
    });
    proof.or(failed)
}

/// The station that a step belongs to.
fn station(step: &Step) -> Option<usize> {
    let what = step.what.as_str();
    let requests = [
        (".well-known/", "Sign-in"),
        ("/userrealm/", "Sign-in"),
        ("/api/discovery/", "Discovery"),
        ("/systemusers(", "Role"),
    ];
    if what.starts_with("GET ")
        && let Some((_, name)) = requests.iter().find(|(mark, _)| what.contains(mark))
    {
        return STATIONS.iter().position(|(station, _)| station == name);
    }
    STATIONS
        .iter()
        .position(|(_, begins)| begins.iter().any(|begin| what.starts_with(begin)))
}

fn draw(subject: &str, stations: &[(&str, State)], lines: &[String]) -> String {
    let wrapped: Vec<String> = lines.iter().flat_map(|line| wrap(line)).collect();
    let height = TOP + 64 + 18 * wrapped.len();
    let mut out = String::new();
    let alternative = stations
        .iter()
        .map(|(name, state)| format!("{name}: {}", word(*state)));
    let alternative = alternative.collect::<Vec<_>>().join(", ");
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"24\" y=\"28\" font-size=\"15\" font-weight=\"bold\" fill=\"#1b1b1b\">{}</text>",
        xml(&format!("The way to {subject}")),
        xml(&alternative),
        xml(subject)
    );
    let gap = (WIDTH - 120) / stations.len().saturating_sub(1).max(1);
    for (at, (name, state)) in stations.iter().enumerate() {
        let x = 60 + at * gap;
        if at > 0 {
            let dash = if *state == State::Unseen {
                " stroke-dasharray=\"4 4\""
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "<line x1=\"{}\" y1=\"{TOP}\" x2=\"{}\" y2=\"{TOP}\" stroke=\"#767676\" stroke-width=\"2\"{dash}/>",
                x - gap + 16,
                x - 16
            );
        }
        let (fill, ink, mark) = match state {
            State::Passed => ("#d7f0dc", "#0b5a1e", "\u{2713}"),
            State::Broken => ("#b3261e", "#ffffff", "\u{2715}"),
            State::Unseen => ("#f1f1f1", "#595959", "\u{00b7}"),
        };
        let weight = if *state == State::Broken {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"{TOP}\" r=\"14\" fill=\"{fill}\" stroke=\"{ink}\"/>\n\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\" font-weight=\"bold\">{mark}</text>\n\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#1b1b1b\"{weight}>{name}</text>",
            TOP + 5,
            TOP + 34
        );
    }
    for (at, line) in wrapped.iter().enumerate() {
        let _ = writeln!(
            out,
            "<text x=\"24\" y=\"{}\" fill=\"#1b1b1b\">{}</text>",
            TOP + 68 + 18 * at,
            xml(line)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn word(state: State) -> &'static str {
    match state {
        State::Unseen => "not reached",
        State::Passed => "works",
        State::Broken => "broken",
    }
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + word.chars().count() >= COLUMNS);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word.chars().take(COLUMNS));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use catalog::Catalog;
    use evidence::{Findings, Kind};
    use types::Timestamp;

    use super::*;
    use crate::Explainer;

    #[test]
    fn it_shows_where_it_broke() {
        let mut findings = Findings::default();
        let fine = || Seen::Ok("fine".to_owned());
        findings.step("read the address x", fine(), Duration::ZERO);
        findings.see(Kind::Url, "organization-online");
        findings.step("resolve x", fine(), Duration::ZERO);
        findings.step(
            "connect to x port 443",
            Seen::Failed("<refused> & \u{1b}".to_owned()),
            Duration::ZERO,
        );
        findings.see(Kind::Tcp, "refused");
        let explainer = Explainer::new(Catalog::embedded());
        let diagnosis = explainer.examined(&findings, Timestamp::from_seconds(0));
        let svg = picture(Report {
            subject: "x",
            diagnosis: &diagnosis,
        });
        for part in [
            "Name: works",
            "Connection: broken",
            "TLS: not reached",
            "&lt;refused&gt; &amp;",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(!svg.contains("Proxy") && !svg.contains('\u{1b}'), "{svg}");
    }
}
