//! Where labels are, and what they are: each table is read with the right labels, or refused with the option that
//! decides.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use batchprop::data::find::load_source;
use batchprop::data::find::locate::locate;
use batchprop::data::read::csv::{self, CsvFiles, LabelColumn};
use batchprop::data::read::{Reading, arrays};
use batchprop::{Digits, Error, TrainOn};
use tempfile::TempDir;

/// Rows of each table.
const ROWS: usize = 300;

/// Pixel `column` of an 8×8 image of class `class` in row `row`: the corners are blank.
fn pixel(row: usize, class: usize, column: usize) -> usize {
    match column {
        0 | 63 => 0,
        _ => ((class + 1) * column * 7 + row % 9) % 256,
    }
}

fn class(row: usize) -> usize {
    row * 7 % 10
}

/// The table of these rows, each between what `before` and `after` give for it.
fn table(before: impl Fn(usize) -> String, after: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for row in 0..ROWS {
        let pixels: Vec<String> = (0..64)
            .map(|column| pixel(row, class(row), column).to_string())
            .collect();
        writeln!(text, "{}{}{}", before(row), pixels.join(","), after(row)).unwrap();
    }
    text
}

fn nothing(_: usize) -> String {
    String::new()
}

fn read_with(text: impl AsRef<[u8]>, reading: &Reading) -> Result<Digits, Error> {
    let folder = TempDir::new().unwrap();
    let learning = folder.path().join("digits.csv");
    fs::write(&learning, text).unwrap();
    csv::read(&CsvFiles::alone(learning), reading)
}

fn read(text: impl AsRef<[u8]>) -> Result<Digits, Error> {
    read_with(text, &Reading::default())
}

/// All labels in the file's order.
fn labels(digits: &Digits) -> Vec<usize> {
    let whole = digits.whole().expect("one part");
    whole.labels().iter().map(|&label| usize::from(label)).collect()
}

fn check(name: &str, digits: Result<Digits, Error>) -> Digits {
    let digits = digits.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(digits.training(TrainOn::Train).inputs(), 64, "{name}");
    assert_eq!(
        labels(&digits),
        (0..ROWS).map(class).collect::<Vec<_>>(),
        "{name}"
    );
    digits
}

fn refused(name: &str, digits: Result<Digits, Error>, parts: &[&str]) {
    let error = digits
        .err()
        .unwrap_or_else(|| panic!("{name}: was read"))
        .to_string();
    for part in parts {
        assert!(error.contains(part), "{name}: no {part:?} in: {error}");
    }
}

