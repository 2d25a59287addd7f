"""Trains a model in the process of a training job, as the XGBoost container does in algorithm mode.

Run as a script by the job's interpreter; imports nothing from this package. Arguments: the folder of the packages, and
a JSON file:
{"train": directory, "validation": directory or null, "format": "csv" or "libsvm", "hyperparameters": checked ones,
"model": directory, "checkpoints": directory or null, "failure": file, "scratch": directory, "maximized": [metric, ...]}
Source: train.py, data_utils.py and custom_metrics.py of github.com/aws/sagemaker-xgboost-container (3.0-5).
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
import warnings
from typing import Any

DEEPEST = 3
"""Folders within a channel that are read."""
CHECKPOINT = "xgboost-checkpoint"


class UserError(Exception):
    """What the container calls an error of its user."""


def data_files(channel: str) -> list[str]:
    """The files of a channel, in a fixed order. Raises ``UserError`` for a hidden one."""
    found = []
    for folder, folders, names in os.walk(channel):
        folders.sort()
        if os.path.relpath(folder, channel).count(os.sep) + 1 >= DEEPEST:
            folders.clear()
        for name in sorted(names):
            if name.startswith("."):
                raise UserError("Hidden file found in the data path! Remove that before training.")
            if not name.startswith("_"):
                found.append(os.path.join(folder, name))
    return [path for path in found if os.path.getsize(path)]


def staged(files: list[str], folder: str) -> str:
    """A folder with a link to each file: the library's reader takes one folder, and no unusual names."""
    os.makedirs(folder)
    for number, path in enumerate(files):
        os.symlink(path, os.path.join(folder, f"{number:06}"))
    return folder


def delimiter(path: str) -> str:
    """The delimiter of a CSV file, guessed from its first line."""
    with open(path, encoding="utf-8", errors="ignore") as file:
        line = file.readline(1 << 20)
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from None


def check_libsvm(path: str) -> None:
    """Checks the first line with features: <label>[:<weight>] <index>:<value> ..."""
    with open(path, encoding="utf-8", errors="ignore") as file:
        for line in file:
            label, *features = line.split(" ")
            try:
                fits = len([float(part) for part in label.split(":")]) <= 2 and all(":" in item for item in features)
            except ValueError:
                fits = False
            if not fits:
                name = os.path.basename(path)
                raise UserError(f"First line {line[:50].rstrip()!r} of file {name!r} is not in the format LIBSVM")
            if len(features) > 1:
                return


def matrix(xgboost: Any, channel: str, job: dict[str, Any], folder: str) -> Any:
    """The data of a channel; None if it has none."""
    files = data_files(channel)
    if not files:
        return None
    form = f"format={job['format']}"
    if job["format"] == "csv":
        form += f"&label_column=0&delimiter={delimiter(files[0])}"
        if job["hyperparameters"].get("csv_weights") == 1:
            form += "&weight_column=1"
    else:
        for path in files:
            check_libsvm(path)
    try:
        data = xgboost.DMatrix(f"{staged(files, folder)}?{form}")
    except xgboost.core.XGBoostError as error:
        raise UserError(f"Failed to load {job['format']} data with exception:\n{error}") from None
    if data.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return data


def labels(predictions: Any, objective: str) -> Any:
    """The classes that predictions stand for."""
    if predictions.ndim > 1:
        return predictions.argmax(axis=-1)
    if objective == "multi:softmax":
        return predictions.astype(int)
    return (predictions > (0.0 if objective == "binary:logitraw" else 0.5)).astype(int)


def averages(truth: Any, found: Any) -> dict[str, float]:
    """Accuracy, and precision, recall and f1 in each of their averages."""
    import numpy

    classes = numpy.unique(numpy.concatenate([truth, found]))
    hits = numpy.array([((found == each) & (truth == each)).sum() for each in classes], dtype=float)
    chosen = numpy.array([(found == each).sum() for each in classes], dtype=float)
    actual = numpy.array([(truth == each).sum() for each in classes], dtype=float)

    def shares(part: Any, whole: Any) -> Any:
        return numpy.divide(part, whole, out=numpy.zeros_like(part), where=whole > 0)

    precision, recall, f1 = shares(hits, chosen), shares(hits, actual), shares(2 * hits, chosen + actual)
    accuracy = float((truth == found).mean())
    one = int(numpy.flatnonzero(classes == 1)[0]) if 1 in classes else None
    return {
        "accuracy": accuracy,
        "balanced_accuracy": float(recall[actual > 0].mean()),
        "f1": float(f1.mean()),
        "f1_macro": float(f1.mean()),
        "f1_binary": 0.0 if one is None else float(f1[one]),
        "precision": 0.0 if one is None else float(precision[one]),
        "precision_macro": float(precision.mean()),
        "precision_micro": accuracy,
        "recall": 0.0 if one is None else float(recall[one]),
        "recall_macro": float(recall.mean()),
        "recall_micro": accuracy,
    }


def distances(truth: Any, found: Any) -> dict[str, float]:
    """The mean squared error, and the share of the variance that is explained."""
    squares = float(((truth - found) ** 2).mean())
    variance = float(truth.var())
    return {"mse": squares, "r2": 1 - squares / variance if variance else 0.0}


