//! Invalid command lines end with exit code 2, and the message names the option.

use super::{Run, assert_has, batchprop, data, train_command};

#[test]
fn bad_values_are_refused_by_their_option_s_name() {
    let data = data();
    for (options, named) in [
        ("--batch-size 0", "--batch-size"),
        ("--batch-size -1", "--batch-size"),
        ("--batch-size 99999999999999999999", "--batch-size"),
        ("--hidden 0", "--hidden"),
        ("--hidden 30,0", "--hidden"),
        ("--hidden 30,", "--hidden"),
        ("--hidden abc", "--hidden"),
        ("--hidden -5", "--hidden"),
        ("--eta nan", "--learning-rate"),
        ("--eta inf", "--learning-rate"),
        ("--eta -1", "--learning-rate"),
        ("--eta 0", "--learning-rate"),
        ("--eta three", "--learning-rate"),
        ("--epochs 0", "--epochs"),
        ("--threads 0", "--threads"),
        ("--threads -1", "--threads"),
        ("--seed -1", "--seed"),
        ("--classes 9", "--classes"),
        ("--classes 1", "--classes"),
        ("--classes 65537", "--classes"),
        ("--precision f16", "--precision"),
        ("--engine fast", "--engine"),
        ("--train-on test", "--train-on"),
        ("--augment everything", "--augment"),
        ("--shift -1", "--shift"),
        ("--shift 1.5", "--shift"),
        ("--shift 300", "--shift"),
        ("--rotation -1", "--rotation"),
        ("--rotation nan", "--rotation"),
        ("--scale 1", "--scale"),
        ("--scale 0,1", "--scale"),
        ("--scale 1.2,0.8", "--scale"),
        ("--scale 1,inf", "--scale"),
        ("--shear -0.1", "--shear"),
        ("--translation inf", "--translation"),
        ("--elastic 36", "--elastic"),
        ("--elastic 36,0.5", "--elastic"),
        ("--elastic -1,5", "--elastic"),
        ("--json --quiet", "--quiet"),
        ("--frobnicate", "--frobnicate"),
    ] {
        let message = Run::fail(&mut train_command(data.path(), options), 2);
        assert!(message.starts_with("error: "), "{options}: {message}");
        assert!(message.contains(named), "{options}: {message}");
    }
}

#[test]
fn a_number_that_is_none_is_refused_with_what_was_expected() {
    for (words, expected) in [
        (
            "train --epochs x",
            "'x' for '--epochs <EPOCHS>': expected a whole number, 0 or more",
        ),
        (
            "train -e 1.5",
            "'1.5' for '--epochs <EPOCHS>': expected a whole number, 0 or more",
        ),
        (
            "train -b -1",
            "'-1' for '--batch-size <BATCH_SIZE>': expected a whole number, 0 or more",
        ),
        (
            "train --lr three",
            "'three' for '--learning-rate <LEARNING_RATE>': expected a number, such as 0.1",
        ),
        (
            "train --runs 0",
            "'0' for '--runs <NUMBER>': expected a whole number from 1 to 10000",
        ),
        (
            "train --runs many",
            "'many' for '--runs <NUMBER>': expected a whole number from 1 to 10000",
        ),
        ("train --checkpoint-every 0", "expected a whole number, 1 or more"),
        (
            "train --seed 99999999999999999999",
            "expected a whole number, at most 18446744073709551615",
        ),
        (
            "train --serve -p 65536",
            "expected a whole number from 0 to 65535",
        ),
        (
            "sweep --lr 1,x",
            "'x' for '--learning-rate <LEARNING_RATE>': expected a number, such as 0.1",
        ),
        ("sweep --halving=1", "expected a whole number from 2 to 1000"),
        ("bench --threads 0", "expected a whole number, 1 or more"),
        (
            "show digits --count x",
            "'x' for '--count <NUMBER>': expected a whole number",
        ),
        ("serve --port x", "expected a whole number from 0 to 65535"),
        ("serve -p 0 -j x", "expected a whole number, 0 or more"),
        (
            "evaluate m --most-mistakes 0 --mistakes x.png",
            "expected a whole number from 1 to 10000",
        ),
    ] {
        let message = Run::fail(batchprop().args(words.split(' ')), 2);
        assert_has(&message, &["error: invalid value ", expected]);
        for word in ["invalid digit", "literal", "not in", "target type"] {
            assert!(!message.contains(word), "{words}: {message}");
        }
    }
}

