//! A gradient engine of one's own in place of the crate's: here one that counts what the reference engine does.
//! `cargo run --release --example 04_own_engine`

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use batchprop::data::synthetic;
use batchprop::network::layer::Layer;
use batchprop::training::Trainer;
use batchprop::training::gradient::{Reference, Regularisers};
use batchprop::{GradientEngine, Minibatch, Network, Result, TrainOn, TrainingOptions};

struct Counting {
    inner: Reference<f32>,
    samples: Arc<AtomicUsize>,
}

impl GradientEngine<f32> for Counting {
    fn backpropagate(&mut self, network: &Network<f32>, minibatch: &Minibatch<f32>) -> f64 {
        self.samples.fetch_add(minibatch.len(), Ordering::Relaxed);
        self.inner.backpropagate(network, minibatch)
    }

    fn add_gradient(&mut self, minibatch: &Minibatch<f32>, scale: f32, target: &mut [Layer<f32>]) {
        self.inner.add_gradient(minibatch, scale, target);
    }
}

fn main() -> Result<()> {
    let digits = synthetic::digits(0, 1_200, 200);
    let training = digits.training(TrainOn::Train);
    let options = TrainingOptions::default().check()?;
    let mut network = Network::<f32>::new(&[784, 30, 10], 0)?;
    let samples = Arc::new(AtomicUsize::new(0));
    let engine = Counting {
        inner: Reference::new(&network, Regularisers::default()),
        samples: samples.clone(),
    };

    let mut trainer = Trainer::new(&mut network, &options, &training).with_engine(Box::new(engine));
    let order: Vec<u32> = (0..training.len() as u32).collect();
    let pass = trainer
        .epoch(&training, &order, |_images| ControlFlow::Continue(()))
        .expect("the learning rate is small enough");
    println!(
        "cost {:.3} after {} gradients",
        pass.cost(),
        samples.load(Ordering::Relaxed)
    );
    Ok(())
}
