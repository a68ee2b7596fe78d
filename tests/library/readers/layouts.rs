//! Data sets under the names and in the layouts that people have; other files are refused with what they are.

use std::fs;
use std::path::Path;

use batchprop::data::find::load_source;
use batchprop::data::find::locate::{IDX_NAMES, locate};
use batchprop::data::read::Reading;
use batchprop::{Digits, Error, TrainOn};
use tempfile::TempDir;

const SIDE: usize = 4;

fn read(path: &Path) -> Result<Digits, Error> {
    load_source(&locate(path)?, &Reading::default())
}

/// An IDX file: type, sizes, elements.
fn idx(kind: u8, sizes: &[usize], elements: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, kind, sizes.len() as u8];
    sizes
        .iter()
        .for_each(|&size| file.extend((size as u32).to_be_bytes()));
    file.extend(elements);
    file
}

/// Images whose pixel in row r and column c is 10 r + c + 1, the first of them in every image its number.
fn images(count: usize) -> Vec<u8> {
    let pixel = |image: usize, row: usize, column: usize| match (row, column) {
        (0, 0) => image as u8,
        _ => (10 * row + column + 1) as u8,
    };
    let rows = |image| (0..SIDE).flat_map(move |row| (0..SIDE).map(move |column| pixel(image, row, column)));
    (0..count).flat_map(rows).collect()
}

fn labels(count: usize) -> Vec<u8> {
    (0..count).map(|image| (image % 10) as u8).collect()
}

/// Twelve images to learn from and six to test on, under these names.
fn write_set(folder: &Path, names: [&str; 4]) {
    fs::create_dir_all(folder).unwrap();
    for (part, count) in [(0, 12), (2, 6)] {
        fs::write(
            folder.join(names[part]),
            idx(8, &[count, SIDE, SIDE], &images(count)),
        )
        .unwrap();
        fs::write(folder.join(names[part + 1]), idx(8, &[count], &labels(count))).unwrap();
    }
}

fn first(digits: &Digits) -> Vec<u8> {
    digits.training(TrainOn::Train).image(0).to_bytes().into_owned()
}

fn says(digits: &Digits, part: &str) {
    assert!(
        digits.about().iter().any(|line| line.contains(part)),
        "{part}: {:?}",
        digits.about()
    );
}

fn refused(path: &Path, parts: &[&str]) {
    let error = read(path).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
    assert!(
        !error.contains('\n') && !error.contains("MNIST afresh"),
        "{error}"
    );
}

const EMNIST: [&str; 4] = [
    "emnist-letters-train-images-idx3-ubyte",
    "emnist-letters-train-labels-idx1-ubyte",
    "emnist-letters-test-images-idx3-ubyte",
    "emnist-letters-test-labels-idx1-ubyte",
];

#[test]
fn emnist_is_turned_upright_and_says_so() {
    let folder = TempDir::new().unwrap();
    write_set(folder.path(), EMNIST);
    let digits = read(folder.path()).unwrap();
    says(&digits, "turned upright");
    assert_eq!(first(&digits)[..5], [0, 11, 21, 31, 2]);
    assert_eq!(digits.classes(), 27);
    assert_eq!(digits.class_names().unwrap()[3], "C");
    write_set(
        folder.path(),
        EMNIST.map(|name| Box::leak(name.replace("letters", "digits").into_boxed_str()) as &str),
    );
    refused(
        folder.path(),
        &["2 data sets", "EMNIST letters", "EMNIST digits", "Point `data`"],
    );
    let one = read(&folder.path().join(EMNIST[0])).unwrap();
    assert_eq!(one.classes(), 27);
}

#[test]
fn emnist_s_csv_files_are_turned_upright() {
    let folder = TempDir::new().unwrap();
    let mut text = String::new();
    for (image, pixels) in images(40).chunks(SIDE * SIDE).enumerate() {
        let pixels: Vec<String> = pixels.iter().map(u8::to_string).collect();
        text += &format!("{},{}\n", image % 10, pixels.join(","));
    }
    fs::write(folder.path().join("emnist-digits-train.csv"), &text).unwrap();
    fs::write(folder.path().join("emnist-digits-test.csv"), &text).unwrap();
    let digits = read(folder.path()).unwrap();
    says(&digits, "turned upright");
    assert_eq!(first(&digits)[..5], [0, 11, 21, 31, 2]);
    assert_eq!(digits.test().len(), 40);
}

