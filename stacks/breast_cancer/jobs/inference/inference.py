"""How the scikit-learn serving container loads and asks the model; its defaults do the rest (CSV in, CSV out)."""

from pathlib import Path
from typing import Any

import joblib
import numpy


def model_fn(model_dir: str) -> Any:
    """The model that ``train.py`` wrote."""
    return joblib.load(Path(model_dir) / "model.joblib")


def predict_fn(data: Any, model: Any) -> Any:
    """How probable it is that each tumour is malignant. The container hands over a single record as a flat array."""
    return model.predict_proba(numpy.atleast_2d(data))[:, 1]
