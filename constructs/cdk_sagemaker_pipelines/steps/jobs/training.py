"""A step that runs a training job."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration

from ...language import Expression, IntegerLike, PipelineError, StepReference
from ...properties.training import TrainingProperties
from ..base.given import seconds
from ..base.request import ContainerJobStep
from .training_job import TrainingFields, TrainingJob


class TrainingStep(TrainingFields, ContainerJobStep):
    """Trains a model. API: ``CreateTrainingJob``.

    With ``source`` the framework's image runs your code: channels are under ``/opt/ml/input/data/<name>``, the model
    goes to ``/opt/ml/model``, hyperparameters arrive as ``--name value``, and the ``SM_*`` variables tell all of it.
    Without, the image is an algorithm of its own.

    ::

        train = TrainingStep(
            pipeline, "Train",
            image=Image.sklearn("1.2-1"), source=SourceDir("jobs/train", entry_point="train.py"),
            instance_type="ml.m5.large", inputs={"train": prepare.output("train")},
            hyperparameters={"max_depth": 6},
        )

    Source: "Training step" of the developer guide.
    """

    type = "Training"
    image_use = "training"

    keep_alive_period: Duration | IntegerLike | None = None
    """Keep the instances warm for a next job with the same role and resources, at most 6 hours. Default: not."""

    def bind(self) -> None:
        super().bind()
        if self.keep_alive_period is not None and self.max_wait is not None:
            raise PipelineError("keep_alive_period: spot capacity is not kept warm; leave max_wait out")
        self._job = TrainingJob(self, self, self.container, scope=self, output=self.run_prefix)

    @property
    def properties(self) -> TrainingProperties:
        """Everything that the job describes. API: ``DescribeTrainingJob``."""
        return TrainingProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the ``model.tar.gz``."""
        return StepReference(self.name, ("ModelArtifacts", "S3ModelArtifacts"))

    def arguments(self) -> dict[str, Any]:
        request = self._job.request()
        if self.keep_alive_period is not None:
            request["ResourceConfig"]["KeepAlivePeriodInSeconds"] = seconds(self.keep_alive_period, "keep_alive_period")
        return request
