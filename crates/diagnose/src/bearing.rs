//! Whether a text shows a failure of ours, or only speaks of one: as solved, planned, explained, asked about, in a list of
//! changes or in a program's source, or of another product. What it speaks of may be named, but is nobody's finding.

use evidence::{Fact, Facts, Kind};

/// So many different numbers of the sign-in service, with nothing that shows or logs one of them, are a list of them.
const LIST: usize = 3;

/// What keeps a text from showing a failure of ours.
pub(crate) fn doubt(facts: &Facts) -> Option<Fact> {
    let about = |what: &str| facts.get(Kind::About, what);
    let has = |kind: Kind| facts.of(kind).next().is_some();
    if let Some(solved) = about("solved") {
        return Some(solved.clone());
    }
    let is_ours = about("this-product").is_some()
        || has(Kind::Aadsts)
        || has(Kind::Client)
        || facts.of(Kind::Url).any(|url| is_ours(&url.value));
    if let (Some(other), false) = (about("another-product"), is_ours) {
        return Some(other.clone());
    }
    if let Some(quoted) = about("source").or(about("example")) {
        return Some(quoted.clone());
    }
    // A message, a trace, and the ids that stand under an error are not made up for a talk about it.
    let is_shown = about("shown").or(about("message")).is_some() || facts.of(Kind::Frame).nth(1).is_some();
    if is_shown {
        return None;
    }
    let has_code = [Kind::Aadsts, Kind::Code, Kind::OAuth, Kind::Exception]
        .into_iter()
        .any(has);
    let is_met = about("met").is_some();
    let told = ["explained", "changed"].into_iter().find_map(about);
    let planned = about("planned").or(about("mentioned")).filter(|_| !is_met);
    let asked = about("asked").filter(|_| !is_met && !has_code);
    told.or(planned).or(asked).cloned().or_else(|| {
        let is_list = about("logged").is_none();
        let last = facts.of(Kind::Aadsts).nth(LIST - 1).filter(|_| is_list)?;
        Some(Fact::new(Kind::About, "explained", last.place, &last.text))
    })
}

/// Addresses that only what is examined here has.
fn is_ours(url: &str) -> bool {
    let ours = [
        "organization",
        "discovery",
        "web-api",
        "sign-in",
        "federation",
        "region",
        "ews",
        "autodiscover",
        "redirector",
        "live-id",
        "missing-",
    ];
    ours.iter().any(|part| url.contains(part)) && !url.starts_with("on-premises")
}

/// What is told of it, for people.
pub(crate) fn words(about: &str) -> &'static str {
    match about {
        "solved" => "the text says that it is solved",
        "planned" => "the text speaks of a plan",
        "changed" => "the text lists changes of a program",
        "source" => "the text is a program's source or its test",
        "example" => "the text gives it as an example",
        "asked" => "the text asks how something is set up",
        "another-product" => "the text is about another product",
        _ => "the text explains errors and shows none",
    }
}

#[cfg(test)]
mod tests {
    use catalog::Catalog;
    use types::Timestamp;

    use crate::{Explainer, Verdict};

    #[test]
    fn what_is_only_spoken_of_is_possible_and_what_is_shown_is_found() {
        let explainer = Explainer::new(Catalog::embedded());
        let explain = |text: &str| {
            let diagnosis = explainer.explain(text.as_bytes(), Timestamp::from_seconds(0));
            diagnosis.expect("a diagnosis")
        };
        for shown in [
            "AADSTS50126",
            "We rotated nothing, and since today the job fails with AADSTS7000222.",
            "If I sign in, I get AADSTS50053: The account is locked.",
            "When a user signs in from home: AADSTS53003: Access has been blocked by Conditional Access.",
            "Changelog of the job\nAADSTS50126: no\nTrace ID: 1 Correlation ID: 2",
            "2026-11-22T10:00:00Z token failed AADSTS50126\n2026-11-22T10:00:05Z token failed AADSTS50053\n\
             2026-11-22T10:00:09Z token failed AADSTS50055\n2026-11-22T10:01:00Z token failed AADSTS50057",
        ] {
            assert_eq!(explain(shown).verdict, Verdict::CauseFound, "{shown}");
        }
        for told in [
            "Turned out it was AADSTS50126, the old password in the service. Trace ID: 1",
            "Next week we will rotate the secret, so that nobody meets AADSTS7000222.",
            "Release notes: AADSTS50053 is now reported once.",
            "If the job logs AADSTS7000222, create a new secret.",
            "With the new policy every sign-in of a guest is interrupted by AADSTS50079.",
            "Logged as an example: \"AADSTS50126: wrong\", for example AADSTS50126: Wrong user name or password.",
            "AADSTS50053 locked, AADSTS50055 expired, AADSTS50126 wrong",
            "docs: AADSTS50126 means a wrong password; AADSTS50053 means that the account is locked",
            "2024-05-01 AADSTS50126 wrong\n2024-05-02 AADSTS50053 locked\n2024-05-03 AADSTS50055 expired",
            "I forgot my gmail password",
            "I have lost my password for my account with Netflix",
            "NXDOMAIN for printer01.corp.local",
            "kinit: Clock skew too great while getting initial credentials",
            "The certificate of our shop behind nginx has expired: certificate has expired",
            "[Fact] public void Reads_AADSTS50126() { Assert.Equal(1, Read(\"AADSTS50126\")); }",
        ] {
            let diagnosis = explain(told);
            assert_eq!(diagnosis.verdict, Verdict::Unknown, "{told}");
            assert!(!diagnosis.causes.is_empty(), "{told}");
        }
        let other = explain("psql: error: certificate verify failed: self signed certificate");
        assert_eq!(other.verdict, Verdict::Unknown);
        let report = crate::report::text(crate::report::Report {
            subject: "text",
            diagnosis: &other,
        });
        assert!(report.contains("text is about another product"), "{report}");
    }
}
