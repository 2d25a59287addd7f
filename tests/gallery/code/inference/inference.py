"""How a serving container loads the model and asks it: every number is multiplied by the depth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def model_fn(model_dir: str) -> float:
    return float(Path(model_dir, "depth.txt").read_text())


def predict_fn(data: Any, model: float) -> Any:
    most = float(os.environ.get("MOST", "100"))
    if data.max() > most:
        raise ValueError(f"{data.max():g} is more than {most:g}")
    return data * model
