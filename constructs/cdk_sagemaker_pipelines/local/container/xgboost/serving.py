"""Applies a model in the process of a batch transform, as the XGBoost container does in algorithm mode.

Run as a script by the job's interpreter; imports nothing from this package. Arguments: the folder of the packages, and
a JSON file:
{"model_dir": directory, "content_type": type or null, "accept": type, "joint": text after each answer,
"batches": [{"inputs": [path, ...], "output": path}]}.
SAGEMAKER_INFERENCE_OUTPUT and SAGEMAKER_INFERENCE_ENSEMBLE in the environment are the container's own.
Source: serve.py, serve_utils.py and encoder.py of github.com/aws/sagemaker-xgboost-container (3.0-5).
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import sys
from typing import Any

CSV = ("csv", "text/csv")
LIBSVM = ("libsvm", "text/libsvm", "text/x-libsvm")
ACCEPTED = ("text/csv", "application/json", "application/jsonlines")

VOTED = ("multi:softmax", "binary:hinge")
"""Objectives whose answers are classes: several models vote on them, instead of being averaged."""

_CLASSES = ("predicted_label", "labels", "raw_score", "raw_scores")
_PROBABILITIES = ("probability", "probabilities")
SELECTABLE = {
    **dict.fromkeys(("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror"), ("predicted_score",)),
    "reg:tweedie": ("predicted_score",),
    "binary:logistic": (*_CLASSES, *_PROBABILITIES),
    "binary:logitraw": _CLASSES,
    "binary:hinge": _CLASSES,
    "multi:softmax": _CLASSES,
    "multi:softprob": (*_CLASSES, *_PROBABILITIES),
}
"""What SAGEMAKER_INFERENCE_OUTPUT may select, by the model's objective."""


class Models:
    """The models of a directory; several are an ensemble."""

    def __init__(self, xgboost: Any, directory: str) -> None:
        names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
        files = [path for path in (os.path.join(directory, name) for name in names) if os.path.isfile(path)]
        if not files:
            raise SystemExit("Unable to load model: there is no file in the model's archive")
        if os.environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") != "true":
            del files[1:]
        self.boosters = [loaded(xgboost, path) for path in files]
        config = json.loads(self.boosters[0].save_config())["learner"]
        self.objective = config["objective"]["name"]
        self.classes = int(config["learner_model_param"].get("num_class", 0))

    def predict(self, data: Any) -> Any:
        """One prediction for each record."""
        import numpy

        found = [booster.predict(data, validate_features=False) for booster in self.boosters]
        if len(found) == 1:
            return found[0]
        if self.objective in VOTED:
            from scipy import stats

            return stats.mode(found).mode
        return numpy.mean(found, axis=0)


def loaded(xgboost: Any, path: str) -> Any:
    """A model that was pickled by an old container, or saved by the library."""
    try:
        with open(path, "rb") as file:
            return pickle.load(file)
    except Exception as not_pickled:
        booster = xgboost.Booster()
        try:
            booster.load_model(path)
        except xgboost.core.XGBoostError as error:
            raise SystemExit(
                f"Unable to load model: Model {path} cannot be loaded:\nPickle load error={not_pickled}\n"
                f"XGB load model error={error}"
            ) from None
        return booster


def decoded(xgboost: Any, body: bytes, content_type: str | None) -> Any:
    """The records of a request's body, without labels."""
    given = (content_type or "libsvm").lower().partition(";")[0].strip()
    if given not in (*CSV, *LIBSVM):
        raise SystemExit(f"Content-type {content_type} is not supported; local runs read CSV and libsvm")
    kind = "csv" if given in CSV else "libsvm"
    try:
        text = body.strip().decode("utf-8")
        return xgboost.DMatrix(csv_rows(text) if kind == "csv" else libsvm_rows(text))
    except Exception as error:
        raise SystemExit(
            f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:\n"
            f" {type(error)}\n {error}"
        ) from None


