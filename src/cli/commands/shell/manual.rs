//! A manual page: clap's sections, and from the help's last part EXAMPLES, EXIT STATUS and others.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

/// How the help begins its examples and its exit codes.
const EXAMPLES: &str = "Examples:";
const EXIT_CODE: &str = "Exit code: ";

/// The exit codes of commands that do not list theirs.
const USUAL: &str = "0 success, 1 failure, 2 bad usage.";

/// The page of `command`, whose name is that of the page.
pub fn page(command: Command) -> io::Result<Vec<u8>> {
    let after = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let has_options = command.get_arguments().any(|it| !it.is_hide_set());
    let has_commands = command.has_subcommands();
    let has_version = command.get_version().is_some();
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if has_options {
        man.render_options_section(&mut page)?;
    }
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    render(&after, &mut page)?;
    if has_version {
        man.render_version_section(&mut page)?;
    }
    Ok(page)
}

/// Writes the help's last part. Examples and tables keep their lines.
fn render(after: &str, out: &mut impl Write) -> io::Result<()> {
    let mut codes = USUAL.to_owned();
    let mut notes: Vec<&str> = Vec::new();
    let mut examples: Option<&str> = None;
    for paragraph in after.split("\n\n").map(|it| it.trim_matches('\n')) {
        if let Some(lines) = paragraph.strip_prefix(EXAMPLES) {
            examples = Some(lines.trim_start_matches('\n'));
        } else if let Some(own) = paragraph.strip_prefix(EXIT_CODE) {
            codes = own.replace('\n', " ");
        } else if !paragraph.is_empty() {
            notes.push(paragraph);
        }
    }
    if !notes.is_empty() {
        writeln!(out, ".SH NOTES")?;
        for note in notes {
            match note.contains("\n  ") {
                true => as_it_is(note, out)?,
                false => writeln!(out, ".PP\n{}", escaped(note))?,
            }
        }
    }
    if let Some(examples) = examples {
        writeln!(out, ".SH EXAMPLES")?;
        as_it_is(examples, out)?;
    }
    writeln!(out, ".SH \"EXIT STATUS\"")?;
    for code in codes.trim_end_matches('.').split([',', ';']) {
        let (code, meaning) = code.trim().split_once(' ').unwrap_or((code.trim(), ""));
        writeln!(out, ".TP\n.B {}\n{}", escaped(code), escaped(meaning))?;
    }
    Ok(())
}

/// Lines that are not filled.
fn as_it_is(lines: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, ".PP\n.nf\n{}\n.fi", escaped(lines))
}

/// Text in which roff sees no requests and no ligatures of dashes and quotes.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line
            .replace('\\', "\\e")
            .replace('-', "\\-")
            .replace('\'', "\\(aq")
            .replace('`', "\\(ga")
            .replace('^', "\\(ha")
            .replace('~', "\\(ti");
        match line.starts_with('.') {
            true => format!("\\&{line}"),
            false => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_keep_their_lines_and_other_parts_have_their_sections() {
        let after = "A table:\n  a   b\n\nExamples:\n  x --y\n.z 'q'\n\nIt ends\nso.\n\nExit code: 0 success, 1 failure; 130 after Ctrl-C.";
        let mut out = Vec::new();
        render(after, &mut out).unwrap();
        let expected = ".SH NOTES\n.PP\n.nf\nA table:\n  a   b\n.fi\n.PP\nIt ends\nso.\n.SH EXAMPLES\n.PP\n.nf\n  x \\-\\-y\n\\&.z \\(aqq\\(aq\n.fi\n\
            .SH \"EXIT STATUS\"\n.TP\n.B 0\nsuccess\n.TP\n.B 1\nfailure\n.TP\n.B 130\nafter Ctrl\\-C\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
