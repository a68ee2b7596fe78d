//! What keeps a network from overfitting.

/// What keeps the network from overfitting.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Regularisation")]
pub struct RegularisationArgs {
    /// λ of the cost λ/n Σ|w| over n training images.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "LAMBDA"
    )]
    pub l1: f64,
    /// λ of the cost λ/2n Σw² over n training images; PyTorch's weight_decay of SGD times n.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "LAMBDA"
    )]
    pub l2: f64,
    /// Also shrink the weights by the learning rate times this [default: 0.01 with --optimizer adamw, else 0].
    #[arg(long, allow_negative_numbers = true, value_name = "DECAY")]
    pub weight_decay: Option<f64>,
    /// Probability that a hidden unit is dropped for an image.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "PROBABILITY"
    )]
    pub dropout: f64,
    /// Fraction of each label that is spread over all classes.
    #[arg(
        long,
        allow_negative_numbers = true,
        default_value_t = 0.0,
        value_name = "PART"
    )]
    pub label_smoothing: f64,
}
