//! Data given with `--data` are found under all usual names, and errors name what is missing.

use std::fs;
use std::path::Path;

use batchprop::Error;
use batchprop::data::find::locate::{DataSource, IDX_NAMES, Places, locate};
use batchprop::data::read::idx::IdxFiles;
use tempfile::TempDir;

/// A new directory with empty files of these names.
fn directory(names: &[impl AsRef<str>]) -> TempDir {
    let directory = TempDir::new().unwrap();
    fill(directory.path(), names);
    directory
}

fn fill(directory: &Path, names: &[impl AsRef<str>]) {
    fs::create_dir_all(directory).unwrap();
    for name in names {
        fs::write(directory.join(name.as_ref()), "").unwrap();
    }
}

fn idx_names(spelling: impl Fn(&str) -> String) -> [String; 4] {
    IDX_NAMES.map(spelling)
}

fn idx(directory: &Path, names: &[String; 4]) -> DataSource {
    let [train_images, train_labels, test_images, test_labels] =
        names.each_ref().map(|name| directory.join(name));
    DataSource::Idx(IdxFiles {
        train_images,
        train_labels,
        test_images,
        test_labels,
    })
}

fn message(path: &Path) -> String {
    let error = locate(path).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    let message = error.to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn idx_files_are_found_in_every_spelling() {
    for names in [
        idx_names(str::to_owned),
        idx_names(|name| format!("{name}.gz")),
        idx_names(|name| name.replace("-idx", ".idx")),
        idx_names(|name| name.replace("-idx", ".idx") + ".gz"),
    ] {
        let directory = directory(&names);
        assert_eq!(locate(directory.path()).unwrap(), idx(directory.path(), &names));
    }
}

#[test]
fn each_of_the_four_may_be_spelled_its_own_way() {
    let names = [
        "train-images.idx3-ubyte.gz",
        "train-labels-idx1-ubyte",
        "t10k-images.idx3-ubyte",
        "t10k-labels-idx1-ubyte.gz",
    ]
    .map(str::to_owned);
    let directory = directory(&names);
    assert_eq!(locate(directory.path()).unwrap(), idx(directory.path(), &names));
}

#[test]
fn a_directory_of_a_file_s_name_is_not_the_file() {
    let names = idx_names(|name| name.replace("-idx", ".idx"));
    let directory = directory(&names);
    fs::create_dir(directory.path().join(IDX_NAMES[0])).unwrap();
    assert_eq!(locate(directory.path()).unwrap(), idx(directory.path(), &names));
}

#[test]
fn any_one_of_the_four_stands_for_all() {
    let names = idx_names(|name| format!("{name}.gz"));
    let directory = directory(&names);
    for name in &names {
        let found = locate(&directory.path().join(name)).unwrap();
        assert_eq!(found, idx(directory.path(), &names));
    }
}

#[test]
fn the_named_file_is_read() {
    let plain = idx_names(str::to_owned);
    let directory = directory(&plain);
    fill(directory.path(), &["t10k-images-idx3-ubyte.gz"]);
    let found = locate(&directory.path().join("t10k-images-idx3-ubyte.gz")).unwrap();
    let mut expected = plain;
    expected[2].push_str(".gz");
    assert_eq!(found, idx(directory.path(), &expected));
}

#[test]
fn a_pickle_is_found_by_its_directory_and_by_its_path() {
    for name in ["mnist.pkl.gz", "mnist.pkl"] {
        let directory = directory(&[name]);
        let pickle = DataSource::Pickle(directory.path().join(name));
        assert_eq!(locate(directory.path()).unwrap(), pickle);
        assert_eq!(locate(&directory.path().join(name)).unwrap(), pickle);
    }
    let directory = directory(&["digits.pickle"]);
    let path = directory.path().join("digits.pickle");
    assert_eq!(locate(&path).unwrap(), DataSource::Pickle(path));
}

#[test]
fn idx_files_are_preferred_to_a_pickle_and_a_pickle_to_incomplete_idx_files() {
    let names = idx_names(|name| format!("{name}.gz"));
    let directory = directory(&names);
    fill(directory.path(), &["mnist.pkl.gz"]);
    assert_eq!(locate(directory.path()).unwrap(), idx(directory.path(), &names));
    fs::remove_file(directory.path().join(&names[3])).unwrap();
    let pickle = DataSource::Pickle(directory.path().join("mnist.pkl.gz"));
    assert_eq!(locate(directory.path()).unwrap(), pickle);
}

#[test]
fn torchvision_s_layout_is_found_from_each_of_its_directories() {
    let root = TempDir::new().unwrap();
    let raw = root.path().join("MNIST/raw");
    let names = idx_names(str::to_owned);
    fill(&raw, &names);
    fill(&raw, &names.each_ref().map(|name| format!("{name}.gz")));
    for start in ["", "MNIST", "MNIST/raw"] {
        assert_eq!(
            locate(&root.path().join(start)).unwrap(),
            idx(&raw, &names),
            "{start}"
        );
    }
}

#[test]
fn half_of_the_files_is_an_error_that_names_the_others() {
    let directory = directory(&["train-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte"]);
    let expected = format!(
        "{}: of the four IDX files only train-images-idx3-ubyte.gz, t10k-labels.idx1-ubyte is there; expected also \
         train-labels-idx1-ubyte, t10k-images-idx3-ubyte (plain or .gz).",
        directory.path().display()
    );
    for path in [
        directory.path(),
        &directory.path().join("train-images-idx3-ubyte.gz"),
    ] {
        let message = message(path);
        assert!(message.starts_with(&expected), "{message}");
        assert!(message.contains("`download`"), "{message}");
    }
}

#[test]
fn an_empty_directory_is_an_error_that_lists_what_is_expected() {
    let directory = TempDir::new().unwrap();
    let message = message(directory.path());
    assert!(
        message.starts_with(&directory.path().display().to_string()),
        "{message}"
    );
    for name in IDX_NAMES.iter().chain(&["mnist.pkl.gz", ".gz", "`download`"]) {
        assert!(message.contains(name), "{name}: {message}");
    }
}

#[test]
fn a_file_of_another_name_is_an_error_that_lists_what_is_expected() {
    let directory = directory(&["digits.xlsx"]);
    let message = message(&directory.path().join("digits.xlsx"));
    for part in ["digits.xlsx", "mnist.pkl.gz", IDX_NAMES[0]] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn a_missing_path_is_an_error_that_offers_the_existing_one_it_resembles() {
    let root = TempDir::new().unwrap();
    fill(&root.path().join("mnist"), &["mnist.pkl.gz"]);
    fill(&root.path().join("pictures"), &["holiday.png"]);
    for (given, meant) in [
        ("mnits", "mnist"),
        ("MNIST2", "mnist"),
        ("mnits/mnist.pkl.gz", "mnist/mnist.pkl.gz"),
        ("mnist/mnist.pkl.gzip", "mnist/mnist.pkl.gz"),
    ] {
        let message = message(&root.path().join(given));
        let question = format!("Did you mean {}?", root.path().join(meant).display());
        assert!(message.ends_with(&question), "{given}: {message}");
    }
}

#[test]
fn a_missing_path_that_resembles_nothing_is_an_error_without_a_guess() {
    let root = directory(&["holiday.png"]);
    for (given, why) in [
        ("xyzzy", "no such file"),
        ("xyzzy/plugh/mnist.pkl.gz", "there is no folder "),
    ] {
        let message = message(&root.path().join(given));
        assert!(
            message.contains(why) && !message.contains("Did you mean"),
            "{message}"
        );
    }
}

#[test]
fn an_empty_path_is_bad_usage() {
    let error = locate(Path::new("")).unwrap_err();
    assert!(error.is_usage(), "{error:?}");
}

#[test]
fn the_local_directory_is_searched_before_the_cache() {
    let root = TempDir::new().unwrap();
    let places = Places {
        local: root.path().join("data"),
        cache: Some(root.path().join("cache")),
    };
    let (found, passed_over) = places.search();
    assert!(found.is_none() && passed_over.is_empty());

    fill(&root.path().join("cache"), &["mnist.pkl.gz"]);
    let in_cache = DataSource::Pickle(root.path().join("cache/mnist.pkl.gz"));
    assert_eq!(places.search().0, Some(in_cache.clone()));

    fill(&root.path().join("data"), &[IDX_NAMES[0]]);
    let (found, passed_over) = places.search();
    assert_eq!(found, Some(in_cache));
    assert_eq!(passed_over.len(), 1);
    assert!(
        passed_over[0].to_string().contains(IDX_NAMES[1]),
        "{}",
        passed_over[0]
    );

    fill(&root.path().join("data"), &IDX_NAMES);
    let names = idx_names(str::to_owned);
    let (found, passed_over) = places.search();
    assert_eq!(found, Some(idx(&root.path().join("data"), &names)));
    assert!(passed_over.is_empty());
}

#[test]
fn downloads_go_to_the_local_directory_when_it_exists_else_to_the_cache() {
    let root = TempDir::new().unwrap();
    let mut places = Places {
        local: root.path().join("data"),
        cache: Some(root.path().join("cache")),
    };
    assert_eq!(places.download_directory(), root.path().join("cache"));
    fs::create_dir(root.path().join("data")).unwrap();
    assert_eq!(places.download_directory(), root.path().join("data"));
    fs::remove_dir(root.path().join("data")).unwrap();
    places.cache = None;
    assert_eq!(places.download_directory(), root.path().join("data"));
}
