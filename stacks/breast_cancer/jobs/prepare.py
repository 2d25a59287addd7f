"""Splits scikit-learn's breast cancer data set into what the other steps read: train, validation, test and batch."""

from pathlib import Path

import numpy
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

OUTPUT = Path("/opt/ml/processing/output")
FEATURES = 10  # of the 30 the means, without their errors and extremes


def main() -> None:
    """Writes one CSV file an output; the first column is 1 for a malignant tumour, the batch does not have it."""
    features, benign = load_breast_cancer(return_X_y=True)  # ships inside of scikit-learn: nothing is downloaded
    data = numpy.column_stack([1 - benign, features[:, :FEATURES]])
    rest, test = train_test_split(data, test_size=0.2, random_state=7, stratify=benign)
    train, validation = train_test_split(rest, test_size=0.25, random_state=7, stratify=rest[:, 0])
    parts = {"train": train, "validation": validation, "test": test, "batch": test[:, 1:]}
    for name, part in parts.items():
        (OUTPUT / name).mkdir(parents=True, exist_ok=True)
        numpy.savetxt(OUTPUT / name / f"{name}.csv", part, delimiter=",", fmt="%.6g")
        print(f"{name}: {len(part)} rows")


if __name__ == "__main__":
    main()
