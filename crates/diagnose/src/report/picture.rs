//! Where it broke, as a picture: the way from this machine to the role, each station with its outcome (SVG 1.1).
//!
//! It stands upright, so that it can be read on a telephone, and needs no color: every station carries a mark and a word,
//! and all of them stand in the description. A page may choose other colors by the classes. To add a station: its name in
//! `catalog::Station`, and how the steps begin that belong to it in [`BEGINNINGS`].

use std::fmt::Write as _;

use catalog::Station;
use evidence::{Place, Seen, Step};
use wire::markup::escape;

use super::Report;
use crate::diagnosis::Verdict;

/// How the steps of a station begin.
const BEGINNINGS: [(Station, &[&str]); 9] = [
    (
        Station::Machine,
        &["read the address", "compare the", "use the kept sign-in"],
    ),
    (Station::Proxy, &["proxy "]),
    (
        Station::Name,
        &["resolve ", "ask the name server", "ask a name server"],
    ),
    (Station::Connection, &["connect to"]),
    (Station::Tls, &["TLS with", "offer ", "read the certificates"]),
    (
        Station::SignIn,
        &[
            "read the sign-in",
            "ask for the sign-in hosts",
            "fill in the sign-in form",
            "POST ",
            "read the token",
            "find the federation",
            "read the federation",
        ],
    ),
    (Station::Discovery, &["find "]),
    (
        Station::Organization,
        &[
            "read the challenge",
            "follow the redirect",
            "come back with the kept session",
            "look for the cookie",
            "read the page",
            "read the authentication",
            "read the organization",
            "GET ",
        ],
    ),
    (Station::Role, &["read the user"]),
];

/// What a station shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It worked.
    Passed,
    /// It comes before the one that broke; nothing else is known of it.
    Before,
    /// It broke here.
    Broken,
    /// Nobody came by.
    Unseen,
}

/// How a state is drawn and told.
struct Look {
    class: &'static str,
    mark: &'static str,
    word: &'static str,
    fill: &'static str,
    rim: &'static str,
    ink: &'static str,
}

impl State {
    const fn look(self) -> Look {
        match self {
            Self::Passed => Look {
                class: "passed",
                mark: "\u{2713}",
                word: "works",
                fill: "#d7f0dc",
                rim: "#0b5a1e",
                ink: "#0b5a1e",
            },
            Self::Before => Look {
                class: "before",
                mark: "\u{2193}",
                word: "comes before",
                fill: "#f1f1f1",
                rim: "#595959",
                ink: "#595959",
            },
            Self::Broken => Look {
                class: "broken",
                mark: "\u{2715}",
                word: "broken",
                fill: "#b3261e",
                rim: "#b3261e",
                ink: "#ffffff",
            },
            Self::Unseen => Look {
                class: "ahead",
                mark: "\u{00b7}",
                word: "not reached",
                fill: "#f1f1f1",
                rim: "#595959",
                ink: "#595959",
            },
        }
    }
}

/// As wide as the narrowest screen.
const WIDTH: usize = 320;
/// From one station to the next.
const ROW: usize = 36;
/// From one line of words to the next.
const LINE: usize = 18;
/// The widest line of words, in characters.
const COLUMNS: usize = 40;

/// The picture, with its headline and what was seen where it broke.
pub fn picture(report: Report<'_>) -> String {
    let head = [
        report.subject.to_owned(),
        format!("{}: {}", report.verdict(), report.headline()),
    ];
    let seen = broken_step(report).map(|step| format!("{}: {}", step.what, step.seen.detail()));
    draw(&way(report), &head, seen.as_deref().unwrap_or_default())
}

/// The stations alone, for a page that tells the rest; none where no place is known.
pub fn stations(report: Report<'_>) -> Option<String> {
    let way = way(report);
    let is_known = way.iter().any(|(_, state)| *state != State::Unseen);
    is_known.then(|| draw(&way, &[], ""))
}

/// Each station with its state.
fn way(report: Report<'_>) -> Vec<(Station, State)> {
    let diagnosis = report.diagnosis;
    let steps: Vec<Station> = diagnosis.steps.iter().filter_map(station).collect();
    // A text shows no steps; where it broke is told by its cause.
    let is_text = diagnosis.steps.is_empty();
    let broken = match (is_text, diagnosis.verdict) {
        (false, _) => broken_step(report).and_then(station),
        (true, Verdict::CauseFound) => diagnosis.causes.first().map(|found| found.station),
        (true, _) => None,
    };
    let state = |at: Station| match broken {
        Some(broken) if broken == at => State::Broken,
        _ if steps.contains(&at) => State::Passed,
        Some(broken) if is_text && at < broken => State::Before,
        _ => State::Unseen,
    };
    // These stand in the way only where they were used.
    let is_rare = |at: Station| matches!(at, Station::Proxy | Station::Discovery | Station::Mailbox);
    Station::ALL
        .into_iter()
        .map(|at| (at, state(at)))
        .filter(|(at, state)| !is_rare(*at) || matches!(state, State::Passed | State::Broken))
        .collect()
}

