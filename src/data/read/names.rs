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

/// Sets that come under MNIST's file names, by a folder's name that has this in it, and their classes.
const CLASSES_BY_FOLDER: [(&str, &[&str; 10]); 1] = [(
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

/// The classes of the set in this folder, if its name says which it is.
pub(crate) fn classes_by_folder(folder: &std::path::Path) -> Option<&'static [&'static str]> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut nearest = folder
        .iter()
        .rev()
        .take(2)
        .map(|part| part.to_string_lossy().to_lowercase());
    nearest.find_map(|name| {
        let known = CLASSES_BY_FOLDER.iter().find(|(part, _)| name.contains(part));
        known.map(|(_, classes)| &classes[..])
    })
}

/// Whether these are the classes of a set whose labels are their numbers, such as Fashion-MNIST.
pub(crate) fn are_of_a_numbered_set(classes: &[String]) -> bool {
    let sets = IDX_SETS.iter().filter_map(|set| set.classes);
    let mut known = sets.chain(CLASSES_BY_FOLDER.iter().map(|(_, classes)| &classes[..]));
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

/// What images are called, the likeliest first.
pub(crate) const IMAGES: [&str; 7] = ["x", "images", "image", "imgs", "data", "features", "pixels"];

/// What labels are called.
pub(crate) const LABELS: [&str; 6] = ["y", "labels", "label", "target", "targets", "classes"];

/// What the parts of a data set are called, in names of arrays, files and folders.
pub(crate) const TRAINING: [&str; 4] = ["train", "training", "learning", "trainingset"];
pub(crate) const TEST: [&str; 4] = ["test", "testing", "t10k", "testset"];
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
