"""Trains a classifier and prints how good it is; run by the scikit-learn training container."""

import argparse
import os
from pathlib import Path

import joblib
import numpy
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score


def main() -> None:
    """Reads the channels ``train`` and ``validation``, writes ``model.joblib``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    options = parser.parse_args()

    target, features = read("TRAIN")
    model = GradientBoostingClassifier(
        n_estimators=options.trees, max_depth=options.depth, learning_rate=options.learning_rate, random_state=7
    )
    model.fit(features, target)
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")

    target, features = read("VALIDATION")
    print(f"validation:auc={roc_auc_score(target, model.predict_proba(features)[:, 1]):.4f}")


def read(channel: str) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The first column of the channel's files, and the others."""
    files = sorted(Path(os.environ[f"SM_CHANNEL_{channel}"]).glob("*.csv"))
    data = numpy.concatenate([numpy.loadtxt(file, delimiter=",", ndmin=2) for file in files])
    return data[:, 0], data[:, 1:]


if __name__ == "__main__":
    main()
