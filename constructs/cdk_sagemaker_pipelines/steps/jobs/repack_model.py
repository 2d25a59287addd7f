"""A step that puts inference code into a model archive."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from constructs import Construct

from ... import assets
from ...assets import Image, S3Prefix, SourceDir, StagedCode
from ...language import Expression, StepReference, StringLike
from ...properties.training import TrainingProperties
from ..base.given import s3_uri, served_code
from ..base.request import ContainerFields, ContainerJobStep
from .training_job import TrainingJob, TrainingSettings

_SCRIPT = Path(assets.__file__).parent / "scripts" / "repack.py"


class RepackModelStep(ContainerJobStep):
    """Puts inference code into the ``model.tar.gz`` of a trained model, under ``code/``; a training job does it.

    The PyTorch, TensorFlow and Hugging Face images look for it there, and every image in a model without a network.

    ::

        repack = RepackModelStep(
            pipeline, "Repack", model_data=train.model_artifacts,
            source=SourceDir("jobs/inference", entry_point="inference.py"),
        )
        ModelStep(
            pipeline, "Model", image=Image.pytorch("2.1"), instance_type="ml.m5.large",
            model_data=repack.model_artifacts, environment=repack.environment_of_model,
        )

    A training script that writes its inference code to ``$SM_MODEL_DIR/code`` needs no such step. Source: "Use the
    SageMaker AI PyTorch model server" of the SDK's documentation.
    """

    type = "Training"
    image_use = "training"
    job_arns = "training-job/*"

    model_data: S3Prefix | StringLike
    """The S3 URI of the ``model.tar.gz``."""
    source: SourceDir
    """The inference code, with its requirements.txt. What the archive has under ``code/`` is replaced."""
    output: S3Prefix | StringLike | None = None
    """Where the new archive goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``."""
    image: Image = Image.sklearn("1.2-1")
    """Any image with Python and the training toolkit."""
    instance_type: StringLike = "ml.m5.large"
    """Such as "ml.m5.large", the default; its storage must hold the model three times."""

    def bind(self) -> None:
        super().bind()
        served_code(self.source, "source", optional=False)
        s3_uri(self.model_data, "model_data", self.host.workplace)
        settings = TrainingSettings(
            **{name: getattr(self, name) for name in ContainerFields.declared_fields},
            source=_Repacking(self.source),
            inputs={"model": self.model_data},
            output=self.output,
        )
        self._job = TrainingJob(self, settings, self.container, scope=self, output=self.run_prefix)

    @property
    def properties(self) -> TrainingProperties:
        """Everything that the job describes. API: ``DescribeTrainingJob``."""
        return TrainingProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the new ``model.tar.gz``."""
        return StepReference(self.name, ("ModelArtifacts", "S3ModelArtifacts"))

    @property
    def environment_of_model(self) -> dict[str, Any]:
        """The environment by which a model's container finds the code."""
        return {
            "SAGEMAKER_PROGRAM": self.source.entry_point,
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SAGEMAKER_REGION": self.host.workplace.where.region,
        }

    def arguments(self) -> dict[str, Any]:
        return self._job.request()


class _Repacking(SourceDir):
    """Inference code below ``inference/``, and beside it the script that puts it into the archive."""

    def __init__(self, inference: SourceDir) -> None:
        super().__init__(inference.path, entry_point=_SCRIPT.name)
        self._inference = inference

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Packs both."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(_SCRIPT, folder)
            for path in self._inference.files():
                target = Path(folder, "inference", path.relative_to(self._inference.path))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            staged = SourceDir(folder, entry_point=_SCRIPT.name).stage(scope, construct_id)
        return replace(staged, faults=self._inference.faults())
