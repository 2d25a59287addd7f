"""Job steps (CreateJob): simulated, as what they run lives in the service."""

from __future__ import annotations

import json
from typing import Any

from ....language import StepView
from ...engine.runner import StepContext, StepFailed, StepResult
from ..base.job import SERVICE_JOB, Job
from ..base.request import checked_request
from ..base.simulation import Simulated


class ServiceJobRunner(Simulated):
    """Records the job as completed."""

    what = "jobs of CreateJob run in the service only; nothing was made"

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        named = {**arguments, "JobName": context.job_name}
        request = checked_request(context.services.client("sagemaker"), "CreateJob", named)
        try:
            document = json.loads(request["JobConfigDocument"])
        except ValueError as error:
            raise StepFailed(f"ClientError: JobConfigDocument is no JSON: {error}") from error
        job = Job(context, SERVICE_JOB, request)
        job.pretend()
        # Members of the document can be read as Steps.<name>.JobConfigDocument.<path>.
        return StepResult({**job.description, "JobConfigDocument": document}, job.metadata)
