//! A whole data set: learning images, whose last part is for validation, and test images.

use serde::{Deserialize, Serialize};

use super::Dataset;
use super::splits::{Order, Splits};
use super::standardisation::Standardisation;
use crate::error::{Error, Result};
use crate::images::pixels::PixelSlice;

/// Which images train, from the fewest to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// Without the validation images, as in the article (MNIST: 50,000).
    #[default]
    Train,
    /// Training and validation images together (MNIST: 60,000).
    All,
    /// All images with labels: of data that come in one part also those that would test. Images that the files keep for tests
    /// do not train.
    Whole,
}

/// A whole data set: learning images, whose last part is for validation, and test images.
#[derive(Debug, Clone)]
pub struct Digits {
    learning: Dataset,
    /// The first part of `learning`.
    training: Dataset,
    /// The rest of `learning`.
    validation: Dataset,
    test: Dataset,
    origin: String,
    /// All images, where they came in one part.
    whole: Option<Dataset>,
    classes: usize,
    class_names: Option<Vec<String>>,
    pixel_max: f64,
    about: Vec<String>,
    notes: Vec<String>,
    standardisation: Option<Standardisation>,
    splits: Splits,
}

impl Digits {
    /// A data set whose first `training_len` learning images are for training, and the others for validation.
    /// `origin` says where it is from: a path, or "synthetic digits, not MNIST".
    ///
    /// # Errors
    /// [`Error::Format`] when the images of the two parts differ in shape, or when there is no training or no
    /// validation image.
    pub fn new(learning: Dataset, training_len: usize, test: Dataset, origin: String) -> Result<Self> {
        let mismatch = |expected: String, found: String| Error::Format {
            path: origin.clone().into(),
            place: "training and test images".to_owned(),
            expected,
            found,
            hint: "Take both from the same data set.".to_owned(),
        };
        if learning.shape() != test.shape() {
            let (learning, test) = (learning.shape(), test.shape());
            return Err(mismatch(
                format!(
                    "test images of {}×{} as the training images",
                    learning.rows, learning.columns
                ),
                format!("{}×{}", test.rows, test.columns),
            ));
        }
        if training_len == 0 || training_len >= learning.len() {
            return Err(mismatch(
                "at least one image to train on and one to validate on".to_owned(),
                format!("{} to train on of {}", training_len, learning.len()),
            ));
        }
        let classes = learning.class_counts().len().max(test.class_counts().len());
        let pixel_max = match learning.pixels() {
            PixelSlice::Bytes(_) => 255.0,
            PixelSlice::Floats(_) => 1.0,
        };
        Ok(Self {
            training: learning.slice(0..training_len),
            validation: learning.slice(training_len..learning.len()),
            learning,
            test,
            origin,
            whole: None,
            classes,
            class_names: None,
            pixel_max,
            about: Vec::new(),
            notes: Vec::new(),
            standardisation: None,
            splits: Splits::default(),
        })
    }

    /// A data set that comes in one part: its last sixth is for testing, and the last sixth of the rest for validation.
    ///
    /// # Errors
    /// [`Error::Format`] when there are fewer than three images.
    pub fn of_one_part(images: Dataset, origin: String) -> Result<Self> {
        let learning_len = Self::training_len_of(images.len());
        if images.len() < 3 {
            return Err(too_few(&origin, images.len()));
        }
        let learning = images.slice(0..learning_len);
        let test = images.slice(learning_len..images.len());
        let training_len = Self::training_len_of(learning_len);
        Ok(Self {
            whole: Some(images),
            ..Self::new(learning, training_len, test, origin)?
        })
    }

    /// The same with its classes, and how its files were read.
    pub(super) fn read_as(
        self,
        classes: usize,
        class_names: Option<Vec<String>>,
        pixel_max: f64,
        about: Vec<String>,
    ) -> Self {
        Self {
            classes,
            class_names,
            pixel_max,
            about,
            ..self
        }
    }