#[test]
fn the_column_of_labels_is_found_wherever_it_is() {
    let label = |row: usize| format!("{},", class(row));
    let last = |row: usize| format!(",{}", class(row));
    let one_hot = |row: usize| {
        (0..10)
            .map(|k| usize::from(k == class(row)).to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let numbered = |row: usize| format!("{row},{}", label(row));
    let header =
        "id,name,".to_owned() + &(0..64).map(|k| format!("p{k}")).collect::<Vec<_>>().join(",") + "\n";
    for (name, text) in [
        ("first", table(label, nothing)),
        ("last", table(nothing, last)),
        ("one-hot last", table(nothing, |row| format!(",{}", one_hot(row)))),
        ("one-hot first", table(|row| one_hot(row) + ",", nothing)),
        ("behind a row number", table(numbered, nothing)),
        ("a row number, label last", table(|row| format!("{row},"), last)),
        ("a constant first", table(nothing, last)),
        (
            "a column of another name",
            header + &table(|row| format!("{},{}", row + 5, label(row)), nothing),
        ),
    ] {
        check(name, read(text));
    }
}

#[test]
fn integer_features_with_the_label_last_are_no_101_classes() {
    // As UCI's pendigits: 16 coordinates from 0 to 100, all of them whole numbers.
    let mut text = String::new();
    for row in 0..600 {
        for column in 0..16 {
            write!(text, "{},", (row * (column + 3) + 17 * (row % 10) * column) % 101).unwrap();
        }
        writeln!(text, "{}", row % 10).unwrap();
    }
    let digits = read(text).unwrap();
    assert_eq!(
        (digits.classes(), digits.training(TrainOn::Train).inputs()),
        (10, 16)
    );
    assert_eq!(digits.about()[0], "labels in the last column");
}

#[test]
fn tables_that_do_not_show_their_labels_are_refused_with_the_option_that_decides() {
    refused(
        "pixels alone",
        read(table(nothing, nothing)),
        &["no column that can be labels", "0 in all rows", "`label_column`"],
    );
    // As scikit-learn's digits between a constant and nothing: the last pixel is seldom above 0.
    let rare = |row: usize| format!(",{}", if row.is_multiple_of(97) { row % 16 } else { 0 });
    refused(
        "a constant first and pixels alone",
        read(table(nothing, rare)),
        &[
            "no column that is surely labels",
            "0 in all rows",
            "`label_column`",
        ],
    );
    // Binary pixels, and two classes beside fractions, show the labels nevertheless.
    let binary = |row: usize| {
        (1..64)
            .map(|column| format!(",{}", (row + column) % 2 * usize::from(column < 63)))
            .collect::<String>()
    };
    let fractions = |row: usize| {
        (1..9)
            .map(|column| format!(",{}", (row + column) % 4) + ".25")
            .collect::<String>()
    };
    for (classes, pixels) in [(10, &binary as &dyn Fn(usize) -> String), (2, &fractions)] {
        let rows: String = (0..ROWS)
            .map(|row| format!("{}{}\n", row * 7 % classes, pixels(row)))
            .collect();
        let digits = read(rows).unwrap();
        assert_eq!(
            (digits.classes(), &*digits.about()[0]),
            (classes, "labels in the first column")
        );
    }
    let both = table(|row| format!("{},", class(row)), |row| format!(",{}", row % 4));
    refused(
        "two",
        read(&both),
        &[
            "more than one",
            "the first column: 10 different",
            "the last column: 4 different",
        ],
    );
    for (given, inputs) in [("first", 65), ("last", 65), ("1", 65), ("66", 65)] {
        let reading = Reading {
            label_column: Some(LabelColumn::from(given)),
            ..Reading::default()
        };
        let digits = read_with(&both, &reading).unwrap();
        assert_eq!(digits.training(TrainOn::Train).inputs(), inputs, "{given}");
    }
    let constant = format!(
        "label,{}\n",
        (0..64).map(|k| format!("p{k}")).collect::<Vec<_>>().join(",")
    );
    let constant = constant + &table(|_| "3,".to_owned(), nothing);
    refused(
        "one class",
        read(constant),
        &["at least two classes", "found 3 in all rows"],
    );
}

#[test]
fn labels_may_be_negative_spaced_or_words() {
    let names = |digits: Digits| digits.class_names().map(<[String]>::to_vec).unwrap_or_default();
    let signs = read(table(
        |row| format!("{},", if row % 2 == 0 { 1 } else { -1 }),
        nothing,
    ))
    .unwrap();
    assert_eq!((signs.classes(), labels(&signs)[..2].to_vec()), (2, vec![1, 0]));
    assert_eq!(names(signs), ["-1", "1"]);
    let spaced = check(
        "spaced",
        read(table(|row| format!("{},", 250 + class(row)), nothing)),
    );
    assert_eq!(names(spaced)[9], "259");
    let letters = check(
        "letters",
        read(table(
            |row| format!("{},", &"ABCDEFGHIJ"[class(row)..][..1]),
            nothing,
        )),
    );
    assert_eq!(names(letters), ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]);
    let quoted = check("quoted", read(table(|row| format!("'{}',", class(row)), nothing)));
    assert!(quoted.class_names().is_none());
    let many = (0..600)
        .map(|row| format!("{},0.5,{}\n", row % 300, row))
        .collect::<String>();
    let many = read("label,a,b\n".to_owned() + &many).unwrap();
    assert_eq!(many.classes(), 300);
}

#[test]
fn a_stray_label_is_refused_with_its_row() {
    for stray in ["-1", "NA", "255"] {
        let label = |row: usize| {
            if row == 150 {
                stray.to_owned()
            } else {
                class(row).to_string()
            }
        };
        let text = table(|row| label(row) + ",", nothing);
        let header =
            "label,".to_owned() + &(0..64).map(|k| format!("p{k}")).collect::<Vec<_>>().join(",") + "\n";
        let parts = ["row 152, column 1", stray, "1 of 300 labels"];
        refused(stray, read(header + &text), &parts);
    }
}

#[test]
fn dialects_of_csv_are_read() {
    let label = |row: usize| format!("{},", class(row));
    let commas = table(label, nothing);
    let header = "label,".to_owned() + &(0..64).map(|k| format!("p{k}")).collect::<Vec<_>>().join(",") + "\n";
    let utf16 = |text: &str, is_big: bool| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units
            .flat_map(|unit| {
                if is_big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let decimal = |text: &str| {
        let line = |line: &str| {
            let (label, pixels) = line.split_once(',').unwrap();
            let pixels = pixels
                .split(',')
                .map(|pixel| format!("{:.3}", pixel.parse::<f64>().unwrap() / 255.0).replace('.', ","));
            format!("{label};{}\n", pixels.collect::<Vec<_>>().join(";"))
        };
        text.lines().map(line).collect::<String>()
    };
    let each_line = |text: &str, change: &dyn Fn(&str) -> String| {
        text.lines().map(|line| change(line) + "\n").collect::<String>()
    };
    for (name, text) in [
        ("doubled spaces", commas.replace(',', "  ").into_bytes()),
        (
            "aligned",
            each_line(&commas, &|line| {
                line.split(',').map(|field| format!("{field:>4}")).collect()
            })
            .into_bytes(),
        ),
        ("tabs and spaces", commas.replace(',', " \t").into_bytes()),
        (
            "trailing commas",
            each_line(&(header.clone() + &commas), &|line| line.to_owned() + ",").into_bytes(),
        ),
        (
            "trailing commas, no header",
            each_line(&commas, &|line| line.to_owned() + ",").into_bytes(),
        ),
        (
            "sep=;",
            format!("sep=;\n{}", commas.replace(',', ";")).into_bytes(),
        ),
        ("UTF-16", utf16(&(header.clone() + &commas), false)),
        ("UTF-16, big-endian", utf16(&commas, true)),
        ("decimal commas", decimal(&commas).into_bytes()),
    ] {
        let digits = check(name, read(text));
        assert_eq!(
            digits.pixel_max(),
            if name.starts_with("decimal") { 1.0 } else { 255.0 },
            "{name}"
        );
    }
}

#[test]
fn labels_in_a_file_of_their_own_are_found() {
    for names in [
        ["x_train.csv", "y_train.csv"],
        ["X_train.csv", "y_train.csv"],
        ["csvTrainImages 300x64.csv", "csvTrainLabel 300x1.csv"],
        ["train-images.csv", "train-labels.csv"],
    ] {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write(names[0], table(nothing, nothing));
        for (kind, labels) in [
            (
                "numbers",
                (0..ROWS)
                    .map(|row| format!("{}\n", class(row)))
                    .collect::<String>(),
            ),
            (
                "with a header",
                "label\n".to_owned()
                    + &(0..ROWS)
                        .map(|row| format!("{}\n", class(row)))
                        .collect::<String>(),
            ),
            (
                "words",
                (0..ROWS)
                    .map(|row| format!("{}\n", &"ABCDEFGHIJ"[class(row)..][..1]))
                    .collect(),
            ),
            (
                "with row numbers",
                (0..ROWS).map(|row| format!("{row},{}\n", class(row))).collect(),
            ),
        ] {
            write(names[1], labels);
            for place in [folder.path().to_owned(), folder.path().join(names[0])] {
                let digits = locate(&place).and_then(|source| load_source(&source, &Reading::default()));
                check(&format!("{} {kind}", names[0]), digits);
            }
        }
        write(names[1], "1\n2\n".to_owned());
        let digits = locate(folder.path()).and_then(|source| load_source(&source, &Reading::default()));
        refused(
            "too few",
            digits,
            &["300 labels, as there are images", "found 2 labels"],
        );
    }
}

#[test]
fn a_network_s_classes_are_looked_up_by_their_names() {
    let words = table(|row| format!("{},", ["cow", "cat"][row % 2]), nothing);
    let known = |names: [&str; 3]| Reading {
        classes: Some(3),
        class_names: Some(names.map(str::to_owned).to_vec()),
        ..Reading::default()
    };
    let digits = read_with(&words, &known(["cat", "cow", "dog"])).unwrap();
    assert_eq!((digits.classes(), labels(&digits)[..2].to_vec()), (3, vec![1, 0]));
    refused(
        "another network",
        read_with(&words, &known(["0", "1", "2"])),
        &["one of the network's classes: 0, 1, 2"],
    );
}

/// A `.npy` array of version 1.
fn npy(descr: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), elements].concat()
}

#[test]
fn arrays_of_strings_are_labels_and_half_floats_are_pixels() {
    // 0.5 and 1 in half precision.
    let halves: Vec<u8> = [0x3800u16, 0x3c00, 0, 0x3800]
        .iter()
        .cycle()
        .take(40)
        .flat_map(|half| half.to_le_bytes())
        .collect();
    let images = npy("<f2", "(10, 4)", &halves);
    let utf32: Vec<u8> = ["cat", "dog"]
        .iter()
        .cycle()
        .take(10)
        .flat_map(|word| {
            word.chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect::<Vec<_>>()
        })
        .collect();
    let bytes: Vec<u8> = b"catdog".repeat(5);
    for labels_file in [npy("<U3", "(10,)", &utf32), npy("|S3", "(10,)", &bytes)] {
        let digits =
            arrays::read_npy_from(&images[..], &labels_file[..], "x.npy", &Reading::default()).unwrap();
        assert_eq!(digits.class_names().unwrap(), ["cat", "dog"]);
        assert_eq!(labels(&digits), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
        let pixels: Vec<f32> = digits.whole().unwrap().image(0).intensities().collect();
        assert_eq!(pixels, [0.5, 1.0, 0.0, 0.5]);
    }
    let objects = npy("|O", "(10,)", &[0; 80]);
    let error = arrays::read_npy_from(&images[..], &objects[..], "x.npy", &Reading::default()).unwrap_err();
    assert!(error.to_string().contains("y.astype(str)"), "{error}");
}

#[test]
fn folders_named_by_words_are_classes() {
    let folder = TempDir::new().unwrap();
    let put = |part: &str, class: &str, shade: u8| {
        let inside = folder.path().join(part).join(class);
        fs::create_dir_all(&inside).unwrap();
        for index in 0..6 {
            let picture =
                image::GrayImage::from_fn(8, 8, |x, y| image::Luma([if x == y { shade } else { 0 }]));
            picture.save(inside.join(format!("{index}.png"))).unwrap();
        }
    };
    for (class, shade) in [("cat", 100), ("dog_10", 150), ("dog_9", 200)] {
        put("train", class, shade);
        put("val", class, shade);
    }
    let read = |path: &Path| {
        locate(path)
            .and_then(|source| load_source(&source, &Reading::default()))
            .unwrap()
    };
    let digits = read(folder.path());
    assert_eq!(digits.class_names().unwrap(), ["cat", "dog_9", "dog_10"]);
    assert_eq!(digits.test().len(), 18);
    assert!(
        digits
            .about()
            .iter()
            .any(|line| line.contains("validation images")),
        "{:?}",
        digits.about()
    );
    put("test", "cat", 100);
    let digits = read(folder.path());
    assert_eq!(
        (
            digits.test().len(),
            digits.validation().len(),
            digits.training(TrainOn::Train).len()
        ),
        (6, 18, 18)
    );
    let shades = [("cat", 100), ("dog_9", 200), ("dog_10", 150)].map(|(_, shade)| shade);
    for index in 0..18 {
        let images = digits.training(TrainOn::Train);
        let shade = images.image(index).to_bytes()[0];
        assert_eq!(shade, shades[usize::from(images.labels()[index])]);
    }
}