/// The step at which it broke: the first proof of the first cause, else the first step that failed.
fn broken_step(report: Report<'_>) -> Option<&Step> {
    let diagnosis = report.diagnosis;
    if diagnosis.verdict == Verdict::Healthy {
        return None;
    }
    let failed = || {
        let steps = diagnosis.steps.iter().enumerate();
        steps.filter(|(_, step)| matches!(step.seen, Seen::Failed(_)))
    };
    let proofs = diagnosis.causes.first().map_or(&[][..], |cause| &cause.evidence);
    let is_proof = |at: usize| proofs.iter().any(|fact| fact.place == Place::Step(at));
    let first = failed().find(|(at, _)| is_proof(*at)).or_else(|| failed().next());
    first.map(|(_, step)| step)
}

/// The station that a step belongs to.
fn station(step: &Step) -> Option<Station> {
    let what = step.what.as_str();
    let requests = [
        (".well-known/", Station::SignIn),
        ("/userrealm/", Station::SignIn),
        ("/authorize", Station::SignIn),
        ("/api/discovery/", Station::Discovery),
        ("/systemusers(", Station::Role),
    ];
    if what.starts_with("GET ")
        && let Some((_, station)) = requests.iter().find(|(mark, _)| what.contains(mark))
    {
        return Some(*station);
    }
    BEGINNINGS
        .iter()
        .find(|(_, begins)| begins.iter().any(|begin| what.starts_with(begin)))
        .map(|(station, _)| *station)
}

/// The head, the stations, and below the one that broke what was seen there.
fn draw(way: &[(Station, State)], head: &[String], seen: &str) -> String {
    // Writing to a string cannot fail.
    let mut body = String::new();
    let mut y = 8;
    for (at, text) in head.iter().enumerate() {
        let weight = if at == 0 { " font-weight=\"bold\"" } else { "" };
        for line in wrap(text) {
            y += LINE;
            let _ = writeln!(body, "<text x=\"12\" y=\"{y}\"{weight}>{}</text>", escape(&line));
        }
    }
    let mut before = None;
    for (station, state) in way {
        y += before.map_or(24, |_| ROW);
        let look = state.look();
        let _ = writeln!(body, "<g class=\"{}\">", look.class);
        if let Some(before) = before {
            let dash = match state {
                State::Unseen => " stroke-dasharray=\"4 4\"",
                _ => "",
            };
            let (from, to) = (before + 14, y - 14);
            let _ = writeln!(
                body,
                "<line x1=\"28\" y1=\"{from}\" x2=\"28\" y2=\"{to}\" stroke=\"#767676\" stroke-width=\"2\"{dash}/>"
            );
        }
        let weight = match state {
            State::Broken => " font-weight=\"bold\"",
            _ => "",
        };
        let _ = writeln!(
            body,
            "<circle cx=\"28\" cy=\"{y}\" r=\"12\" fill=\"{}\" stroke=\"{}\"/>\n\
             <text class=\"mark\" x=\"28\" y=\"{base}\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n\
             <text x=\"52\" y=\"{base}\"{weight}>{}: {}</text>",
            look.fill,
            look.rim,
            look.ink,
            look.mark,
            station.name(),
            look.word,
            base = y + 5,
        );
        before = Some(y);
        if *state == State::Broken {
            for line in wrap(seen) {
                y += LINE;
                let _ = writeln!(body, "<text x=\"52\" y=\"{}\">{}</text>", y + 5, escape(&line));
            }
        }
        body.push_str("</g>\n");
    }
    let height = y + 24;
    let title = match way.iter().find(|(_, state)| *state == State::Broken) {
        Some((station, _)) => format!("Where it broke: {}", station.name()),
        None => "The way to the organization".to_owned(),
    };
    let told = way
        .iter()
        .map(|(station, state)| format!("{}: {}", station.name(), state.look().word));
    let told = told.collect::<Vec<_>>().join(", ");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"way\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"way-title way-told\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#1b1b1b\">\n\
         <title id=\"way-title\">{title}</title>\n<desc id=\"way-told\">{told}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

/// The words in lines; a word that is too long for one goes on in the next.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut width = COLUMNS;
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        for piece in word.chunks(COLUMNS) {
            if width + 1 + piece.len() > COLUMNS {
                lines.push(String::new());
                width = 0;
            }
            if let Some(line) = lines.last_mut() {
                if width > 0 {
                    line.push(' ');
                    width += 1;
                }
                line.extend(piece);
                width += piece.len();
            }
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

    #[test]
    fn a_text_shows_the_station_of_its_cause() {
        let explainer = Explainer::new(Catalog::embedded());
        let of = |text: &str| {
            let diagnosis = explainer
                .explain(text.as_bytes(), Timestamp::from_seconds(0))
                .unwrap();
            stations(Report {
                subject: "text",
                diagnosis: &diagnosis,
            })
        };
        let svg = of("AADSTS50053: The account is locked.").unwrap();
        for part in [
            "<title id=\"way-title\">Where it broke: Sign-in</title>",
            "TLS: comes before, Sign-in: broken, Organization: not reached",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(of("Nothing of interest happened here."), None);
    }

    #[test]
    fn words_are_kept_within_the_picture() {
        let long = format!("a {} b", "x".repeat(COLUMNS + 3));
        assert_eq!(wrap(&long), ["a", &"x".repeat(COLUMNS), "xxx b"]);
        assert!(wrap("").is_empty());
    }
}
