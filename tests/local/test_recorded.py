"""Steps that leave entries in the local SageMaker, or take objects away: endpoints, lineage, cleanup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.embedding import Embedded, finished
from tests.local.support import BUCKET, get, processing, step, tar_gz, training

CORPUS = Path(__file__).parent.parent / "corpus"


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text())
    return found


def test_hosting_as_the_sdk_writes_it(embedded: Embedded) -> None:
    steps = document("endpoint_and_component")["Steps"]
    done = finished(embedded, "host", steps)
    assert done.status == "Succeeded", done.steps
    sagemaker = embedded.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="my-endpoint")
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", "my-config")
    assert endpoint["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    component = sagemaker.describe_inference_component(InferenceComponentName="my-ic")
    assert component["EndpointName"] == "my-endpoint"
    assert component["RuntimeConfig"] == {"DesiredCopyCount": 1, "CurrentCopyCount": 1}
    assert done.steps["Ep"]["Metadata"] == {"Endpoint": {"Arn": endpoint["EndpointArn"]}}
    assert done.steps["Ic"]["Metadata"] == {"InferenceComponent": {"Arn": component["InferenceComponentArn"]}}
    assert "nothing serves here" in done.steps["Ep"]["StepDescription"]
    config = sagemaker.describe_endpoint_config(EndpointConfigName="my-config")
    assert config["ProductionVariants"][0]["ModelName"].startswith("pipelines-")

    # Again: the configuration's name is taken; with another, endpoint and component are updated.
    again = finished(embedded, "host-2", steps)
    assert "Cannot create already existing endpoint configuration" in again.steps["Cfg"]["FailureReason"]
    steps[1]["Arguments"]["EndpointConfigName"] = "other-config"
    steps[3]["Arguments"]["RuntimeConfig"]["CopyCount"] = 3
    again = finished(embedded, "host-3", steps)
    assert again.status == "Succeeded", again.steps
    assert sagemaker.describe_endpoint(EndpointName="my-endpoint")["EndpointConfigName"] == "other-config"
    component = sagemaker.describe_inference_component(InferenceComponentName="my-ic")
    assert component["RuntimeConfig"]["DesiredCopyCount"] == 3
    assert [e["EndpointName"] for e in sagemaker.list_endpoints()["Endpoints"]] == ["my-endpoint"]
    assert len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 2
    sagemaker.delete_inference_component(InferenceComponentName="my-ic")
    sagemaker.delete_endpoint(EndpointName="my-endpoint")
    sagemaker.delete_endpoint_config(EndpointConfigName="my-config")
    with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find endpoint"):
        sagemaker.describe_endpoint(EndpointName="my-endpoint")


def test_an_endpoint_without_its_parts(embedded: Embedded) -> None:
    variant = {"VariantName": "V", "ModelName": "nobody", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    config = {"EndpointConfigName": "part", "ProductionVariants": [variant]}
    done = finished(embedded, "part-1", [step("C", "EndpointConfig", config)])
    assert 'Could not find model "' in done.steps["C"]["FailureReason"]
    done = finished(embedded, "part-2", [step("E", "Endpoint", {"EndpointName": "e", "EndpointConfigName": "none"})])
    assert "Could not find endpoint configuration" in done.steps["E"]["FailureReason"]


def test_lineage_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written = document("lineage")
    done = finished(embedded, "lineage", written["Steps"], parameters=written["Parameters"])
    told = done.steps["Lin"]["Metadata"]["Lineage"]
    action, artifact = told["ActionArns"]["act"], told["ArtifactArns"]["art"]
    assert done.steps["F"]["FailureReason"] == f"{action},{artifact}"
    sagemaker = embedded.client("sagemaker")
    assert sagemaker.describe_action(ActionName="act")["Status"] == "Completed"
    assert sagemaker.describe_artifact(ArtifactArn=artifact)["Source"]["SourceUri"] == "s3://my-bucket/model.tar.gz"
    assert sagemaker.describe_context(ContextName="ctx")["ContextType"] == "Endpoint"
    (association,) = sagemaker.list_associations(SourceArn=action)["AssociationSummaries"]
    assert (association["DestinationArn"], association["AssociationType"]) == (artifact, "Produced")
    assert len(told["Associations"]) == 2
    again = finished(embedded, "lineage-2", written["Steps"], parameters=written["Parameters"])
    assert again.steps["Lin"]["Metadata"]["Lineage"] == told


def test_invalid_lineage(embedded: Embedded) -> None:
    source = {"Name": get("Parameters.Other"), "Type": "Action"}  # a literal name is refused with the definition
    done = finished(
        embedded,
        "lineage-3",
        [step("L", "Lineage", {"Associations": [{"Source": source, "Destination": source}]})],
        parameters=[{"Name": "Other", "Type": "String", "DefaultValue": "none"}],
    )
    assert "names the Action 'none', which the step does not create" in done.steps["L"]["FailureReason"]


def jobs(account: Embedded) -> list[dict[str, Any]]:
    code = account.put("code/t.tar.gz", tar_gz({"t.py": "print('trained')"}))
    script = {"sagemaker_program": '"t.py"', "sagemaker_submit_directory": json.dumps(code)}
    write = "open('/opt/ml/processing/' + 'out/a.csv', 'w').write('x')\nopen('/opt/ml/processing/out/b.csv', 'w')"
    uri = account.put("code/w.py", write)
    return [
        step("Train", "Training", training(script, {})),
        step("Prepare", "Processing", processing(uri, outputs={"out": f"s3://{BUCKET}/prepared"})),
    ]


def cleanup(*sources: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return step("Clean", "Cleanup", {"Resources": {"S3": list(sources)}}, **keys)


def test_cleanup(embedded: Embedded) -> None:
    exact = {"Std:Join": {"On": "", "Values": [f"s3://{BUCKET}/", "prepared/a.csv"]}}
    clean = cleanup({"StepName": "Train"}, {"StepName": "Prepare", "S3Uris": [exact]}, DependsOn=["Train", "Prepare"])
    done = finished(embedded, "clean", [*jobs(embedded), clean])
    assert done.status == "Succeeded", done.steps
    assert done.steps["Clean"]["Metadata"] == {"Cleanup": {"CleanedSteps": ["Train", "Prepare"]}}
    name = done.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[1]
    assert embedded.keys(f"models/{name}") == []
    assert embedded.keys("prepared") == ["prepared/b.csv"]


def test_cleanup_of_missing_or_foreign_objects(embedded: Embedded) -> None:
    bad = step("Bad", "Athena")
    clean = cleanup(
        {"StepName": "Bad"},
        {"StepName": "Prepare", "S3Uris": [f"s3://{BUCKET}/code/w.py"]},
        DependsOn=["Prepare", {"Step": "Bad", "Trigger": "Any"}],
    )
    done = finished(embedded, "clean-2", [bad, jobs(embedded)[1], clean])
    told = done.steps["Clean"]["Metadata"]["Cleanup"]
    assert told["SkippedSteps"] == ["Bad"]
    assert [failure["StepName"] for failure in told["FailedSteps"]] == ["Prepare"]
    assert (
        f"is not below an output of the step 'Prepare'; it has s3://{BUCKET}/prepared"
        in (done.steps["Clean"]["FailureReason"])
    )
    assert embedded.read("code/w.py")


def test_a_model_step_and_get_still_work_with_hosting(embedded: Embedded) -> None:
    model = step(
        "M", "Model", {"PrimaryContainer": {"Image": "i"}, "ExecutionRoleArn": "arn:aws:iam::123456789012:role/role"}
    )
    variant = {"VariantName": "V", "ModelName": get("Steps.M.ModelName"), "InitialInstanceCount": 1,
               "InstanceType": "ml.m5.large"}  # fmt: skip
    config = step("C", "EndpointConfig", {"EndpointConfigName": "of-the-model", "ProductionVariants": [variant]})
    done = finished(embedded, "named-by-us", [model, config])
    assert done.status == "Succeeded", done.steps
    assert "endpoint-config/of-the-model" in done.steps["C"]["Metadata"]["EndpointConfig"]["Arn"]
