"""Models made from a version in the model registry: registered, created, and applied by a transform."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.embedding import Embedded, Finished, finished
from tests.local.support import get, step, tar_gz

ROLE = "arn:aws:iam::123456789012:role/job"
NOBODY = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/77"

SCORE = """
import os
def model_fn(model_dir): return open(model_dir + "/word").read()
def transform_fn(model, body, content_type, accept): return model + os.environ.get("OWN", "") + os.environ["MARK"]
"""


def container(account: Embedded, word: str, **environment: str) -> dict[str, Any]:
    model = account.put(f"{word}/model.tar.gz", tar_gz({"word": word, "code/inference.py": SCORE}))
    return {"Image": "sklearn", "ModelDataUrl": model, "Environment": environment}


def register(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    specification = {"Containers": list(containers), **types}
    group = {"ModelPackageGroupName": "churn", "ModelApprovalStatus": "Approved"}
    return step("Register", "RegisterModel", {**group, "InferenceSpecification": specification, **members})


def scored(
    account: Embedded,
    name: str,
    registered: dict[str, Any],
    model: dict[str, Any],
    given: str = "1\n",
    lines: dict[str, str] | None = None,
    **members: Any,
) -> Finished:
    """Registers a version, makes a model of it and applies this to in/x, which holds what is given."""
    account.put("in/x", given)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    package = {"ModelPackageName": get("Steps.Register.ModelPackageArn"), **model}
    transform = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", **(lines or {})},
        "TransformOutput": {
            "S3OutputPath": f"s3://data/{name}",
            "Accept": "text/csv",
            **({"AssembleWith": "Line"} if lines else {}),
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }
    created = step("Model", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": package})
    return finished(account, name, [registered, created, step("Score", "Transform", transform)])


def test_its_container_serves(embedded: Embedded) -> None:
    run = scored(embedded, "first", register(container(embedded, "word", OWN="-", MARK="!")), {})
    assert run.status == "Succeeded", run.steps
    assert embedded.read("first/x.out") == b"word-!"


def test_the_model_adds_variables(embedded: Embedded) -> None:
    own = {"Environment": {"MARK": "?"}}
    run = scored(embedded, "variables", register(container(embedded, "word", OWN="-", MARK="!")), own)
    assert run.status == "Succeeded", run.steps
    assert embedded.read("variables/x.out") == b"word-?"


def test_another_specification(embedded: Embedded) -> None:
    other = {"Name": "other", "Containers": [container(embedded, "second", MARK="!")]}
    registered = register(container(embedded, "word"), AdditionalInferenceSpecifications=[other])
    run = scored(embedded, "other", registered, {"InferenceSpecificationName": "other"})
    assert run.status == "Succeeded", run.steps
    assert embedded.read("other/x.out") == b"second!"
    run = scored(embedded, "wrong", registered, {"InferenceSpecificationName": "othr"})
    assert "has no additional inference specification 'othr'; it has 'other'" in run.steps["Score"]["FailureReason"]


CHAIN = """
import os
def model_fn(model_dir): return open(model_dir + "/word").read()
def transform_fn(model, body, content_type, accept):
    lines = [f"{line},{model}" for line in body.splitlines()]
    return "\\n".join([*lines, content_type + ">" + accept] if "SAY" in os.environ else lines)
"""


def link(account: Embedded, word: str, **environment: str) -> dict[str, Any]:
    """A container that adds its word to each line."""
    model = account.put(f"chain/{word}.tar.gz", tar_gz({"word": word, "code/inference.py": CHAIN}))
    return {"Image": "sklearn", "ModelDataUrl": model, "Environment": environment}


def test_each_container_gets_the_answers_of_the_one_before(embedded: Embedded) -> None:
    lines = {"SplitType": "Line"}
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-2,-1]"}
    registered = register(link(embedded, "one"), link(embedded, "two"))
    run = scored(embedded, "chained", registered, {}, "id1,a\nid2,b\n", lines, DataProcessing=processing)
    assert run.status == "Succeeded", run.steps
    assert embedded.read("chained/x.out") == b"id1,one,two\nid2,one,two\n"
    first = {"SAY": "1", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    run = scored(embedded, "said", register(link(embedded, "one", **first), link(embedded, "two", SAY="1")), {})
    assert embedded.read("said/x.out").decode().splitlines() == [
        "1,one,two",
        "text/csv>application/json,two",
        "application/json>text/csv",
    ]


@pytest.mark.parametrize("name", [NOBODY, "nobody"], ids=["version", "name"])
def test_a_package_that_does_not_exist(embedded: Embedded, name: str) -> None:
    arguments = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"ModelPackageName": name}}
    run = finished(embedded, f"gone-{len(name)}", [step("Model", "Model", arguments)])
    reason = run.steps["Model"]["FailureReason"]
    assert "Failed to invoke sagemaker:CreateModel" in reason
    assert name in reason
    assert "does not exist" in reason
