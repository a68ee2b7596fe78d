//! The arrays that the article's own Python program computed.

use batchprop::Network;
use batchprop::math::matrix::Matrix;
use ndarray::{Array1, Array2};
use npyz::NpyFile;
use zip::ZipArchive;

use super::project;

pub struct Golden(ZipArchive<std::io::BufReader<std::fs::File>>);

impl Golden {
    pub fn open(name: &str) -> Self {
        let file = std::fs::File::open(project("tests/golden").join(name)).unwrap();
        Self(ZipArchive::new(std::io::BufReader::new(file)).unwrap())
    }

    fn array<T: npyz::Deserialize>(&mut self, name: &str) -> (Vec<u64>, Vec<T>) {
        let entry = self.0.by_name(&format!("{name}.npy")).unwrap();
        let array = NpyFile::new(entry).unwrap();
        (array.shape().to_vec(), array.into_vec().unwrap())
    }

    pub fn numbers<T: npyz::Deserialize>(&mut self, name: &str) -> Vec<T> {
        self.array(name).1
    }

    pub fn number(&mut self, name: &str) -> f64 {
        self.numbers(name)[0]
    }

    pub fn matrix(&mut self, name: &str) -> Array2<f64> {
        let (shape, elements) = self.array(name);
        Array2::from_shape_vec((shape[0] as usize, shape[1] as usize), elements).unwrap()
    }

    /// Weights and biases of `layers` layers: `init`, `nabla` or `final`.
    pub fn layers(&mut self, prefix: &str, layers: usize) -> Vec<(Array2<f64>, Array1<f64>)> {
        let layer = |l| {
            (
                self.matrix(&format!("{prefix}_w{l}")),
                self.numbers(&format!("{prefix}_b{l}")).into(),
            )
        };
        (1..=layers).map(layer).collect()
    }

    pub fn network(&mut self, layers: usize) -> Network<f64> {
        Network::from_parameters(&self.layers("init", layers)).unwrap()
    }

    /// The samples that the small file carries with it, and their labels.
    pub fn samples(&mut self) -> (Matrix<f64>, Vec<u16>) {
        let labels: Vec<i64> = self.numbers("labels");
        let labels = labels.iter().map(|&label| label as u16).collect();
        (Matrix::from(self.matrix("x").view()), labels)
    }
}

/// All of the numbers, layer by layer.
pub fn flat(layers: &[(Array2<f64>, Array1<f64>)]) -> impl Iterator<Item = &f64> {
    layers
        .iter()
        .flat_map(|(weights, biases)| weights.iter().chain(biases))
}
