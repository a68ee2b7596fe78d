//! The files of the page, and what the server sends it.

use std::net::TcpListener;

use super::{ONE, Served, model, serve};
use crate::{Run, assert_has, batchprop, data};

#[test]
fn the_page_s_files_have_their_types_and_a_policy_without_foreign_content() {
    let served = serve(&[784, 30, 10]);
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/sheet.js", "text/javascript; charset=utf-8"),
        ("/pictures.js", "text/javascript; charset=utf-8"),
        ("/chart.js", "text/javascript; charset=utf-8"),
        ("/training.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
        ("/network", "application/json"),
        ("/weights/29", "application/octet-stream"),
        ("/nothing", "text/plain; charset=utf-8"),
    ] {
        let answer = served.get(path);
        let status = if path == "/nothing" { 404 } else { 200 };
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert!(!answer.body.is_empty());
        let policy = answer.header("content-security-policy");
        let begins = policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';");
        assert!(begins && !policy.contains("unsafe"), "{policy}");
        assert_has(policy, &["frame-ancestors 'none'"]);
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(header), value);
        }
        let head = served.ask("HEAD", path, "", "");
        assert_eq!((head.status, head.body.len()), (answer.status, 0), "{path}");
    }
    // A script in the page itself would need a weaker policy.
    let page = served.get("/").text();
    for inline in ["<style", "style=", "onclick", "<script>"] {
        assert!(!page.contains(inline), "{inline}");
    }
    assert!(!page.contains("https:") && !page.contains("http:"));
}

#[test]
fn a_drawing_is_answered_and_an_empty_sheet_is_not_an_error() {
    let served = serve(&[784, 30, 20, 10]);
    let look = served.predict(ONE).json();
    let seen: Vec<u64> = serde_json::from_value(look["seen"].clone()).unwrap();
    // A one is upright in the middle.
    assert!(seen.len() == 784 && seen[14 * 28 + 14] > 200 && seen[14 * 28 + 5] == 0);
    let hidden: Vec<Vec<f64>> = serde_json::from_value(look["hidden"].clone()).unwrap();
    assert_eq!([hidden[0].len(), hidden[1].len(), hidden.len()], [30, 20, 2]);
    let probabilities = look["probabilities"].as_array().unwrap();
    let label = look["label"].as_u64().unwrap() as usize;
    let largest = probabilities[label].as_f64().unwrap();
    assert!(probabilities.len() == 10 && probabilities.iter().all(|it| it.as_f64().unwrap() <= largest));
    for empty in ["{}", r#"{"strokes":[]}"#, r#"{"strokes":[[],[]]}"#] {
        let answer = served.predict(empty);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, r#"{"nothing":"nothing drawn"}"#)
        );
    }
}

#[test]
fn other_squares_and_numbers_of_classes_are_served() {
    let served = serve(&[64, 5, 3]);
    let look = served.predict(ONE).json();
    assert_eq!(look["seen"].as_array().unwrap().len(), 64);
    assert_eq!(look["probabilities"].as_array().unwrap().len(), 3);
    assert_eq!(served.get("/weights/4").body.len(), 64);
    assert_eq!(served.get("/weights/5").status, 404);
    // One without hidden layers has no hidden units.
    let served = serve(&[16, 2]);
    assert_eq!(served.predict(ONE).json()["hidden"].as_array().unwrap().len(), 0);
    assert_eq!(served.get("/weights/0").status, 404);
}

#[test]
fn inputs_that_are_no_square_and_a_missing_model_are_refused_at_the_start() {
    let (_directory, path) = model(&[783, 10]);
    let refused = Run::fail(batchprop().arg("serve").arg(&path).args(["--port", "0"]), 1);
    assert_has(&refused, &["783 inputs", "28×28"]);
    let near = path.with_file_name("model.safetensor");
    let refused = Run::fail(batchprop().arg("serve").arg(near).args(["--port", "0"]), 1);
    assert_has(&refused, &["model.safetensors"]);
}

