"""Imported pipelines and definitions, and what CDK and others do with a pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from cdk_sagemaker_pipelines import DefinitionError, FailStep, Parameter, Pipeline, PipelineError, Trust
from tests.pipeline.support import Bench, body, pipeline

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.json"))
DEFINITIONS = [path for path in CORPUS if not path.name.endswith(".uploads.json")]
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/nightly"


@pytest.fixture
def there(tmp_path: Path) -> Bench:
    """An app in the region that the corpus was written for, since its images are from there."""
    environment = cdk.Environment(account="111122223333", region="us-east-1")
    return Bench(tmp_path / "cdk.out", environment=environment)


def test_the_corpus_is_there() -> None:
    assert len(DEFINITIONS) >= 20


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_a_given_definition_is_synthesized_as_the_same_json(there: Bench, path: Path) -> None:
    document, trust = json.loads(path.read_text()), Trust.everything()
    Pipeline.from_definition(there.stack, "File", definition=path, trust=trust)
    Pipeline.from_definition(there.stack, "Dict", definition=document, pipeline_name="Other", trust=trust)
    assert there.errors() == []
    for resource in there.resources("AWS::SageMaker::Pipeline").values():
        assert body(resource["Properties"]) == json.loads(path.read_text())


def test_the_role_of_a_given_definition_is_derived(there: Bench) -> None:
    path = next(path for path in DEFINITIONS if path.stem == "abalone")
    Pipeline.from_definition(there.stack, "Abalone", definition=path, trust=Trust.everything())
    statements = there.resource("AWS::IAM::Role")["Policies"][0]["PolicyDocument"]["Statement"]
    passed = [statement for statement in statements if statement["Action"] == "iam:PassRole"]
    assert passed == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": "arn:aws:iam::111122223333:role/PipelineRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        }
    ]


def test_a_definition_that_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"Version": ')
    with pytest.raises(DefinitionError, match="the definition is not JSON: Expecting value at line 1, column 13"):
        Pipeline.from_definition(bench.stack, "Broken", definition=broken)
    with pytest.raises(PipelineError, match=r"Pipeline 'Missing': there is no file 'nope\.json'"):
        Pipeline.from_definition(bench.stack, "Missing", definition="nope.json")
    with pytest.raises(DefinitionError, match="a definition is a JSON object, not a list"):
        Pipeline.from_definition(bench.stack, "List", definition=[])  # type: ignore[arg-type]
    with pytest.raises(PipelineError, match="Pipeline 'Text': definition takes a dict or a file, not a text of JSON"):
        Pipeline.from_definition(bench.stack, "Text", definition=json.dumps({"Steps": ["x" * 5000]}))


def test_a_duplicate_key_is_refused_and_not_lost(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Name": "B", "Type": "Fail"}]}')
    Pipeline.from_definition(bench.stack, "Twice", definition=file)
    told = "[Stack/Twice] step 'B': Name: the key 'Name' occurs more than once, and all but the last would be "
    assert next(error for error in bench.errors() if "repeated-key" in error).startswith(told)


def test_a_file_cannot_contain_tokens(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "token.json"
    file.write_text('{"Version": "2020-12-01", "Metadata": {"${Token[TOKEN.1]}": ""}, "Steps": []}')
    with pytest.raises(DefinitionError, match=r"token\.json' holds a token of CDK, a text with \$\{Token\[ in it"):
        Pipeline.from_definition(bench.stack, "Token", definition=file)


def test_a_dict_can_only_contain_tokens_of_this_app(bench: Bench) -> None:
    bucket = cdk.aws_s3.Bucket(bench.stack, "Data")
    step = {"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": f"see {bucket.bucket_name}"}}
    made = Pipeline.from_definition(bench.stack, "Own", definition={"Version": "2020-12-01", "Steps": [step]})
    assert bench.errors() == []
    named = made.definition.json
    told = r"the definition holds \$\{Token\[Data\]\}, which is not a token of CDK here; put a construct"
    with pytest.raises(DefinitionError, match=told):
        Pipeline.from_definition(bench.stack, "Named", definition=named)


def test_a_wrong_definition_is_refused_at_synth(bench: Bench) -> None:
    document = {"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Training", "Argumnts": {}}]}
    Pipeline.from_definition(bench.stack, "Wrong", definition=document)
    errors = bench.errors()
    assert (
        "[Stack/Wrong] step 'A': Argumnts: a Training step takes no Argumnts; did you mean 'Arguments'? [step-key]"
        in errors
    )


def test_steps_cannot_be_added_to_a_given_definition(bench: Bench) -> None:
    path = next(path for path in DEFINITIONS if path.stem == "fail_minimal")
    made = Pipeline.from_definition(bench.stack, "Given", definition=path)
    with pytest.raises(
        PipelineError, match=r"FailStep 'Stack/Given/More': .*the definition .* was given whole"
    ) as refusal:
        FailStep(made, "More")
    assert str(refusal.value).endswith(
        ", so no step can be added; write it into that definition, or declare all steps in a Pipeline(...) of your "
        "own, those of the definition as RawStep"
    )


def test_a_pipeline_by_its_arn_or_name(bench: Bench) -> None:
    by_arn = Pipeline.from_pipeline_arn(bench.stack, "ByArn", ARN)
    by_name = Pipeline.from_pipeline_name(bench.stack, "ByName", "Nightly")
    assert by_arn.pipeline_name == "nightly"
    assert by_arn.pipeline_arn == ARN
    assert by_name.pipeline_name == "Nightly"
    resolved = bench.stack.resolve(by_name.pipeline_arn)
    assert "".join(str(part) for part in resolved["Fn::Join"][1]).endswith(
        ":sagemaker:eu-west-1:111122223333:pipeline/nightly"
    )
    for name in ("Night*", "*", "Night?", "${aws:username}"):
        with pytest.raises(PipelineError, match="is a pattern; grants on it would apply to more than one"):
            Pipeline.from_pipeline_name(bench.stack, "Pattern", name)
    with pytest.raises(PipelineError, match="'arn:aws:s3:::bucket' is not the ARN of a pipeline"):
        Pipeline.from_pipeline_arn(bench.stack, "Wrong", "arn:aws:s3:::bucket")


def test_cdks_scheduler_target_accepts_our_pipelines(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Nightly")
    FailStep(made, "Stop", message=Parameter.string("A"))
    known = Pipeline.from_pipeline_name(bench.stack, "Known", "Other")
    for number, target in enumerate((made, known)):
        start = targets.SageMakerStartPipelineExecution(
            _interface(target), pipeline_parameter_list=[targets.SageMakerPipelineParameter(name="A", value="b")]
        )
        cdk.aws_scheduler.Schedule(
            bench.stack, f"Schedule{number}", schedule=scheduler.ScheduleExpression.cron(hour="2"), target=start
        )
    schedules = bench.resources("AWS::Scheduler::Schedule").values()
    arns = ["".join(map(str, s["Properties"]["Target"]["Arn"]["Fn::Join"][1])) for s in schedules]
    assert [arn.rpartition(":")[2] for arn in arns] == ["pipeline/nightly", "pipeline/other"]
    assert next(iter(schedules))["Properties"]["Target"]["SageMakerPipelineParameters"] == {
        "PipelineParameterList": [{"Name": "A", "Value": "b"}]
    }


@pytest.mark.skipif(not hasattr(sagemaker.CfnPipeline, "pipeline_ref"), reason="this CDK has no such interfaces yet")
def test_cdks_generated_interfaces_accept_our_pipelines(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Nightly")
    known = Pipeline.from_pipeline_name(bench.stack, "Known", "Other")
    assert list(bench.stack.resolve(made.pipeline_ref.pipeline_name)) == ["Ref"]
    assert known.pipeline_ref.pipeline_name == "Other"


def _interface(target: Any) -> sagemaker.IPipeline:
    made: sagemaker.IPipeline = target
    return made


def test_grants(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Nightly")
    FailStep(made, "Stop")
    role = iam.Role(bench.stack, "Starter", assumed_by=iam.AccountRootPrincipal())
    made.grants.start_execution(role)
    made.grant_start_pipeline_execution(role)
    made.grants.control_executions(role)
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    found = {}
    for statement in statements:
        resource = "".join(map(str, statement["Resource"]["Fn::Join"][1])).rpartition(":")[2]
        found[resource] = statement["Action"]
    assert found == {
        "pipeline/nightly": "sagemaker:StartPipelineExecution",
        "pipeline/nightly/execution/*": ["sagemaker:RetryPipelineExecution", "sagemaker:StopPipelineExecution"],
    }
