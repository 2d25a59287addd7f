"""Jobs of the gallery on the local AWS: what they leave, how many run at once, and which is the best."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from tests.executions import Run
from tests.gallery.deployment import GALLERY, ROOT, Gallery

pytestmark = pytest.mark.slow


def unpacked(gallery: Gallery, uri: str) -> dict[str, bytes]:
    """The files of an archive by name."""
    with tarfile.open(fileobj=io.BytesIO(gallery.read(uri))) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: file.read() for name, file in files.items() if file is not None}


def most_at_once(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """The most of the spans that have a moment in common."""
    changes = sorted(change for start, end in spans for change in ((start, 1), (end, -1)))
    running, most = 0, 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def model_data(gallery: Gallery, run: Run) -> str:
    """Where the model of the step Create comes from."""
    described = gallery.sagemaker.describe_model(ModelName=run.job("Create"))
    return str((described.get("Containers") or [described["PrimaryContainer"]])[0]["ModelDataUrl"])


@pytest.fixture(scope="module")
def tuning(gallery: Gallery) -> Run:
    """An execution with a tuning step."""
    return gallery.run("Tuning")


@pytest.fixture(scope="module")
def trials(gallery: Gallery, tuning: Run) -> list[dict[str, Any]]:
    """Its training jobs, as they are described."""
    listed = gallery.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=tuning.job("Tune")
    )
    names = [one["TrainingJobName"] for one in listed["TrainingJobSummaries"]]
    return [gallery.sagemaker.describe_training_job(TrainingJobName=name) for name in names]


class TestTuning:
    def test_as_many_trials_run_at_once_as_are_allowed(self, trials: list[dict[str, Any]]) -> None:
        assert len(trials) == 6
        assert most_at_once((one["TrainingStartTime"], one["TrainingEndTime"]) for one in trials) == 2

    def test_each_trial_has_values_of_its_own_in_the_ranges(self, trials: list[dict[str, Any]]) -> None:
        depths = [float(one["HyperParameters"]["depth"]) for one in trials]
        assert len(set(depths)) == 6
        assert all(1 <= depth <= 6 for depth in depths)

    def test_the_best_is_found(self, gallery: Gallery, tuning: Run, trials: list[dict[str, Any]]) -> None:
        described = gallery.sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=tuning.job("Tune")
        )
        assert described["TrainingJobStatusCounters"]["Completed"] == 6
        depths = {one["TrainingJobName"]: float(one["HyperParameters"]["depth"]) for one in trials}
        best = min(depths, key=lambda name: abs(depths[name] - 3))
        assert described["BestTrainingJob"]["TrainingJobName"] == best
        made = unpacked(gallery, model_data(gallery, tuning))["depth.txt"]
        assert float(made) == pytest.approx(depths[best], abs=1e-5)

    def test_trials_that_fail_say_why(self, gallery: Gallery) -> None:
        failed = gallery.run("Tuning", {"Kind": "bad"}).steps["Tune"]["FailureReason"]
        assert failed.startswith("All training jobs failed")
        assert "argument --kind: invalid choice: 'bad'" in failed


class TestForEach:
    def test_items_run_with_their_concurrency_and_the_best_is_selected(self, gallery: Gallery) -> None:
        run = gallery.run("ForEach")
        items = [run.steps[f"Known-Score-{index}"] for index in range(5)]
        assert most_at_once((one["StartTime"], one["EndTime"]) for one in items) == 2
        assert run.metadata("Known-Each") == {
            "Status": "Succeeded",
            "InputItemCount": 5,
            "TotalStepCount": 5,
            "SucceededStepCount": 5,
            "FailedStepCount": 0,
            "StoppedStepCount": 0,
            "Selector": {"StepName": "Known-Score-1", "Index": 1},
        }
        assert run.outputs("Known-Tell") == {"told": "depth-2 depth-6 5"}
        assert run.outputs("Given-Tell") == {"told": "depth-3 depth-1 2"}
        # the second group waits for the first one
        assert run.steps["Given-Each"]["StartTime"] >= run.steps["Known-Tell"]["EndTime"]

    def test_items_are_those_of_the_parameter(self, gallery: Gallery) -> None:
        run = gallery.run("ForEach", {"Items": '[{"depth": 5}]'})
        assert (run.status, run.outputs("Given-Tell")) == ("Succeeded", {"told": "depth-5 depth-5 1"})

    def test_an_item_that_is_not_an_object_fails_its_step(self, gallery: Gallery) -> None:
        run = gallery.run("ForEach", {"Items": '["depth"]'})
        assert run.status == "Failed"
        assert "only one that is a JSON object has members" in run.steps["Given-Score-0"]["FailureReason"]
        assert "Given-Tell" not in run.steps

    def test_each_item_has_its_own_outputs(self, gallery: Gallery) -> None:
        run = gallery.run("ForEachChain")
        assert run.status == "Succeeded"
        places = str(run.outputs("Tell")["told"]).split()
        assert len(set(places)) == 2
        assert [gallery.read(f"{place}/count.txt") for place in places] == [b"2", b"5"]


class TestModels:
    def test_the_model_is_repacked_with_its_inference_code(self, gallery: Gallery) -> None:
        files = unpacked(gallery, model_data(gallery, gallery.run("RepackModel")))
        assert sorted(files) == ["code/inference.py", "depth.txt"]
        assert float(files["depth.txt"]) == 3

    def test_the_transform_answers_the_table(self, gallery: Gallery) -> None:
        run = gallery.run("Models")
        described = gallery.sagemaker.describe_transform_job(TransformJobName=run.job("Apply"))
        place = described["TransformOutput"]["S3OutputPath"]
        ((name, content),) = gallery.objects(place).items()
        assert name.endswith(".csv.out")
        answers = content.decode().split()
        assert [float(number) for answer in answers for number in answer.split(",")] == [3, 6, 9, 12]
        package = gallery.sagemaker.describe_model_package(ModelPackageName=run.metadata("Register")["Arn"])
        assert (package["ModelPackageGroupName"], package["ModelApprovalStatus"]) == ("gallery", "Approved")


class TestNotebook:
    def output(self, gallery: Gallery, run: Run) -> dict[str, Any]:
        """The executed notebook."""
        name = run.job("Report")
        described = gallery.sagemaker.describe_training_job(TrainingJobName=name)
        place = f"{described['OutputDataConfig']['S3OutputPath']}/{name}/output/output.tar.gz"
        executed: dict[str, Any] = json.loads(unpacked(gallery, place)["Report.ipynb"])
        return executed

    def test_its_cells_run_with_the_parameters_of_the_execution(self, gallery: Gallery) -> None:
        run = gallery.run("NotebookJob")
        assert "as plain Python, without Jupyter" in run.steps["Report"]["StepDescription"]
        last = self.output(gallery, run)["cells"][-1]["outputs"][0]
        assert last["data"]["text/plain"] == "'Lisbon has 28 degrees in summer'"

    def test_a_cell_that_raises_fails_the_step(self, gallery: Gallery) -> None:
        run = gallery.run("NotebookJob", {"Place": "Atlantis"})
        assert run.steps["Report"]["FailureReason"].endswith("KeyError: 'Atlantis', exit code: 1")
        errors = [one for cell in self.output(gallery, run)["cells"] for one in cell.get("outputs", [])]
        assert [error["ename"] for error in errors] == ["KeyError"]

    def test_the_files_beside_it_are_uploaded(self, gallery: Gallery) -> None:
        (step,) = gallery.definition("NotebookJob")["Steps"]
        uri = step["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
        files = gallery.objects(uri)
        assert sorted(files) == ["prepare.sh", "report.ipynb", "weather.py"]
        assert files["weather.py"] == (ROOT / GALLERY / "code/weather.py").read_bytes()


def test_the_newest_approved_version_is_found_and_applied(gallery: Gallery) -> None:
    packages = gallery.sagemaker
    gallery.run("BatchInference")
    run = gallery.run("BatchInference")
    assert run.status == "Succeeded", run.steps
    arn = run.metadata("Register")["Arn"]
    outputs = {one["Name"]: one["Value"] for one in run.metadata("Latest")["OutputParameters"]}
    (container,) = packages.describe_model_package(ModelPackageName=arn)["InferenceSpecification"]["Containers"]
    assert outputs == {
        "ModelPackageArn": arn,
        "Image": container["Image"],
        "ModelDataUrl": container["ModelDataUrl"],
    }
    made = packages.describe_model(ModelName=run.job("Create"))["PrimaryContainer"]
    assert made["ModelPackageName"] == arn

    approved = packages.list_model_packages(ModelPackageGroupName="batch", ModelApprovalStatus="Approved")
    for package in approved["ModelPackageSummaryList"]:
        packages.update_model_package(ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Rejected")
    run = gallery.run("BatchInference", outcomes={"Register": {}})
    assert run.status == "Failed"
    reason = "the model package group batch has no version with the approval status Approved"
    assert reason in run.steps["Latest"]["FailureReason"]
