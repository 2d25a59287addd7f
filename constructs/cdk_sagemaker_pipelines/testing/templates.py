"""Templates in a form that ``aws_cdk.assertions`` can match: a pipeline's definition as an object."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..language import DefinitionError
from ..review.reading.stacks import Template, linked
from ..review.reading.templates import PIPELINE


def with_definitions(template: Mapping[str, Any]) -> dict[str, Any]:
    """A template with each pipeline's definition as an object, for ``aws_cdk.assertions``.

    ```python
    Template.from_json(with_definitions(Template.from_stack(stack).to_json()))
    ```

    In a template the ``PipelineDefinitionBody`` is an ``Fn::Join`` of lines, which no matcher reads. What is only known
    at deployment is named as in ``pipeline.definition``: ``${Token[PipelineTrainJobRole.Arn]}``.

    Args:
        template: The template of a stack, as a dict.

    Raises:
        DefinitionError: A definition is not in the template, since it is long enough to be uploaded.
    """
    found: dict[str, Any] = copy.deepcopy(dict(template))
    (stack,) = linked([Template("template", template)])
    for resource in stack.resources():
        if resource.type != PIPELINE:
            continue
        definition = resource.properties.get("PipelineDefinition")
        if not isinstance(definition, Mapping) or "PipelineDefinitionBody" not in definition:
            raise DefinitionError(
                f"the definition of {resource.logical_id} is not in the template but uploaded; "
                "assert_pipeline and pipeline.definition read it"
            )
        try:
            body = stack.definition(resource, stack.called).json
        except DefinitionError as error:
            raise DefinitionError(f"{resource.logical_id}: {error}") from None
        found["Resources"][resource.logical_id]["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"] = body
    return found
