"""AutoML steps: simulated, because Autopilot only exists in the service."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from ....properties.image_uris import owners
from ...container.storage import join_uri
from ...engine.runner import StepContext
from ..base.job import Job
from ..base.simulation import SimulatedJob, leave


class AutoMLRunner(SimulatedJob):
    """Checks the data, and leaves a best candidate whose model and reports are empty."""

    what = "Autopilot only runs in the service; the best candidate, its model and its reports are placeholders"

    def finish(self, context: StepContext, job: Job) -> dict[str, Any]:
        candidate = f"{context.job_name}-1"[-64:]
        place = join_uri(job.request["OutputDataConfig"]["S3OutputPath"], context.job_name)
        model = leave(context, place, f"sagemaker-automl-candidates/model/{candidate}/model.tar.gz", _empty_model())
        reports = {
            name: leave(context, place, f"documentation/{folder}/{candidate}/{file}", {"simulated": True})
            for name, folder, file in (
                ("ModelInsightsJsonReportPath", "model_monitor", "statistics.json"),
                ("ExplainabilityJsonReportPath", "explainability", "analysis.json"),
            )
        }
        services, moment = context.services, context.clock.now()
        # where AWS has no such image, the account itself stands for the owner
        owner = min(owners("autogluon-inference", services.region), default=services.account)
        image = f"{owner}.dkr.ecr.{services.region}.amazonaws.com/autogluon-inference:simulated"
        environment = {
            "MODEL_NAME": candidate, "SAGEMAKER_PROGRAM": "tabular_serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            "SAGEMAKER_INFERENCE_SUPPORTED": "predicted_label", "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
        }  # fmt: skip
        best = {
            "CandidateName": candidate,
            "CandidateStatus": "Completed",
            "CandidateSteps": [],
            "ObjectiveStatus": "Succeeded",
            "CreationTime": moment,
            "LastModifiedTime": moment,
            "InferenceContainers": [{"Image": image, "ModelDataUrl": model, "Environment": environment}],
        }
        job.description.update(AutoMLJobSecondaryStatus="Completed", BestCandidate=best)
        return {"BestCandidateProperties": reports}


def _empty_model() -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        note = b"nothing was trained: the AutoML step was simulated\n"
        member = tarfile.TarInfo("SIMULATED")
        member.size = len(note)
        archive.addfile(member, io.BytesIO(note))
    return body.getvalue()
