"""Tries what a step could be in code: made, rendered and compared with what it was, until its meaning is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..assets import Image
from ..language import PipelineError, Rendering
from ..language.expressions import MISSING
from ..language.meaning import same
from ..notation.classes import CLASSES
from ..notation.making import Maker
from ..properties.service_model import request_shape
from ..steps.base.request import ApiStep
from ..steps.base.scope import StepScope
from ..steps.base.step import Step
from ..undo import whole
from .overriding import UnsayableError, overrides
from .request import Request, equal, unwrapped, with_names
from .types import calls, checks, control, emr, hosting, jobs, models, processing, records, training, tuning
from .types.base import envelope

Reading = Callable[[Request], dict[str, Any]]

TYPES: Mapping[str, tuple[str, Reading]] = {
    "AutoML": ("AutoMLStep", jobs.auto_ml),
    "Callback": ("CallbackStep", calls.callback),
    "Cleanup": ("CleanupStep", records.cleanup),
    "Condition": ("ConditionStep", control.condition),
    "EMR": ("EMRStep", emr.emr),
    "EMRServerless": ("EMRServerlessStep", emr.emr_serverless),
    "Endpoint": ("EndpointStep", hosting.endpoint),
    "EndpointConfig": ("EndpointConfigStep", hosting.endpoint_config),
    "Fail": ("FailStep", control.fail),
    "ForEach": ("ForEachStep", control.for_each),
    "InferenceComponent": ("InferenceComponentStep", hosting.inference_component),
    "Job": ("JobStep", jobs.job),
    "Lambda": ("LambdaStep", calls.lambda_),
    "Lineage": ("LineageStep", records.lineage),
    "Model": ("ModelStep", models.model),
    "Processing": ("ProcessingStep", processing.processing),
    "QualityCheck": ("QualityCheckStep", checks.quality_check),
    "RegisterModel": ("RegisterModelStep", models.register_model),
    "Training": ("TrainingStep", training.training),
    "Transform": ("TransformStep", jobs.transform),
    "Tuning": ("TuningStep", tuning.tuning),
}
"""By the service's word for a type: the class, and what reads its fields. A type that is not here stays as it is."""

_USES = {"Model": "inference", "RegisterModel": "inference", "InferenceComponent": "inference", "Tuning": "training"}
"""By type: what its images are for, where the class does not say it."""
WITHOUT = {"ClarifyCheck": "what it checks is in a file in S3, not in the definition"}
"""Why there is nothing that reads the fields of a type that has a class."""
BRANCHES = ("IfSteps", "ElseSteps", "ForEachBody")
_APART = (*BRANCHES, "Selector")
"""Members of the arguments that say steps inside, or follow from what is called on the step."""