/// A program in place of the system's opener, which notes what it is to open.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_in_the_browser_and_a_note_says_where_there_is_none() {
    use std::os::unix::fs::PermissionsExt;

    let command = |display: &str, script: &str| {
        let (directory, path) = model(&[784, 10]);
        let opener = directory.path().join("xdg-open");
        std::fs::write(&opener, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = batchprop();
        command
            .arg("serve")
            .arg(path)
            .arg("--open")
            .current_dir(&directory);
        command
            .env("DISPLAY", display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WSL_DISTRO_NAME");
        if !script.is_empty() {
            command.env("PATH", directory.path());
        } else {
            command.env("PATH", "/nowhere");
        }
        (command, directory)
    };
    let (mut opened, directory) = command(":7", "echo \"$1\" > opened");
    let file = directory.path().join("opened");
    let served = Served::start(&mut opened, directory);
    let expected = format!("http://{}/\n", served.address);
    let started = std::time::Instant::now();
    while std::fs::read_to_string(&file).ok().as_ref() != Some(&expected) {
        assert!(started.elapsed() < super::PATIENCE, "the page is not opened");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    for (display, script, note) in [
        ("", "exit 0", "--open: there is no display here; open http://"),
        (
            ":7",
            "exit 3",
            "--open: xdg-open found no browser (exit status: 3); open http://",
        ),
        (":7", "", "--open: cannot start xdg-open ("),
    ] {
        let (mut without, directory) = command(display, script);
        let served = Served::start(&mut without, directory);
        served.wait_for_lines(note, 1);
        assert_eq!(served.get("/").status, 200);
    }
}

#[test]
fn a_port_in_use_is_named_with_a_hint() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (_directory, path) = model(&[784, 10]);
    let refused = Run::fail(batchprop().arg("serve").arg(path).args(["--port", &port]), 1);
    assert_has(&refused, &[&port, "--port 0"]);
    let refused = Run::fail(
        batchprop().args(["serve", "--host", "no such host", "--port", "0"]),
        1,
    );
    assert_has(&refused, &["no such host", "--host 127.0.0.1"]);
}

#[test]
fn options_that_do_not_go_together_are_bad_usage() {
    let (_directory, path) = model(&[784, 10]);
    for options in [
        "--train",
        "--data synthetic",
        "--pixel-max 1",
        "--epochs 3",
        "--port 70000",
        "--threads 2",
    ] {
        Run::fail(batchprop().arg("serve").arg(&path).args(options.split(' ')), 2);
    }
    for words in [
        "serve --epochs 3",
        "serve --train --epochs 0 --data synthetic --port 0",
    ] {
        let refused = Run::fail(batchprop().args(words.split(' ')), 2);
        assert!(refused.contains("--epochs"), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_success_whoever_is_connected() {
    for (signal, _) in crate::SIGNALS {
        let mut served = serve(&[784, 10]);
        let _idle = served.connect();
        served.is_well();
        crate::send(&served.child, signal);
        assert_eq!(served.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_state_dict_is_shown_with_the_functions_that_are_given() {
    let folder = tempfile::TempDir::new().unwrap();
    crate::foreign::networks(folder.path());
    let mut command = batchprop();
    command.arg("serve").arg(folder.path().join("dict.safetensors"));
    let served = Served::start(command.args(crate::foreign::SAID.split(' ')), folder);
    let about = served.get("/network").json();
    let functions = about["functions"].as_str().unwrap();
    assert!(functions.contains("relu, softmax outputs"), "{functions}");
    served.is_well();
    let refused = Run::fail(batchprop().args(["serve", "--activation", "relu"]), 2);
    assert!(refused.contains("MODEL"), "{refused}");
}

#[test]
fn without_a_model_one_is_trained_on_the_spot_and_the_log_says_so() {
    let data = data();
    let mut command = batchprop();
    command.args(["serve", "--data"]).arg(data.path());
    let served = Served::start(&mut command, data);
    served.wait_for_lines("no MODEL is given: a network is trained first, by recipe fast", 1);
    served.wait_for_lines("3 epochs in ", 1);
    served.wait_for_lines("the page stays at http://127.0.0.1:", 1);
    let about = served.get("/network").json();
    assert_eq!(about["name"], "Recipe fast");
    served.is_well();
}
