//! Training that Python leads epoch by epoch.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use batchprop::network::layer::Layer;
use batchprop::training::gradient::Regularisers;
use batchprop::training::minibatch::{Distorted, Minibatch};
use batchprop::training::optimizer::{Moments, OptimizerOptions, Penalties, Rule};
use batchprop::training::rows::{Known, RowBatches, Rows};
use batchprop::training::schedule::{LearningRates, Schedule, Strengths};
use batchprop::training::session::Session;
use batchprop::{Network, Real};
use numpy::{Element, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::convention::Convention;
use crate::data;
use crate::errors::exception;
use crate::parameters::{Arrays, Given, Names, arrays, assign, functions, is_double, network};
use crate::pool;
use crate::table::Table;

/// A network in training, and the samples it learns from.
#[pyclass(module = "batchprop._batchprop")]
pub struct Trainer {
    /// Python asks that a class can be shared between threads. An engine cannot, but it is only used alone.
    session: Mutex<Either>,
    convention: Convention,
    samples: Option<Samples>,
}

enum Either {
    Single(Typed<f32>),
    Double(Typed<f64>),
}

struct Typed<F: Real> {
    session: Session<F>,
    batches: Option<Batches<F>>,
}

/// The mini-batches of the samples at hand.
enum Batches<F: Real> {
    Rows(RowBatches<F>),
    Distorted(Box<Distorted<F>>),
}

struct Samples {
    table: Table,
    labels: Vec<u16>,
    weights: Vec<f64>,
    byte_scale: f64,
    batch_size: usize,
}

/// An epoch to be trained: its number, the samples in their order, and the learning rates.
struct Epoch<'a> {
    number: usize,
    order: &'a [u32],
    rates: LearningRates,
    strength: f64,
}

/// Does the same with a session of either precision.
macro_rules! either {
    ($either:expr, $typed:ident => $result:expr) => {
        match $either {
            Either::Single($typed) => $result,
            Either::Double($typed) => $result,
        }
    };
}

