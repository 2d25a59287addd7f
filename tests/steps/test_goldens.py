"""What the SageMaker SDK writes for a pipeline, this library writes too, but for differences that are listed here."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Definition, Pipeline, RawStep
from cdk_sagemaker_pipelines.language import StepView, check
from cdk_sagemaker_pipelines.language.expressions import MISSING
from cdk_sagemaker_pipelines.language.meaning import ABSENT, differences, meaning
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.properties.service_model import Model
from cdk_sagemaker_pipelines.review.diff.definitions import Items
from cdk_sagemaker_pipelines.review.diff.pipelines import difference
from cdk_sagemaker_pipelines.review.reading.files import contents
from cdk_sagemaker_pipelines.review.reviewed.app import reviewed
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed
from cdk_sagemaker_pipelines.steps.base.step import without_none
from tests.steps.meaning import with_code_named
from tests.steps.sdk.calls import callback_and_lambda as callback_and_lambda
from tests.steps.sdk.checks import CHECKS_ON_PURPOSE, SCRIPTS
from tests.steps.sdk.emr import emr as emr
from tests.steps.sdk.hosting import HOSTING_ON_PURPOSE
from tests.steps.sdk.newer import for_each as for_each
from tests.steps.sdk.pipelines import CODE, SCENARIOS, Place
from tests.steps.sdk.searches import SEARCHES_ON_PURPOSE
from tests.steps.sdk.trainings import data_sources as data_sources

GOLDENS = Path(__file__).parent.parent / "goldens"
NAMES = sorted(SCENARIOS)
ALL = sorted(path.stem for path in GOLDENS.glob("*.json") if "." not in path.stem and path.stem != "image_uris")


@dataclass(frozen=True)
class Synthesized:
    """The definitions by scenario, as they stand in the template, and the plain names of the code assets."""

    definitions: dict[str, Any]
    code: dict[str, str]
    folder: Path


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    folder = tmp_path_factory.mktemp("goldens")
    app = cdk.App(outdir=str(folder / "out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    (folder / "code").mkdir()
    place = Place(stack, "Place", folder / "code")
    pipelines = {name: build(place) for name, build in SCENARIOS.items()}
    template = app.synth().get_stack_by_name("Stack").template
    bodies = {
        resource["Properties"]["PipelineName"]: resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SageMaker::Pipeline"
    }
    definitions = {}
    for name, pipeline in pipelines.items():
        separator, parts = bodies[pipeline.node.id]["Fn::Join"]
        # account and region are known, so the parts are literal
        definitions[name] = json.loads(separator.join(parts))
        # CDK resolves null away
        assert without_none(definitions[name]) == stack.resolve(pipeline.host.current.json)
    return Synthesized(definitions, code_names(folder / "out"), folder / "out")


def code_names(assembly: Path) -> dict[str, str]:
    """What each asset of code is, told by its content."""
    files = json.loads((assembly / "Stack.assets.json").read_text(encoding="utf-8"))["files"]
    names = {}
    for file in files.values():
        path = assembly / file["source"]["path"]
        key = next(iter(file["destinations"].values()))["objectKey"]
        if path.suffix == ".gz":
            with tarfile.open(path) as archive:
                content = {member.name: archive.extractfile(member).read().decode() for member in archive}  # type: ignore[union-attr]
            assert content == CODE or "repack.py" in content
            names[key] = "sourcedir.tar.gz"
        elif path.suffix == ".py":
            texts = {**CODE, **SCRIPTS}
            names[key] = next(name for name, text in texts.items() if text == path.read_text(encoding="utf-8"))
        elif key.endswith("/analysis_config.json"):
            names[key] = analysis_name(json.loads(path.read_text(encoding="utf-8")))
    return names


def analysis_name(config: Any) -> str:
    """What the SDK has put the same configuration under."""
    uploads = json.loads((GOLDENS / "clarify_checks.uploads.json").read_text(encoding="utf-8"))
    (uri,) = [uri for uri, upload in uploads.items() if upload == config]
    return str(uri).removeprefix("s3://my-bucket/analysis/")


def by_path(found: Iterator[tuple[str, Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {path: (theirs, ours) for path, theirs, ours in found}


def debugger(step: str) -> dict[str, tuple[Any, Any]]:
    """Debugger and its profiler: the SDK switches them on where AWS has them.

    They are closed to new customers and cost storage and time; ``overrides`` takes both.
    """
    where = f"Steps.{step}.Arguments"
    place = {"S3OutputPath": "s3://my-bucket/models"}
    return {
        f"{where}.DebugHookConfig": ({**place, "CollectionConfigurations": []}, ABSENT),
        f"{where}.ProfilerConfig": ({**place, "DisableProfiler": False}, ABSENT),
    }


def profiler(*steps: str) -> dict[str, tuple[Any, Any]]:
    """The profiler where it is off, which the SDK says."""
    return {f"Steps.{step}.Arguments.ProfilerConfig": ({"DisableProfiler": True}, ABSENT) for step in steps}


_OF_A_VERSION = "Steps.Create-CreateModel.Arguments"
_VERSION = {
    "ModelPackageName": "arn:aws:sagemaker:us-east-1:111122223333:model-package/abalone/7",
    "Environment": {"K": "V"},
}
_FRAMEWORK = "Steps.Framework.Arguments"
_UNPACK = (
    "cd /opt/ml/processing/input/code && tar xzf sourcedir.tar.gz && "
    '{ [ ! -f requirements.txt ] || python3 -m pip install -r requirements.txt; } && exec python3 prepare.py "$@"'
)

ON_PURPOSE: dict[str, dict[str, tuple[Any, Any]]] = {
    "abalone": {
        **debugger("Train"),
    },
    "caching": {**debugger("On"), **debugger("Off"), **debugger("Without")},
    "model_of_a_version": {
        # the SDK hands the one container over as a list
        f"{_OF_A_VERSION}.Containers": ([_VERSION], ABSENT),
        f"{_OF_A_VERSION}.PrimaryContainer": (ABSENT, _VERSION),
    },
    "processing_framework": {
        # the archive is unpacked by the command itself: no second object, and no start script of the SDK's
        f"{_FRAMEWORK}.AppSpecification.ContainerEntrypoint": (
            ["/bin/bash", "/opt/ml/processing/input/entrypoint/runproc.sh"],
            ["/bin/bash", "-c", _UNPACK, "run"],
        ),
        f"{_FRAMEWORK}.ProcessingInputs.entrypoint": (
            {
                "InputName": "entrypoint",
                "S3Input": {
                    "S3Uri": "s3://code/runproc.sh",
                    "LocalPath": "/opt/ml/processing/input/entrypoint",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                    "S3CompressionType": "None",
                },
            },
            ABSENT,
        ),
        # the same directory
        f"{_FRAMEWORK}.ProcessingInputs.code.S3Input.LocalPath": (
            "/opt/ml/processing/input/code/",
            "/opt/ml/processing/input/code",
        ),
    },
    "property_files_and_functions": debugger("Check.Arguments.IfSteps.Train"),
    "retry_policies": debugger("Train"),
    "training_builtin": {
        **debugger("Train"),
        # the SDK writes Python's str() for an algorithm; its containers read JSON's form as well, and scripts only that
        "Steps.Train.Arguments.HyperParameters.silent": ("True", "true"),
    },
    "data_sources": {
        **profiler("Train"),
        # what the service takes where nothing is said
        "Steps.Prepare.Arguments.ProcessingInputs.petals.DatasetDefinition.InputMode": ("File", ABSENT),
        "Steps.Prepare.Arguments.ProcessingInputs.leaves.DatasetDefinition.DataDistributionType": (
            "ShardedByS3Key",
            ABSENT,
        ),
    },
    "model_uncompressed": {
        **profiler("Train"),
    },
    "training_distributed": profiler(
        *("DataParallel", "Mirrored", "Mpi", "MpiByDefault", "ParameterServer", "Torchrun", "TorchrunAnywhere")
    ),
    "training_script_mode": {
        **debugger("TrainPyTorch"),
        **debugger("TrainSklearn"),
        **debugger("TrainXGBoost"),
    },
    **CHECKS_ON_PURPOSE,
    **SEARCHES_ON_PURPOSE,
    **HOSTING_ON_PURPOSE,
}
"""By scenario and path: what the SDK writes, and what this library writes instead."""


@pytest.mark.parametrize("name", NAMES)
def test_the_definition_means_what_the_sdks_means(name: str, synthesized: Synthesized) -> None:
    golden = with_code_named(json.loads((GOLDENS / f"{name}.json").read_text(encoding="utf-8")))
    ours = with_code_named(synthesized.definitions[name], synthesized.code)
    assert by_path(differences(meaning(golden), meaning(ours))) == ON_PURPOSE.get(name, {})


def test_a_migration_can_be_verified(synthesized: Synthesized) -> None:
    """``smpipe diff`` of the SDK's definition and our assembly tells what differs on purpose, and nothing else."""
    (before,) = reviewed(contents(GOLDENS / "abalone.json"))
    assert isinstance(before, Reviewed)
    found = [each for each in reviewed(contents(synthesized.folder)) if isinstance(each, Reviewed)]
    (after,) = [each for each in found if each.name == "Abalone"]
    told = difference(before, after)
    changes = [
        (name, change.path, change.new) for name, all_of in told.definition.steps.changed.items() for change in all_of
    ]
    debugger = ("Arguments.DebugHookConfig", "Arguments.ProfilerConfig")
    assert sorted(changes) == [("Train", path, MISSING) for path in debugger]
    assert not replace(told.definition, steps=Items())
    assert told.not_compared == [
        "options", "roles", "code", "resources", "the content of evaluate.py", "the content of prepare.py",
    ]  # fmt: skip


