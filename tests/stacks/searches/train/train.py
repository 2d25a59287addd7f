"""The nearer to what it shall be, the better."""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--near", type=float)
parser.add_argument("--count", type=int)
parser.add_argument("--kind")
parser.add_argument("--far", type=float)
given = parser.parse_args()
assert given.kind == "plain"
print(f"loss={abs(given.near - given.far):.6f}")
Path(os.environ["SM_MODEL_DIR"], "x.txt").write_text(f"{abs(given.near - given.far):.6f}")
