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
