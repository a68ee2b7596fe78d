//! The network of the page, or a committee: what it is, and what it makes of a drawing.

use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use crate::cli::options::model::Models;
use crate::cli::output::class_names::ClassNames;
use batchprop::images;
use batchprop::images::Grey;
use batchprop::images::pixels::ImageShape;
use batchprop::images::strokes::CheckedDrawing;
use batchprop::network::committee::mean;
use batchprop::storage::model::Accuracy;
use batchprop::training::evaluation::{predict, probabilities};
use batchprop::{Error, Network};

/// Pixels per side of a drawing: five for one of MNIST's.
const SHEET: usize = 140;

/// A network that people can draw for, or the networks of a committee. Training may put newer parameters in its place.
#[derive(Debug)]
pub struct Shown {
    about: About,
    /// At least one, in single precision: no picture shows the difference.
    newest: RwLock<Arc<Vec<Network<f32>>>>,
}

/// What the page says of the network.
#[derive(Debug, Serialize)]
pub struct About {
    /// The program's.
    version: &'static str,
    /// The network's file or its making, for people.
    pub name: String,
    /// The files of a committee's networks; of a single network none. The page shows the inside of the first.
    members: Vec<String>,
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
            members: Vec::new(),
            functions: network.functions().to_string(),
            classes: ClassNames::default().all(network.n_out()),
            side: ImageShape::square(network.n_in()).map(|shape| shape.rows),
            parameters: parameters(&sizes),
            sizes,
            data: None,
            test: None,
            training: None,
        };
        Self {
            about,
            newest: RwLock::new(Arc::new(vec![network])),
        }
    }

    /// The networks of files.
    ///
    /// # Errors
    /// When their inputs are not a square; [`Error::OutOfMemory`].
    pub fn of_models(models: &Models) -> Result<Self, Error> {
        let members = models.committee.members();
        let networks = members.iter().map(|member| member.network.rounded());
        let networks: Vec<Network<f32>> = networks.collect::<Result<_, _>>()?;
        let mut shown = Self::new(networks[0].clone(), models.name());
        let about = &mut shown.about;
        if about.side.is_none() {
            return Err(Error::Format {
                path: members[0].name.clone(),
                place: "network".to_owned(),
                expected: "inputs that are the pixels of a square, such as 784 of 28×28".to_owned(),
                found: format!("{} inputs", models.committee.n_in()),
                hint: "Drawings are square: serve a network for square images.".to_owned(),
            });
        }
        match (members, &models.metadata[..]) {
            ([_], [metadata]) => {
                about.data = metadata.as_ref().and_then(|metadata| metadata.data.clone());
                about.test = metadata.as_ref().and_then(|metadata| metadata.test);
            }
            _ => {
                about.members = members.iter().map(|it| it.name.display().to_string()).collect();
                about.parameters = networks.iter().map(|network| parameters(&network.sizes())).sum();
            }
        }
        shown.name_classes(models.committee.class_names());
        shown.newest = RwLock::new(Arc::new(networks));
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

    /// The networks as they are now, at least one.
    fn newest(&self) -> Arc<Vec<Network<f32>>> {
        // The lock is only held to copy or set the handle.
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the network.
    pub fn set(&self, network: Network<f32>) {
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(vec![network]);
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
        let mut hidden = Vec::new();
        let mut votes = Vec::new();
        for (index, network) in self.newest().iter().enumerate() {
            let mut layers = network.activations(&inputs);
            let outputs = layers.pop().unwrap_or_default();
            let label = predict(&outputs);
            votes.push((label, probabilities(&outputs, network.functions().output)));
            if index == 0 {
                hidden = layers;
            }
        }
        let probabilities = mean(votes.iter().map(|(_, probabilities)| &probabilities[..]));
        let (label, members) = match &votes[..] {
            [(label, _)] => (*label, Vec::new()),
            _ => (
                predict(&probabilities),
                votes.iter().map(|(label, all)| (*label, all[*label])).collect(),
            ),
        };
        Ok(Look::Digit {
            label,
            probabilities,
            members,
            seen: digit.pixels,
            hidden,
        })
    }

    /// The weights of hidden unit `unit` of the first layer (n_in), each as an i8, scaled so that the largest
    /// magnitude is 127.
    pub fn weights(&self, unit: usize) -> Option<Vec<u8>> {
        let networks = self.newest();
        let [first, _, ..] = networks[0].layers() else {
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

/// Weights and biases of a network of `sizes`.
fn parameters(sizes: &[usize]) -> usize {
    sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
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
        /// What each network of a committee predicts, and how probable that is to it.
        members: Vec<(usize, f64)>,
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
