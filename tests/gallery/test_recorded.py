"""What the gallery's pipelines leave in the local SageMaker, and what follows a step that failed."""

from __future__ import annotations

import pytest

from tests.gallery.deployment import Gallery

pytestmark = pytest.mark.slow


def test_an_endpoint_is_created_once_and_then_updated(gallery: Gallery) -> None:
    sagemaker = gallery.sagemaker
    run = gallery.run("Endpoint")
    assert "nothing serves here" in run.steps["Deploy"]["StepDescription"]
    first = sagemaker.describe_endpoint(EndpointName="age")
    assert first["EndpointStatus"] == "InService"
    gallery.run("Endpoint")
    again = sagemaker.describe_endpoint(EndpointName="age")
    assert again["EndpointConfigName"] != first["EndpointConfigName"]
    assert again["CreationTime"] == first["CreationTime"]


def test_a_component_is_on_its_endpoint(gallery: Gallery) -> None:
    gallery.run("InferenceComponent")
    described = gallery.sagemaker.describe_inference_component(InferenceComponentName="sex")
    assert (described["EndpointName"], described["VariantName"]) == ("shared", "AllTraffic")


def test_lineage_is_recorded_and_reused_by_the_next_run(gallery: Gallery) -> None:
    first, again = gallery.run("Lineage").metadata("Record"), gallery.run("Lineage").metadata("Record")
    assert first["ArtifactArns"] == again["ArtifactArns"]
    assert first["ActionArns"] != again["ActionArns"]
    (model,) = first["ArtifactArns"].values()
    associations = gallery.sagemaker.list_associations(DestinationArn=model)["AssociationSummaries"]
    assert len(associations) == 2
    assert {one["AssociationType"] for one in associations} == {"Produced"}


def test_the_document_of_a_job_is_read_by_others(gallery: Gallery) -> None:
    run = gallery.run("Job", {"Language": "Suomi"})
    assert run.outputs("Tell") == {"told": "Suomi"}


def test_one_file_is_deleted_and_the_other_kept(gallery: Gallery) -> None:
    run = gallery.run("Cleanup")
    assert run.metadata("Clean") == {"CleanedSteps": ["Write"]}
    described = gallery.sagemaker.describe_processing_job(ProcessingJobName=run.job("Write"))
    place = described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert list(gallery.objects(place)) == ["final.csv"]


@pytest.mark.parametrize(
    ("outcome", "status", "ran"),
    [
        ({}, "Succeeded", {"Risky": "Succeeded", "Ended": "Succeeded", "Next": "Succeeded"}),
        ({"stop": True}, "CompletedWithFailures", {"Risky": "Stopped", "Stopped": "Succeeded", "Ended": "Succeeded"}),
    ],
    ids=["success", "stop"],
)
def test_what_follows_the_end_of_a_step(
    outcome: dict[str, object], status: str, ran: dict[str, str], gallery: Gallery
) -> None:
    run = gallery.run("Triggers", outcomes={"Risky": outcome} if outcome else None)
    assert (run.status, run.statuses()) == (status, ran)


def test_what_follows_a_failure(gallery: Gallery) -> None:
    run = gallery.run("Triggers", {"Rows": "0"})
    assert run.status == "CompletedWithFailures"
    assert run.statuses() == {"Risky": "Failed", "Failed": "Succeeded", "Ended": "Succeeded"}
    assert "cannot write 0 rows" in run.steps["Risky"]["FailureReason"]
