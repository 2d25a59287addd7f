"""A batch transform with a check of its data before it, or of its answers afterwards."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...language import PipelineError
from ...language.keyword_options import by_name
from ..base.field_checks import shown
from ..base.group import StepGroup
from ..base.scope import Dependable, StepScope
from ..jobs.transform import TransformInput, TransformStep
from .clarify_check import ClarifyCheckStep
from .quality_check import ModelQualityCheck, QualityCheckStep


class MonitoredTransform(StepGroup):
    """A transform step and a check step around the same data; one waits for the success of the other.

    ```python
    MonitoredTransform(
        pipeline, "Score", check_first=True,
        transform=partial(TransformStep, model=model, input="s3://data/batch/", instance_type="ml.m5.xlarge"),
        check=partial(
            QualityCheckStep, check=DataQualityCheck(), dataset_format=DatasetFormat.csv(),
            instance_type="ml.c5.xlarge", model_package_group="abalone",
        ),
    )
    ```

    The steps are named ``<name>-transform`` and ``<name>-monitoring``. A check without a ``dataset`` checks what the
    transform reads if it comes first, else what the transform writes.

    Args:
        scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
        construct_id: The construct's id, unique in its scope.
        transform: The transform step without scope and id, as ``functools.partial``.
        check: The check step without scope and id, as ``functools.partial``.
        check_first: Whether the check comes first, so that data with violations is not transformed. Not for
            ``ModelQualityCheck``, which needs the answers.
        prefix: What is put before the names of the steps. Default: as in ``StepGroup``.
        depends_on: Steps and groups of steps that both steps wait for.

    Raises:
        PipelineError: A partial of another class, or a check that cannot come first.
    """

    transform: TransformStep
    """The transform step, whose answers others can read."""
    check: QualityCheckStep | ClarifyCheckStep
    """The check step, whose baseline others can read."""

    @by_name
    def __init__(
        self,
        scope: StepScope,
        construct_id: str,
        *,
        transform: partial[TransformStep],
        check: partial[QualityCheckStep] | partial[ClarifyCheckStep],
        check_first: bool = False,
        prefix: str | None = None,
        depends_on: list[Dependable] | tuple[Dependable, ...] = (),
    ) -> None:
        super().__init__(scope, construct_id, prefix=prefix, depends_on=depends_on)
        with self.naming():
            _check_step(transform, (TransformStep,), "transform", "partial(TransformStep, model=...)")
            kinds = (QualityCheckStep, ClarifyCheckStep)
            _check_step(check, kinds, "check", "partial(QualityCheckStep, check=...)")
            if check_first and isinstance(check.keywords.get("check"), ModelQualityCheck):
                raise PipelineError(
                    "check_first: a ModelQualityCheck needs the answers, which come after the transform"
                )
        self.transform = transform(self, "transform")
        given = self.transform.input
        source = given.source if isinstance(given, TransformInput) else given
        dataset = source if check_first else self.transform.output_path
        self.check = check(self, "monitoring", **{"dataset": dataset, **check.keywords})
        first, second = (self.check, self.transform) if check_first else (self.transform, self.check)
        second.add_dependency(first)


def _check_step(value: Any, kinds: tuple[type, ...], what: str, example: str) -> None:
    if not isinstance(value, partial) or value.func not in kinds or value.args:
        raise PipelineError(f"{what} takes {example}, not {shown(value)}")
