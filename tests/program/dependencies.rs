//! docs/dependencies.md says of every dependency what it is for.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_has_its_line() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(project)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let dependencies = metadata["packages"][0]["dependencies"].as_array().unwrap();
    assert!(!dependencies.is_empty());
    let page = std::fs::read_to_string(project.join("docs/dependencies.md")).unwrap();
    let missing: Vec<&str> = dependencies
        .iter()
        .map(|dependency| dependency["name"].as_str().unwrap())
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// Other sources would not be checked.
#[test]
fn every_dependency_comes_from_the_registry() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock = std::fs::read_to_string(project.join(lock)).unwrap();
        let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
        let others: Vec<&str> = sources
            .filter(|source| !source.starts_with("\"registry+"))
            .collect();
        assert_eq!(others, [""; 0]);
    }
}
