//! The names that are known: of data sets' files, of arrays, of folders, of classes. A new layout is a new row here.
//!
//! All names are compared in lower case.

/// Four IDX files that belong together, by their names without `.gz`.
#[derive(Debug)]
pub(crate) struct IdxSet {
    /// For people.
    pub title: &'static str,
    /// Training images and labels, test images and labels.
    pub files: [&'static str; 4],
    /// Whether its images are published with rows and columns exchanged.
    pub is_transposed: bool,
    /// The classes' names, where labels are numbers that stand for something else.
    pub classes: Option<&'static [&'static str]>,
}

macro_rules! emnist {
    ($split:literal, $classes:expr) => {
        IdxSet {
            title: concat!("EMNIST ", $split),
            files: [
                concat!("emnist-", $split, "-train-images-idx3-ubyte"),
                concat!("emnist-", $split, "-train-labels-idx1-ubyte"),
                concat!("emnist-", $split, "-test-images-idx3-ubyte"),
                concat!("emnist-", $split, "-test-labels-idx1-ubyte"),
            ],
            is_transposed: true,
            classes: $classes,
        }
    };
}

/// The sets, MNIST's first: many others use its names.
pub(crate) const IDX_SETS: [IdxSet; 8] = [
    IdxSet {
        title: "MNIST",
        files: [
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ],
        is_transposed: false,
        classes: None,
    },
    IdxSet {
        title: "QMNIST",
        files: [
            "qmnist-train-images-idx3-ubyte",
            "qmnist-train-labels-idx2-int",
            "qmnist-test-images-idx3-ubyte",
            "qmnist-test-labels-idx2-int",
        ],
        is_transposed: false,
        classes: None,
    },
    emnist!("digits", None),
    emnist!("mnist", None),
    emnist!("letters", Some(&EMNIST_LETTERS)),
    emnist!("balanced", Some(&EMNIST_MERGED)),
    emnist!("bymerge", Some(&EMNIST_MERGED)),
    emnist!("byclass", Some(&EMNIST_CLASSES)),
];

/// EMNIST's letters are labelled from 1 on.
const EMNIST_LETTERS: [&str; 27] = [
    "N/A", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
    "T", "U", "V", "W", "X", "Y", "Z",
];

/// Small letters that look like capitals are one class with them.
const EMNIST_MERGED: [&str; 47] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K",
    "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "d", "e", "f", "g",
    "h", "n", "q", "r", "t",
];

const EMNIST_CLASSES: [&str; 62] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K",
    "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "c", "d", "e", "f",
    "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z",
];

/// Sets by what is in the name of a file or folder, and their classes.
const CLASSES_BY_NAME: [(&str, &[&str; 10]); 1] = [(
    "fashion",
    &[
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
    ],
)];

/// The classes of the set that this file belongs to, if its name or that of one of the two folders around it says which it is.
pub(crate) fn classes_of(file: &std::path::Path) -> Option<&'static [&'static str]> {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut nearest = file
        .iter()
        .rev()
        .take(3)
        .map(|part| part.to_string_lossy().to_lowercase());
    nearest.find_map(|name| {
        let begins = |set: &&IdxSet| {
            let beginning = set.files[0].strip_suffix("train-images-idx3-ubyte");
            set.classes.is_some() && beginning.is_some_and(|beginning| name.starts_with(beginning))
        };
        let by_beginning = IDX_SETS.iter().find(begins).and_then(|set| set.classes);
        let by_part = || CLASSES_BY_NAME.iter().find(|(part, _)| name.contains(part));
        by_beginning.or_else(|| by_part().map(|(_, classes)| &classes[..]))
    })
}

/// Whether these are the classes of a set whose labels are their numbers, such as Fashion-MNIST.
pub(crate) fn are_of_a_numbered_set(classes: &[String]) -> bool {
    let sets = IDX_SETS.iter().filter_map(|set| set.classes);
    let mut known = sets.chain(CLASSES_BY_NAME.iter().map(|(_, classes)| &classes[..]));
    known.any(|known| known == classes)
}

/// The IDX set and the place in it of a file of this name.
pub(crate) fn idx_set(file: &str) -> Option<(&'static IdxSet, usize)> {
    let name = file.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name).replace(".idx", "-idx");
    let place = |set: &IdxSet| set.files.iter().position(|file| *file == name);
    IDX_SETS
        .iter()
        .find_map(|set| place(set).map(|place| (set, place)))
}

/// How names of CSV files begin whose images have rows and columns exchanged.
pub(crate) const TRANSPOSED: [&str; 1] = ["emnist-"];

/// Endings of files with separated values, before `.gz`. `.txt` is one only where the user names the file.
pub(crate) const CSV_ENDINGS: [&str; 3] = [".csv", ".tsv", ".data"];

/// Endings of such files that say which part they are: `optdigits.tra` and `optdigits.tes`, `zip.train` and `zip.test`.
pub(crate) const PART_ENDINGS: [&str; 4] = [".tra", ".tes", ".train", ".test"];

/// What images are called, the likeliest first.
pub(crate) const IMAGES: [&str; 7] = ["x", "images", "image", "imgs", "data", "features", "pixels"];

/// What labels are called.
pub(crate) const LABELS: [&str; 6] = ["y", "labels", "label", "target", "targets", "classes"];

/// What the parts of a data set are called, in names of arrays, files and folders.
pub(crate) const TRAINING: [&str; 5] = ["train", "training", "learning", "trainingset", "tra"];
pub(crate) const TEST: [&str; 5] = ["test", "testing", "t10k", "testset", "tes"];
pub(crate) const VALIDATION: [&str; 4] = ["val", "valid", "validation", "dev"];

/// The words of a name: `csvTrainImages 13440x1024` has csv, train and images. Sizes and `csv` say nothing.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            let last = words.len() - 1;
            words[last].extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    let is_size = |word: &str| {
        word.contains('x') && word.bytes().all(|byte| byte == b'x' || byte.is_ascii_digit()) && word.len() > 1
    };
    words.retain(|word| !word.is_empty() && word != "csv" && !is_size(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        let found = |name| words(name).join(" ");
        assert_eq!(found("csvTrainImages 13440x1024"), "train images");
        assert_eq!(found("kmnist-train-imgs"), "kmnist train imgs");
        assert_eq!(found("X_kannada_MNIST_train"), "x kannada mnist train");
        assert_eq!(found("trainX"), "train x");
        assert_eq!(found("x"), "x");
    }

    #[test]
    fn idx_files_are_known_in_every_spelling() {
        let (set, place) = idx_set("EMNIST-letters-test-labels.idx1-ubyte.GZ").unwrap();
        assert_eq!((set.title, place), ("EMNIST letters", 3));
        assert_eq!(set.classes.map(<[_]>::len), Some(27));
        assert!(idx_set("train-images").is_none());
    }
}