    /// The same with a number of classes above every label.
    pub(super) fn with_classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// The same with [`Self::notes`].
    pub(super) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// The same with every column of mean 0 and variance 1, by the images that train.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn standardised(self, on: TrainOn) -> Result<Self> {
        let standardisation = Standardisation::of(&self.training(on));
        let applied = |images: &Dataset| standardisation.applied(images, &self.origin);
        let (learning, test, whole) = match &self.whole {
            Some(whole) => {
                let whole = applied(whole)?;
                let learning_len = self.learning.len();
                let test = whole.slice(learning_len..whole.len());
                (whole.slice(0..learning_len), test, Some(whole))
            }
            None => (applied(&self.learning)?, applied(&self.test)?, None),
        };
        let mut about = self.about;
        about.push("columns standardised".to_owned());
        let training_len = self.training.len();
        Ok(Self {
            training: learning.slice(0..training_len),
            validation: learning.slice(training_len..learning.len()),
            learning,
            test,
            whole,
            about,
            standardisation: Some(standardisation),
            ..self
        })
    }

    /// The same images, divided anew: the parts that `splits` names are drawn at random. The images to test on are drawn from
    /// all with labels, also from those that the files keep for tests.
    ///
    /// # Errors
    /// [`Error::Option`] when a part would be empty; [`Error::OutOfMemory`].
    pub fn divided(self, splits: Splits) -> Result<Self> {
        if splits.is_none() {
            return Ok(self);
        }
        let images = match (splits.test, &self.whole) {
            (None, _) => self.learning.clone(),
            (Some(_), Some(whole)) => whole.clone(),
            (Some(_), None) => self.learning.followed_by(&self.test, &self.origin)?,
        };
        let Order {
            training,
            validation,
            test,
        } = splits.order(images.labels())?;
        let (training_len, learning_len) = (training.len(), training.len() + validation.len());
        let images = images.picked(&[training, validation, test].concat(), &self.origin)?;
        let learning = images.slice(0..learning_len);
        let test = match splits.test {
            Some(_) => images.slice(learning_len..images.len()),
            None => self.test,
        };
        let mut about = self.about;
        about.push(format!(
            "shuffled and split by seed {}, stratified: {training_len} training, {} validation, {} test images",
            splits.seed,
            learning_len - training_len,
            test.len()
        ));
        Ok(Self {
            training: learning.slice(0..training_len),
            validation: learning.slice(training_len..learning_len),
            learning,
            test,
            whole: None,
            about,
            splits,
            ..self
        })
    }

    /// How the images were divided by [`Self::divided`].
    pub fn splits(&self) -> Splits {
        self.splits
    }

    /// How the columns were standardised, if they were. A network that was trained on them is converted by
    /// [`for_unstandardised`](crate::training::standardised::for_unstandardised).
    pub fn standardisation(&self) -> Option<&Standardisation> {
        self.standardisation.as_ref()
    }

    /// What the user should know: where labels were guessed to be, and what lies beside the data and is not used.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The images that train.
    pub fn training(&self, on: TrainOn) -> Dataset {
        match on {
            TrainOn::Train => self.training.clone(),
            TrainOn::All => self.learning.clone(),
            TrainOn::Whole => self.whole.as_ref().unwrap_or(&self.learning).clone(),
        }
    }

    /// Whether the images that [`Self::test`] gives do not train.
    pub fn keeps_test(&self, on: TrainOn) -> bool {
        on != TrainOn::Whole || self.whole.is_none()
    }

    /// The images that train and those that validate.
    pub(crate) fn split(&self) -> (&Dataset, &Dataset) {
        (&self.training, &self.validation)
    }

    /// The images that validate: those that [`TrainOn::Train`] leaves out.
    pub fn validation(&self) -> Dataset {
        self.validation.clone()
    }

    /// The images that test.
    pub fn test(&self) -> &Dataset {
        &self.test
    }

    /// All images, if the data came in one part; then [`Self::test`] is a sixth of them.
    pub fn whole(&self) -> Option<&Dataset> {
        self.whole.as_ref()
    }

    /// Number of classes: above every label.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The names of the classes, where labels are not their numbers: words, negative numbers, numbers with wide gaps.
    pub fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    /// The largest possible number in the files: 255 for bytes, 1 for intensities. See [`scale`](super::read::scale).
    pub fn pixel_max(&self) -> f64 {
        self.pixel_max
    }

    /// Messages about how the files were read, where that is not fixed by their format.
    pub fn about(&self) -> &[String] {
        &self.about
    }

    /// Where the data are from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of training images in a learning set without a split of its own: the last sixth is for validation,
    /// which for MNIST's 60,000 are the article's 10,000.
    pub fn training_len_of(learning_len: usize) -> usize {
        learning_len - (learning_len / 6).max(1)
    }
}

/// The error for fewer than three images.
fn too_few(origin: &str, found: usize) -> Error {
    Error::Format {
        path: origin.into(),
        place: "images".to_owned(),
        expected: "at least 3: one to train, one to validate and one to test".to_owned(),
        found: found.to_string(),
        hint: "Give more images.".to_owned(),
    }
}
