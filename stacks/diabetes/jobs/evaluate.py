"""Measures the model on the test data and writes the report that the condition reads."""

import json
import tarfile
from pathlib import Path

import joblib
import numpy
from sklearn.metrics import mean_squared_error, r2_score

INPUT = Path("/opt/ml/processing/input")
OUTPUT = Path("/opt/ml/processing/output")


def main() -> None:
    """Reads the inputs ``model`` and ``test``, writes ``report/evaluation.json``."""
    with tarfile.open(INPUT / "model" / "model.tar.gz") as archive:
        archive.extract("model.joblib", INPUT / "model")
    model = joblib.load(INPUT / "model" / "model.joblib")
    data = numpy.loadtxt(INPUT / "test" / "test.csv", delimiter=",", ndmin=2)
    target, predicted = data[:, 0], model.predict(data[:, 1:])
    metrics = {
        "mse": {"value": mean_squared_error(target, predicted)},
        "r2": {"value": r2_score(target, predicted)},
    }
    report = OUTPUT / "report"
    report.mkdir(parents=True, exist_ok=True)
    (report / "evaluation.json").write_text(json.dumps({"regression_metrics": metrics}, indent=2))
    print(json.dumps(metrics))


if __name__ == "__main__":
    main()
