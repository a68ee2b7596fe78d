//! Completion of lists: `sweep --activation relu,t` becomes `relu,tanh`. The scripts that clap makes complete the first value only.

use clap::Command;
use clap_complete::Shell;

/// An option that takes a list of names.
struct List {
    /// With its aliases, without dashes.
    options: Vec<String>,
    names: Vec<String>,
}

/// The script with lists completed after each comma, where the shell can do that.
pub fn completed(shell: Shell, script: &str, program: &Command) -> String {
    let lists = program.find_subcommand("sweep").map(lists).unwrap_or_default();
    match shell {
        Shell::Bash => bash(script, &lists),
        Shell::Zsh => zsh(script, &lists),
        Shell::Fish => fish(script, &lists),
        _ => script.to_owned(),
    }
}

fn lists(sweep: &Command) -> Vec<List> {
    let lists = sweep
        .get_arguments()
        .filter(|arg| arg.get_value_delimiter() == Some(','));
    let lists = lists.map(|arg| List {
        options: arg
            .get_long_and_visible_aliases()
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect(),
        names: arg
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect(),
    });
    lists.filter(|list| !list.names.is_empty()).collect()
}

/// A function around clap's own hides the earlier items of a list from it.
fn bash(script: &str, lists: &[List]) -> String {
    let options = lists.iter().flat_map(|list| &list.options);
    let options: String = options.map(|option| format!(" --{option}")).collect();
    let wrapper = r#"
# What is after the last comma of a list is completed.
_batchprop_lists() {
    _batchprop "$@"
    local word="${COMP_WORDS[COMP_CWORD]}"
    if [[ "${COMP_WORDS[1]}" == sweep && "$word" == *,* && "OPTIONS " == *" $3 "* ]]; then
        COMP_WORDS[COMP_CWORD]="${word##*,}"
        _batchprop "$1" "${word##*,}" "$3"
        COMPREPLY=("${COMPREPLY[@]/#/${word%,*},}")
    fi
}
"#;
    let registered = script.replace("complete -F _batchprop ", "complete -F _batchprop_lists ");
    match registered.find("\nif [[ \"${BASH_VERSINFO[0]}\" -eq 4") {
        Some(end) => [
            &registered[..end],
            &wrapper.replace("OPTIONS", &options),
            &registered[end..],
        ]
        .concat(),
        None => script.to_owned(),
    }
}

/// zsh has a function for lists. In clap's script, an option that takes one is `'--name=[…]:NAME,…:(a b c)'`.
fn zsh(script: &str, lists: &[List]) -> String {
    const MARK: &str = ",…:(";
    let mut text = String::new();
    let mut rest = script;
    while let Some((before, after)) = rest.split_once(MARK) {
        let option = before
            .rsplit_once("'--")
            .and_then(|(_, option)| option.split_once('='));
        let list = option.and_then(|(option, _)| {
            lists
                .iter()
                .find(|list| list.options.iter().any(|it| it == option))
        });
        text.push_str(before);
        match (list, after.split_once(")' \\\n")) {
            (Some(list), Some((_, after))) => {
                text.push_str(&format!(",…:_values -s , value {}' \\\n", list.names.join(" ")));
                rest = after;
            }
            _ => {
                text.push_str(MARK);
                rest = after;
            }
        }
    }
    text + rest
}

/// fish has one, too. In clap's script, the names are the last argument, in double quotes and on lines of their own.
fn fish(script: &str, lists: &[List]) -> String {
    let mut text = String::new();
    for command in script.split_inclusive("\"\n") {
        let is_of = |list: &&List| {
            list.options
                .iter()
                .any(|option| command.contains(&format!(" -l {option} ")))
        };
        let list = lists
            .iter()
            .find(is_of)
            .filter(|_| command.contains("_subcommand sweep\""));
        match (list, command.split_once(" -a \"")) {
            (Some(list), Some((before, _))) => text.push_str(&format!(
                "{before} -a \"(__fish_complete_list , 'string split \\\" \\\" \\\"{}\\\"')\"\n",
                list.names.join(" ")
            )),
            _ => text.push_str(command),
        }
    }
    text
}