#[test]
fn folders_that_are_missing_are_named() {
    let folder = data();
    for words in [
        "train --data . --save no/such/m.npz",
        "train --data . --log no/run.csv",
        "sweep --data . --hidden 3 --csv no/sweep.csv",
        "show digits --data . --out no/digits.png",
    ] {
        let run = Run::of(&mut super::batchprop_in(&folder, words));
        assert_eq!(run.code, Some(1), "{words}");
        let message = "no: there is no such folder; expected one to write ";
        assert_has(&run.stderr, &[message, "Create it, or write elsewhere."]);
    }
    for (words, message) in [
        (
            "evaluate no/m.npz",
            "no/m.npz: there is no folder no; expected a trained network",
        ),
        ("train --data no/such/x.csv", "x.csv: there is no folder "),
        (
            "train --resume no/run",
            "no/run: there is no folder no; expected a folder of checkpoints",
        ),
        (
            "train --resume run",
            "run: there is no such file or directory; expected a folder of checkpoints",
        ),
    ] {
        let run = Run::of(&mut super::batchprop_in(&folder, words));
        assert_eq!(run.code, Some(1), "{words}");
        assert_has(&run.stderr, &[message]);
    }
}

#[test]
fn single_letters_are_the_options_that_they_stand_for() {
    let folder = data();
    let stdout = |words: &str| Run::succeed(&mut super::batchprop_in(&folder, words));
    let long = "train --data . --recipe fast --epochs 1 --batch-size 32 --learning-rate 0.2 --seed 3 --threads 1 --quiet --save a.npz";
    let short = "train -d. -rfast -e1 -b 32 -l=0.2 -s 3 -j1 -qo b.npz";
    stdout(long);
    stdout(short);
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("a.npz") == bytes("b.npz"));
    assert_eq!(
        stdout("evaluate a.npz -d . -j 1 --json"),
        stdout("evaluate a.npz --data . --json")
    );
    let swept = |words: &str| stdout(words).lines().last().unwrap().to_owned();
    assert_eq!(
        swept("sweep -d . -b 10,20 -e 1 -r article -q"),
        swept("sweep --data . --batch-size 10,20 --epochs 1 --recipe article --quiet")
    );
}

/// Another machine may have the memory.
#[test]
fn a_network_beyond_memory_is_a_failure_and_not_bad_usage() {
    let data = data();
    for hidden in ["1000000000000", "9999999999999999,9999999999999999"] {
        let command = &mut train_command(data.path(), &format!("--hidden {hidden}"));
        assert_has(&Run::fail(command, 1), &["of memory", "--hidden"]);
    }
}

#[test]
fn an_option_is_refused_before_the_data_are_looked_for() {
    let message = Run::fail(&mut train_command("/no/such/place", "--batch-size 0"), 2);
    assert_has(&message, &["--batch-size 0: expected "]);
}

#[test]
fn fewer_classes_than_the_ten_synthetic_digits_are_refused() {
    let message = Run::fail(&mut train_command("synthetic", "--classes 5"), 2);
    assert_has(&message, &["--classes 5: expected more"]);
}

#[test]
fn no_command_and_an_unknown_command_are_bad_usage() {
    let message = Run::fail(&mut batchprop(), 2);
    assert_has(&message, &["Usage: batchprop <COMMAND>"]);
    let message = Run::fail(batchprop().arg("frobnicate"), 2);
    assert_has(&message, &["frobnicate"]);
}
