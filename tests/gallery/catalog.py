"""The stacks of the gallery, and how their pipelines fail when they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack

from tests.gallery.exhibits import calls, checks, control, hosting, models, records, starts
from tests.gallery.exhibits.emr import emr, emr_serverless
from tests.gallery.exhibits.jobs import (
    auto_ml,
    data_sources,
    job,
    notebook_job,
    processing,
    queued_training,
    training,
    tuning,
)

NOWHERE = "s3://nowhere/at-all.csv"
FILES_ELSEWHERE = {"OutputName": "files", "S3Output": {"S3Uri": "s3://nowhere/files"}}


@dataclass(frozen=True)
class Failure:
    """A run that fails."""

    step: str
    """Which step fails."""
    reason: str
    """What its FailureReason holds."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Any] = field(default_factory=dict)
    """Scripted step results, as in a file of SMPIPE_OUTCOMES."""


@dataclass(frozen=True)
class Exhibit:
    """A stack with one pipeline, which succeeds by default."""

    stack: type[Stack]
    failures: tuple[Failure, ...]
    answers: bool = True
    """Whether everything that its steps wait for is in the stack; otherwise a test answers them."""

    @property
    def name(self) -> str:
        """The name of the stack."""
        return self.stack.__name__.removesuffix("Stack")


def gone(step: str, **properties: Any) -> Mapping[str, Any]:
    """The step has created something that no longer exists, by its name or URI."""
    return {step: {"properties": properties}}


def violated(step: str) -> Mapping[str, Any]:
    """The check has found something."""
    return {step: {"violation": True}}