def csv_rows(text: str) -> Any:
    """An array; an empty field is NaN."""
    import numpy

    lines = text.split("\n")
    try:
        delimiter = csv.Sniffer().sniff(lines[0][:512]).delimiter
    except csv.Error:
        delimiter = ","  # a single column
    if delimiter.isalnum():
        delimiter = ","
    return numpy.array([[field or "nan" for field in line.rstrip("\r").split(delimiter)] for line in lines]).astype(
        float
    )


def libsvm_rows(text: str) -> Any:
    """A sparse matrix; indices that begin with 1 are shifted."""
    import numpy
    from scipy.sparse import csr_matrix

    places: list[tuple[int, int]] = []
    values: list[float] = []
    lines = text.split("\n")
    for row, line in enumerate(lines):
        for item in line.split():
            index, colon, value = item.partition(":")
            if colon:
                places.append((row, int(index)))
                values.append(float(value))
    rows, columns = numpy.array(places, dtype=int).reshape(-1, 2).T
    if len(columns) and columns.min() >= 1:
        columns = columns - 1
    return csr_matrix((values, (rows, columns)), shape=(len(lines), int(columns.max()) + 1 if len(columns) else 0))


def selected(prediction: Any, keys: list[str], models: Models) -> dict[str, Any]:
    """What SAGEMAKER_INFERENCE_OUTPUT selects of a prediction; NaN for what the objective does not have."""
    possible = SELECTABLE.get(models.objective)
    if possible is None:
        raise SystemExit(f"Objective `{models.objective}` unsupported for selectable inference predictions.")
    return {key: value_of(key, prediction, models) if key in possible else float("nan") for key in keys}


def value_of(key: str, prediction: Any, models: Models) -> Any:
    """One selectable value."""
    several = models.objective == "multi:softprob"
    if key == "predicted_score":
        return prediction.item()
    if key == "labels":
        return list(range(models.classes)) if models.classes else [0, 1]
    if key == "predicted_label":
        if models.objective in VOTED:
            return prediction.item()
        if several:
            return int(prediction.argmax())
        return int(prediction > (0.5 if models.objective == "binary:logistic" else 0))
    if key in ("probability", "raw_score"):
        return float(prediction.max()) if several else prediction.item()
    return prediction.tolist() if several else [1.0 - prediction.item(), prediction.item()]


def encoded(predictions: Any, accept: str, models: Models) -> str:
    """The body of an answer, as a batch transform gets it: a line for each record."""
    asked = os.environ.get("SAGEMAKER_INFERENCE_OUTPUT")
    if asked is None:
        return "\n".join(map(str, predictions.tolist())) + "\n"
    keys = asked.replace(" ", "").lower().split(",")
    records = [selected(prediction, keys, models) for prediction in predictions]
    if accept == "application/json":
        return json.dumps({"predictions": records})
    if accept == "application/jsonlines":
        return "".join(json.dumps(record) + "\n" for record in records)
    rows = [
        [f'"{value}"' if isinstance(value, list) else str(value) for value in record.values()] for record in records
    ]
    return "".join(",".join(row) + "\n" for row in rows)


def main(packages: str, path: str) -> None:
    """Answers every payload that the file at ``path`` names."""
    sys.path.insert(0, packages)
    import xgboost

    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    accept = job["accept"].lower()
    if accept not in ACCEPTED:
        raise SystemExit(f"Accept type {accept} is not supported; local runs of XGBoost answer with {ACCEPTED}")
    models = Models(xgboost, job["model_dir"])
    joint = job["joint"].encode("utf-8")
    for batch in job["batches"]:
        with open(batch["output"], "wb") as output:
            for payload in batch["inputs"]:
                with open(payload, "rb") as file:
                    body = file.read()
                if not body:
                    continue
                answer = encoded(models.predict(decoded(xgboost, body, job["content_type"])), accept, models).encode()
                if joint and answer.endswith(joint):
                    answer = answer[: -len(joint)]
                output.write(answer + joint)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
