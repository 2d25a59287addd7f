"""The hyperparameters and the channels of the XGBoost algorithm, checked as its container checks them and in its words.

Source: hyperparameter_validation.py and xgb_constants.py of github.com/aws/sagemaker-xgboost-container (3.0-5).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


class UserError(Exception):
    """What the container calls an error of its user."""


@dataclass(frozen=True)
class _Interval:
    low: float
    high: float | None = None
    open: str = ""
    """The ends that are not included, of ``"("`` and ``")"``."""

    def __contains__(self, value: float) -> bool:
        above = value > self.low if "(" in self.open else value >= self.low
        below = self.high is None or (value < self.high if ")" in self.open else value <= self.high)
        return above and below

    def __str__(self) -> str:
        low = ("(" if "(" in self.open else "[") + f"{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}" + (")" if ")" in self.open else "]")
        return f"{low}, {high}"


_UNIT = _Interval(0, 1)
_SHARE = _Interval(0, 1, "(")
_NOT_NEGATIVE = _Interval(0)
_POSITIVE = _Interval(1)

_INTEGERS = {
    "num_round": _POSITIVE, "csv_weights": _UNIT, "early_stopping_rounds": _POSITIVE, "verbosity": _Interval(0, 3),
    "nthread": _POSITIVE, "max_depth": _NOT_NEGATIVE, "refresh_leaf": _UNIT, "max_leaves": _NOT_NEGATIVE,
    "max_bin": _NOT_NEGATIVE, "one_drop": _UNIT, "num_class": _Interval(2), "_kfold": _Interval(2),
    "_num_cv_round": _POSITIVE, "seed": _Interval(-(2**31), 2**31 - 1, "()"), "num_parallel_tree": _POSITIVE,
    "prob_buffer_row": _Interval(1.0, None, "("),
}  # fmt: skip
_NUMBERS = {
    "eta": _UNIT, "gamma": _NOT_NEGATIVE, "min_child_weight": _NOT_NEGATIVE, "max_delta_step": _NOT_NEGATIVE,
    "subsample": _SHARE, "colsample_bytree": _SHARE, "colsample_bylevel": _SHARE, "colsample_bynode": _SHARE,
    "lambda": _NOT_NEGATIVE, "alpha": _NOT_NEGATIVE, "sketch_eps": _Interval(0, 1, "()"),
    "scale_pos_weight": _Interval(0, None, "("), "rate_drop": _UNIT, "skip_drop": _UNIT, "lambda_bias": _UNIT,
    "tweedie_variance_power": _Interval(1, 2, "()"), "base_score": _NOT_NEGATIVE,
    "aft_loss_distribution_scale": _NOT_NEGATIVE,
}  # fmt: skip
_SWITCH = ["true", "false"]
_CHOICES = {
    "booster": ["gbtree", "gblinear", "dart"],
    "tree_method": ["auto", "exact", "approx", "hist", "gpu_hist"],
    "dsplit": ["row", "col"],
    "process_type": ["default", "update"],
    "grow_policy": ["depthwise", "lossguide"],
    "predictor": ["auto", "cpu_predictor", "gpu_predictor"],
    "sample_type": ["uniform", "weighted"],
    "normalize_type": ["tree", "forest"],
    "objective": [
        "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
        "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear",
        "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror",
        "reg:absoluteerror", "reg:tweedie", "survival:aft", "survival:cox",
    ],
    "save_model_on_termination": _SWITCH,
    "aft_loss_distribution": ["normal", "logistic", "extreme"],
    "deterministic_histogram": _SWITCH,
    "sampling_method": ["uniform", "gradient_based"],
    "use_dask_gpu_training": _SWITCH,
}  # fmt: skip
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
_LISTS = ("eval_metric", "updater")
_CONSTRAINTS = ("monotone_constraints", "interaction_constraints")
_OBJECTIVE_OF_TUNING = "_tuning_objective_metric"

NEEDED = "num_round"
"""The hyperparameter that has no default."""
NAMES = (*_INTEGERS, *_NUMBERS, *_CHOICES, *_LISTS, *_CONSTRAINTS, _OBJECTIVE_OF_TUNING, *_ALIASES)
"""All hyperparameters, also under their other names."""
OBSOLETE = ("silent",)
"""Hyperparameters that only older images take."""
DATA = "train"
"""The channel that each job has."""
CHANNELS = (DATA, "validation", "code")
"""All channels."""

MAXIMIZED = (
    "accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg", "precision", "r2",
    "recall", "precision_macro", "precision_micro", "recall_macro", "recall_micro",
)  # fmt: skip
"""The metrics of which more is better."""
METRICS = (
    *MAXIMIZED,
    "aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik", "interval-regression-accuracy",
    "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse", "poisson-nloglik", "rmse", "rmsle",
    "tweedie-nloglik",
)  # fmt: skip
"""All metrics that the algorithm can write to its log."""

_WITH_THRESHOLD = ("error", "ndcg", "map")
_GROW = ("grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker")
_LINEAR = ("shotgun", "coord_descent")
_REFINE = ("refresh", "prune")
_UPDATERS = (*_GROW[:3], "grow_skmaker", "sync", *_REFINE, *_LINEAR)


def checked(given: Mapping[str, str]) -> dict[str, Any]:
    """The hyperparameters of a job in their types, under their first names. Raises ``UserError``."""
    named = {_ALIASES.get(name, name): value for name, value in given.items()}
    if NEEDED not in named:
        raise UserError(f"Missing required hyperparameter: {NEEDED}")
    values = {name: _read(name, text) for name, text in named.items()}
    for name, value in values.items():
        _check_range(name, value)
    _check_together(values)
    return values


def check_channels(names: Collection[str]) -> None:
    """Raises ``UserError`` for a job without data, or with a channel that the algorithm does not have."""
    if DATA not in names:
        raise UserError(f"Missing required channel: {DATA}")
    for name in names:
        if name not in CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")


def wrong_value(name: str, text: str) -> str:
    """What is wrong with the value of a known hyperparameter; empty for nothing."""
    name = _ALIASES.get(name, name)
    try:
        _check_range(name, _read(name, text))
    except UserError as error:
        return str(error).removeprefix(f"Hyperparameter {name}: ")
    return ""


def _read(name: str, text: str) -> Any:
    read = _reader(name)
    try:
        return read(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise UserError(f"Hyperparameter {name}: could not parse value") from None


def _reader(name: str) -> Callable[[str], Any]:
    if name in _INTEGERS:
        return int
    if name in _NUMBERS:
        return float
    if name in _CHOICES or name == _OBJECTIVE_OF_TUNING:
        return str
    if name in _LISTS:
        return lambda text: text.split(",")
    if name in _CONSTRAINTS:
        return ast.literal_eval
    raise UserError(f"Extraneous hyperparameter found: {name}")


def _check_range(name: str, value: Any) -> None:
    if name in _CONSTRAINTS:
        _check_constraints(name, value)
    elif name in _LISTS:
        fits = _is_metric if name == "eval_metric" else _UPDATERS.__contains__
        allowed = list(METRICS if name == "eval_metric" else _UPDATERS)
        if not all(fits(one) for one in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {allowed}")
    else:
        objectives = [f"validation:{metric}" for metric in METRICS]
        allowed_: Any = _INTEGERS.get(name) or _NUMBERS.get(name) or _CHOICES.get(name) or objectives
        if value not in allowed_:
            raise UserError(f"Hyperparameter {name}: {value} is not in {allowed_}")


def _check_constraints(name: str, value: Any) -> None:
    try:
        monotone = name == "monotone_constraints"
        inner = list(value) if monotone else [feature for group in value for feature in group]
        fits = all(item in (-1, 0, 1) if monotone else item >= 1 for item in inner)
    except TypeError:
        raise UserError(f"Hyperparameter {name}: could not parse value") from None
    if not fits:
        allowed = "[-1, 0, 1]" if monotone else str(_POSITIVE)
        raise UserError(f"Hyperparameter {name}: value {value} not in range {allowed}")


def _is_metric(metric: str) -> bool:
    if "@" not in metric:
        return metric in METRICS
    name, threshold = (part.strip() for part in metric.split("@")[:2])
    if name not in _WITH_THRESHOLD:
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should be one of "
            "these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError:
        raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from None
    return True


def _check_together(values: Mapping[str, Any]) -> None:
    """What one hyperparameter asks of others."""
    objective = values.get("objective", "")
    metrics = values.get("eval_metric", ())
    if objective in ("multi:softmax", "multi:softprob") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in values and method not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' "
            "or 'approx'."
        )
    if "updater" in values:
        _check_updaters(values["updater"], values)


def _check_updaters(updaters: list[str], values: Mapping[str, Any]) -> None:
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR:
            raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif values.get("process_type") == "update":
        if not set(updaters) <= set(_REFINE):
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif set(updaters) & set(_LINEAR):
        raise UserError(f"Tree updater should be selected from these options: {', '.join(map(repr, _UPDATERS[:-2]))}.")
    elif sum(updater in _GROW for updater in updaters) > 1:
        raise UserError(f"Only one tree grow plugin can be selected. Choose one from: {', '.join(map(repr, _GROW))}")
