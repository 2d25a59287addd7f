"""How long instances ran, also those that tunings and AutoML jobs start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.usage import MOST_JOBS, Used, used

from .abalone import PROCESSING_JOB, SUCCEEDED, TRAINING_JOB, answers, job, step
from .conftest import Command
from .service import START, Refusal, Service, in_pages

HOUR = timedelta(hours=1)
TUNING = job("hyper-parameter-tuning-job", "tune")
AUTO_ML = job("automl-job", "search")


def summary(number: int, hours: float, **more: Any) -> dict[str, Any]:
    """A training job of the tuning, as the service lists it."""
    return {
        "TrainingJobName": f"tune-{number}", "TrainingJobArn": job("training-job", f"tune-{number}"),
        "CreationTime": START, "TrainingJobStatus": "Completed", "TunedHyperParameters": {},
        "TrainingStartTime": START, "TrainingEndTime": START + hours * HOUR, **more,
    }  # fmt: skip


def ran(service: Service, arn: str, description: dict[str, Any] | None) -> tuple[dict[str, float], float | None, bool]:
    """Hours by type of instances, GPU-hours, and whether that is all."""
    found = used(service.client, arn, description, START + 10 * HOUR)
    assert isinstance(found, Used)
    by_type = {
        type: sum(each.instance_hours for each in found.usages if each.instance_type == type) for type in found.types
    }
    return by_type, found.gpu_hours, found.complete


def test_a_tuning_is_the_sum_of_its_jobs() -> None:
    jobs = [summary(1, 1), summary(2, 0.5), summary(3, 0)]
    del jobs[2]["TrainingStartTime"], jobs[2]["TrainingEndTime"]  # it has not started
    running = summary(4, 0)
    del running["TrainingEndTime"]
    service = Service(
        {"ListTrainingJobsForHyperParameterTuningJob": in_pages("TrainingJobSummaries", [*jobs, running], 2)}
    )
    resources = {"InstanceType": "ml.g5.12xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}
    description = {"HyperParameterTuningJobName": "tune", "TrainingJobDefinition": {"ResourceConfig": resources}}
    assert ran(service, TUNING, description) == ({"ml.g5.12xlarge": 23.0}, 92.0, True)
    assert "DescribeTrainingJob" not in service.asked


def test_several_definitions_and_a_choice_of_instances() -> None:
    listed = [summary(1, 1, TrainingJobDefinitionName="a"), summary(2, 2, TrainingJobDefinitionName="b")]
    tried = {
        **TRAINING_JOB,
        "ResourceConfig": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3, "VolumeSizeInGB": 1},
    }
    service = Service(
        {
            "ListTrainingJobsForHyperParameterTuningJob": in_pages("TrainingJobSummaries", listed, 9),
            "DescribeTrainingJob": tried,
        }
    )
    definitions = [
        {"DefinitionName": "a", "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
        {
            "DefinitionName": "b",
            "HyperParameterTuningResourceConfig": {"InstanceConfigs": [{"InstanceType": "ml.c5.xlarge"}]},
        },
    ]
    description = {"HyperParameterTuningJobName": "tune", "TrainingJobDefinitions": definitions}
    assert ran(service, TUNING, description) == ({"ml.m5.large": 1.0, "ml.c5.xlarge": 3.0}, 0.0, True)
    assert service.asked["DescribeTrainingJob"] == [{"TrainingJobName": "tune-2"}]


def candidate(*arns: str) -> dict[str, Any]:
    steps = [
        {"CandidateStepType": "AWS::SageMaker::TrainingJob", "CandidateStepArn": arn, "CandidateStepName": "x"}
        for arn in arns
    ]
    return {
        "CandidateName": "c", "ObjectiveStatus": "Succeeded", "CandidateSteps": steps, "CandidateStatus": "Completed",
        "CreationTime": START, "LastModifiedTime": START,
    }  # fmt: skip


LOST = candidate(job("training-job", "lost"))


def test_an_automl_job_is_the_sum_of_its_candidates_jobs() -> None:
    prepared = job("processing-job", "prepare-1")  # several candidates share it
    candidates = [candidate(prepared, job("training-job", "one")), candidate(prepared, job("training-job", "two"))]
    service = Service(
        {
            "ListCandidatesForAutoMLJob": in_pages("Candidates", candidates, 1),
            "DescribeTrainingJob": TRAINING_JOB,
            "DescribeProcessingJob": PROCESSING_JOB,
        }
    )
    by_type, gpus, complete = ran(service, AUTO_ML, {"AutoMLJobName": "search"})
    assert by_type == {"ml.m5.large": pytest.approx(1 / 60), "ml.g5.12xlarge": 4.0}
    assert (gpus, complete) == (16.0, True)
    assert len(service.asked["DescribeProcessingJob"]) == 1


def test_instance_groups_and_what_was_selected() -> None:
    groups = [
        {"InstanceGroupName": name, "InstanceType": type, "InstanceCount": count}
        for name, type, count in (("a", "ml.m5.large", 1), ("b", "ml.g5.xlarge", 2))
    ]
    described = {**TRAINING_JOB, "ResourceConfig": {"InstanceGroups": groups}}
    arn = job("training-job", "train-1")
    assert ran(Service({}), arn, described) == ({"ml.m5.large": 1.0, "ml.g5.xlarge": 2.0}, 2.0, True)
    described["ResourceConfig"] = {"SelectedInstanceType": "ml.g5.xlarge", "SelectedInstanceCount": 1}
    assert ran(Service({}), arn, described) == ({"ml.g5.xlarge": 1.0}, 1.0, True)


@pytest.mark.parametrize(
    ("service", "arn", "description"),
    [
        ({}, job("training-job", "gone"), None),
        ({}, TUNING, {"HyperParameterTuningJobName": "tune"}),
        ({}, AUTO_ML, {"AutoMLJobName": "search"}),
        ({"ListCandidatesForAutoMLJob": {"Candidates": []}}, AUTO_ML, {"AutoMLJobName": "search"}),
        ({"ListCandidatesForAutoMLJob": {"Candidates": [LOST]}}, AUTO_ML, {"AutoMLJobName": "search"}),
        ({}, job("job", "own"), {"JobName": "own"}),
    ],
    ids=["gone", "not-listed", "no-candidates-listed", "no-candidate", "job-gone", "service-job"],
)  # fmt: skip
def test_what_is_not_told_is_not_complete(
    service: dict[str, Any], arn: str, description: dict[str, Any] | None
) -> None:
    assert ran(Service(service), arn, description) == ({}, 0.0, False)


def test_very_many_jobs_are_not_all_described() -> None:
    candidates = [candidate(job("training-job", str(number))) for number in range(MOST_JOBS + 50)]
    service = Service(
        {"ListCandidatesForAutoMLJob": in_pages("Candidates", candidates, 100), "DescribeTrainingJob": TRAINING_JOB}
    )
    by_type, _, complete = ran(service, AUTO_ML, {"AutoMLJobName": "search"})
    assert (by_type, complete) == ({"ml.g5.12xlarge": 2.0 * MOST_JOBS}, False)
    assert len(service.asked["DescribeTrainingJob"]) == MOST_JOBS + 1


def test_what_is_not_known_is_shown(smpipe: Command) -> None:
    tuned = step("Train", Metadata={"TuningJob": {"Arn": TUNING}})
    described = {
        "HyperParameterTuningJobName": "tune", "HyperParameterTuningJobArn": TUNING, "CreationTime": START,
        "HyperParameterTuningJobConfig": {"Strategy": "Bayesian", "ResourceLimits": {"MaxParallelTrainingJobs": 1}},
        "HyperParameterTuningJobStatus": "Completed", "TrainingJobStatusCounters": {}, "ObjectiveStatusCounters": {},
    }  # fmt: skip
    steps = [tuned if each["StepName"] == "Train" else each for each in SUCCEEDED]
    smpipe.answers(
        **answers(
            ListPipelineExecutionSteps={"PipelineExecutionSteps": steps},
            DescribeHyperParameterTuningJob=described,
            ListTrainingJobsForHyperParameterTuningJob=Refusal("AccessDeniedException"),
        )
    )
    assert "0.017 instance-hours, without 'Train'" in smpipe("show", "Abalone/")
    assert smpipe.json("show", "Abalone/")["unmeasured"] == ["Train"]
