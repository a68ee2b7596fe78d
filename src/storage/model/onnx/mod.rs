//! Networks as [ONNX], for other programs: written, never read.
//!
//! One graph of operator set 13: `input` (N × n_in, float) → `output` (N × n_out, float), N free. A layer is `Gemm` with
//! its activation: `Sigmoid`, `Tanh`, `Relu`, `LeakyRelu`; gelu, in its exact form, by `Erf`, silu by `Sigmoid` and
//! `Mul`. Outputs are `Sigmoid` or `Softmax`. Networks of double precision are rounded to single: onnxruntime has
//! several of these operators in single precision only. The metadata are those of a safetensors file, under
//! `batchprop`.
//!
//! A committee is one graph, too: the layers of member k have the prefix `k.`, sigmoid outputs are divided by their sum,
//! and `Mean` gives `output`. Its metadata are a list with those of each member.
//!
//! [ONNX]: https://onnx.ai/onnx/repo-docs/IR.html

mod proto;

use std::io;

use prost::Message;

use self::proto::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, Attribute, Dimension, FLOAT, Graph, INT64, Model, Node, OperatorSetId,
    Shape, StringStringEntry, Tensor, TensorType, Type, ValueInfo,
};
use super::about::About;
use crate::math::real::Real;
use crate::network::Network;
use crate::network::activation::{Activation, LEAK};
use crate::network::committee::{Committee, with_network};
use crate::network::output::Output;

const INPUT: &str = "input";
const OUTPUT: &str = "output";

/// The first operator set with the usual `Softmax`.
const OPERATOR_SET: i64 = 13;

/// The IR version of that operator set.
const IR_VERSION: i64 = 7;

/// The largest protocol buffer.
const MOST_BYTES: usize = (1 << 31) - 1;

/// The bytes of a network's file. The same arguments give the same bytes.
pub(super) fn encode<F: Real>(network: &Network<F>, about: &About) -> io::Result<Vec<u8>> {
    let mut graph = Graph {
        name: "network".to_owned(),
        input: vec![value(INPUT, network.n_in())],
        output: vec![value(OUTPUT, network.n_out())],
        ..Graph::default()
    };
    push_layers(&mut graph, network, "", OUTPUT);
    finish(graph, serde_json::to_string(about)?)
}

/// As [`encode`], of a committee; `about` has as many elements as the committee has members.
pub(super) fn encode_committee(committee: &Committee, about: &[About]) -> io::Result<Vec<u8>> {
    let mut graph = Graph {
        name: "committee".to_owned(),
        input: vec![value(INPUT, committee.n_in())],
        output: vec![value(OUTPUT, committee.n_out())],
        ..Graph::default()
    };
    let mut means = Vec::new();
    for (index, member) in committee.members().iter().enumerate() {
        let prefix = format!("{index}.");
        let named = |name: &str| format!("{prefix}{name}");
        let outputs = named("outputs");
        with_network!(&member.network, network => push_layers(&mut graph, network, &prefix, &outputs));
        means.push(match member.network.functions().output {
            Output::Softmax => outputs,
            Output::Sigmoid => push_normalised(&mut graph, &outputs, named),
        });
    }
    let means: Vec<&str> = means.iter().map(String::as_str).collect();
    graph.node.push(node("Mean", &means, OUTPUT));
    finish(graph, serde_json::to_string(about)?)
}

/// Adds what divides `outputs` by their sum, and returns its result. Where all are 0, all classes are equally likely: a number
/// far below the precision of others is added to each.
fn push_normalised(graph: &mut Graph, outputs: &str, named: impl Fn(&str) -> String) -> String {
    let [smallest, class, positive, sum, probabilities] =
        ["smallest", "class", "positive", "sum", "probabilities"].map(named);
    graph
        .initializer
        .push(tensor(smallest.clone(), &[], [&f32::MIN_POSITIVE]));
    graph.initializer.push(Tensor {
        dims: vec![1],
        data_type: INT64,
        name: class.clone(),
        raw_data: 1_i64.to_le_bytes().to_vec(),
    });
    graph.node.push(node("Add", &[outputs, &smallest], &positive));
    graph.node.push(node("ReduceSum", &[&positive, &class], &sum));
    graph.node.push(node("Div", &[&positive, &sum], &probabilities));
    probabilities
}

