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