#[test]
fn qmnist_s_labels_are_the_first_of_eight_numbers() {
    let folder = TempDir::new().unwrap();
    for (part, count) in [("train", 12), ("test", 6)] {
        let name = |what: &str| folder.path().join(format!("qmnist-{part}-{what}"));
        fs::write(
            name("images-idx3-ubyte"),
            idx(8, &[count, SIDE, SIDE], &images(count)),
        )
        .unwrap();
        let numbers = labels(count)
            .into_iter()
            .flat_map(|label| [i32::from(label), 7, 8, 9, 10, 11, 12, 13]);
        let numbers: Vec<u8> = numbers.flat_map(i32::to_be_bytes).collect();
        fs::write(name("labels-idx2-int"), idx(0x0c, &[count, 8], &numbers)).unwrap();
    }
    let digits = read(folder.path()).unwrap();
    assert_eq!(
        digits.training(TrainOn::All).labels(),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    );
    assert_eq!(first(&digits)[..5], [0, 2, 3, 4, 11]);
}

#[test]
fn idx_files_of_integers_and_floats_are_read() {
    let floats: Vec<u8> = images(12)
        .iter()
        .flat_map(|&pixel| (f32::from(pixel) / 64.0).to_be_bytes())
        .collect();
    let doubles: Vec<u8> = images(12)
        .iter()
        .flat_map(|&pixel| (f64::from(pixel) / 64.0).to_be_bytes())
        .collect();
    let integers: Vec<u8> = images(12)
        .iter()
        .flat_map(|&pixel| i32::from(pixel).to_be_bytes())
        .collect();
    for (kind, elements, sizes, expected) in [
        (0x0d, floats, vec![12, SIDE, SIDE], 2.0 / 64.0),
        (0x0e, doubles, vec![12, SIDE, SIDE, 1], 2.0 / 64.0),
        (0x0c, integers, vec![12, SIDE, SIDE], 2.0 / 256.0),
    ] {
        let folder = TempDir::new().unwrap();
        for part in [0, 2] {
            fs::write(folder.path().join(IDX_NAMES[part]), idx(kind, &sizes, &elements)).unwrap();
            let labels: Vec<u8> = labels(12)
                .iter()
                .flat_map(|&label| i32::from(label).to_be_bytes())
                .collect();
            fs::write(folder.path().join(IDX_NAMES[part + 1]), idx(0x0c, &[12], &labels)).unwrap();
        }
        let digits = read(folder.path()).unwrap();
        let pixels: Vec<f32> = digits.training(TrainOn::Train).image(3).intensities().collect();
        assert_eq!(pixels[1], expected, "type {kind:02x}");
        assert_eq!(digits.training(TrainOn::Train).labels()[3], 3);
    }
}

#[test]
fn names_in_capitals_and_folders_of_torchvision_are_found() {
    let folder = TempDir::new().unwrap();
    write_set(
        &folder.path().join("capitals"),
        [
            "TRAIN-IMAGES-IDX3-UBYTE",
            "Train-Labels-idx1-ubyte",
            "T10K-images.idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ],
    );
    assert_eq!(read(&folder.path().join("capitals")).unwrap().test().len(), 6);
    let root = folder.path().join("root");
    write_set(&root.join("FashionMNIST/raw"), IDX_NAMES);
    let digits = read(&root).unwrap();
    assert_eq!(digits.class_names().unwrap()[9], "Ankle boot");
    write_set(&root.join("KMNIST/raw"), IDX_NAMES);
    refused(&root, &["2 data sets", "FashionMNIST", "KMNIST", "Point `data`"]);
}

#[test]
fn numbers_are_no_labels_for_a_network_whose_classes_were_words() {
    let folder = TempDir::new().unwrap();
    write_set(folder.path(), IDX_NAMES);
    let evaluated = |names: &[&str]| {
        let reading = Reading {
            classes: Some(names.len()),
            class_names: Some(names.iter().map(|&name| name.to_owned()).collect()),
            ..Reading::default()
        };
        load_source(&locate(folder.path()).unwrap(), &reading)
    };
    let words = [
        "eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero",
    ];
    let error = evaluated(&words).unwrap_err().to_string();
    assert!(
        error.contains("names of the network's classes: eight, five"),
        "{error}"
    );
    // Numbers, and the classes of a set whose labels are numbers.
    evaluated(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]).unwrap();
    let fashion = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ];
    assert_eq!(evaluated(&fashion).unwrap().class_names().unwrap(), fashion);
}

