"""A cleanup step: the objects that it deletes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ....language import Definition, PipelineError, StepView
from ...environment import Environment
from ...needs import Needs, elements, member
from ...patterns import UNKNOWN, location
from ...permissions import Permission

_DELETE = ("s3:DeleteObject",)


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs: the named objects, or all below the output path of a training step."""
    need = Needs(definition, step, environment)
    for index, source in enumerate(elements(member(step.arguments, "Resources") or {}, "S3")):
        where = f"Resources.S3[{index}]"
        uris = elements(source, "S3Uris") if isinstance(source, Mapping) else ()
        for uri in uris:
            found = location(definition, uri)
            if found is not None:
                yield from need.delete(found, f"{where}.S3Uris")
            else:
                yield from need.undecided(uri, _DELETE, "bucket", f"{where}.S3Uris")
        if not uris:
            output = _output(definition, member(source, "StepName"))
            found = location(definition, output)
            if found is None:
                yield from need.undecided(output, _DELETE, "bucket", where)
            if found is not None:
                # the name of the job stands between the path and the objects, which are looked for
                yield from need.delete(found.below(UNKNOWN), where)
                yield from need.listing(found.below(UNKNOWN), where)


def _output(definition: Definition, name: object) -> object:
    try:
        return member(definition.step(str(name)).arguments, "OutputDataConfig", "S3OutputPath")
    except PipelineError:
        return None  # a rule finds it
