//! From named arrays to layers: which array has a layer's weights and which its biases, the order of the layers, and
//! whether weights are transposed.
//!
//! | written by | weights and biases of two layers |
//! |---|---|
//! | PyTorch, `nn.Sequential` and others | `0.weight`, `0.bias`, `2.weight`, `2.bias`; `net.layers.0.linear.weight`, …; n_out × n_in |
//! | PyTorch, custom modules | `fc1.weight`, `out.weight`; `hidden.weight`, `output.weight` |
//! | flax, Keras | `Dense_0.kernel`, `dense_1/kernel:0`; n_in × n_out |
//! | scikit-learn, textbooks | `coefs_0`, `intercepts_0`; `w1`, `b1` |
//! | `numpy.savez(…, *weights)` | `arr_0`, `arr_1`, `arr_2`, `arr_3` |
//!
//! Numbers in names give the order. Without numbers, each layer must have as many inputs as the layer below has
//! outputs. If more than one order fits, the name of the last layer decides (`out`, `output`, `head`, `classifier`);
//! otherwise the file is refused.

use std::collections::BTreeMap;

/// The names of weights and biases after the name of their layer.
const PARTS: [(&str, &str); 2] = [("weight", "bias"), ("kernel", "bias")];

/// Their names before the number of their layer, the longest first.
const STEMS: [(&str, &str); 4] = [
    ("coefs", "intercepts"),
    ("weights", "biases"),
    ("weight", "bias"),
    ("w", "b"),
];

/// Names of a last layer without number.
const OUTPUTS: [&str; 7] = [
    "out",
    "output",
    "outputs",
    "head",
    "classifier",
    "logits",
    "final",
];

/// The most layers without numbers that are ordered.
const MOST_UNNUMBERED: usize = 8;

/// An array of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub name: String,
    pub shape: Vec<usize>,
}

/// A layer's arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerNames {
    pub weight: String,
    pub bias: Option<String>,
    pub n_out: usize,
    pub n_in: usize,
    /// Whether the weights are n_in × n_out.
    pub is_turned: bool,
}

/// Why arrays are not the layers of one network.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub place: String,
    pub expected: String,
    pub found: String,
}

impl Unfit {
    fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn names(found: impl Into<String>) -> Self {
        let expected = "the names of one network's layers: 0.weight, 0.bias, 2.weight, …; fc1.weight and out.weight; \
                        kernel and bias; w1 and b1";
        Self::new("tensor names", expected, found)
    }
}

/// The arrays of one layer.
#[derive(Debug, Default)]
struct Module<'a> {
    weight: Option<&'a Named>,
    bias: Option<&'a Named>,
    /// Whether its weights are called `kernel`: then they are n_in × n_out.
    has_kernel: bool,
}

/// The layers of the arrays, from the inputs on. With `may_turn`, weights may be n_in × n_out if only that fits.
pub(crate) fn layers(arrays: &[Named], may_turn: bool) -> Result<Vec<LayerNames>, Unfit> {
    let modules = modules(arrays)?;
    let mut found = Vec::new();
    for (name, module) in &modules {
        found.push((name.as_str(), layer(module)?));
    }
    let layers = in_order(found)?;
    let fit = |layers: &[LayerNames]| {
        check(layers)?;
        layers.iter().try_for_each(|layer| check_bias(arrays, layer))
    };
    let Err(unfit) = fit(&layers) else {
        return Ok(layers);
    };
    let other_way: Vec<LayerNames> = layers.iter().cloned().map(turned).collect();
    let has_kernels = layers.iter().any(|layer| layer.is_turned);
    match may_turn && !has_kernels && fit(&other_way).is_ok() {
        true => Ok(other_way),
        false => Err(unfit),
    }
}

/// The arrays by their layers' names.
fn modules(arrays: &[Named]) -> Result<BTreeMap<String, Module<'_>>, Unfit> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    let mut unnamed = unnamed(arrays);
    for array in arrays {
        let role = match &mut unnamed {
            Some(roles) => roles.remove(&array.name),
            None => role(&array.name),
        };
        let Some((name, is_weight, is_kernel)) = role else {
            return Err(Unfit::names(array.name.escape_debug().to_string()));
        };
        let module = modules.entry(name).or_default();
        module.has_kernel |= is_kernel;
        let place = if is_weight {
            &mut module.weight
        } else {
            &mut module.bias
        };
        if let Some(other) = place.replace(array) {
            return Err(Unfit::names(format!("both {} and {}", other.name, array.name)));
        }
    }
    if modules.is_empty() {
        return Err(Unfit::new(
            "tensors named 0.weight and so on",
            "at least one",
            "none",
        ));
    }
    Ok(modules)
}

