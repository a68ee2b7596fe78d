//! The rules of the house: a room uses only rooms below it, as docs/architecture.md draws it; and no function of the
//! platform's mathematical library decides a bit of a network, as docs/reproducibility.md promises.

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

/// Methods of `f32` and `f64` whose last bits differ between platforms.
const OF_THE_PLATFORM: [&str; 22] = [
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "cbrt", "hypot", "sin",
    "cos", "sin_cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "tanh",
];

/// The textbook's formulas, which the reference engine computes: its bits are not promised.
const TEXTBOOK: [&str; 2] = ["network/activation.rs", "network/output.rs"];

#[test]
fn no_function_of_the_platform_s_mathematical_library_decides_a_bit() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for room in ["math", "data", "network", "training"] {
        sources(&src.join(room), &mut files);
    }
    let mut found = Vec::new();
    let mut textbook = 0;
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        let inside = file.strip_prefix(&src).unwrap();
        let is_textbook = TEXTBOOK.iter().any(|it| inside.ends_with(it));
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().take_while(|line| !line.starts_with("mod tests"));
        for (index, line) in code.enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let calls = |name| {
                [
                    format!(".{name}("),
                    format!("F::{name}"),
                    format!("f32::{name}"),
                    format!("f64::{name}"),
                ]
            };
            let is_call = |call: &String| {
                let mut rests = code
                    .match_indices(call.as_str())
                    .map(|(at, _)| &code[at + call.len()..]);
                rests.any(|rest| {
                    call.ends_with('(') || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            };
            if OF_THE_PLATFORM.iter().flat_map(calls).any(|call| is_call(&call)) {
                match is_textbook {
                    true => textbook += 1,
                    false => found.push(format!("src/{}:{}: {}", inside.display(), index + 1, line.trim())),
                }
            }
        }
    }
    assert!(
        textbook >= 4,
        "only {textbook} calls are seen in the textbook's formulas"
    );
    assert!(
        found.is_empty(),
        "take the crate libm's, or plain arithmetic:\n{}",
        found.join("\n")
    );
}
