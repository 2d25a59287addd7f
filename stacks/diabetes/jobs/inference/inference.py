"""How the scikit-learn serving container loads the model; its defaults do the rest (CSV in, ``predict``, CSV out)."""

from pathlib import Path
from typing import Any

import joblib


def model_fn(model_dir: str) -> Any:
    """The model that ``train.py`` wrote."""
    return joblib.load(Path(model_dir) / "model.joblib")
