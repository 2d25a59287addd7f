"""Splits scikit-learn's diabetes data set into what the other steps read: train, test and batch."""

import argparse
from pathlib import Path

import numpy
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

OUTPUT = Path("/opt/ml/processing/output")


def main() -> None:
    """Writes one CSV file an output; the target is the first column, the batch has none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--test-size", type=float, default=0.2)
    options = parser.parse_args()

    features, target = load_diabetes(return_X_y=True)  # ships inside of scikit-learn: nothing is downloaded
    data = numpy.column_stack([target, features])
    train, test = train_test_split(data, test_size=options.test_size, random_state=7)
    for name, part in (("train", train), ("test", test), ("batch", test[:, 1:])):
        (OUTPUT / name).mkdir(parents=True, exist_ok=True)
        numpy.savetxt(OUTPUT / name / f"{name}.csv", part, delimiter=",", fmt="%.6g")
        print(f"{name}: {len(part)} rows")


if __name__ == "__main__":
    main()
