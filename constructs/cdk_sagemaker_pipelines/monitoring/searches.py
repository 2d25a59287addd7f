"""Search expressions of CloudWatch, by which a dashboard finds what has another name in each execution.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
A term without quotes finds what contains it as a whole word, and an expression has at most 1024 characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language import Definition
from ..language.step_types import STEP_TYPES
from .metrics import NAMESPACE

_LONGEST = 1024
_GROUPS = ("ProcessingJobs", "TrainingJobs", "TransformJobs")
_OF_TUNING = "TrainingJobs"


def of_steps(pipeline: str, metric: str, statistic: str) -> str:
    """A metric of all steps of a pipeline."""
    terms = f'PipelineName="{_quoted(pipeline)}" MetricName="{metric}"'
    return _search(f'"{NAMESPACE}",PipelineName,StepName', terms, statistic)


def of_jobs(metric: str, definition: Definition | None) -> Iterator[str]:
    """A metric of the jobs of the steps of a definition; of those of all pipelines if there is none.

    A job is called after its step, but not after its pipeline, so jobs of another pipeline whose steps have the same
    names are found as well.
    """
    for group in _GROUPS:
        schema, terms = f'"/aws/sagemaker/{group}",Host', f'MetricName="{metric}" Host=pipelines'
        if definition is None:
            yield _search(schema, terms, "Average")
            continue
        names = [f"Host={name}" for name in _names(group, definition)]
        room = _LONGEST - len(_search(schema, f"{terms} ()", "Average"))
        for several in _portions(names, room):
            yield _search(schema, f"{terms} ({' OR '.join(several)})", "Average")


def _names(group: str, definition: Definition) -> list[str]:
    found = []
    for step in definition.all_steps():
        row = STEP_TYPES.get(step.type)
        if row is not None and (row.logs == group or (group == _OF_TUNING and step.type == "Tuning")):
            found.append(step.name)
    return found


def _portions(names: Sequence[str], room: int) -> Iterator[list[str]]:
    portion: list[str] = []
    for name in names:
        if portion and len(" OR ".join([*portion, name])) > room:
            yield portion
            portion = []
        portion.append(name)
    if portion:
        yield portion


def _search(schema: str, terms: str, statistic: str) -> str:
    return f"SEARCH('{{{schema}}} {terms}', '{statistic}')"


def _quoted(text: str) -> str:
    return text.replace("'", "")
