"""What the built-in XGBoost algorithm takes, as far as it is written out: its container refuses anything else.

Source: that of ``language/xgboost.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .... import xgboost
from ....errors import did_you_mean, shown
from ....field import Field
from ....findings import Finding
from ....references import is_expression_json
from ...over import over
from ..base.training_jobs import TYPES, jobs
from .training import may_run_a_program, repository
from .tuning import CONFIG, KINDS

REPOSITORY = "sagemaker-xgboost"
_TOOLKIT = "sagemaker_"
"""How the names begin that are for the toolkit in the image."""


@over(*TYPES)
def algorithm_hyperparameters(arguments: Field) -> Iterator[Finding]:
    """The algorithm has each hyperparameter, and takes its value."""
    for job in _of_the_algorithm(arguments):
        given = job.at("HyperParameters" if arguments.step.type == "Training" else "StaticHyperParameters")
        values = {str(name): value for name, value in given.members() if not str(name).startswith(_TOOLKIT)}
        tuned = _tuned(arguments, job)
        for name, field in {**tuned, **values}.items():
            if name in xgboost.OBSOLETE:
                continue
            text = values[name].text if name in values else None
            wrong = xgboost.wrong_value(name, text) if text is not None and name in xgboost.NAMES else ""
            if name not in xgboost.NAMES:
                hint = did_you_mean(name, xgboost.NAMES)
                yield field.finding("hyperparameter", f"the XGBoost algorithm has no {name!r}{hint}", "warning")
            elif wrong:
                told = f"is {shown(text)}, which the XGBoost algorithm refuses: {wrong}"
                yield field.finding("hyperparameter", told, "warning")
        if xgboost.NEEDED not in values and xgboost.NEEDED not in tuned:
            told = f"the XGBoost algorithm needs {xgboost.NEEDED!r}, the number of rounds"
            yield given.finding("hyperparameter", told, "warning")


@over(*TYPES)
def algorithm_channels(arguments: Field) -> Iterator[Finding]:
    """The algorithm has each channel, and gets data."""
    for job in _of_the_algorithm(arguments):
        channels = job.at("InputDataConfig")
        names = [channel.at("ChannelName") for channel in channels.items()]
        for name in names:
            if name.text is not None and name.text not in xgboost.CHANNELS:
                told = f"the XGBoost algorithm has no channel {name.text!r}{did_you_mean(name.text, xgboost.CHANNELS)}"
                yield name.finding("hyperparameter", told, "warning")
        known = not is_expression_json(channels.value) and all(name.text is not None for name in names)
        if known and xgboost.DATA not in [name.text for name in names]:
            told = f"the XGBoost algorithm needs a channel {xgboost.DATA!r}"
            yield channels.finding("hyperparameter", told, "warning")


def _of_the_algorithm(arguments: Field) -> Iterator[Field]:
    """The jobs whose image is the algorithm's, and that run no program in it."""
    for job in jobs(arguments):
        if repository(job.at("AlgorithmSpecification", "TrainingImage")) == REPOSITORY and not may_run_a_program(job):
            yield job


def _tuned(arguments: Field, job: Field) -> dict[str, Field]:
    """The hyperparameters that a tuning varies, by their names."""
    own = job.at("HyperParameterRanges")
    ranges = own if own.given else arguments.at(CONFIG, "ParameterRanges")
    names = [each.at("Name") for kind in KINDS for each in ranges.at(kind).items()]
    return {name.text: name for name in names if name.text is not None}
