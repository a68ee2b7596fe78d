//! The arrays that the article's own Python program computed.

use std::io::Read;

use batchprop::Network;
use batchprop::math::matrix::Matrix;
use ndarray::{Array1, Array2};
use zip::ZipArchive;

use super::{project, use_one_thread_per_call};

pub struct Golden(ZipArchive<std::io::BufReader<std::fs::File>>);

impl Golden {
    pub fn open(name: &str) -> Self {
        use_one_thread_per_call();
        let file = std::fs::File::open(project("tests/golden").join(name)).unwrap();
        Self(ZipArchive::new(std::io::BufReader::new(file)).unwrap())
    }

    /// The shape and the numbers of an array in row-major order.
    fn array(&mut self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let mut bytes = Vec::new();
        let mut entry = self.0.by_name(&format!("{name}.npy")).unwrap();
        entry.read_to_end(&mut bytes).unwrap();
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = str::from_utf8(&bytes[10..start]).unwrap();
        assert!(header.contains("'fortran_order': False"), "{name}: {header}");
        let (_, shape) = header.split_once("'shape': (").unwrap();
        let (shape, _) = shape.split_once(')').unwrap();
        let shape: Vec<usize> = shape
            .split(',')
            .filter_map(|size| size.trim().parse().ok())
            .collect();
        let content = &bytes[start..];
        let numbers: Vec<f64> = match header.split('\'').nth(3).unwrap() {
            "<f8" => content
                .as_chunks()
                .0
                .iter()
                .map(|&it| f64::from_le_bytes(it))
                .collect(),
            "<i8" => content
                .as_chunks()
                .0
                .iter()
                .map(|&it| i64::from_le_bytes(it) as f64)
                .collect(),
            "<u2" => content
                .as_chunks()
                .0
                .iter()
                .map(|&it| u16::from_le_bytes(it).into())
                .collect(),
            other => panic!("{name}: elements of type {other}"),
        };
        assert_eq!(numbers.len(), shape.iter().product::<usize>(), "{name}");
        (shape, numbers)
    }

    pub fn numbers(&mut self, name: &str) -> Vec<f64> {
        self.array(name).1
    }

    pub fn number(&mut self, name: &str) -> f64 {
        self.numbers(name)[0]
    }

    pub fn matrix(&mut self, name: &str) -> Array2<f64> {
        let (shape, numbers) = self.array(name);
        Array2::from_shape_vec((shape[0], shape[1]), numbers).unwrap()
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

    /// The samples in the small file, and their labels.
    pub fn samples(&mut self) -> (Matrix<f64>, Vec<u16>) {
        let labels = self.numbers("labels");
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
