"""The nearer the depth to 3, the better."""

import argparse
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=float, required=True)
parser.add_argument("--kind", choices=["plain", "silent"], default="plain")
parser.add_argument("--seconds", type=float, default=0)
parser.add_argument("--seed", type=int, default=0)
given = parser.parse_args()
if given.depth <= 0:
    raise ValueError(f"a {given.kind} model of depth {given.depth:g} cannot be trained")
time.sleep(given.seconds)
if given.kind != "silent":
    print(f"loss={abs(given.depth - 3):.6f}")
Path(os.environ["SM_MODEL_DIR"], "depth.txt").write_text(f"{given.depth:.6f}")
