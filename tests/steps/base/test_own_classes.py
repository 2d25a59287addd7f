"""Step classes of a user's own, in a module that does not postpone its annotations."""

import typing
from dataclasses import dataclass
from typing import Annotated, ClassVar
from typing import ClassVar as Shared

import pytest

from cdk_sagemaker_pipelines import FailStep, Pipeline, PipelineError
from tests.steps.support import arguments


class Loud(FailStep):
    mark: ClassVar[str] = "!"
    bare: ClassVar = "?"
    qualified: typing.ClassVar[int] = 1
    renamed: Shared[int] = 2
    quoted: "ClassVar[int]" = 3
    quoted_qualified: "typing.ClassVar[int]" = 4
    quoted_renamed: "Shared[int]" = 5
    volume: int = 3
    "How loud."
    quoted_volume: "int" = 4
    described: Annotated[int, "of the user's own"] = 5

    def arguments(self) -> dict[str, object]:
        return {"ErrorMessage": f"{self.message}{self.mark * self.volume}"}


def test_what_the_class_shares_is_no_field(pipeline: Pipeline) -> None:
    own = set(Loud._declared_fields) - set(FailStep._declared_fields)
    assert own == {"volume", "quoted_volume", "described"}
    assert (Loud.mark, Loud.bare, Loud.qualified, Loud.renamed) == ("!", "?", 1, 2)
    assert (Loud.quoted, Loud.quoted_qualified, Loud.quoted_renamed) == (3, 4, 5)
    assert arguments(Loud(pipeline, "Stop", message="no", volume=2)) == {"ErrorMessage": "no!!"}


def test_a_field_of_ones_own_is_one(pipeline: Pipeline) -> None:
    step = Loud(pipeline, "Stop")
    assert (step.volume, step.described) == (3, 5)
    with pytest.raises(PipelineError, match="'volume' is given when the step is constructed"):
        step.volume = 5
    with pytest.raises(TypeError, match="has no field 'mark'"):
        Loud(pipeline, "Other", mark="?")  # type: ignore[call-arg]


@pytest.mark.parametrize("frozen", [False, True], ids=["plain", "frozen"])
def test_a_step_is_no_dataclass(frozen: bool) -> None:
    with pytest.raises(TypeError, match=r"^Own needs no @dataclass, which jsii could not use: its annotations are"):

        @dataclass(frozen=frozen)  # type: ignore[literal-required]
        class Own(FailStep):
            volume: int = 3
