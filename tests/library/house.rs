//! The rules of the architecture: a room uses only rooms below it (docs/architecture.md), and no function of the
//! platform's mathematical library decides a bit of a network (docs/reproducibility.md).

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the library, from the ground up.
const ROOMS: [&str; 9] = [
    "error", "math", "memory", "files", "images", "data", "network", "training", "storage",
];

/// The rooms of the program, from the ground up.
const ROOMS_OF_THE_PROGRAM: [&str; 10] = [
    "damage", "output", "stop", "threads", "signals", "ranks", "options", "records", "page", "commands",
];

/// Which subcommands use another's module.
const SUBCOMMANDS_THAT_USE_OTHERS: [[&str; 2]; 3] =
    [["info", "data"], ["serve", "train"], ["sweep", "train"]];

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

/// The room with this name, if there is one.
fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|&it| it == room)
}

/// The rooms that a line of code names, without comments.
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

/// The module of a source file, from the folder on where `inside` begins: `commands/train/mod.rs` is commands, train.
fn module_of(inside: &Path) -> Vec<String> {
    let path = inside.with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| part != "mod").collect()
}

/// What a line in `module` of the program imports from the program.
fn imported(line: &str, module: &[String]) -> Option<Vec<String>> {
    let path = line
        .trim_start()
        .trim_start_matches("pub ")
        .strip_prefix("use ")?;
    let path = path.split(['{', ';']).next().unwrap();
    let mut parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    let supers = parts.iter().take_while(|&&part| part == "super").count();
    let base: &[String] = match parts[..] {
        ["crate", "cli", ..] => {
            parts.drain(..2);
            &[]
        }
        ["super", ..] => {
            parts.drain(..supers);
            &module[..module.len().checked_sub(supers)?]
        }
        _ => return None,
    };
    Some(
        base.iter()
            .map(String::as_str)
            .chain(parts)
            .map(str::to_owned)
            .collect(),
    )
}

#[test]
fn the_rooms_of_the_program_use_those_below_and_there_is_no_circle() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    let mut files = Vec::new();
    sources(&program, &mut files);
    let modules: Vec<Vec<String>> = files
        .iter()
        .map(|file| module_of(file.strip_prefix(&program).unwrap()))
        .collect();
    let room = |module: &[String]| {
        let name = module[0].as_str();
        let room = ROOMS_OF_THE_PROGRAM.iter().position(|&it| it == name);
        room.unwrap_or_else(|| panic!("{name} is in no room of the program"))
    };
    let mut wrong = Vec::new();
    let mut ties = Vec::new();
    for (file, module) in files.iter().zip(&modules) {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (index, line) in code.lines().enumerate() {
            let Some(path) = imported(line, module) else {
                continue;
            };
            // The longest prefix of the path that is a module.
            let target = modules
                .iter()
                .filter(|it| path.starts_with(it))
                .max_by_key(|it| it.len());
            let Some(target) = target.filter(|it| !it.is_empty() && !module.is_empty()) else {
                continue;
            };
            let is_other_subcommand = match [&module[..], &target[..]] {
                [[one, here, ..], [other, there, ..]] if one == "commands" && other == "commands" => {
                    here != there && !SUBCOMMANDS_THAT_USE_OTHERS.contains(&[here.as_str(), there.as_str()])
                }
                _ => false,
            };
            if room(target) > room(module) || is_other_subcommand {
                wrong.push(format!("{}:{}: {}", file.display(), index + 1, line.trim()));
            }
            if !module.starts_with(target) && !target.starts_with(module) {
                ties.push((module, target));
            }
        }
    }
    assert!(ties.len() > 100, "only {} imports were found", ties.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Modules that import no other, or that no other imports, are removed repeatedly: the rest are circles.
    loop {
        let before = ties.len();
        let importing: Vec<_> = ties.iter().map(|(module, _)| *module).collect();
        let imported: Vec<_> = ties.iter().map(|(_, target)| *target).collect();
        ties.retain(|(module, target)| importing.contains(target) && imported.contains(module));
        if ties.len() == before {
            break;
        }
    }
    assert!(ties.is_empty(), "modules import each other: {ties:?}");
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

#[test]
fn the_library_knows_no_flag_of_the_command_line() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for room in ROOMS {
        match src.join(room) {
            folder if folder.is_dir() => sources(&folder, &mut files),
            _ => files.push(src.join(format!("{room}.rs"))),
        }
    }
    let mut found = Vec::new();
    for file in files {
        for (index, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut flags = code.split("--").skip(1);
            if flags.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())) {
                found.push(format!("{}:{}: {}", file.display(), index + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "flags in the library:\n{}", found.join("\n"));
}

/// The table of what the program decides names a test for every decision, and it is there.
#[test]
fn every_decision_of_the_documentation_has_its_report_its_option_and_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("tests/defaults.py")];
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    let text = fs::read_to_string(root.join("docs/what-it-decides.md")).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .collect();
    assert!(rows.len() > 20);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(
            cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()),
            "{row}"
        );
        let names: Vec<&str> = cells[4].split('`').skip(1).step_by(2).collect();
        let (paths, tests): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.contains('.'));
        assert!(!paths.is_empty() && !tests.is_empty(), "no test in a file: {row}");
        let of_row: Vec<String> = paths
            .iter()
            .map(|path| {
                let file = files.iter().find(|file| file.ends_with(path));
                let file = file.unwrap_or_else(|| panic!("there is no {path}: {row}"));
                fs::read_to_string(file).unwrap()
            })
            .collect();
        for test in tests {
            let function = format!("fn {}", test.trim_end_matches('…'));
            assert!(
                of_row.iter().any(|file| file.contains(&function)),
                "there is no test {test}: {row}"
            );
        }
    }
}
