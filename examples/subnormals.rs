//! What numbers too small to be normal cost: training with them, beside the same training on processors that are told
//! to take them for zero.
//!
//! `cargo run --release --example subnormals` trains two networks side by side, epoch by epoch in turn, one with MXCSR's
//! flush-to-zero and denormals-are-zero set on every thread, which the library itself never does. Each
//! side's time is its quickest of 61 epochs: what else the machine does only makes epochs slower. Only x86-64 has the switch.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use batchprop::data::synthetic;
use batchprop::images::pixels::{ImageShape, Pixels};
use batchprop::network::layer::Layer;
use batchprop::training::Trainer;
use batchprop::training::optimizer::{Moments, Penalties};
use batchprop::{
    Activation, Cost, Dataset, Functions, Network, OptimizerOptions, Output, Rule, TrainOn, TrainingOptions,
};

const IMAGES: usize = 4000;
const PAIRS: usize = 61;

struct Case {
    name: &'static str,
    sizes: &'static [usize],
    activation: Activation,
    /// The weights of N(0, 1 / n) times this.
    weights: f32,
    /// The pixels times this.
    pixels: f32,
    rate: f64,
    optimizer: OptimizerOptions,
    /// Hidden units that are silent for good, with memories of their past of 1e-30: as small as they get.
    is_dead: bool,
}

fn main() {
    let usual = Case {
        name: "the article's network, none",
        sizes: &[784, 30, 10],
        activation: Activation::Sigmoid,
        weights: 1.0,
        pixels: 1.0,
        rate: 3.0,
        optimizer: OptimizerOptions::default(),
        is_dead: false,
    };
    let relu = |name, rate, rule, penalties| Case {
        name,
        sizes: &[784, 100, 10],
        activation: Activation::Relu,
        rate,
        optimizer: OptimizerOptions {
            rule,
            penalties,
            ..Default::default()
        },
        ..usual
    };
    let decay = Penalties {
        weight_decay: 5.0,
        ..Default::default()
    };
    let cases = [
        relu(
            "Adam's means of weights without gradient",
            0.001,
            Rule::Adam(Moments::default()),
            Penalties::default(),
        ),
        relu(
            "momentum of weights without gradient",
            0.05,
            Rule::Momentum { momentum: 0.9 },
            Penalties::default(),
        ),
        Case {
            is_dead: true,
            ..relu(
                "Adam's means of a dead layer",
                0.001,
                Rule::Adam(Moments::default()),
                Penalties::default(),
            )
        },
        Case {
            is_dead: true,
            ..relu(
                "momentum of a dead layer",
                0.05,
                Rule::Momentum { momentum: 0.9 },
                Penalties::default(),
            )
        },
        relu("weights that decay by half a step", 0.1, Rule::Sgd, decay),
        Case {
            name: "pixels of 1e-40",
            pixels: 1e-40,
            ..usual
        },
        Case {
            name: "weights of 1e-40",
            weights: 1e-39,
            rate: 1e-40,
            ..usual
        },
        Case {
            name: "activations and errors of 1e-40",
            sizes: &[784, 100, 100, 100, 10],
            activation: Activation::Tanh,
            weights: 1e-19,
            rate: 1e-30,
            ..usual
        },
    ];
    println!(
        "{:<42} {:>12} {:>10} {:>10} {:>7}",
        "", "subnormal", "as is", "as zero", "ratio"
    );
    for case in [usual].iter().chain(&cases) {
        case.measure();
    }
}

