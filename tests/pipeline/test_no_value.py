"""What is not a value of a definition refuses to become a text, and says which attribute is one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_iam as iam

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import (
    ConditionStep,
    Expression,
    FailStep,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    S3Location,
    Script,
    TrainingStep,
)
from cdk_sagemaker_pipelines.language.no_value import NoValue
from tests.pipeline.support import Bench, pipeline, processing

# what has a text: values, errors, findings, what is never handed to a step, and classes of constants
WITH_TEXT = (Expression, S3Location, Exception, Enum)
APART = {
    "ComputePolicy",
    "Definition",
    "Environments",
    "ExecutionVariables",
    "Finding",
    "StepGraph",
    "TeamRules",
    "Trust",
}


def test_each_public_class_is_a_value_or_refuses() -> None:
    exported = {name: getattr(library, name) for name in library._HOME}
    classes = {name: one for name, one in exported.items() if isinstance(one, type)}
    assert exported.keys() - classes.keys() == {"from_event"}
    loose = {name for name, one in classes.items() if not issubclass(one, (NoValue, *WITH_TEXT))}
    assert loose == APART


def test_what_is_not_a_value_says_which_attribute_is_one(bench: Bench) -> None:
    made = pipeline(bench)
    step = processing(made, "A", outputs=["o"])
    file = step.property_file("o", "e.json")
    check = ConditionStep(made, "C", condition=file.number("n") > 0)
    told = {}
    for one in (file, file.number("n") > 0, step, check.if_steps, made, Script("a.py")):
        for text in (str, format, "{}".format, "%s".__mod__):
            with pytest.raises(TypeError) as raised:
                text(one)
            told[type(one).__name__] = str(raised.value)
    assert told == {
        "PropertyFileReference": "<PropertyFileReference 'o'> is not a value and cannot be put into a text; read a "
        'value in it: .number("metrics.mse"), .string(...) or .boolean(...)',
        "GreaterThan": "a GreaterThan is not a value and cannot be put into a text; give it to a ConditionStep, whose "
        "outcome is a value: step.properties.outcome",
        "ProcessingStep": "<ProcessingStep 'A'> is not a value and cannot be put into a text; write a property of it, "
        "such as step.properties.creation_time, or its name, step.name",
        "Branch": "a Branch is not a value and cannot be put into a text; declare steps in it",
        "Pipeline": "a Pipeline is not a value and cannot be put into a text; write its pipeline_name or pipeline_arn",
        "Script": "Script('a.py') is not a value and cannot be put into a text; give it as it is",
    }


@pytest.mark.parametrize(
    "use",
    [
        lambda file: file < 1,
        lambda file: file >= 1,
        lambda file: file == 1,
        lambda file: file["a"],
        lambda file: file + 1,
        lambda file: bool(file),
    ],
)
def test_a_property_file_that_is_used_as_a_value(bench: Bench, use: Any) -> None:
    file = processing(pipeline(bench), "A", outputs=["o"]).property_file("o", "e.json")
    with pytest.raises(TypeError, match=r"^the property file 'o' is not a value, so .*; read a value in it: \.number"):
        use(file)
    with pytest.raises(AttributeError, match=r"has no 'equals'; read a value in it: \.number"):
        file.equals(1)  # type: ignore[attr-defined]


def test_a_cdk_object_in_a_text_is_reported_without_its_address(bench: Bench) -> None:
    role = iam.Role(bench.stack, "Role", assumed_by=iam.AccountRootPrincipal())
    count = Parameter.integer("N", default=1)
    FailStep(pipeline(bench), "F", message=f"{role} {[count]}")
    assert bench.errors() == [
        "[Stack/Pipeline] step 'F': Arguments.ErrorMessage: a text contains what Python prints for an object, "
        "'<aws_cdk.aws_iam.Role object ...'; use one of its values, such as a bucket's bucket_name, a role's "
        "role_arn or a step's property; call a method; and write a member of an item that is named like a method as "
        "each.item['name'] [printed-object] (at Stack/Pipeline/F)"
    ]


def test_common_slips_say_what_to_write(bench: Bench, tmp_path: Path) -> None:
    made = pipeline(bench)
    step = processing(made, "A", outputs=["o"])
    with pytest.raises(PipelineError, match=r"not <PropertyFileReference 'o'>; read a value in it: \.number"):
        ConditionStep(made, "C", condition=step.property_file("o", "e.json"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"get the output's URI with \.output\('o'\)"):
        step.outputs["o"]  # type: ignore[call-overload]
    assert step.outputs[0] == "o"  # type: ignore[index]
    with pytest.raises(TypeError, match="'script'; its code is given as source=SourceDir"):
        TrainingStep(made, "T", image=Image.sklearn("1.2-1"), script=Script("a.py"), instance_type="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'source'; its code is given as script=Script"):
        processing(made, "B", source=Script("a.py"))
    broken = tmp_path / "broken.json"
    broken.write_text("import x")
    for given, told in (
        ({"roles": {"r": "x"}}, r"roles\['r'\] takes a role such as iam.Role.from_role_arn\(...\), not 'x'"),
        ({"roles": [1]}, r"roles must be a dict by name, not \[1\]"),
        ({"places": 3}, "places must be a dict by name, not 3"),
        ({"places": {"b": "s3://x"}}, r"places\['b'\] takes a bucket of CDK or an S3Location, not 's3://x'"),
        ({"images": {"i": "x"}}, r"images\['i'\] takes an Image such as"),
        ({"definition": broken}, "broken.json': the definition is no"),
    ):
        fields: dict[str, Any] = {"definition": {"Version": "2020-12-01", "Steps": []}, **given}
        with pytest.raises(PipelineError, match=told):
            Pipeline.from_definition(bench.stack, "Given", **fields)