#[test]
fn four_arrays_in_files_of_their_own_are_kmnist() {
    let folder = TempDir::new().unwrap();
    let npy = |descr: &str, shape: &str, elements: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [
            b"\x93NUMPY\x01\x00",
            &(header.len() as u16).to_le_bytes()[..],
            header.as_bytes(),
            elements,
        ]
        .concat()
    };
    for prefix in ["kmnist", "k49"] {
        for (part, count) in [("train", 12), ("test", 6)] {
            for (what, array) in [
                (
                    "imgs",
                    npy("|u1", &format!("({count}, {SIDE}, {SIDE})"), &images(count)),
                ),
                ("labels", npy("|u1", &format!("({count},)"), &labels(count))),
            ] {
                let file =
                    fs::File::create(folder.path().join(format!("{prefix}-{part}-{what}.npz"))).unwrap();
                let mut archive = zip::ZipWriter::new(file);
                archive
                    .start_file("arr_0.npy", zip::write::SimpleFileOptions::default())
                    .unwrap();
                std::io::Write::write_all(&mut archive, &array).unwrap();
                archive.finish().unwrap();
            }
        }
        let digits = read(&folder.path().join(format!("{prefix}-train-imgs.npz"))).unwrap();
        assert_eq!(
            (digits.training(TrainOn::All).len(), digits.test().len()),
            (12, 6)
        );
        assert_eq!(first(&digits)[..5], [0, 2, 3, 4, 11]);
        if prefix == "kmnist" {
            assert_eq!(read(folder.path()).unwrap().test().len(), 6);
        }
    }
    // Beside another set.
    assert_eq!(
        read(&folder.path().join("kmnist-test-labels.npz"))
            .unwrap()
            .test()
            .len(),
        6
    );
}

#[test]
fn small_csv_files_with_numbers_in_their_names_belong_together() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mnist_train_100.csv"), table(100)).unwrap();
    fs::write(folder.path().join("mnist_test_10.csv"), table(10)).unwrap();
    let digits = read(folder.path()).unwrap();
    assert_eq!(
        (digits.training(TrainOn::All).len(), digits.test().len()),
        (100, 10)
    );
}

/// Three classes, in the first column.
fn table(count: usize) -> String {
    (0..count)
        .map(|row| format!("{},{},{}.5\n", row % 3, row * 7 % 256, row % 11))
        .collect()
}

#[test]
fn a_validation_file_validates_and_tests_where_there_is_no_other() {
    for (names, labels) in [
        (["train.csv", "val.csv", "test.csv"], None),
        (
            ["mnist_train.tsv", "mnist_validation.tsv", "mnist_test.tsv"],
            None,
        ),
        (
            ["x_train.csv", "x_valid.csv", "x_test.csv"],
            Some(["y_train.csv", "y_valid.csv", "y_test.csv"]),
        ),
    ] {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (part, count) in [100, 30, 40].into_iter().enumerate() {
            match labels {
                None => fs::write(at(names[part]), table(count)).unwrap(),
                Some(labels) => {
                    let rows = table(count);
                    let split = rows.lines().map(|line| line.split_once(',').unwrap());
                    let (label, pixels): (Vec<&str>, Vec<&str>) = split.unzip();
                    fs::write(at(names[part]), pixels.join("\n")).unwrap();
                    fs::write(at(labels[part]), label.join("\n")).unwrap();
                }
            }
        }
        let sizes = || {
            let digits = read(folder.path()).unwrap();
            let training = digits.training(TrainOn::Train).len();
            (training, digits.validation().len(), digits.test().len())
        };
        assert_eq!(sizes(), (100, 30, 40), "{names:?}");
        fs::remove_file(at(names[2])).unwrap();
        assert_eq!(sizes(), (84, 16, 30), "{names:?}");
        says(&read(folder.path()).unwrap(), "tested on the validation images");
    }
}