class Trial:
    """Where steps are tried. ``scope``: a pipeline that nobody else uses."""

    def __init__(self, scope: StepScope, maker: Maker) -> None:
        self._scope = scope
        self._maker = maker
        self._count = 0

    def step(self, json: Mapping[str, Any]) -> tuple[str, dict[str, Any], str]:
        """The class that says the step, its fields, and why it is a raw step where it is one."""
        self._reason = WITHOUT.get(str(json.get("Type")), "no class has this type")
        class_name, reading = TYPES.get(str(json.get("Type")), ("", None))
        if reading is not None:
            kind, request = CLASSES[class_name], Request(json)
            read = _read(reading, request)
            named = with_names(
                read, getattr(kind, "_image_use", _USES.get(kind.type, "processing")), read.get("instance_type")
            )
            for given in (read,) if named == read else (named, read):
                fields = self._fitting(kind, given, json)
                if fields is not None:
                    return class_name, fields, ""
        fields = _raw(json)
        rendered, error = self._render(CLASSES["RawStep"], fields, json)
        if rendered is None:
            raise PipelineError(f"step {json.get('Name')!r} cannot be written as code: {error}")
        return "RawStep", fields, self._reason

    def _fitting(self, kind: type[Step], read: Mapping[str, Any], json: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fields with which the step means the same; None where there are none.

        Where it is one of them that the class does not take so, the others and ``overrides`` may say what it says.
        """
        declared = kind._declared_fields
        given = {
            name: value
            for name, value in read.items()
            if name in declared and value is not None and not equal(declared[name], value)
        }
        needed = [name for name, default in declared.items() if default is MISSING]
        self._reason = ""
        for left_out in (None, *(name for name in given if name not in needed)):
            fields = {name: value for name, value in given.items() if name != left_out}
            found = self._completed(kind, fields, json)
            if found is not None:
                return self._plainer(kind, found, json)
        return None

    def _plainer(self, kind: type[Step], fields: dict[str, Any], json: Mapping[str, Any]) -> dict[str, Any]:
        """The fields without what the class does by itself: texts of expressions alone, an image that it has."""
        unjoined = {name: value if name == "overrides" else unwrapped(value) for name, value in fields.items()}
        ways = [unjoined]
        if isinstance(kind._declared_fields.get("image"), Image):
            ways.insert(0, {name: value for name, value in unjoined.items() if name != "image"})
        return next((way for way in ways if way != fields and self._means(kind, way, json)), fields)

    def _means(self, kind: type[Step], fields: Mapping[str, Any], json: Mapping[str, Any]) -> bool:
        rendered, _ = self._render(kind, fields, json)
        return rendered is not None and same({"Steps": [rendered]}, {"Steps": [_alone(json)]})

    def _completed(self, kind: type[Step], fields: dict[str, Any], json: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fields, with overrides where it takes some; None where the step does not mean the same even then."""
        rendered, error = self._render(kind, fields, json)
        if rendered is None:
            self._reason = self._reason or error.partition("': ")[2] or error
            return None
        self._reason = self._reason or "no fields of the class say all of it"
        wanted = _alone(json)
        if same({"Steps": [rendered]}, {"Steps": [wanted]}):
            return fields
        if not issubclass(kind, ApiStep):
            return None
        try:
            more = overrides(rendered.get("Arguments") or {}, wanted.get("Arguments") or {}, request_shape(kind.type))
        except UnsayableError:
            return None
        rendered, _ = self._render(kind, {**fields, "overrides": more}, json)
        if rendered is None or not same({"Steps": [rendered]}, {"Steps": [wanted]}):
            return None
        return {**fields, "overrides": more}

    def _render(
        self, kind: type[Step], fields: Mapping[str, Any], json: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, str]:
        """The step as it would stand in a definition, without what stands in it; None and why where it cannot be."""
        self._count += 1
        name = json.get("Name")
        try:
            with whole():
                given = {field: self._maker.value(node) for field, node in fields.items()}
                made = kind(self._scope, f"Try{self._count}", step_name=name, **given)
        except (PipelineError, TypeError, ValueError, AttributeError) as error:
            return None, str(error)
        rendering = Rendering()
        rendered = made.render(rendering, lambda step: {})
        if rendering.findings:
            return None, rendering.findings[0].text
        self._maker.steps[str(name)] = made
        return _alone(rendered), ""


def _read(reading: Reading, request: Request) -> dict[str, Any]:
    """The fields that are read; none of a step that has not the form of its type."""
    try:
        return {**reading(request), **envelope(request)}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _alone(json: Mapping[str, Any]) -> dict[str, Any]:
    """A step without the steps inside of it and without what it waits for."""
    arguments = json.get("Arguments")
    inner = (
        {"Arguments": {key: value for key, value in arguments.items() if key not in _APART}}
        if isinstance(arguments, Mapping)
        else {}
    )
    return {**{key: value for key, value in json.items() if key != "DependsOn"}, **inner}


def _raw(json: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a raw step."""
    apart = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
    arguments = json.get("Arguments")
    found = {
        "step_type": json.get("Type"),
        "step_arguments": dict(arguments) if isinstance(arguments, Mapping) and arguments else None,
        "keys": {key: value for key, value in json.items() if key not in apart} or None,
        "display_name": json.get("DisplayName"),
        "description": json.get("Description"),
    }
    return {name: value for name, value in found.items() if value is not None}
