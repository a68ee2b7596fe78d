//! The rule of the house: a room uses only rooms below it. docs/architecture.md draws it.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the library, from the ground up.
const ROOMS: [&str; 9] = [
    "error", "math", "memory", "files", "images", "data", "network", "training", "storage",
];

/// Neighbours: neither uses the other.
const NEIGHBOURS: [&str; 2] = ["data", "network"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The room of a name, where it is one.
fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|&it| it == room)
}

/// The rooms that a line of code names, comments and their links left out.
fn rooms_named(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let paths = code.split("crate::").skip(1);
    paths
        .map(|path| {
            path.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        })
        .collect()
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut upward = Vec::new();
    let mut seen = 0;
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let first = inside.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        let Some(here) = floor(room) else {
            assert!(
                ["cli", "lib", "main"].contains(&room),
                "{} is in no room",
                inside.display()
            );
            continue;
        };
        for (index, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            for named in rooms_named(line) {
                let at = || format!("src/{}:{}: {}", inside.display(), index + 1, line.trim());
                let Some(there) = floor(named) else {
                    upward.push(format!(
                        "{} (imports by its full path, not from the crate's root)",
                        at()
                    ));
                    continue;
                };
                seen += 1;
                let are_neighbours = named != room && [named, room].iter().all(|it| NEIGHBOURS.contains(it));
                if there > here || are_neighbours {
                    upward.push(at());
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} imports were found");
    assert!(
        upward.is_empty(),
        "{} imports run upward:\n{}",
        upward.len(),
        upward.join("\n")
    );
}