/// The roles of arrays that have only numbers, `arr_0` to `arr_3`: weights have two dimensions, biases one.
fn unnamed(arrays: &[Named]) -> Option<BTreeMap<String, (String, bool, bool)>> {
    let number = |array: &Named| array.name.strip_prefix("arr_")?.parse::<usize>().ok();
    let mut numbered: Vec<(usize, &Named)> = arrays
        .iter()
        .map(|array| Some((number(array)?, array)))
        .collect::<Option<_>>()?;
    numbered.sort_by_key(|(number, _)| *number);
    let mut layer = 0;
    let mut roles = BTreeMap::new();
    for (_, array) in numbered {
        let is_weight = array.shape.len() == 2;
        layer += usize::from(is_weight);
        roles.insert(array.name.clone(), (layer.to_string(), is_weight, false));
    }
    Some(roles)
}

/// A layer's name, whether the array has its weights, and whether these are called `kernel`.
fn role(name: &str) -> Option<(String, bool, bool)> {
    let name = name.strip_suffix(":0").unwrap_or(name);
    for separator in ['.', '/', '_'] {
        let Some((module, part)) = name.rsplit_once(separator) else {
            continue;
        };
        let part = part.to_lowercase();
        if let Some((weight, _)) = PARTS
            .iter()
            .find(|(weight, bias)| [*weight, *bias].contains(&&*part))
            && !module.is_empty()
        {
            let is_kernel = part == "kernel";
            return Some((module.to_owned(), part == *weight || is_kernel, is_kernel));
        }
    }
    let lower = name.to_lowercase();
    let numbered = |stem: &str| -> Option<u64> {
        lower
            .strip_prefix(stem)?
            .trim_start_matches(['_', '-'])
            .parse()
            .ok()
    };
    STEMS.iter().find_map(|(weight, bias)| {
        let weight = numbered(weight).map(|number| (number.to_string(), true, false));
        weight.or_else(|| numbered(bias).map(|number| (number.to_string(), false, false)))
    })
}

/// A layer, with its weights as they are in the file.
fn layer(module: &Module) -> Result<LayerNames, Unfit> {
    let Some(weight) = module.weight else {
        let bias = module.bias.map(|bias| bias.name.as_str()).unwrap_or_default();
        return Err(Unfit::new(format!("tensor {bias}"), "a weight beside it", "none"));
    };
    let place = format!("tensor {}", weight.name);
    let &[rows, columns] = &*weight.shape else {
        return Err(Unfit::new(
            place,
            "outputs × inputs",
            format!("shape {:?}", weight.shape),
        ));
    };
    if rows == 0 || columns == 0 {
        return Err(Unfit::new(place, "at least 1 × 1", format!("{rows} × {columns}")));
    }
    let layer = LayerNames {
        weight: weight.name.clone(),
        bias: module.bias.map(|bias| bias.name.clone()),
        n_out: rows,
        n_in: columns,
        is_turned: false,
    };
    Ok(match module.has_kernel {
        true => turned(layer),
        false => layer,
    })
}

fn turned(layer: LayerNames) -> LayerNames {
    LayerNames {
        n_out: layer.n_in,
        n_in: layer.n_out,
        is_turned: !layer.is_turned,
        ..layer
    }
}

/// A name with its numbers replaced, and the numbers: `net.layers.0.linear` → `net.layers.#.linear`, 0; `dense_1` → `dense`, 1.
fn pattern(name: &str) -> (String, Vec<u64>) {
    let mut pattern = String::new();
    let mut numbers = Vec::new();
    let mut rest = name;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[start..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(rest.len(), |length| start + length);
        pattern.push_str(&rest[..start]);
        pattern.push('#');
        numbers.push(rest[start..end].parse().unwrap_or(u64::MAX));
        rest = &rest[end..];
    }
    pattern.push_str(rest);
    let unnumbered = pattern.strip_suffix("_#").map(str::to_owned);
    (unnumbered.unwrap_or(pattern), numbers)
}

