"""Makes points around a line, and splits them; XGBoost reads the value to predict first, and no header."""

import random
from pathlib import Path

OUTPUT = Path("/opt/ml/processing/output")

random.seed(7)
points = [(3 * x + 2 + random.gauss(0, 1), x) for x in (random.uniform(0, 10) for _ in range(200))]
for name, part in (("train", points[:160]), ("validation", points[160:])):
    (OUTPUT / name).mkdir(parents=True, exist_ok=True)
    (OUTPUT / name / "points.csv").write_text("".join(f"{y},{x}\n" for y, x in part))
    print(f"{name}: {len(part)} points")
