"""A step that deletes objects that other steps left in S3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...language import PipelineError, StringLike, an
from ...language.definition import COMPLETED
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...language.step_types import row_of
from ..base.field_checks import items, of_type, shown, texts
from ..base.scope import DeclaredStep
from ..base.step import Step

if TYPE_CHECKING:
    from ..base.scope import Dependable, StepScope


MOST_SOURCES = 100


@documented
@dataclass(frozen=True)
class CleanupSource(NoValue):
    """Objects to delete in the outputs of a step.

    ```python
    CleanupStep(pipeline, "Clean", sources=[CleanupSource(prepare, [f"{prepare.output('train')}/part-0.csv"])])
    ```
    """

    step: Step
    """The training, processing or transform step that writes the objects."""
    uris: Sequence[StringLike]
    """The URIs of exactly the objects to delete, in outputs of the step."""


class CleanupStep(Step):
    """Deletes objects that other steps left in S3: all outputs of training steps, and named objects of others.

    ```python
    clean = CleanupStep(
        pipeline, "Clean",
        sources=[train, CleanupSource(prepare, [f"{prepare.output('train')}/part-0.csv"])],
    )
    train.on_end(clean)
    ```

    It waits for the success of its sources unless another trigger is given, as for ``train`` here. Steps in a VPC
    cannot be cleaned up. It has no properties.

    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 3.27 on; the developer guide has no
    page on it.
    """

    type = "Cleanup"

    sources: Sequence[Step | CleanupSource]
    """The steps to clean up after, 1 to 100: training steps, whose outputs are all deleted, and ``CleanupSource``."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            sources: Sequence[Step | CleanupSource],
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Deletes objects that other steps left in S3: all outputs of training steps, and named objects of others.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param sources: The steps to clean up after, 1 to 100: training steps, whose outputs are all deleted, and
                ``CleanupSource``.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        given = items(self.sources, "sources")
        if not 1 <= len(given) <= MOST_SOURCES:
            raise PipelineError(f"sources: there are {len(given)}; 1 to {MOST_SOURCES} are allowed")
        self._sources = [self._source(one, f"sources[{index}]") for index, one in enumerate(given)]
        for index, (step, _) in enumerate(self._sources):
            if step in [before for before, _ in self._sources[:index]]:
                raise PipelineError(f"sources: '{step.name}' occurs twice")

    def arguments(self) -> dict[str, Any]:
        sources = [{"StepName": step.name, "S3Uris": uris} for step, uris in self._sources]
        return {"Resources": {"S3": sources}}

    def dependencies(self) -> list[tuple[DeclaredStep, str]]:
        written = super().dependencies()
        named = {step for step, _ in written}
        return [*written, *((step, COMPLETED) for step, _ in self._sources if step not in named)]

    def _source(self, given: Any, what: str) -> tuple[Step, list[Any] | None]:
        of_type(given, (Step, CleanupSource), what, "a step or CleanupSource(...)", optional=False)
        step = given.step if isinstance(given, CleanupSource) else given
        of_type(step, Step, f"{what}.step", "a step", optional=False)
        self._check_wait(step)
        if getattr(step, "vpc", None) is not None:
            raise PipelineError(f"{what}: '{step.name}' runs in a VPC, and the service does not clean up such steps")
        cleaned = row_of(step.type).cleaned
        if cleaned == "all" and not isinstance(given, CleanupSource):
            return step, None
        if cleaned is None:
            raise PipelineError(
                f"{what}: outputs of training, processing and transform steps are deleted, not those of {shown(step)}"
            )
        uris = texts(given.uris, f"{what}.uris") if isinstance(given, CleanupSource) else None
        if not uris:
            raise PipelineError(
                f"{what}: '{step.name}' is {an(step.type)} step, whose objects must be named; give "
                "CleanupSource(step, ['s3://...'])"
            )
        return step, uris
