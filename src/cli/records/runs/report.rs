//! What commands print about files of runs: those that were merged, and the runs that are missing in them.

use std::collections::BTreeMap;

use super::PartFile;
use crate::cli::options::run_files::RunFiles;
use crate::cli::options::share::Share;
use crate::cli::output::words::counted;

/// Runs that are named of each part, and parts that are listed.
const MOST_NAMES: usize = 4;
const MOST_PARTS: usize = 20;

/// The lines of a header about parts, and about runs that were done before.
pub fn file_lines(files: &RunFiles, parts: &[PartFile], done: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(part) = &files.part {
        lines.push(format!("Part      {}", part.in_words()));
    }
    if let Some(first) = parts.first() {
        let more = match parts.len() - 1 {
            0 => String::new(),
            more => format!(" and {}", counted(more, "more file")),
        };
        lines.push(format!("Merged    {}{more}", first.path.display()));
    }
    if done > 0 {
        lines.push(format!("Done      {} before", counted(done, "run")));
    }
    lines
}

/// The names of the files.
pub fn file_names(parts: &[PartFile]) -> Vec<String> {
    parts.iter().map(|part| part.path.display().to_string()).collect()
}

/// How many parts there are, where a file says so.
pub fn part_count(parts: &[PartFile]) -> Option<usize> {
    parts.iter().find_map(|part| Some(part.share?.count))
}

/// The missing runs with the parts that owe them, and what to do. A run is its name and its place among all `runs`.
pub fn missing_lines(
    parts: &[PartFile],
    missing: impl Iterator<Item = (String, usize)>,
    runs: usize,
) -> Vec<String> {
    let count = part_count(parts);
    let mut of_parts: BTreeMap<Option<usize>, Vec<String>> = BTreeMap::new();
    for (name, place) in missing {
        let number = count.map(|count| Share::at(place, runs, count).number);
        of_parts.entry(number).or_default().push(name);
    }
    let mut lines: Vec<String> = of_parts
        .iter()
        .take(MOST_PARTS)
        .map(|(&number, names)| format!("  {}{}", owing(parts, number.zip(count)), first_of(names)))
        .collect();
    if let Some(more @ 1..) = of_parts.len().checked_sub(MOST_PARTS) {
        lines.push(format!("  and runs of {}", counted(more, "more part")));
    }
    lines.push(
        "Run these parts again, each continues from its file; or train the missing runs here by --finish with --merged FILE."
            .to_owned(),
    );
    lines
}

/// "part 2 of 8 (part2.csv): "
fn owing(parts: &[PartFile], part: Option<(usize, usize)>) -> String {
    let Some(share) = part.and_then(|(number, count)| Share::new(number, count)) else {
        return String::new();
    };
    let files = parts.iter().filter(|file| file.share == Some(share));
    let files: Vec<String> = files
        .map(|file| match file.is_growing {
            true => format!("{}, which is being written", file.path.display()),
            false => file.path.display().to_string(),
        })
        .collect();
    let files = if files.is_empty() {
        "no runs in any file".to_owned()
    } else {
        files.join(", ")
    };
    format!("part {} ({files}): ", share.in_words())
}

fn first_of(names: &[String]) -> String {
    let first = names[..names.len().min(MOST_NAMES)].join("; ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_runs_are_named_with_the_part_that_owes_them() {
        let file = |name: &str, share: &str, is_growing| PartFile {
            path: name.into(),
            share: share.parse().ok(),
            is_growing,
        };
        let parts = [
            file("1.csv", "1/3", false),
            file("2.csv", "2/3", true),
            file("e.csv", "", false),
        ];
        let missing = |places: &[usize]| {
            let runs = places.iter().map(|&place| (format!("seed {place}"), place));
            let mut lines = missing_lines(&parts, runs, 30);
            lines.pop();
            lines
        };
        assert_eq!(missing(&[9]), ["  part 1 of 3 (1.csv): seed 9"]);
        assert_eq!(
            missing(&[10, 20, 21, 22, 23, 24]),
            [
                "  part 2 of 3 (2.csv, which is being written): seed 10",
                "  part 3 of 3 (no runs in any file): seed 20; seed 21; seed 22; seed 23; and 1 more"
            ]
        );
        let unknown = missing_lines(&parts[2..], std::iter::once(("seed 1".to_owned(), 1)), 30);
        assert_eq!(unknown[0], "  seed 1");
    }
}
