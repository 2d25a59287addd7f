"""Writes rows."""

import argparse
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, required=True)
rows = parser.parse_args().rows
if rows < 1:
    sys.exit(f"cannot write {rows} rows")
Path("/opt/ml/processing/output/rows/rows.csv").write_text("".join(f"{row}\n" for row in range(rows)))
