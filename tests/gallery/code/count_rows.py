"""Counts rows."""

from pathlib import Path

(rows,) = Path("/opt/ml/processing/input/rows").iterdir()
count = len(rows.read_text().splitlines())
Path("/opt/ml/processing/output/counts/count.txt").write_text(str(count))
