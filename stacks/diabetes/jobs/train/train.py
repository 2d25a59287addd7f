"""Trains a regression on the diabetes data; run by the scikit-learn training container."""

import argparse
import os
from pathlib import Path

import joblib
import pandas
from sklearn.ensemble import GradientBoostingRegressor


def main() -> None:
    """Reads the channel ``train``, writes ``model.joblib``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-estimators", type=int, default=100)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    options = parser.parse_args()

    channel = Path(os.environ["SM_CHANNEL_TRAIN"])
    data = pandas.concat(pandas.read_csv(file, header=None) for file in sorted(channel.glob("*.csv")))
    model = GradientBoostingRegressor(
        n_estimators=options.n_estimators, learning_rate=options.learning_rate, max_depth=2, random_state=7
    )
    model.fit(data.iloc[:, 1:].to_numpy(), data.iloc[:, 0].to_numpy())
    joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
    print(f"train:score={model.score(data.iloc[:, 1:].to_numpy(), data.iloc[:, 0].to_numpy()):.4f}")


if __name__ == "__main__":
    main()