#[test]
fn files_whose_endings_say_which_part_they_are_belong_together() {
    for [learning, test] in [["optdigits.tra", "optdigits.tes"], ["zip.train", "zip.test"]] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(learning), table(100)).unwrap();
        fs::write(folder.path().join(test), table(40)).unwrap();
        fs::write(folder.path().join("README.txt"), "Digits.").unwrap();
        let digits = read(folder.path()).unwrap();
        let sizes = (digits.training(TrainOn::All).len(), digits.test().len());
        assert_eq!(sizes, (100, 40), "{learning}");
        assert!(read(&folder.path().join(learning)).unwrap().whole().is_some());
    }
}

#[test]
fn a_test_file_without_labels_is_noted() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("train.csv"), table(100)).unwrap();
    let pixels: String = table(40)
        .lines()
        .map(|line| line[2..].to_owned() + "\n")
        .collect();
    fs::write(folder.path().join("test.csv"), pixels).unwrap();
    let digits = read(folder.path()).unwrap();
    assert_eq!(
        digits.notes()[1..],
        ["test.csv has no labels and is not used".to_owned()]
    );
}

#[test]
fn csv_files_whose_names_say_which_set_they_are_have_the_names_of_its_classes() {
    let folder = TempDir::new().unwrap();
    for (name, beginning, class, expected) in [
        ("fashion-mnist_train.csv", 0..10, 9, "Ankle boot"),
        ("emnist-letters-train.csv", 1..27, 3, "C"),
    ] {
        let labels = beginning.clone().cycle().take(10 * beginning.len());
        let rows = labels
            .enumerate()
            .map(|(row, label)| format!("{label},{},{}.5\n", row * 7 % 256, row % 11));
        let path = folder.path().join(name);
        fs::write(&path, rows.collect::<String>()).unwrap();
        let names = read(&path).unwrap().class_names().unwrap().to_vec();
        assert_eq!(names[class], expected);
        // Evaluated under a name that says nothing.
        let other = folder.path().join("digits.csv");
        fs::rename(&path, &other).unwrap();
        let reading = Reading {
            class_names: Some(names.clone()),
            ..Reading::default()
        };
        let digits = load_source(&locate(&other).unwrap(), &reading).unwrap();
        assert_eq!(digits.class_names().unwrap(), names);
        assert_eq!(usize::from(digits.whole().unwrap().labels()[0]), beginning.start);
    }
}

#[test]
fn of_several_sets_of_one_form_none_is_taken_without_being_named() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["mnist_train.csv", "mnist_test.csv", "fashion_train.csv"] {
        fs::write(at(name), table(40)).unwrap();
    }
    refused(
        folder.path(),
        &[
            "2 data sets",
            "fashion_train.csv",
            "mnist_train.csv",
            "Point `data`",
        ],
    );
    assert_eq!(read(&at("fashion_train.csv")).unwrap().classes(), 3);
    fs::remove_file(at("fashion_train.csv")).unwrap();
    assert_eq!(read(folder.path()).unwrap().test().len(), 40);
    // Numbers behind the part, and names that say nothing.
    fs::rename(at("mnist_train.csv"), at("mnist_train_100.csv")).unwrap();
    fs::rename(at("mnist_test.csv"), at("mnist_train_60.csv")).unwrap();
    refused(
        folder.path(),
        &["2 data sets", "mnist_train_100.csv", "mnist_train_60.csv"],
    );
    fs::rename(at("mnist_train_100.csv"), at("a.csv")).unwrap();
    fs::rename(at("mnist_train_60.csv"), at("b.csv")).unwrap();
    refused(folder.path(), &["2 data sets", "a.csv", "b.csv"]);
}