impl Case {
    fn measure(&self) {
        let training = self.digits();
        let options = TrainingOptions {
            learning_rate: self.rate,
            batch_size: 32,
            optimizer: self.optimizer,
            ..Default::default()
        };
        let options = options.check().expect("options in their ranges");
        let (mut network, mut flushed) = (self.network(), self.network());
        let mut as_is = Trainer::new(&mut network, &options, &training);
        let mut as_zero = Trainer::new(&mut flushed, &options, &training);
        for trainer in [&mut as_is, &mut as_zero] {
            if self.is_dead {
                let layers = || self.network().layers().to_vec();
                let memories = trainer.optimizer().memories().count();
                let mut memories = vec![layers(); memories];
                for layer in memories.iter_mut().flatten() {
                    layer.weights_mut().fill(1e-30);
                    layer.biases_mut().fill(0.0);
                }
                let restored = trainer.optimizer().restore(1000, memories);
                restored.expect("the shapes are the network's");
            }
        }
        let order: Vec<u32> = (0..IMAGES as u32).collect();
        let epoch = |trainer: &mut Trainer<f32>, flush| {
            flush_to_zero(flush);
            let start = Instant::now();
            let pass = trainer.epoch(&training, &order, |_| ControlFlow::Continue(()));
            let time = start.elapsed();
            flush_to_zero(false);
            pass.expect("nothing diverges");
            time
        };
        // Until the numbers have become small.
        for _ in 0..10 {
            epoch(&mut as_is, false);
            epoch(&mut as_zero, true);
        }
        let pair = |_| (epoch(&mut as_is, false), epoch(&mut as_zero, true));
        let pairs: Vec<(Duration, Duration)> = (0..PAIRS).map(pair).collect();
        let quickest = |of: fn(&(Duration, Duration)) -> Duration| {
            let time = pairs.iter().map(of).min();
            time.map_or(f64::NAN, |time| 1e3 * time.as_secs_f64())
        };
        let (as_is_time, as_zero_time) = (quickest(|pair| pair.0), quickest(|pair| pair.1));
        let memories = as_is.optimizer().memories().flatten();
        let subnormal = memories.map(subnormals).sum::<usize>();
        let subnormal = subnormal + as_is.network().layers().iter().map(subnormals).sum::<usize>();
        println!(
            "{:<42} {subnormal:>12} {as_is_time:>7.2} ms {as_zero_time:>7.2} ms {:>7.3}",
            self.name,
            as_is_time / as_zero_time,
        );
    }

    fn digits(&self) -> Dataset {
        let digits = synthetic::digits(1, IMAGES, 10);
        let bytes = digits.training(TrainOn::All);
        if self.pixels == 1.0 {
            return bytes;
        }
        let batchprop::images::pixels::PixelSlice::Bytes(pixels) = bytes.pixels() else {
            panic!("synthetic digits are bytes");
        };
        let pixels = pixels.iter().map(|&byte| f32::from(byte) / 256.0 * self.pixels);
        let shape = ImageShape {
            rows: 28,
            columns: 28,
        };
        Dataset::new(
            Pixels::Floats(pixels.collect()),
            bytes.labels().to_vec(),
            shape,
            "tiny",
        )
        .expect("as many labels as before")
    }

    fn network(&self) -> Network<f32> {
        let functions = Functions {
            activation: self.activation,
            output: Output::Softmax,
            cost: Cost::LogLikelihood,
        };
        let network = Network::zeros(self.sizes).and_then(|network| network.with_functions(functions));
        let network = network.and_then(|it| it.initialised(batchprop::Initialisation::Normalised, 1));
        let mut network = network.expect("the sizes are sound");
        if self.is_dead {
            network.layers_mut()[0].biases_mut().fill(-1e6);
        }
        for layer in network.layers_mut() {
            layer.weights_mut().mapv_inplace(|weight| weight * self.weights);
            if self.weights != 1.0 {
                layer.biases_mut().fill(0.0);
            }
        }
        network
    }
}

fn subnormals(layer: &Layer<f32>) -> usize {
    let (weights, biases) = (layer.weights(), layer.biases());
    weights
        .iter()
        .chain(biases)
        .filter(|it| it.is_subnormal())
        .count()
}

/// Has this thread and all of rayon's take subnormal numbers for zero, or not.
#[cfg(target_arch = "x86_64")]
fn flush_to_zero(flush: bool) {
    const FLUSH_AND_ZERO: u32 = 0x8040;
    let set = || {
        let mut control = 0_u32;
        // SAFETY: MXCSR is read and written back with two bits changed. The compiler assumes that they are never set,
        // and may compute otherwise in advance what depends on them: good enough for a measurement of time.
        unsafe {
            std::arch::asm!("stmxcsr [{}]", in(reg) &mut control, options(nostack));
            control = if flush {
                control | FLUSH_AND_ZERO
            } else {
                control & !FLUSH_AND_ZERO
            };
            std::arch::asm!("ldmxcsr [{}]", in(reg) &control, options(nostack, readonly));
        }
    };
    set();
    rayon::broadcast(|_| set());
}

#[cfg(not(target_arch = "x86_64"))]
fn flush_to_zero(_: bool) {}
