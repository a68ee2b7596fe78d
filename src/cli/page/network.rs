//! The network of the page: what it is, and what it makes of a drawing.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use crate::cli::output::class_names::ClassNames;
use batchprop::images;
use batchprop::images::Grey;
use batchprop::images::pixels::ImageShape;
use batchprop::images::strokes::CheckedDrawing;
use batchprop::storage::model::{Accuracy, Metadata};
use batchprop::training::evaluation::{predict, probabilities};
use batchprop::{Error, Network, Real};

/// Pixels per side of a drawing: five for one of MNIST's.
const SHEET: usize = 140;

/// A network that people can draw for. Training may put newer parameters in its place.
#[derive(Debug)]
pub struct Shown {
    about: About,
    newest: RwLock<Arc<Network<f32>>>,
}

/// What the page says of the network.
#[derive(Debug, Serialize)]
pub struct About {
    /// The program's.
    version: &'static str,
    /// The network's file or its making, for people.
    pub name: String,
    sizes: Vec<usize>,
    functions: String,
    /// Of each output.
    classes: Vec<String>,
    /// Pixels per side of the network's images; `None` where these are not squares, on which nothing can be drawn.
    pub side: Option<usize>,
    parameters: usize,
    /// Where the images that trained it are from.
    pub data: Option<String>,
    /// On the test images, as its file says.
    test: Option<Accuracy>,
    /// The run that trains it, where one does.
    pub training: Option<Training>,
}

/// What the page says of a run.
#[derive(Debug, Serialize)]
pub struct Training {
    /// Its options, line by line.
    pub settings: Vec<String>,
    /// Whether there will be a confusion matrix.
    pub confusion: bool,
}

impl Shown {
    /// `network`, which is called `name`.
    pub fn new(network: Network<f32>, name: String) -> Self {
        let sizes = network.sizes();
        let about = About {
            version: env!("CARGO_PKG_VERSION"),
            name,
            functions: network.functions().to_string(),
            classes: ClassNames::default().all(network.n_out()),
            side: ImageShape::square(network.n_in()).map(|shape| shape.rows),
            parameters: sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum(),
            sizes,
            data: None,
            test: None,
            training: None,
        };
        Self {
            about,
            newest: RwLock::new(Arc::new(network)),
        }
    }

    /// The network of the file at `path`.
    ///
    /// # Errors
    /// When its inputs are not a square.
    pub fn of_file(path: &Path, network: Network<f32>, metadata: Option<&Metadata>) -> Result<Self, Error> {
        let mut shown = Self::new(network, path.display().to_string());
        if shown.about.side.is_none() {
            return Err(Error::Format {
                path: path.to_owned(),
                place: "network".to_owned(),
                expected: "inputs that are the pixels of a square, such as 784 of 28×28".to_owned(),
                found: format!("{} inputs", shown.newest().n_in()),
                hint: "Drawings are square: serve a network for square images.".to_owned(),
            });
        }
        if let Some(metadata) = metadata {
            shown.about.data = metadata.data.clone();
            shown.about.test = metadata.test;
            shown.name_classes(metadata.class_names.as_deref());
        }
        Ok(shown)
    }

    /// Calls the classes by these names, where there are some.
    pub fn name_classes(&mut self, names: Option<&[String]>) {
        self.about.classes = ClassNames::of(names).all(self.about.classes.len());
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    pub fn about_mut(&mut self) -> &mut About {
        &mut self.about
    }

    /// The network as it is now.
    pub fn newest(&self) -> Arc<Network<f32>> {
        // The lock is only held to copy or set the handle.
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the network.
    pub fn set(&self, network: Network<f32>) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(network);
    }

    /// The newest network's answer to a drawing.
    pub fn look(&self, drawing: &CheckedDrawing) -> Result<Look, Error> {
        if drawing.is_empty() {
            return Ok(Look::nothing("nothing drawn".to_owned()));
        }
        let Some(side) = self.about.side else {
            return Ok(Look::nothing("the network's inputs are not a picture".to_owned()));
        };
        let ink = Grey::new(SHEET, SHEET, drawing.ink(SHEET))?;
        let digit = match images::digit_of_ink(&ink, side) {
            Ok(digit) => digit,
            Err(reason) => return Ok(Look::nothing(reason.to_string())),
        };
        let inputs: Vec<f32> = digit
            .pixels
            .iter()
            .map(|&pixel| f32::from(pixel) / batchprop::images::pixels::PIXEL_SCALE)
            .collect();
        let network = self.newest();
        let mut layers = network.activations(&inputs);
        let outputs = layers.pop().unwrap_or_default();
        Ok(Look::Digit {
            label: predict(&outputs),
            probabilities: probabilities(&outputs, network.functions().output),
            seen: digit.pixels,
            hidden: layers,
        })
    }

    /// The weights of hidden unit `unit` of the first layer (n_in), each as an i8, scaled so that the largest
    /// magnitude is 127.
    pub fn weights(&self, unit: usize) -> Option<Vec<u8>> {
        let network = self.newest();
        let [first, _, ..] = network.layers() else {
            return None;
        };
        let weights = first.weights();
        let weights = weights.rows().into_iter().nth(unit)?;
        let largest = weights
            .iter()
            .fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        let part = |weight: &f32| ((weight / largest * 127.0).round() as i8).cast_unsigned();
        Some(weights.iter().map(part).collect())
    }
}

/// `network` in single precision: no picture shows the difference.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn single<F: Real>(network: &Network<F>) -> Result<Network<f32>, Error> {
    let to_single = |value: &F| value.as_f64() as f32;
    let layers = network.layers().iter();
    let parameters: Vec<_> = layers
        .map(|layer| (layer.weights().map(to_single), layer.biases().map(to_single)))
        .collect();
    Network::from_parameters(&parameters)?.with_functions(network.functions())
}

/// The answer of a network to a drawing.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Look {
    /// No digit to look at: why.
    Nothing { nothing: String },
    Digit {
        /// The largest output, the first of equals.
        label: usize,
        /// Of each class.
        probabilities: Vec<f64>,
        /// The inputs: 0 is paper, 255 is ink.
        seen: Vec<u8>,
        /// The activations of each hidden layer.
        hidden: Vec<Vec<f32>>,
    },
}

impl Look {
    fn nothing(reason: String) -> Self {
        Self::Nothing { nothing: reason }
    }
}