def load(name: str) -> Definition:
    return Definition.parse((GOLDENS / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", ALL)
def test_the_sdks_definition_breaks_no_rule(name: str) -> None:
    assert [str(finding) for finding in check(load(name), Model()) if finding.level == "error"] == []


@pytest.mark.parametrize("name", ALL)
def test_the_sdks_definition_as_raw_steps_is_the_same(name: str, stack: cdk.Stack) -> None:
    golden = load(name)
    pipeline = Pipeline(stack, "Raw", metadata=golden.json.get("Metadata"))
    steps = {step.name: raw(pipeline, step) for step in golden.steps}
    for step in golden.steps:
        for dependency in step.depends_on:
            steps[step.name].wait_for(steps[dependency.step], dependency.trigger)
    assert json.loads(json.dumps(pipeline.definition.json["Steps"])) == [step.json for step in golden.steps]


def raw(pipeline: Pipeline, step: StepView) -> RawStep:
    own = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
    return RawStep(
        pipeline,
        step.name,
        step_type=step.type,
        step_arguments=step.arguments,
        keys={key: value for key, value in step.json.items() if key not in own},
        display_name=step.display_name,
        description=step.description,
    )


def test_every_golden_is_written_here_and_every_type_has_one() -> None:
    assert sorted(SCENARIOS) == ALL
    assert {step.type for name in ALL for step in load(name).all_steps()} == set(STEP_TYPES)
    assert set(ON_PURPOSE) <= set(NAMES)