/// The layers in their order.
fn in_order(mut found: Vec<(&str, LayerNames)>) -> Result<Vec<LayerNames>, Unfit> {
    let patterns: Vec<(String, Vec<u64>)> = found.iter().map(|(name, _)| pattern(name)).collect();
    let are_numbered = patterns.iter().all(|(other, _)| *other == patterns[0].0);
    if are_numbered {
        found.sort_by_key(|(name, _)| pattern(name).1);
        for pair in found.windows(2) {
            if pattern(pair[0].0).1 == pattern(pair[1].0).1 {
                let [one, other] = [&pair[0].1, &pair[1].1].map(|layer| layer.weight.as_str());
                return Err(Unfit::names(format!("both {one} and {other}")));
            }
        }
        return Ok(found.into_iter().map(|(_, layer)| layer).collect());
    }
    let parent = |name: &str| {
        name.rsplit_once(['.', '/'])
            .map(|(parent, _)| parent.to_owned())
            .unwrap_or_default()
    };
    let first = parent(found[0].0);
    let stranger = found.iter().find(|(name, _)| parent(name) != first);
    if let Some((_, layer)) = stranger {
        let found = format!("{} beside {}", layer.weight, found[0].1.weight);
        return Err(Unfit::names(found));
    }
    let names = || found.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if found.len() > MOST_UNNUMBERED {
        return Err(Unfit::names(format!(
            "{}, which have no numbers to order them by",
            names()
        )));
    }
    let mut orders = Vec::new();
    chains(&found, &mut Vec::new(), &mut orders);
    let is_open = orders.len() > 1;
    if is_open {
        orders.retain(|order| is_usual(order, &found));
    }
    match &orders[..] {
        [order] => Ok(order.iter().map(|&index| found[index].1.clone()).collect()),
        [] if !is_open => Err(Unfit::new(
            "tensors",
            "layers of which each has as many inputs as the one below has outputs",
            names(),
        )),
        _ => Err(Unfit::names(format!(
            "{}, of which more than one order fits",
            names()
        ))),
    }
}

/// All orders in which each layer has as many inputs as the one below has outputs.
fn chains(found: &[(&str, LayerNames)], order: &mut Vec<usize>, orders: &mut Vec<Vec<usize>>) {
    if order.len() == found.len() {
        orders.push(order.clone());
        return;
    }
    for index in 0..found.len() {
        let fits = match order.last() {
            Some(&below) => found[below].1.n_out == found[index].1.n_in,
            None => true,
        };
        if fits && !order.contains(&index) {
            order.push(index);
            chains(found, order, orders);
            order.pop();
        }
    }
}

/// Whether the last layer has the name of an output, and numbers ascend.
fn is_usual(order: &[usize], found: &[(&str, LayerNames)]) -> bool {
    let names: Vec<String> = order.iter().map(|&index| found[index].0.to_lowercase()).collect();
    let last_part = |name: &str| name.rsplit(['.', '/']).next().unwrap_or_default().to_owned();
    let is_output = |name: &String| OUTPUTS.contains(&&*last_part(name));
    let numbers: Vec<Vec<u64>> = names
        .iter()
        .map(|name| pattern(name).1)
        .filter(|numbers| !numbers.is_empty())
        .collect();
    names.last().is_some_and(is_output) && numbers.is_sorted()
}

/// Whether each layer has as many inputs as the one below has outputs.
fn check(layers: &[LayerNames]) -> Result<(), Unfit> {
    for pair in layers.windows(2) {
        if pair[1].n_in != pair[0].n_out {
            let expected = format!("{} inputs, as the layer below has outputs", pair[0].n_out);
            return Err(Unfit::new(
                format!("tensor {}", pair[1].weight),
                expected,
                pair[1].n_in.to_string(),
            ));
        }
    }
    Ok(())
}

