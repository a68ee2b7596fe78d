//! The options of the optimizer.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Stochastic gradient descent, Nielsen's equations (20) and (21).
    #[default]
    Sgd,
    /// With a running sum of earlier steps: Nielsen's equations (107) and (108), where v = −η m. Polyak 1964.
    Momentum {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// Momentum that looks ahead. Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013.
    Nesterov {
        /// μ, in [0, 1).
        momentum: f64,
    },
    /// Steps of each parameter from the mean and the variance of its gradients. Kingma and Ba 2014.
    Adam(Moments),
    /// As Adam, with [`Penalties::weight_decay`]. Loshchilov and Hutter 2017.
    AdamW(Moments),
}

impl Rule {
    /// How many numbers it keeps for each parameter.
    pub fn memories(self) -> usize {
        match self {
            Self::Sgd => 0,
            Self::Momentum { .. } | Self::Nesterov { .. } => 1,
            Self::Adam(_) | Self::AdamW(_) => 2,
        }
    }
}

/// The constants of Adam. The default is the paper's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Of the mean, in [0, 1).
    pub beta1: f64,
    /// Of the variance, in [0, 1).
    pub beta2: f64,
    /// Added to the deviation, above 0.
    pub epsilon: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// Penalties on large weights, not on biases. They change the steps, but are not part of the reported cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Penalties {
    /// λ of λ/n Σ|w| over n training images, Nielsen's equation (95).
    pub l1: f64,
    /// λ of λ/2n Σw², Nielsen's equation (87): w ← w (1 − ηλ/n) in plain descent. PyTorch's `weight_decay` of `SGD` and
    /// `Adam` is λ/n; scikit-learn's `alpha` of `MLPClassifier` is λ/n times the mini-batch size, because it is
    /// divided by that.
    pub l2: f64,
    /// Beside the gradient, w ← w (1 − η · decay): `weight_decay` of PyTorch's `AdamW`. Not divided by n.
    pub weight_decay: f64,
}

/// Options of the optimizer. The default is the article's plain gradient descent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OptimizerOptions {
    /// The rule.
    pub rule: Rule,
    /// Penalties on large weights.
    pub penalties: Penalties,
    /// Longer gradients, over all parameters and before penalties, are shortened to this Euclidean norm.
    /// Pascanu, Mikolov and Bengio 2012.
    pub clip_norm: Option<f64>,
}

impl OptimizerOptions {
    /// Whether all are in their ranges.
    ///
    /// # Errors
    /// [`Error::Option`] with the first that is not.
    pub fn check(&self) -> Result<()> {
        let fraction = |option, value: f64| match value {
            0.0..1.0 => Ok(()),
            _ => Err(Error::option(option, value, "0 or more and below 1, such as 0.9")),
        };
        let not_negative = |option, value: f64| match value {
            0.0..f64::INFINITY => Ok(()),
            _ => Err(Error::option(option, value, "a finite number, 0 or more")),
        };
        let positive = |option, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(Error::option(option, value, "a finite number above 0")),
        };
        match self.rule {
            Rule::Sgd => {}
            Rule::Momentum { momentum } | Rule::Nesterov { momentum } => fraction("momentum", momentum)?,
            Rule::Adam(moments) | Rule::AdamW(moments) => {
                fraction("beta1", moments.beta1)?;
                fraction("beta2", moments.beta2)?;
                positive("epsilon", moments.epsilon)?;
            }
        }
        let Penalties { l1, l2, weight_decay } = self.penalties;
        not_negative("l1", l1)?;
        not_negative("l2", l2)?;
        not_negative("weight_decay", weight_decay)?;
        if matches!(self.rule, Rule::Adam(_)) && weight_decay > 0.0 {
            return Err(Error::option(
                "weight_decay",
                weight_decay,
                "`optimizer` adamw, which decays weights beside the gradient, or with `optimizer` adam an `l2` \
                 penalty in the gradient",
            ));
        }
        self.clip_norm.map_or(Ok(()), |norm| positive("clip_norm", norm))
    }
}
