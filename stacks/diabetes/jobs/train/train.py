"""Trains a regression on the diabetes data; run by the scikit-learn training container."""

import argparse
import os
from pathlib import Path

import joblib
import numpy
from sklearn.ensemble import GradientBoostingRegressor


def main() -> None:
    """Reads the channel ``train``, writes ``model.joblib``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-estimators", type=int, default=100)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    options = parser.parse_args()

    channel = Path(os.environ["SM_CHANNEL_TRAIN"])
    data = numpy.concatenate([numpy.loadtxt(file, delimiter=",", ndmin=2) for file in sorted(channel.glob("*.csv"))])
    target, features = data[:, 0], data[:, 1:]
    model = GradientBoostingRegressor(
        n_estimators=options.n_estimators, learning_rate=options.learning_rate, max_depth=2, random_state=7
    )
    model.fit(features, target)
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
    print(f"train:score={model.score(features, target):.4f}")


if __name__ == "__main__":
    main()