fn alone(session: &mut Mutex<Either>) -> &mut Either {
    session.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// What the optimizer is to do, as Python says it.
#[derive(FromPyObject)]
struct Optimizer {
    #[pyo3(item)]
    rule: String,
    #[pyo3(item)]
    momentum: f64,
    #[pyo3(item)]
    beta1: f64,
    #[pyo3(item)]
    beta2: f64,
    #[pyo3(item)]
    epsilon: f64,
    #[pyo3(item)]
    l2: f64,
    /// scikit-learn's; `None` for the library's conventions.
    #[pyo3(item)]
    alpha: Option<f64>,
}

impl Optimizer {
    fn convention(self) -> PyResult<Convention> {
        let Self {
            momentum,
            beta1,
            beta2,
            epsilon,
            ..
        } = self;
        let rule = match self.rule.as_str() {
            // Without memory the engine adds the gradient to the weights themselves.
            "sgd" => Rule::Sgd,
            "momentum" | "nesterov" if momentum == 0.0 => Rule::Sgd,
            "momentum" => Rule::Momentum { momentum },
            "nesterov" => Rule::Nesterov { momentum },
            "adam" => Rule::Adam(Moments {
                beta1,
                beta2,
                epsilon,
            }),
            other => return Err(PyValueError::new_err(format!("optimizer {other:?}"))),
        };
        let penalties = Penalties {
            l2: self.l2,
            ..Penalties::default()
        };
        let options = OptimizerOptions {
            rule,
            penalties,
            clip_norm: None,
        };
        Ok(Convention {
            options,
            alpha: self.alpha,
        })
    }
}

/// The learning rates of a run: the first, the schedule's name, the steps of an epoch and those of the whole run.
#[derive(FromPyObject)]
struct Rates(f64, String, u64, u64);

impl Rates {
    fn learning_rates(self) -> PyResult<LearningRates> {
        let Self(base, schedule, steps_an_epoch, steps) = self;
        let schedule = match schedule.as_str() {
            "constant" => Schedule::Constant,
            "cosine" => Schedule::Cosine,
            "one-cycle" => Schedule::OneCycle,
            other => {
                let expected = "expected constant, cosine or one-cycle";
                return Err(PyValueError::new_err(format!("schedule {other:?}: {expected}")));
            }
        };
        Ok(LearningRates {
            base,
            schedule,
            warmup_steps: 0,
            steps_an_epoch,
            steps,
            halvings: 0,
        })
    }
}

#[pymethods]
impl Trainer {
    #[new]
    fn new(
        parameters: Given,
        names: Names,
        optimizer: Optimizer,
        dropout: f64,
        label_smoothing: f64,
        seed: u64,
    ) -> PyResult<Self> {
        fn typed<F: Real + Element>(
            network: Network<F>,
            convention: &Convention,
            regularisers: Regularisers,
        ) -> PyResult<Typed<F>> {
            let session = Session::new(network, convention.options, regularisers);
            Ok(Typed {
                session: session.map_err(exception)?,
                batches: None,
            })
        }
        let functions = functions(&names)?;
        let convention = optimizer.convention()?;
        let regularisers = Regularisers {
            label_smoothing,
            dropout,
            seed,
        };
        let session = if is_double(&parameters) {
            Either::Double(typed(
                network(&parameters, functions)?,
                &convention,
                regularisers,
            )?)
        } else {
            Either::Single(typed(
                network(&parameters, functions)?,
                &convention,
                regularisers,
            )?)
        };
        Ok(Self {
            session: Mutex::new(session),
            convention,
            samples: None,
        })
    }

    /// The samples of the epochs to come. `weights` may be empty. `augment` distorts images of `shape`.
    #[pyo3(signature = (samples, labels, weights, byte_scale, batch_size, augment, shape, seed, threads))]
    #[allow(clippy::too_many_arguments)]
    fn set_samples(
        &mut self,
        samples: &Bound<PyAny>,
        labels: Vec<u16>,
        weights: Vec<f64>,
        byte_scale: f64,
        batch_size: usize,
        augment: Option<data::Bounds>,
        shape: Option<(usize, usize)>,
        seed: u64,
        threads: usize,
    ) -> PyResult<()> {
        let py = samples.py();
        let samples = Samples {
            table: Table::new(samples)?,
            labels,
            weights,
            byte_scale,
            batch_size,
        };
        either!(alone(&mut self.session), typed => {
            let n_in = typed.session.network().n_in();
            typed.batches = Some(samples.with_rows(py, |rows| {
                samples.check(rows, n_in)?;
                match augment {
                    None => {
                        let batches = pool::run(py, threads, |_| RowBatches::new(rows, batch_size))?;
                        Ok(Batches::Rows(batches.map_err(exception)?))
                    }
                    Some(bounds) => {
                        let images = data::images(py, &samples.table, samples.labels.clone(), shape, byte_scale == 1.0)?;
                        let distorted = Distorted::new(images, batch_size, bounds.into(), seed);
                        Ok(Batches::Distorted(Box::new(distorted.map_err(exception)?)))
                    }
                }
            })?);
        });
        self.samples = Some(samples);
        Ok(())
    }

    /// Frees the samples.
    fn forget_samples(&mut self) {
        self.samples = None;
        either!(alone(&mut self.session), typed => typed.batches = None);
    }

    /// Trains one epoch, number `epoch`, on the samples at `order`. `strengths` are that of the last epoch's distortions, and the number
    /// of epochs. Returns Σ loss × size over the mini-batches, and how many
    /// samples they had: fewer than in `order` where the loss was no longer finite.
    fn epoch(
        &mut self,
        py: Python,
        order: PyReadonlyArray1<u32>,
        rates: Rates,
        strengths: (f64, usize),
        epoch: usize,
        threads: usize,
    ) -> PyResult<(f64, usize)> {
        let samples = self
            .samples
            .as_ref()
            .ok_or_else(|| PyRuntimeError::new_err("no samples"))?;
        let order = order.as_slice()?;
        if order.iter().any(|&index| index as usize >= samples.labels.len()) {
            return Err(PyValueError::new_err(
                "the order names a sample that does not exist",
            ));
        }
        let (end, epochs) = strengths;
        let epoch = Epoch {
            number: epoch,
            order,
            rates: rates.learning_rates()?,
            strength: Strengths { end, epochs }.at(epoch),
        };
        let (session, convention) = (alone(&mut self.session), &self.convention);
        samples.with_rows(py, |rows| {
            pool::run(
                py,
                threads,
                |stop| either!(session, typed => typed.epoch(rows, samples, convention, &epoch, stop)),
            )
        })
    }

    /// Weights and biases as they are now.
    fn parameters<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        either!(alone(&mut self.session), typed => {
            arrays(py, typed.session.network().layers()).into_pyobject(py).map(Bound::into_any)
        })
    }

    /// Replaces weights and biases.
    fn set_parameters(&mut self, parameters: Given) -> PyResult<()> {
        either!(alone(&mut self.session), typed => assign(typed.session.network_mut(), &parameters))
    }

    /// Steps done, and what the optimizer remembers: for each memory weights and biases.
    fn state<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        either!(alone(&mut self.session), typed => {
            let optimizer = typed.session.optimizer();
            let memories: Vec<Arrays<_>> = optimizer.memories().map(|layers| arrays(py, layers)).collect();
            (optimizer.steps(), memories).into_pyobject(py).map(Bound::into_any)
        })
    }

    /// Goes on from a [`Self::state`], its memories multiplied by `factor`.
    fn restore(&mut self, state: (u64, Vec<Given>), factor: f64) -> PyResult<()> {
        let (steps, memories) = state;
        either!(alone(&mut self.session), typed => {
            let layers = |memory| typed.layers(memory, factor);
            let memories = memories.iter().map(layers).collect::<PyResult<_>>()?;
            typed.session.restore(steps, memories).map_err(exception)
        })
    }
}

