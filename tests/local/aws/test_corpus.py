"""The definitions that the SDK wrote, run through the API with scripted outcomes: they end as in the engine alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import Definition
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.testing import run
from cdk_sagemaker_pipelines.testing.running import EXECUTION_ID
from tests.executions import Account

CORPUS = sorted((Path(__file__).parents[2] / "corpus").glob("*.json"))
REGION, ACCOUNT = "us-east-1", "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Pipeline"
GIVEN = {"String": "x", "Integer": "1", "Float": "1.0", "Boolean": "true"}
"""Values of parameters without a default."""
CONTROL = ("Condition", "Fail", "ForEach")
"""The types that the engine runs itself."""
CONTAINER = {
    "Image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own:1",
    "ModelDataUrl": "s3://my-bucket/model.tar.gz",
    "Environment": {
        "MODEL_NAME": "m",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "SAGEMAKER_INFERENCE_SUPPORTED": "probability",
        "SAGEMAKER_INFERENCE_OUTPUT": "probability",
        "SAGEMAKER_PROGRAM": "inference.py",
    },
}
REPORT = {"regression_metrics": {"mse": {"value": 4}}}
TOLD: dict[str, dict[str, Any]] = {
    "abalone": {
        "AbaloneEval": {"files": {"evaluation/evaluation.json": {"regression_metrics": {"mse": {"value": 4}}}}}
    },
    "automl": {
        "Auto": {
            "properties": {
                "BestCandidate": {"InferenceContainers": [CONTAINER]},
                "BestCandidateProperties": {
                    "ModelInsightsJsonReportPath": "s3://my-bucket/insights.json",
                    "ExplainabilityJsonReportPath": "s3://my-bucket/explained.json",
                },
            }
        }
    },
    "callback_and_lambda": {
        "Wait": {"properties": {"OutputParameters": {"path": "p", "n": 1, "ok": True, "score": 0.5}}},
        "Call": {"properties": {"OutputParameters": {"body": "b", "count": 2}}},
    },
    "emr": {
        "Existing": {"properties": {"Id": "s-1"}},
        "NewCluster": {"properties": {"Status": {"State": "COMPLETED"}}},
    },
    "lineage": {"Lin": {"properties": {"ActionArns": {"act": "arn"}, "ArtifactArns": {"art": "arn"}}}},
    "v3_for_each": {"ProcessItem": {"properties": {"OutputParameters": {"score": 0.5}}}},
    "property_files_and_functions": {
        "Proc": {
            "files": {
                "out/direct.json": {"a": [{"b": 1}]},
                "out/o.json": {"x": "y"},
                "out/sub/report.json": {"hp": {"eta": {"value": 0.2}}},
            }
        }
    },
}
"""What steps have that others read, by definition."""
ITEMS = [{"name": name, "a": {"b": {"c": 1}}} for name in ("one", "two")]
CLUSTER, APPLICATION = "j-1ABCDEFG2HIJK", "00abc"
"""What the SDK was told; an AWS invents the ids of what it has."""


FIRST_CHECKS = {"clarify_checks": "Explain", "quality_checks": "ModelQuality"}
"""Checks that compare with a baseline of the registry, which has none; the engine alone does not look there."""


@dataclass
class Scripted:
    """A local AWS in which every job of a pipeline ends as the file of outcomes says."""

    account: Account
    outcomes: Path
    ids: Mapping[str, str]

    def put_what_is_read(self, text: str) -> None:
        """Puts an object at each URI of a definition: jobs that are only simulated look for them, scripted or not."""
        for key in re.findall(r'"s3://my-bucket/([^"]+)"', text):
            self.account.client("s3").put_object(Bucket="my-bucket", Key=key.rstrip("/"), Body=b"{}")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    file = tmp_path_factory.mktemp("scripted") / "outcomes.json"
    with EmbeddedAws(REGION, ACCOUNT, outcomes=file) as aws:
        account = Account(aws)
        account.client("s3").create_bucket(Bucket="my-bucket")
        account.sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE)
        kept = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m5.xlarge"}
        cluster = account.client("emr").run_job_flow(Name="own", Instances=kept, JobFlowRole="r", ServiceRole="s")
        serverless = account.client("emr-serverless")
        application = serverless.create_application(name="own", releaseLabel="emr-6.15.0", type="SPARK")
        ids = {CLUSTER: cluster["JobFlowId"], APPLICATION: application["applicationId"]}
        yield Scripted(account, file, ids)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_api_runs_what_the_sdk_wrote(file: Path, scripted: Scripted) -> None:
    text, name = file.read_text("utf-8"), file.stem.replace("_", "-")
    for old, new in scripted.ids.items():
        text = text.replace(old, new)
    definition = Definition.parse(text)
    parameters = {name: GIVEN[each.type] for name, each in definition.parameters.items() if not each.has_default}
    if file.stem == "v3_for_each":
        parameters["Items"] = json.dumps(ITEMS)
    jobs: dict[str, Any] = {step.name: {} for step in definition.all_steps() if step.type not in CONTROL}
    outcomes = jobs | TOLD.get(file.stem, {})
    scripted.outcomes.write_text(json.dumps(outcomes))
    scripted.put_what_is_read(text)
    scripted.account.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=ROLE)
    done = scripted.account.end(scripted.account.start(name, parameters))
    alone = run(definition, outcomes, parameters=parameters)
    states = dict(alone.states)
    fails = {step.name for step in definition.all_steps() if step.type == "Fail"}
    assert {step for step, state in states.items() if state != "Succeeded"} <= fails
    if file.stem in FIRST_CHECKS:
        states[FIRST_CHECKS[file.stem]] = "Failed"
        told = done.steps[FIRST_CHECKS[file.stem]]["FailureReason"]
        assert "no previous baseline" in told
        assert "register a model with DriftCheckBaselines in a group, which its ModelPackageGroupName names," in told
    assert done.statuses() == states
    reason = alone.failure_reason.replace(EXECUTION_ID, done.arn.rpartition("/")[2])
    assert (done.status, done.reason) == (alone.status, reason)