/// Whether a layer has as many biases as outputs.
fn check_bias(arrays: &[Named], layer: &LayerNames) -> Result<(), Unfit> {
    let bias = arrays
        .iter()
        .find(|array| layer.bias.as_ref() == Some(&array.name));
    let Some(bias) = bias else { return Ok(()) };
    match *bias.shape {
        [length] | [length, 1] | [1, length] if length == layer.n_out => Ok(()),
        _ => Err(Unfit::new(
            format!("tensor {}", bias.name),
            format!("shape [{}]", layer.n_out),
            format!("{:?}", bias.shape),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(arrays: &[(&str, &[usize])]) -> Vec<Named> {
        let named = |&(name, shape): &(&str, &[usize])| Named {
            name: name.to_owned(),
            shape: shape.to_vec(),
        };
        arrays.iter().map(named).collect()
    }

    /// Weights in their order, and whether they are turned.
    fn order(arrays: &[(&str, &[usize])]) -> Result<Vec<(String, bool)>, String> {
        let found = layers(&named(arrays), true).map_err(|unfit| unfit.found)?;
        Ok(found
            .into_iter()
            .map(|layer| (layer.weight, layer.is_turned))
            .collect())
    }

    fn straight(names: &[&str]) -> Result<Vec<(String, bool)>, String> {
        Ok(names.iter().map(|&name| (name.to_owned(), false)).collect())
    }

    fn kernels(names: &[&str]) -> Result<Vec<(String, bool)>, String> {
        Ok(names.iter().map(|&name| (name.to_owned(), true)).collect())
    }

    #[test]
    fn names_of_many_programs_are_read() {
        let [hidden, output, b1, b2]: [&[usize]; 4] = [&[5, 9], &[3, 5], &[5], &[3]];
        let [hidden_t, output_t]: [&[usize]; 2] = [&[9, 5], &[5, 3]];
        for (one, other) in [
            ("0", "2"),
            ("fc1", "fc2"),
            ("fc1", "out"),
            ("hidden", "output"),
            ("_orig_mod.fc1", "_orig_mod.fc2"),
            ("module.0", "module.2"),
            ("layers.0", "layers.1"),
            ("net.layers.0.linear", "net.layers.10.linear"),
            ("zz", "aa"),
        ] {
            let [w1, w2] = [one, other].map(|name| format!("{name}.weight"));
            let [n1, n2] = [one, other].map(|name| format!("{name}.bias"));
            let found = order(&[(&w2, output), (&n1, b1), (&n2, b2), (&w1, hidden)]);
            assert_eq!(found, straight(&[&w1, &w2]));
        }
        for (one, other) in [
            ("Dense_0.kernel", "Dense_1.kernel"),
            ("dense/kernel:0", "dense_1/kernel:0"),
        ] {
            assert_eq!(
                order(&[(other, output_t), (one, hidden_t)]),
                kernels(&[one, other])
            );
        }
        let coefs = [
            ("coefs_0", hidden_t),
            ("coefs_1", output_t),
            ("intercepts_0", b1),
            ("intercepts_1", b2),
        ];
        assert_eq!(order(&coefs), kernels(&["coefs_0", "coefs_1"]));
        let keras = [
            ("arr_0", hidden_t),
            ("arr_1", b1),
            ("arr_2", output_t),
            ("arr_3", b2),
        ];
        assert_eq!(order(&keras), kernels(&["arr_0", "arr_2"]));
        assert_eq!(
            order(&[("W1", hidden), ("b1", b1), ("W2", output)]),
            straight(&["W1", "W2"])
        );
    }

    #[test]
    fn a_square_kernel_is_turned_because_of_its_name() {
        assert_eq!(
            order(&[("Dense_0.kernel", &[4, 4])]),
            kernels(&["Dense_0.kernel"])
        );
    }

    #[test]
    fn an_order_that_nothing_shows_is_refused() {
        let square: &[usize] = &[4, 4];
        let found = order(&[("left.weight", square), ("right.weight", square)]);
        assert_eq!(
            found.unwrap_err(),
            "left, right, of which more than one order fits"
        );
        let found = order(&[("hidden.weight", square), ("out.weight", square)]);
        assert_eq!(found, straight(&["hidden.weight", "out.weight"]));
    }

    #[test]
    fn what_is_no_layer_is_refused_by_its_name() {
        let found = order(&[("0.weight", &[4, 4]), ("1.running_mean", &[4])]);
        assert_eq!(found.unwrap_err(), "1.running_mean");
    }
}
