//! Completions for shells, and manual pages.

use std::fs;
use std::process::Command;

use super::{Run, assert_has, batchprop};
use tempfile::TempDir;

/// The commands that the program's help lists.
fn commands() -> Vec<String> {
    let help = Run::succeed(batchprop().arg("--help"));
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = list
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

#[test]
fn every_command_has_help_with_examples_and_a_manual_page() {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man/man1");
    Run::succeed(batchprop().args(["man", "--all"]).arg(&pages));
    let commands = commands();
    assert!(commands.len() >= 7, "{commands:?}");
    for name in &commands {
        let help = Run::succeed(batchprop().args([name, "--help"]));
        assert!(help.contains("Examples:\n  batchprop "), "{name}: {help}");
        let page = Run::succeed(batchprop().args(["man", name]));
        assert_has(&page, &[&format!(".TH batchprop-{name} 1")]);
        let written = fs::read_to_string(pages.join(format!("batchprop-{name}.1"))).unwrap();
        assert_eq!(page, written);
    }
    for name in pages.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let page = fs::read_to_string(&name).unwrap();
        assert_has(
            &page,
            &[
                ".SH EXAMPLES\n.PP\n.nf\n  batchprop ",
                ".SH \"EXIT STATUS\"\n.TP\n.B 0\n",
            ],
        );
        assert!(
            !page.contains("Exit code") && !page.contains("Examples:"),
            "{}",
            name.display()
        );
    }
    // Each example is a line of its own, as in the help.
    let page = fs::read_to_string(pages.join("batchprop-evaluate.1")).unwrap();
    let help = Run::succeed(batchprop().args(["evaluate", "--help"]));
    for line in help
        .lines()
        .skip_while(|line| *line != "Examples:")
        .skip(1)
        .take(2)
    {
        assert_has(
            &page,
            &[&format!(
                "\n{}\n",
                line.replace('-', "\\-").replace('\'', "\\(aq")
            )],
        );
    }
    let page = fs::read_to_string(pages.join("batchprop-train.1")).unwrap();
    assert_has(&page, &[".B 143\nafter SIGTERM\n", ".SH NOTES\n"]);
    let page = fs::read_to_string(pages.join("batchprop.1")).unwrap();
    assert_has(&page, &["batchprop\\-train(1)"]);
    let of_show = ["curves", "digits", "weights"];
    for name in of_show {
        let page = Run::succeed(batchprop().args(["man", &format!("show-{name}")]));
        assert_has(&page, &[&format!(".TH batchprop-show-{name} 1")]);
    }
    assert_eq!(
        pages.read_dir().unwrap().count(),
        commands.len() + of_show.len() + 1
    );
    let stderr = Run::fail(batchprop().args(["man", "trian"]), 2);
    assert_has(&stderr, &["one of train, sweep"]);
}

#[test]
fn every_shell_has_a_script_with_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Run::succeed(batchprop().args(["completions", shell]));
        for name in commands() {
            assert!(script.contains(&name), "{shell}: {name}");
        }
    }
    // Lists after a comma, by the shells' own functions.
    for (shell, list) in [
        (
            "zsh",
            "_values -s , value sigmoid tanh relu leaky-relu gelu silu identity' ",
        ),
        (
            "fish",
            r#"-a "(__fish_complete_list , 'string split \" \" \"sigmoid softmax\"')""#,
        ),
    ] {
        let script = Run::succeed(batchprop().args(["completions", shell]));
        assert_eq!(script.matches(list).count(), 1, "{shell}");
    }
    let stderr = Run::fail(batchprop().args(["completions", "bsh"]), 2);
    assert_has(&stderr, &["'bash'"]);
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_options_and_values() {
    let script = Run::succeed(batchprop().args(["completions", "bash"]));
    let completed = |words: &[&str]| {
        let count = words.len() - 1;
        let (last, before) = (words[count], words[count - 1]);
        let code = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={count}\n_batchprop_lists batchprop '{last}' '{before}'\necho ${{COMPREPLY[@]}}",
            words.join(" ")
        );
        Run::succeed(Command::new("bash").args(["-c", &code]))
    };
    assert_eq!(completed(&["batchprop", "tr"]), "train\n");
    assert_eq!(completed(&["batchprop", "train", "--learn"]), "--learning-rate\n");
    assert_eq!(
        completed(&["batchprop", "train", "--recipe", "b"]),
        "book balanced best\n"
    );
    let sweep = |list| completed(&["batchprop", "sweep", "--activation", list]);
    assert_eq!(sweep("rel"), "relu\n");
    assert_eq!(sweep("relu,t"), "relu,tanh\n");
    assert_eq!(sweep("relu,tanh,s"), "relu,tanh,sigmoid relu,tanh,silu\n");
    // Elsewhere a comma is no list.
    assert_eq!(completed(&["batchprop", "train", "--activation", "relu,t"]), "\n");
}
