//! Reads how tests ended: the log of `cargo test`, and JUnit files.

use std::collections::BTreeMap;

/// How a test ended the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// It passed.
    Passed,
    /// There is no trace of it.
    NotRun,
    /// It failed or was skipped, which is no better.
    Failed,
}

impl Ending {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotRun => "not run",
            Self::Failed => "FAILED",
        }
    }
}

/// Reads the output of `cargo test`, by the name of the function alone: the log does not say the package of an
/// integration test. Where several tests share a name, the worst ending counts.
pub(super) fn of_cargo(log: &str) -> BTreeMap<String, Ending> {
    let mut endings = BTreeMap::new();
    for (test, ending) in log.lines().filter_map(|line| ending_of(line.trim())) {
        let function = test.rsplit("::").next().unwrap_or_default().to_owned();
        let known = endings.entry(function).or_insert(ending);
        *known = (*known).max(ending);
    }
    endings
}

/// `test sql::tests::name ... ok`.
fn ending_of(line: &str) -> Option<(&str, Ending)> {
    let (test, ending) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let test = test.trim_end_matches(" - should panic");
    Some((
        test,
        if ending.starts_with("ok") {
            Ending::Passed
        } else {
            Ending::Failed
        },
    ))
}

/// A test case of a JUnit file.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) rows: Vec<String>,
    pub(super) ending: Ending,
}

/// Reads a JUnit file. Rows stand in a property `rows` (pytest) or at the end of the name (Node).
pub(super) fn of_junit(xml: &str) -> Result<Vec<Case>, roxmltree::Error> {
    let document = roxmltree::Document::parse(xml)?;
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    Ok(cases.map(case).collect())
}

fn case(node: roxmltree::Node<'_, '_>) -> Case {
    let name = node.attribute("name").unwrap_or_default();
    let property = node
        .descendants()
        .find(|n| n.has_tag_name("property") && n.attribute("name") == Some("rows"))
        .and_then(|n| n.attribute("value"));
    let in_name = name
        .split_once("[rows: ")
        .and_then(|(_, rest)| rest.split(']').next());
    let rows = property.or(in_name).unwrap_or_default();
    let bad = node.children().any(|n| {
        ["failure", "error", "skipped"]
            .iter()
            .any(|tag| n.has_tag_name(*tag))
    });
    Case {
        name: match node.attribute("classname") {
            Some(class) => format!("{class}::{name}"),
            None => name.to_owned(),
        },
        rows: rows
            .split([',', ' '])
            .filter(|row| !row.is_empty())
            .map(str::to_owned)
            .collect(),
        ending: if bad { Ending::Failed } else { Ending::Passed },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cargo_log() {
        let log = "
     Running unittests src/lib.rs (target/debug/deps/store-0123456789abcdef)

running 3 tests
test sql::tests::same ... ok
test tests::same ... FAILED
test tests::other - should panic ... ok
     Running tests/layers.rs (target/debug/deps/layers-0123456789abcdef)
test layers_hold ... ok
test result: ok. 1 passed; 0 failed
";
        let endings: Vec<_> = of_cargo(log).into_iter().collect();
        assert_eq!(
            endings,
            [
                ("layers_hold".to_owned(), Ending::Passed),
                ("other".to_owned(), Ending::Passed),
                ("same".to_owned(), Ending::Failed),
            ]
        );
    }

    #[test]
    fn junit_of_pytest_and_of_node() {
        let xml = r#"<testsuites><testsuite>
            <testcase classname="test_msal" name="test_secret"><properties><property name="rows" value="004-10,004-12"/></properties></testcase>
            <testcase classname="test" name="signs in [rows: 003-20 003-24]"><failure message="no"/></testcase>
            <testcase name="left out"><skipped/></testcase>
        </testsuite></testsuites>"#;
        let cases = of_junit(xml).unwrap();
        assert_eq!(
            (cases[0].rows.join(" ").as_str(), cases[0].ending),
            ("004-10 004-12", Ending::Passed)
        );
        assert_eq!(
            (cases[1].rows.join(" ").as_str(), cases[1].ending),
            ("003-20 003-24", Ending::Failed)
        );
        assert_eq!((cases[2].rows.len(), cases[2].ending), (0, Ending::Failed));
    }
}
