"""The program's recipes, and what a fit follows: a recipe or scikit-learn's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What a fit follows."""

    hidden: list[int]
    epochs: int
    batch_size: int | str
    learning_rate: float
    schedule: str
    activation: str
    #: The function of the outputs, `cost` and `init` are None where they follow from the number of classes.
    output: str | None
    cost: str | None
    init: str | None
    rule: str
    #: Divided by the number of samples.
    l2: float = 0.0
    dropout: float = 0.0
    label_smoothing: float = 0.0
    augment: Any = None
    augment_end: float = 1.0


#: As `batchprop train --recipe` has them.
RECIPES: dict[str, Settings] = {
    "article": Settings(
        hidden=[30], epochs=30, batch_size=10, learning_rate=3.0, schedule="constant", activation="logistic",
        output="logistic", cost="quadratic", init="normal", rule="sgd",
    ),
    "book": Settings(
        hidden=[100], epochs=30, batch_size=10, learning_rate=0.5, schedule="cosine", activation="logistic",
        output="logistic", cost="cross-entropy", init="normalised", rule="sgd", l2=5.0,
    ),
    "fast": Settings(
        hidden=[160], epochs=3, batch_size=16, learning_rate=0.4, schedule="one-cycle", activation="relu",
        output="softmax", cost="log-likelihood", init="he", rule="sgd", label_smoothing=0.05,
    ),
    "balanced": Settings(
        hidden=[500], epochs=12, batch_size=24, learning_rate=0.4, schedule="one-cycle", activation="relu",
        output="softmax", cost="log-likelihood", init="he", rule="sgd", label_smoothing=0.05, augment="affine",
    ),
    "best": Settings(
        hidden=[800, 800], epochs=75, batch_size=256, learning_rate=0.002, schedule="cosine", activation="gelu",
        output="softmax", cost="log-likelihood", init="he", rule="adam", label_smoothing=0.1, augment="all",
    ),
}  # fmt: skip

#: Parameters that a recipe decides alone.
_DECIDED = ["activation", "solver", "alpha", "learning_rate", "power_t", "momentum", "nesterovs_momentum"]
_DECIDED += ["beta_1", "beta_2", "epsilon", "warm_start", "early_stopping"]


def settings_of(estimator) -> Settings:
    """What a fit of `estimator` follows.

    A recipe's options give way to parameters that are not at their defaults.
    """
    hidden = estimator.hidden_layer_sizes
    hidden = [int(units) for units in (hidden if hasattr(hidden, "__iter__") else [hidden])]
    if any(units <= 0 for units in hidden):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
    if estimator.schedule not in (None, "constant") and estimator.learning_rate != "constant":
        raise ValueError("schedule and learning_rate both change the rate: leave learning_rate at 'constant'")
    sgd = "nesterov" if estimator.nesterovs_momentum else "momentum"
    settings = dict(
        hidden=hidden,
        epochs=estimator.max_iter,
        batch_size=estimator.batch_size,
        learning_rate=estimator.learning_rate_init,
        schedule=estimator.schedule or "constant",
        activation=estimator.activation,
        output=None,
        cost=None,
        init=None,
        rule="adam" if estimator.solver == "adam" else sgd,
        dropout=estimator.dropout,
        label_smoothing=estimator.label_smoothing,
        augment=estimator.augment,
        augment_end=estimator.augment_end,
    )
    if estimator.recipe is None:
        return _checked(Settings(**settings))
    given, defaults = estimator.get_params(deep=False), type(estimator)().get_params(deep=False)
    own = {name for name, default in defaults.items() if not _same(given[name], default)}
    for name in _DECIDED:
        if name in own:
            raise ValueError(f"{name}={given[name]!r} does not go with recipe={estimator.recipe!r}, which decides it")
    names = {
        "hidden_layer_sizes": "hidden",
        "max_iter": "epochs",
        "batch_size": "batch_size",
        "learning_rate_init": "learning_rate",
        "schedule": "schedule",
        "dropout": "dropout",
        "label_smoothing": "label_smoothing",
        "augment": "augment",
        "augment_end": "augment_end",
    }
    recipe = RECIPES[estimator.recipe]
    changed = {name: settings[name] for parameter, name in names.items() if parameter in own}
    return _checked(Settings(**{**recipe.__dict__, **changed}))


def _checked(settings: Settings) -> Settings:
    if settings.augment_end != 1.0 and settings.augment in (None, "none"):
        raise ValueError(f"augment_end={settings.augment_end!r} needs distortions: give augment as well")
    return settings


def _same(value, default) -> bool:
    try:
        return bool(value is default or value == default)
    except ValueError:
        return False
