"""Writes two files."""

from pathlib import Path

for name in ("final.csv", "draft.csv"):
    Path("/opt/ml/processing/output/files", name).write_text("1\n", encoding="utf-8")