impl Samples {
    fn with_rows<T>(&self, py: Python, work: impl FnOnce(Rows) -> PyResult<T>) -> PyResult<T> {
        self.table.with_rows(py, self.byte_scale, work)
    }

    fn check(&self, rows: Rows, n_in: usize) -> PyResult<()> {
        let weighted = self.weights.is_empty() || self.weights.len() == self.labels.len();
        if weighted && rows.len() == self.labels.len() && rows.n_in() == n_in && self.batch_size > 0 {
            return Ok(());
        }
        let message = "samples, labels and weights do not fit each other or the network";
        Err(PyValueError::new_err(message))
    }
}

impl<F: Real + Element> Typed<F> {
    fn epoch(
        &mut self,
        rows: Rows,
        samples: &Samples,
        convention: &Convention,
        epoch: &Epoch,
        stop: &AtomicBool,
    ) -> (f64, usize) {
        let Self { session, batches } = self;
        let (mut loss, mut seen) = (0.0, 0);
        let mut learn = |minibatch: Minibatch<F>| {
            let weight = minibatch.total_weight();
            if weight > 0.0 {
                let step = session.optimizer().steps();
                session.set_options(convention.at(step, weight));
                let penalty = convention.penalty(|| session.weights_squared(), weight);
                let cost = session.step(&minibatch, epoch.rates.at(step));
                loss += (cost / weight + penalty) * minibatch.len() as f64;
                if !loss.is_finite() {
                    return ControlFlow::Break(());
                }
            }
            seen += minibatch.len();
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let mut chunks = epoch.order.chunks(samples.batch_size);
        // A break has told all it has to tell in `seen`.
        let _: ControlFlow<()> = match batches {
            None => ControlFlow::Break(()),
            Some(Batches::Rows(batches)) => {
                let known = Known {
                    labels: &samples.labels,
                    weights: &samples.weights,
                };
                chunks.try_for_each(|indices| learn(batches.gather(rows, known, indices)))
            }
            Some(Batches::Distorted(images)) => {
                let mut weights = Vec::new();
                images.set_strength(epoch.strength);
                images.for_each_minibatch(epoch.number, epoch.order, |minibatch| {
                    let indices = chunks.next().unwrap_or_default();
                    if samples.weights.is_empty() {
                        return learn(minibatch);
                    }
                    weights.clear();
                    weights.extend(indices.iter().map(|&index| samples.weights[index as usize]));
                    learn(minibatch.weighted(&weights))
                })
            }
        };
        (loss, seen)
    }

    /// Layers of these arrays, times `factor`.
    fn layers(&self, parameters: &Given, factor: f64) -> PyResult<Vec<Layer<F>>> {
        let mut of_shape = Network::<F>::zeros(&self.session.network().sizes()).map_err(exception)?;
        assign(&mut of_shape, parameters)?;
        let factor = F::of(factor);
        for layer in of_shape.layers_mut() {
            layer.weights_mut().mapv_inplace(|x| x * factor);
            layer.biases_mut().mapv_inplace(|x| x * factor);
        }
        Ok(of_shape.layers().to_vec())
    }
}
