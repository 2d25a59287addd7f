"""Measures how long a picture takes to draw, from the text of a definition, in this process.

The shapes are those of ``tests/review/shapes.py``; ``mixed`` has nothing to fold, so all of its boxes are laid out.
Reported are medians of processor time over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.draw.graph import Graph
from tests.review.shapes import SHAPES

FORMATS: dict[str, Callable[[Graph], str]] = {
    "svg": review.svg,
    "svg whole": lambda graph: review.svg(graph, whole=True),
    "mermaid": review.mermaid,
    "dot": lambda graph: review.dot(review.folded(graph)),
    "text": lambda graph: review.text(review.folded(graph)),
}


def taken(text: str, draw: Callable[[Graph], str]) -> float:
    """Milliseconds of the processor from the text of a definition to its picture."""
    start = time.process_time()
    draw(review.graph(Definition.parse(text)))
    return 1000 * (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures how long pictures take to draw.")
    parser.add_argument("--runs", type=int, default=15, help="rounds (default: 15)")
    parser.add_argument("--steps", type=int, default=300, help="(default: 300)")
    given = parser.parse_args()
    print(f"smpipe draw, about {given.steps} steps; milliseconds of the processor, medians of {given.runs} rounds")
    print(f"{'shape':10}" + "".join(f"{name:>12}" for name in FORMATS))
    for shape, make in SHAPES.items():
        text = json.dumps(make(given.steps).json)
        rounds = {name: [taken(text, draw) for _ in range(given.runs)] for name, draw in FORMATS.items()}
        print(f"{shape:10}" + "".join(f"{statistics.median(times):>12.0f}" for times in rounds.values()))


if __name__ == "__main__":
    main()
