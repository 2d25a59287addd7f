"""Measures both models on the test data and writes the report that the condition reads."""

import json
import tarfile
from pathlib import Path
from typing import Any

import joblib
import numpy
from sklearn.metrics import roc_auc_score

INPUT = Path("/opt/ml/processing/input")
OUTPUT = Path("/opt/ml/processing/output")


def main() -> None:
    """Reads the inputs ``baseline``, ``tuned`` and ``test``, writes ``report/evaluation.json``."""
    data = numpy.loadtxt(INPUT / "test" / "test.csv", delimiter=",", ndmin=2)
    target, features = data[:, 0], data[:, 1:]
    metrics = {}
    for name in ("baseline", "tuned"):
        auc = roc_auc_score(target, load(name).predict_proba(features)[:, 1])
        metrics[name] = {"auc": {"value": round(float(auc), 4)}}
    (OUTPUT / "report").mkdir(parents=True, exist_ok=True)
    (OUTPUT / "report" / "evaluation.json").write_text(json.dumps(metrics, indent=2))
    print(json.dumps(metrics))


def load(name: str) -> Any:
    """The model of an input."""
    with tarfile.open(INPUT / name / "model.tar.gz") as archive:
        archive.extract("model.joblib", INPUT / name)
    return joblib.load(INPUT / name / "model.joblib")


if __name__ == "__main__":
    main()
