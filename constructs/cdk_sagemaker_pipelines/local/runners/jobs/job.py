"""Job steps (CreateJob): simulated, because what they run only exists in the service."""

from __future__ import annotations

from typing import Any

from ...endings import StepFailed
from ...engine.runner import StepContext
from ...json_text import parsed
from ..base.job import Job
from ..base.simulation import SimulatedJob


class ServiceJobRunner(SimulatedJob):
    """Records the job as completed."""

    what = "jobs of CreateJob only run in the service; nothing was created"

    def finish(self, context: StepContext, job: Job) -> dict[str, Any]:
        try:
            # members of the document can be read as Steps.<name>.JobConfigDocument.<path>
            return {"JobConfigDocument": parsed(job.request["JobConfigDocument"])}
        except ValueError as error:
            raise StepFailed(f"ClientError: JobConfigDocument is not JSON: {error}") from error