/// Adds the layers of a network, from the graph's input to `output`. Their names begin with `prefix`.
fn push_layers<F: Real>(graph: &mut Graph, network: &Network<F>, prefix: &str, output: &str) {
    let functions = network.functions();
    let last = network.layers().len() - 1;
    let mut below = INPUT.to_owned();
    for (index, layer) in network.layers().iter().enumerate() {
        let name = |part: &str| format!("{prefix}{}.{part}", 2 * index);
        let (weights, biases) = (layer.weights(), layer.biases());
        graph
            .initializer
            .push(tensor(name("weight"), weights.shape(), weights.iter()));
        graph
            .initializer
            .push(tensor(name("bias"), biases.shape(), biases.iter()));
        let weighted_inputs = name("weighted_inputs");
        let transposed = Attribute {
            name: "transB".to_owned(),
            i: Some(1),
            kind: ATTRIBUTE_INT,
            ..Attribute::default()
        };
        let inputs = [&*below, &name("weight"), &name("bias")];
        let product = node("Gemm", &inputs, &weighted_inputs);
        graph.node.push(Node {
            attribute: vec![transposed],
            ..product
        });
        let activations = if index == last {
            output.to_owned()
        } else {
            name("activations")
        };
        let mut apply = Applied { graph, named: &name };
        match (index == last, functions.output) {
            (true, Output::Softmax) => apply.softmax(&weighted_inputs, &activations),
            (true, Output::Sigmoid) => apply.activation(Activation::Sigmoid, &weighted_inputs, &activations),
            (false, _) => apply.activation(functions.activation, &weighted_inputs, &activations),
        }
        below = activations;
    }
}

/// The bytes of a file with this graph and these metadata.
fn finish(graph: Graph, about: String) -> io::Result<Vec<u8>> {
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "batchprop".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSetId {
            domain: String::new(),
            version: OPERATOR_SET,
        }],
        metadata_props: vec![StringStringEntry {
            key: "batchprop".to_owned(),
            value: about,
        }],
    };
    if model.encoded_len() > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "an ONNX file holds no more than 2 GiB",
        ));
    }
    Ok(model.encode_to_vec())
}

/// The nodes of the graph that compute a layer's activation function.
struct Applied<'a> {
    graph: &'a mut Graph,
    /// The name of a tensor of the layer.
    named: &'a dyn Fn(&str) -> String,
}

impl Applied<'_> {
    fn activation(&mut self, activation: Activation, z: &str, a: &str) {
        match activation {
            Activation::Sigmoid => self.push(node("Sigmoid", &[z], a)),
            Activation::Tanh => self.push(node("Tanh", &[z], a)),
            Activation::Relu => self.push(node("Relu", &[z], a)),
            Activation::Identity => self.push(node("Identity", &[z], a)),
            Activation::LeakyRelu => {
                let slope = Attribute {
                    name: "alpha".to_owned(),
                    f: Some(LEAK as f32),
                    kind: ATTRIBUTE_FLOAT,
                    ..Attribute::default()
                };
                self.push(Node {
                    attribute: vec![slope],
                    ..node("LeakyRelu", &[z], a)
                });
            }
            Activation::Silu => {
                let sigmoid = (self.named)("sigmoid");
                self.push(node("Sigmoid", &[z], &sigmoid));
                self.push(node("Mul", &[z, &sigmoid], a));
            }
            Activation::Gelu => {
                // z Φ(z) = z · (1 + erf(z / √2)) / 2
                let scale = self.constant("inverse_sqrt_2", std::f32::consts::FRAC_1_SQRT_2);
                let one = self.constant("one", 1.0);
                let half = self.constant("half", 0.5);
                let [scaled, erf, sum, doubled] =
                    ["scaled", "erf", "sum", "doubled"].map(|name| (self.named)(name));
                self.push(node("Mul", &[z, &scale], &scaled));
                self.push(node("Erf", &[&scaled], &erf));
                self.push(node("Add", &[&erf, &one], &sum));
                self.push(node("Mul", &[z, &sum], &doubled));
                self.push(node("Mul", &[&doubled, &half], a));
            }
        }
    }

    fn softmax(&mut self, z: &str, a: &str) {
        let axis = Attribute {
            name: "axis".to_owned(),
            i: Some(1),
            kind: ATTRIBUTE_INT,
            ..Attribute::default()
        };
        self.push(Node {
            attribute: vec![axis],
            ..node("Softmax", &[z], a)
        });
    }

    fn push(&mut self, node: Node) {
        self.graph.node.push(node);
    }

    fn constant(&mut self, name: &str, number: f32) -> String {
        let name = (self.named)(name);
        self.graph.initializer.push(tensor(name.clone(), &[], [&number]));
        name
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Node {
    Node {
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        name: format!("{operator} of {output}"),
        op_type: operator.to_owned(),
        ..Node::default()
    }
}

fn tensor<'a, F: Real>(name: String, shape: &[usize], numbers: impl IntoIterator<Item = &'a F>) -> Tensor {
    let bytes = numbers
        .into_iter()
        .flat_map(|number| (number.as_f64() as f32).to_le_bytes());
    Tensor {
        dims: shape.iter().map(|&side| side as i64).collect(),
        data_type: FLOAT,
        name,
        raw_data: bytes.collect(),
    }
}

/// N × `units`.
fn value(name: &str, units: usize) -> ValueInfo {
    let free = Dimension {
        dim_param: Some("N".to_owned()),
        ..Dimension::default()
    };
    let fixed = Dimension {
        dim_value: Some(units as i64),
        ..Dimension::default()
    };
    let shape = Shape {
        dim: vec![free, fixed],
    };
    let tensor_type = TensorType {
        elem_type: FLOAT,
        shape: Some(shape),
    };
    ValueInfo {
        name: name.to_owned(),
        value_type: Some(Type {
            tensor_type: Some(tensor_type),
        }),
    }
}
