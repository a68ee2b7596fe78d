//! A network and the options of its training, in words and as JSON.

use serde_json::{Value, json};

use crate::cli::output::additions::{additions, distortions};
use crate::cli::output::words::{counted, dashed, epochs, grouped, seeds};
use batchprop::training::Control;
use batchprop::{Functions, Initialisation, Network, Real, TrainingOptions};

/// What can be computed of a network, with the functions that its file names.
pub struct Shape {
    sizes: Vec<usize>,
    functions: Option<Functions>,
    precision: &'static str,
    weights_sha256: String,
}

impl Shape {
    pub fn of<F: Real>(network: &Network<F>, functions: Option<Functions>) -> Self {
        Self {
            sizes: network.sizes(),
            functions,
            precision: F::NAME,
            weights_sha256: network.sha256(),
        }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// Inputs, outputs, function and parameters of each layer.
    fn layers(&self) -> Vec<(usize, usize, Option<&'static str>, usize)> {
        let last = self.sizes.len() - 2;
        let layers = self.sizes.windows(2).enumerate();
        let layers = layers.map(|(index, pair)| {
            let function = self.functions.map(|functions| match index == last {
                true => functions.output.name(),
                false => functions.activation.name(),
            });
            (pair[0], pair[1], function, pair[1] * (pair[0] + 1))
        });
        layers.collect()
    }

    fn parameters(&self) -> usize {
        self.layers().iter().map(|layer| layer.3).sum()
    }

    /// Network, layers, checksum.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let functions = match self.functions {
            Some(functions) => functions.to_string(),
            None => "functions not named (--activation and --output-activation give them)".to_owned(),
        };
        let sizes = dashed(&self.sizes);
        let mut lines = vec![("Network", format!("{sizes}, {functions}, {}", self.precision))];
        let layers = self.layers();
        let most = layers.iter().map(|layer| layer.3).max().unwrap_or(0);
        let width = |value: usize| grouped(value as f64).len();
        let widths = (
            layers.iter().map(|layer| width(layer.0)).max().unwrap_or(0),
            layers.iter().map(|layer| width(layer.1)).max().unwrap_or(0),
            width(most),
        );
        for (index, (inputs, outputs, function, parameters)) in layers.into_iter().enumerate() {
            let [inputs, outputs, parameters] =
                [inputs, outputs, parameters].map(|value| grouped(value as f64));
            let label = if index == 0 { "Layers" } else { "" };
            let function = function.map_or_else(String::new, |name| format!("  {name}"));
            let line = format!(
                "{inputs:>0$} → {outputs:>1$}  {parameters:>2$} parameters{function}",
                widths.0, widths.1, widths.2
            );
            lines.push((label, line));
        }
        lines.push(("", format!("{} in all", counted(self.parameters(), "parameter"))));
        lines.push(("Weights", format!("sha256 {}", self.weights_sha256)));
        lines
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let layers = self.layers().into_iter();
        let layers = layers.map(|(inputs, outputs, function, parameters)| {
            json!({"inputs": inputs, "outputs": outputs, "function": function, "parameters": parameters})
        });
        json!({
            "sizes": self.sizes, "activation": self.functions.map(|it| it.activation.name()),
            "output": self.functions.map(|it| it.output.name()), "cost": self.functions.map(|it| it.cost.name()),
            "precision": self.precision, "layers": layers.collect::<Vec<_>>(), "parameters": self.parameters(),
            "weights_sha256": self.weights_sha256,
        })
    }
}

/// The options of a training.
pub fn options(
    options: &TrainingOptions,
    initialisation: Option<Initialisation>,
) -> Vec<(&'static str, String)> {
    let mut lines = vec![(
        "Training",
        format!(
            "{}, mini-batches of {}, learning rate {:?}, {}, {} engine",
            epochs(options.epochs),
            options.batch_size,
            options.learning_rate,
            seeds(options.seed, 1),
            options.engine.name()
        ),
    )];
    let mut with = additions(options, initialisation.unwrap_or(Initialisation::Normal));
    let Control {
        patience,
        keep_best,
        max_time,
        ..
    } = options.control;
    with.extend(patience.map(|patience| format!("patience of {}", epochs(patience))));
    with.extend(max_time.map(|time| format!("at most {} s", time.as_secs_f64())));
    with.extend(keep_best.then(|| "the best epoch kept".to_owned()));
    if !with.is_empty() {
        lines.push(("With", with.join(", ")));
    }
    lines.extend(distortions(options));
    lines
}
