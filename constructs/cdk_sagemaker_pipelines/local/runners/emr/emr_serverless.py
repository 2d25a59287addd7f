"""EMRServerless steps: a job run of an application in the local EMR Serverless; its work is simulated.

The application of an ApplicationId must exist; that of an ApplicationConfig is created for the step and deleted.
"""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...container.storage import look_at_object
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke
from ..base.simulation import Simulated


class EMRServerlessRunner(Simulated):
    """Starts the job run."""

    what = "EMR Serverless has no workers here; the job run is recorded in the local one and nothing was computed"

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        emr = context.services.client("emr-serverless")
        job = dict(arguments.get("JobConfig") or {})
        driver = job.get("jobDriver") or {}
        code = driver.get("sparkSubmit", {}).get("entryPoint") or driver.get("hive", {}).get("query")
        if isinstance(code, str) and code.startswith("s3://"):
            look_at_object(context.s3, code, "jobDriver")
        if ("ApplicationId" in arguments) == ("ApplicationConfig" in arguments):
            raise StepFailed("an EMRServerless step takes exactly one of ApplicationId and ApplicationConfig")
        if "ApplicationId" in arguments:
            application = str(arguments["ApplicationId"])
            invoke(emr, "GetApplication", {"applicationId": application})
            return self._start(context, emr, application, job, arguments)
        config = {"name": context.job_name, "clientToken": context.job_name, **arguments["ApplicationConfig"]}
        request = checked_request(emr, "CreateApplication", config)
        application = str(invoke(emr, "CreateApplication", request)["applicationId"])
        try:
            return self._start(context, emr, application, job, arguments)
        finally:
            invoke(emr, "StopApplication", {"applicationId": application})
            invoke(emr, "DeleteApplication", {"applicationId": application})

    def _start(
        self, context: StepContext, emr: Any, application: str, job: dict[str, Any], arguments: dict[str, Any]
    ) -> StepResult:
        given = {"name": context.job_name, "executionRoleArn": arguments.get("ExecutionRoleArn"), **job}
        asked = {**given, "applicationId": application, "clientToken": context.job_name}
        request = checked_request(emr, "StartJobRun", asked)
        run = invoke(emr, "StartJobRun", request)["jobRunId"]
        told = {"ApplicationId": application, "JobRunId": run, "JobRunName": request["name"]}
        return StepResult(dict(told), {"EMRServerless": told})
