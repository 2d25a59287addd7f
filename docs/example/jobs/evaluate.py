"""Measures the line on the points that it was not fitted to."""

import json
import tarfile
from pathlib import Path

data = Path("/opt/ml/processing")
with tarfile.open(data / "input/model/model.tar.gz") as archive:
    slope, offset = json.load(archive.extractfile("line.json"))
lines = (data / "input/test/points.csv").read_text().splitlines()
points = [tuple(map(float, line.split(","))) for line in lines]
mse = sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)
report = data / "output/report/evaluation.json"
report.parent.mkdir(parents=True, exist_ok=True)
report.write_text(json.dumps({"mse": round(mse, 3)}))