EXHIBITS = (
    Exhibit(processing.ProcessingStack, (Failure("Write", "cannot write 0 rows", {"Rows": "0"}),)),
    Exhibit(
        data_sources.DataSourcesStack,
        (
            Failure("Query", "local runs cannot fetch a DatasetDefinition", {"Source": "query"}),
            Failure("Store", "goes to a feature group, which local runs do not have", {"Source": "group"}),
            Failure("Train", "local runs have no other file system", {"Source": "files"}),
        ),
    ),
    Exhibit(
        training.TrainingStack,
        (Failure("Train", "ValueError: a plain model of depth 0 cannot be trained", {"Depth": "0"}),),
    ),
    Exhibit(
        training.ComputeStack,
        (Failure("First", "ValueError: a plain model of depth 0 cannot be trained", {"Depth": "0"}),),
    ),
    Exhibit(
        queued_training.QueuedTrainingStack,
        (Failure("Train", "ValueError: a plain model of depth 0 cannot be trained", {"Depth": "0"}),),
    ),
    Exhibit(
        training.DistributedStack,
        (Failure("TrainTogether", "torchrun would launch the script", {"Machines": "2"}),),
    ),
    Exhibit(
        training.RepackModelStack,
        (
            Failure(
                "Repack",
                "channel 'model'",
                outcomes=gone("Train", ModelArtifacts={"S3ModelArtifacts": "s3://nowhere/model.tar.gz"}),
            ),
        ),
    ),
    Exhibit(
        notebook_job.NotebookJobStack,
        (Failure("Report", "cell 3 of the notebook failed", {"Place": "Atlantis"}),),
    ),
    Exhibit(
        tuning.TuningStack,
        (
            Failure("Tune", "No objective metrics found after running 6 training jobs", {"Kind": "silent"}),
            Failure("Tune", "argument --kind: invalid choice: 'bad'", {"Kind": "bad"}),
        ),
    ),
    Exhibit(
        auto_ml.AutoMLStack, (Failure("Search", "s3:GetObject on resource: arn:aws:s3:::nowhere/", {"Table": NOWHERE}),)
    ),
    Exhibit(
        models.UncompressedStack,
        (Failure("Apply", "ValueError: 4 is more than 3", {"Most": "3"}),),
    ),
    Exhibit(
        models.ModelsStack,
        (
            Failure("Create", "the account has no room", outcomes={"Create": {"fail": "the account has no room"}}),
            Failure("Register", "Value 'Perhaps' at 'modelApprovalStatus'", {"Approval": "Perhaps"}),
            Failure("Apply", "ValueError: 4 is more than 3", {"Most": "3"}),
            Failure("Apply", 'Could not find model "', outcomes=gone("Create", ModelName="gone")),
        ),
    ),
    Exhibit(
        models.BatchInferenceStack,
        (
            Failure(
                "Create",
                "model-package/batch/99 does not exist",
                outcomes=gone(
                    "Latest",
                    OutputParameters={
                        "ModelPackageArn": "arn:aws:sagemaker:eu-west-1:111122223333:model-package/batch/99"
                    },
                ),
            ),
        ),
    ),
    Exhibit(
        models.MonitoredTransformStack,
        (
            Failure("Score-monitoring", "there is no previous baseline", {"FirstRun": "false"}),
            Failure("Score-transform", 'Could not find model "', outcomes=gone("Create", ModelName="gone")),
        ),
    ),
    Exhibit(
        checks.QualityCheckStack,
        (Failure("Quality", "there is no previous baseline for the DATA_QUALITY check", {"FirstRun": "false"}),),
    ),
    Exhibit(
        checks.ClarifyCheckStack,
        (Failure("Bias", "there is no previous baseline for the DATA_BIAS check", {"FirstRun": "false"}),),
    ),
    Exhibit(calls.CallbackStack, (Failure("Review", "ValueError: nobody came", {"Who": "nobody"}),)),
    Exhibit(calls.QueueStack, (), answers=False),
    Exhibit(calls.LambdaStack, (Failure("Count", "cannot count x-error", {"Name": "error"}),)),
    Exhibit(emr.EMRStack, (Failure("Own", "no spot instances", outcomes={"Own": {"fail": "no spot instances"}}),)),
    Exhibit(
        emr_serverless.EMRServerlessStack,
        (Failure("Count", "out of memory", outcomes={"Count": {"fail": "out of memory"}}),),
    ),
    Exhibit(
        hosting.EndpointStack,
        (
            Failure("Configure", 'Could not find model "', outcomes=gone("Create", ModelName="gone")),
            Failure(
                "Deploy",
                "not authorized to perform: sagemaker:CreateEndpoint on resource: ",  # IAM comes before the service
                outcomes=gone("Configure", EndpointConfigName="gone"),
            ),
        ),
    ),
    Exhibit(
        hosting.InferenceComponentStack,
        (Failure("Place", 'Could not find endpoint "', {"Endpoint": "elsewhere", "Component": "age"}, {"Share": {}}),),
    ),
    Exhibit(
        hosting.ServedStack,
        (Failure("Register", "Value 'Perhaps' at 'modelApprovalStatus'", {"Approval": "Perhaps"}),),
    ),
    Exhibit(
        records.LineageStack,
        (Failure("Record", "too many actions", outcomes={"Record": {"fail": "too many actions"}}),),
    ),
    Exhibit(job.JobStack, (Failure("Transform", "JobConfigDocument is not JSON", {"Language": '"'}),)),
    Exhibit(
        records.CleanupStack,
        (
            Failure(
                "Clean",
                "s3:DeleteObject on resource: arn:aws:s3:::nowhere/",
                outcomes=gone("Write", ProcessingOutputConfig={"Outputs": [FILES_ELSEWHERE]}),
            ),
        ),
    ),
    Exhibit(
        control.ConditionStack,
        (
            Failure("TooLow", "the accuracy 0.75 is below 0.9", {"Least": "0.9"}),
            Failure("Check", "accuracy", {"Metric": "recall"}),
        ),
    ),
    Exhibit(
        control.ForEachStack,
        (
            Failure("Given-Each", "1 of 2 steps failed: Given-Score-1", {"Items": '[{"depth": 1}, {"depth": 0}]'}),
            Failure("Given-Each", "IterableItems is 'depth', which is not a JSON list", {"Items": "depth"}),
        ),
    ),
    Exhibit(
        control.ForEachChainStack,
        (Failure("Each", "1 of 4 steps failed: Prepare-Write-1", {"Items": '[{"rows": 1}, {"rows": 0}]'}),),
    ),
    Exhibit(control.TriggersStack, ()),
    Exhibit(starts.StartsStack, (Failure("TooFew", "-1 rows", {"Rows": "-1"}),)),
    Exhibit(control.RawStack, (Failure("Tell", "ValueError: no luck", {"Error": "no luck"}),)),
)
