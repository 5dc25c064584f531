//! Holds the layer table of ARCHITECTURE.md against `cargo metadata`: a crate depends only on lower layers, and
//! the strangers stay strangers, in tests too.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// These see only what a client sees …
const STRANGERS: &[&str] = &["probe", "client", "diagnose", "net"];
/// … and so never reach these.
const SERVING: &[&str] = &["directory", "authority", "organization", "standin"];
/// What tests may use from any layer; it depends on none of the others.
const TESTKIT: &str = "testkit";

/// A crate and the crates of the workspace it depends on, in whatever way.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_table_lists_every_crate_once() {
    let table = table();
    let listed: BTreeSet<&str> = table.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(listed.len(), table.len(), "a crate stands twice");
    let graph = graph();
    let built: BTreeSet<&str> = graph.keys().map(String::as_str).collect();
    assert_eq!(
        listed, built,
        "ARCHITECTURE.md (left) and cargo metadata (right) list different crates"
    );
}

#[test]
fn a_crate_depends_only_on_lower_layers() {
    let layers: BTreeMap<_, _> = table().into_iter().collect();
    let mut wrong = Vec::new();
    for (name, dependencies) in graph() {
        // A crate without a layer is a tool: it may use all and nothing may use it.
        for dependency in dependencies.iter().filter(|d| *d != TESTKIT) {
            let fits = match (layers.get(&name), layers.get(dependency)) {
                (Some(None), _) => true,
                (Some(Some(upper)), Some(Some(lower))) => upper > lower,
                _ => false,
            };
            if !fits {
                wrong.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "against the layers of ARCHITECTURE.md: {}",
        wrong.join("; ")
    );
}

#[test]
fn strangers_never_reach_what_serves() {
    let graph = graph();
    for stranger in STRANGERS.iter().filter(|name| graph.contains_key(**name)) {
        let reached = reach(&graph, stranger);
        let met: Vec<_> = SERVING.iter().filter(|name| reached.contains(**name)).collect();
        assert!(met.is_empty(), "{stranger} reaches {met:?}");
    }
}

#[test]
fn testkit_depends_on_none_of_the_others() {
    assert_eq!(graph()[TESTKIT], BTreeSet::new());
}

/// Crate and layer, as ARCHITECTURE.md has them; no layer for tools.
fn table() -> Vec<(String, Option<u32>)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let (layer, name) = (cells.next()?, cells.next()?);
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), layer.parse().ok()))
    });
    rows.collect()
}

/// Dependencies among the workspace's crates: usual ones, those of builds and those of tests.
fn graph() -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            (
                name(package),
                dependencies
                    .iter()
                    .map(name)
                    .filter(|d| ours.contains(d))
                    .collect(),
            )
        })
        .collect()
}

fn reach(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in &graph[&name] {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}