BINARY = ("f1_binary", "precision", "recall")
OWN_METRICS = frozenset(
    {
        "accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "precision", "precision_macro",
        "precision_micro", "recall", "recall_macro", "recall_micro", "mse", "r2",
    }
)  # fmt: skip
"""Metrics that the container computes itself."""


def evaluation(names: list[str], objective: str) -> Any:
    """The function that computes the container's own metrics."""

    def evaluate(predictions: Any, data: Any) -> list[tuple[str, float]]:
        truth = data.get_label()
        values = {} if predictions.ndim > 1 else distances(truth, predictions)
        if set(names) - {"mse", "r2"}:
            if any(name in BINARY for name in names) and objective.startswith("multi:"):
                raise UserError("Target is multiclass but average='binary'. Please choose another average setting.")
            values.update(averages(truth.astype(int), labels(predictions, objective)))
        return [(name, values[name]) for name in names]

    return evaluate


def callbacks(xgboost: Any, job: dict[str, Any], first: int) -> list[Any]:
    """What is done after each round, of which ``first`` is the first: the line of the log, and a checkpoint."""

    class Log(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            parts = [
                f"{data}-{name}:{values[-1]:.5f}"
                for data, metrics in evals_log.items()
                for name, values in metrics.items()
            ]
            # CloudWatch shows the container's tabulators like this, and its metric definitions look for it.
            say("#011".join([f"[{first + epoch}]", *parts]))
            return False

    class Checkpoint(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            model.save_model(os.path.join(job["checkpoints"], f"{CHECKPOINT}.{first + epoch}"))
            return False

    return [Log(), *([Checkpoint()] if job["checkpoints"] else [])]


def newest_checkpoint(folder: str | None) -> tuple[str | None, int]:
    """The newest checkpoint, and the round that follows it."""
    names = os.listdir(folder) if folder else []
    rounds = [int(found[1]) for name in names if (found := re.fullmatch(rf"{CHECKPOINT}\.(\d+)", name))]
    if not folder or not rounds:
        return None, 0
    return os.path.join(folder, f"{CHECKPOINT}.{max(rounds)}"), max(rounds) + 1


def train(xgboost: Any, job: dict[str, Any]) -> None:
    """Trains and saves the model."""
    given = dict(job["hyperparameters"])
    data = matrix(xgboost, job["train"], job, os.path.join(job["scratch"], "train"))
    if data is None:
        raise UserError(f"No data in training channel path {job['train']}")
    say(f"Train matrix has {data.num_row()} rows and {data.num_col()} columns")
    watched = [(data, "train")]
    if job["validation"]:
        held_out = matrix(xgboost, job["validation"], job, os.path.join(job["scratch"], "validation"))
        if held_out is None:
            raise UserError(f"No data in validation channel path {job['validation']}")
        say(f"Validation matrix has {held_out.num_row()} rows")
        watched.append((held_out, "validation"))

    rounds, patience = given.pop("num_round"), given.pop("early_stopping_rounds", None)
    objective = given.pop("_tuning_objective_metric", "").rpartition(":")[2]
    asked = given.pop("eval_metric", [])
    metrics = sorted({*asked, objective}) if objective else asked
    own = [name for name in metrics if name in OWN_METRICS]
    theirs = [name for name in metrics if name not in OWN_METRICS]
    checkpoint, first = newest_checkpoint(job["checkpoints"])
    after = callbacks(xgboost, job, first)
    stop_at = objective or (asked[-1] if asked else None)
    if patience and stop_at and len(watched) > 1:
        after.append(
            xgboost.callback.EarlyStopping(
                rounds=patience,
                data_name="validation",
                metric_name=stop_at,
                maximize=stop_at in job["maximized"],
                save_best=True,
            )
        )
    for name in ("csv_weights", "save_model_on_termination", "use_dask_gpu_training"):
        given.pop(name, None)
    model = xgboost.train(
        {**given, **({"eval_metric": theirs} if theirs else {})},
        data,
        num_boost_round=rounds - first,
        evals=watched,
        custom_metric=evaluation(own, given.get("objective", "")) if own else None,
        callbacks=after,
        xgb_model=checkpoint,
        verbose_eval=False,
    )
    model.save_model(os.path.join(job["model"], "xgboost-model"))


def main(packages: str, path: str) -> None:
    """Does the job that the file at ``path`` describes."""
    sys.path.insert(0, packages)
    import xgboost

    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    warnings.simplefilter("ignore")
    say(f"Running XGBoost {xgboost.__version__} in algorithm mode")
    try:
        train(xgboost, job)
    except UserError as error:
        fail(job["failure"], f"UserError: {error}")
    except Exception as error:
        fail(job["failure"], f"XGB train call failed with exception:\n {error}")


def say(text: str) -> None:
    """Writes a line of the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(file: str, text: str) -> None:
    """Ends as the container does."""
    say(text)
    with open(file, "w", encoding="utf-8") as failure:
        failure.write(text)
    raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
