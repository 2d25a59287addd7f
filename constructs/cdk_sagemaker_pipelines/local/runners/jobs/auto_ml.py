"""AutoML steps: simulated, as Autopilot lives in the service."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from ....language import StepView
from ...container.storage import join_uri
from ...engine.record import now
from ...engine.runner import StepContext, StepResult
from ..base.job import AUTO_ML, Job
from ..base.request import checked_request
from ..base.simulation import Simulated, leave, look_at


class AutoMLRunner(Simulated):
    """Looks at the data, and leaves a best candidate whose model and reports are empty."""

    what = "Autopilot runs in the service only; the best candidate, its model and its reports are placeholders"

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        named = {**arguments, "AutoMLJobName": context.job_name}
        request = checked_request(context.services.client("sagemaker"), "CreateAutoMLJob", named)
        for number, channel in enumerate(request["InputDataConfig"]):
            source = channel.get("DataSource", {}).get("S3DataSource")
            if source is not None:
                look_at(context, source["S3Uri"], f"InputDataConfig[{number}]")
        candidate = f"{context.job_name}-1"[-64:]
        place = join_uri(request["OutputDataConfig"]["S3OutputPath"], context.job_name)
        model = leave(context, place, f"sagemaker-automl-candidates/model/{candidate}/model.tar.gz", _empty_model())
        reports = {
            name: leave(context, place, f"documentation/{folder}/{candidate}/{file}", {"simulated": True})
            for name, folder, file in (
                ("ModelInsightsJsonReportPath", "model_monitor", "statistics.json"),
                ("ExplainabilityJsonReportPath", "explainability", "analysis.json"),
            )
        }
        services, moment = context.services, now()
        image = f"{services.account}.dkr.ecr.{services.region}.amazonaws.com/autogluon-inference:simulated"
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
        job = Job(context, AUTO_ML, request)
        job.pretend(AutoMLJobSecondaryStatus="Completed", BestCandidate=best)
        properties = {**job.description, "BestCandidateProperties": reports}
        return StepResult(properties, job.metadata)


def _empty_model() -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        note = b"nothing was trained: the AutoML step was simulated\n"
        member = tarfile.TarInfo("SIMULATED")
        member.size = len(note)
        archive.addfile(member, io.BytesIO(note))
    return body.getvalue()
