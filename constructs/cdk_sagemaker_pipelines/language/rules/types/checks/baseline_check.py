"""Clarify and quality checks: the options besides the arguments, and the inputs that the container looks for.

Source: "ClarifyCheck and QualityCheck steps" and "Configure a SageMaker Clarify processing job" of the developer guide;
the SDK's own check steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import choices, did_you_mean
from ....field import Field
from ....findings import Finding
from ....references import is_expression_json
from ...over import over

CHECK_TYPES = {
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
}
SWITCHES = ("SkipCheck", "FailOnViolation", "RegisterNewBaseline")
TEXTS = ("ModelPackageGroupName", "SuppliedBaselineConstraints", "SuppliedBaselineStatistics", "ModelName")
INPUTS = ("analysis_config", "dataset")


def _step(arguments: Field) -> Field:
    return Field.of_step(arguments.step)


def _option(arguments: Field, name: str) -> Field:
    return _step(arguments).at(name)


@over(*CHECK_TYPES)
def check_types(arguments: Field) -> Iterator[Finding]:
    """The kind of a check is one of its step type's."""
    kind, allowed = _option(arguments, "CheckType"), CHECK_TYPES[arguments.step.type]
    if kind.given and kind.value not in allowed:
        hint = did_you_mean(kind.text, allowed) if kind.text else ""
        yield kind.finding("check-type", f"is {kind.value!r}; allowed are {choices(allowed)}{hint}")
    model = _option(arguments, "ModelName")
    if kind.text in ("MODEL_BIAS", "MODEL_EXPLAINABILITY") and not model.given:
        text = f"a {kind.text} check queries a model; give ModelName, unless the data includes its predictions"
        yield model.finding("check-model", text, "warning")
    if kind.text == "DATA_BIAS" and model.given:
        yield model.finding("check-model", "a DATA_BIAS check does not query a model; leave ModelName out", "warning")


@over(*CHECK_TYPES)
def check_options(arguments: Field) -> Iterator[Finding]:
    """Switches are true, false or an expression; names are texts, null or an expression."""
    for name in SWITCHES:
        option = _option(arguments, name)
        if option.given and not isinstance(option.value, bool) and not is_expression_json(option.value):
            yield option.finding("check-option", f"is {option.value!r}; needs true, false or an expression of one")
    for name in TEXTS:
        option = _option(arguments, name)
        if option.given and not isinstance(option.value, str) and not is_expression_json(option.value):
            yield option.finding("check-option", f"is {option.value!r}; needs a text, null or an expression of one")


@over(*CHECK_TYPES)
def check_baselines(arguments: Field) -> Iterator[Finding]:
    """A check that compares has something to compare with."""
    supplied = [_option(arguments, name).given for name in TEXTS[:3]]
    off = [_option(arguments, name).value for name in ("SkipCheck", "RegisterNewBaseline")]
    if off == [False, False] and not any(supplied):
        text = (
            "there is no baseline to compare with: give ModelPackageGroupName or SuppliedBaselineConstraints, or make "
            "RegisterNewBaseline true for a first run"
        )
        yield _option(arguments, "SkipCheck").finding("check-baseline", text, "warning")


@over("ClarifyCheck")
def clarify_inputs(arguments: Field) -> Iterator[Finding]:
    """The container finds its configuration and its data by input name."""
    inputs = arguments.at("ProcessingInputs")
    names = {item.at("InputName").value: item for item in inputs.items() if item.at("InputName").text}
    unknown = any(item.at("InputName").text is None for item in inputs.items())
    for name in INPUTS:
        if isinstance(inputs.value, list) and not unknown and name not in names:
            hint = did_you_mean(name, names)
            yield inputs.finding("clarify-inputs", f"Clarify needs an input named {name!r}{hint}")
    config = names.get("analysis_config")
    if config is not None and is_expression_json(config.at("S3Input", "S3Uri").value):
        text = "the service itself reads the analysis configuration, whose place should be a literal"
        yield config.at("S3Input", "S3Uri").finding("clarify-config", text, "warning")
