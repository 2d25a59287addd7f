"""A cleanup step: the objects that it deletes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....language import Definition, PipelineError
from ....language.field import Field
from ...needs import Needs
from ...patterns import UNKNOWN
from ...permissions import Permission

_DELETE = ("s3:DeleteObject",)


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: the named objects, or all below the output path of a training step."""
    for source in need.arguments.every("Resources", "S3[]"):
        uris = source.at("S3Uris")
        for uri in uris.items():
            found = need.place(uri.value)
            if found is not None:
                yield from need.delete(found, uris)
            else:
                yield from need.undecided_bucket(uri.value, _DELETE, need.because(uris))
        if not uris.items():
            output = _output(need.definition, source.at("StepName").value)
            found = need.place(output)
            if found is None:
                yield from need.undecided_bucket(output, _DELETE, need.because(source))
            if found is not None:
                # the name of the job stands between the path and the objects, which are looked for
                yield from need.delete(found.below(UNKNOWN), source)
                yield from need.listing(found.below(UNKNOWN), source)


def _output(definition: Definition, name: Any) -> Any:
    try:
        step = definition.step(str(name))
    except PipelineError:
        return None  # a rule finds it
    return Field.of_arguments(step).at("OutputDataConfig", "S3OutputPath").value
