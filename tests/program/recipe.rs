//! Recipes: named sets of options.

use super::{Run, assert_has, batchprop, data, weights};

fn printed(options: &str) -> String {
    let line = Run::succeed(
        batchprop()
            .args(["train", "--print"])
            .args(options.split_whitespace()),
    );
    assert_eq!(line.lines().count(), 1, "{line}");
    line.trim_end().to_owned()
}

#[test]
fn the_article_s_recipe_is_the_default() {
    let data = data();
    let options = "--recipe article --epochs 2";
    assert_eq!(weights(data.path(), options), weights(data.path(), ""));
}

#[test]
fn the_printed_command_does_the_same_and_the_user_s_options_win() {
    let data = data();
    let line = printed("--recipe book --epochs 2 --hidden 20,10");
    assert!(line.starts_with("batchprop train "), "{line}");
    assert!(line.ends_with("--epochs 2 --hidden 20,10"), "{line}");
    assert!(
        !line.contains("recipe") && !line.contains("--hidden 100"),
        "{line}"
    );
    assert_eq!(
        weights(data.path(), line.strip_prefix("batchprop train ").unwrap()),
        weights(data.path(), "--recipe book --epochs 2 --hidden 20,10")
    );
}

#[test]
fn unknown_recipes_and_print_without_a_recipe_are_bad_usage() {
    let message = Run::fail(batchprop().args(["train", "--recipe", "cake"]), 2);
    assert_has(&message, &["article, book, fast, balanced, best"]);
    let message = Run::fail(batchprop().args(["train", "--print"]), 2);
    assert_has(&message, &["--recipe"]);
    let message = Run::fail(
        batchprop().args(["train", "--resume", "x", "--recipe", "best"]),
        2,
    );
    assert_has(&message, &["'--recipe' cannot be used with '--resume'"]);
}