#[test]
fn folders_of_pictures_are_found_from_the_folder_above() {
    let folder = TempDir::new().unwrap();
    for part in ["training", "testing"] {
        for class in ["0", "1"] {
            let inside = folder.path().join("mnist_png").join(part).join(class);
            fs::create_dir_all(&inside).unwrap();
            for index in 0..3 {
                let picture = image::GrayImage::from_pixel(8, 8, image::Luma([40]));
                picture.save(inside.join(format!("{index}.png"))).unwrap();
            }
        }
    }
    let digits = read(folder.path()).unwrap();
    assert_eq!((digits.training(TrainOn::All).len(), digits.test().len()), (6, 6));
    assert!(digits.notes().is_empty());
    // Kaggle's mnist-jpg has no labels for its test images.
    let set = folder.path().join("mnist_png");
    let unlabelled = set.join("testing");
    fs::rename(unlabelled.join("0"), unlabelled.join("testing")).unwrap();
    fs::remove_dir_all(unlabelled.join("1")).unwrap();
    let digits = read(folder.path()).unwrap();
    assert_eq!(digits.notes().len(), 1);
    assert!(
        digits.notes()[0].starts_with("testing has no folder for each class and is not used"),
        "{:?}",
        digits.notes()
    );
    // A part beside the classes.
    for class in ["0", "1"] {
        fs::rename(set.join("training").join(class), set.join(class)).unwrap();
        let inside = unlabelled.join(class);
        fs::create_dir(&inside).unwrap();
        fs::copy(set.join(class).join("0.png"), inside.join("0.png")).unwrap();
    }
    let digits = read(&set).unwrap();
    assert_eq!((digits.training(TrainOn::All).len(), digits.test().len()), (6, 2));
}

#[test]
fn folders_of_files_that_are_no_pictures_name_one_of_them() {
    let folder = TempDir::new().unwrap();
    for class in ["0", "1"] {
        fs::create_dir(folder.path().join(class)).unwrap();
        fs::write(folder.path().join(class).join("scan.tif"), b"II*\0").unwrap();
    }
    refused(folder.path(), &["only others, such as", "scan.tif", "PNG"]);
}

#[test]
fn other_files_are_refused_with_what_they_are_and_what_makes_an_npz_of_them() {
    let folder = TempDir::new().unwrap();
    let pixels = [&[0u8; 257][..], b"ustar\x0000"].concat();
    for (name, bytes, found, hint) in [
        (
            "train.parquet",
            b"PAR1 and more".to_vec(),
            "a Parquet file",
            "numpy.savez",
        ),
        (
            "mnist.arff",
            b"@RELATION mnist\n@ATTRIBUTE a".to_vec(),
            "an ARFF file",
            "loadarff('mnist.arff')",
        ),
        (
            "digits.mat",
            b"MATLAB 5.0 MAT-file".to_vec(),
            "a MATLAB file",
            "scipy.io.loadmat",
        ),
        (
            "digits.h5",
            b"\x89HDF\r\n\x1a\n".to_vec(),
            "an HDF5 file",
            "h5py.File('digits.h5')",
        ),
        (
            "archive.zip",
            b"PK\x03\x04".to_vec(),
            "a zip archive",
            "Unpack it",
        ),
        ("mnist.tar", pixels, "a tar archive", "Unpack it"),
        (
            "mnist.scale",
            b"5 153:0.01 154:0.07\n".to_vec(),
            "of LIBSVM",
            "load_svmlight_file('mnist.scale')",
        ),
        ("seven.png", b"\x89PNG\r\n".to_vec(), "a PNG picture", "predict"),
        (
            "photo.heic",
            b"\0\0\0\x18ftypheic".to_vec(),
            "a HEIC picture",
            "JPEG",
        ),
        (
            "photo.avif",
            b"\0\0\0\x18ftypavif".to_vec(),
            "an AVIF picture",
            "JPEG",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        refused(&path, &[name, "this is", found, hint]);
        let alone = folder.path().join(format!("only {name}"));
        fs::create_dir(&alone).unwrap();
        fs::rename(&path, alone.join(name)).unwrap();
        refused(&alone, &["no data set in this directory, but", found, hint]);
        let above = folder.path().join(format!("above {name}"));
        fs::create_dir(&above).unwrap();
        fs::rename(&alone, above.join("data")).unwrap();
        refused(
            &above,
            &["no data set in this directory, but data", name, found, hint],
        );
    }
    // {'data': 1}, protocol 2.
    let path = folder.path().join("cifar.pkl");
    fs::write(&path, b"\x80\x02}q\x00U\x04dataq\x01K\x01s.").unwrap();
    refused(&path, &["EMPTY_DICT", "numpy.savez('digits.npz'"]);
}
