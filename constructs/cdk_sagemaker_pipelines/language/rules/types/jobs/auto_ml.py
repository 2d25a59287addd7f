"""AutoML jobs.

Source: "AutoML step" of the developer guide and the SDK, which only takes the mode ENSEMBLING; API shapes
``AutoMLAlgorithmConfig`` and ``AutoMLChannel``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import choices
from ....field import Field
from ....findings import Finding
from ...over import over

ENSEMBLING = "ENSEMBLING"
ALGORITHMS = (
    "catboost",
    "extra-trees",
    "fastai",
    "lightgbm",
    "linear-learner",
    "nn-torch",
    "randomforest",
    "xgboost",
)


@over("AutoML")
def auto_ml_modes(arguments: Field) -> Iterator[Finding]:
    """A pipeline only runs ensembles, of the algorithms that ensembles support."""
    config = arguments.at("AutoMLJobConfig")
    mode = config.at("Mode")
    if (config.is_object or not config.given) and (not mode.given or mode.text not in (None, ENSEMBLING)):
        found = f"is {mode.text!r}" if mode.given else "is missing"
        yield mode.finding("auto-ml-mode", f"{found}; a pipeline only takes {ENSEMBLING!r}")
    for chosen in config.at("CandidateGenerationConfig", "AlgorithmsConfig").items():
        for algorithm in chosen.at("AutoMLAlgorithms").items():
            if algorithm.text is not None and algorithm.text not in ALGORITHMS:
                text = f"{algorithm.text!r} is not available in ensembles; allowed are {choices(ALGORITHMS)}"
                yield algorithm.finding("auto-ml-mode", text)


@over("AutoML")
def auto_ml_objectives(arguments: Field) -> Iterator[Finding]:
    """The problem type and the metric are given together."""
    pair = ("ProblemType", "AutoMLJobObjective")
    given = [name for name in pair if arguments.at(name).given]
    if len(given) == 1:
        text = f"only has {given[0]}; give both ProblemType and AutoMLJobObjective"
        yield arguments.finding("auto-ml-objective", text)


@over("AutoML")
def auto_ml_channels(arguments: Field) -> Iterator[Finding]:
    """Training and validation data have the same form and the same target."""
    first, *others = arguments.at("InputDataConfig").items() or [arguments.at("InputDataConfig")]
    for channel in others:
        for name in ("TargetAttributeName", "ContentType"):
            ours, theirs = channel.at(name).text, first.at(name).text
            if ours is not None and theirs is not None and ours != theirs:
                yield channel.at(name).finding("auto-ml-channels", f"is {ours!r}, but {theirs!r} in the first channel")
