"""EMR steps: a step in an EMR cluster of the local AWS; its Hadoop work is simulated.

The cluster of a ClusterId must exist and accept steps; that of a ClusterConfig is created for the step and terminated.
"""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...container.storage import look_at_object
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke
from ..base.simulation import Simulated

TAKING_STEPS = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")

_CODE = (".py", ".jar", ".sql", ".hql", ".sh")


class EMRRunner(Simulated):
    """Adds the step to its cluster."""

    what = "there is no real EMR cluster here; the step is recorded in the local EMR and nothing was computed"

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        emr = context.services.client("emr")
        config = arguments.get("StepConfig") or {}
        jar_step = config.get("HadoopJarStep") or {}
        for text in [jar_step.get("Jar"), *jar_step.get("Args", [])]:
            if isinstance(text, str) and text.startswith("s3://") and text.endswith(_CODE):
                look_at_object(_as_it_runs(context, arguments), text, "StepConfig")
        if ("ClusterId" in arguments) == ("ClusterConfig" in arguments):
            raise StepFailed("an EMR step takes exactly one of ClusterId and ClusterConfig")
        if "ClusterId" in arguments:
            cluster = str(arguments["ClusterId"])
            state = invoke(emr, "DescribeCluster", {"ClusterId": cluster})["Cluster"]["Status"]["State"]
            if state not in TAKING_STEPS:
                raise StepFailed(f"the cluster {cluster} is {state}; it accepts steps while {', '.join(TAKING_STEPS)}")
            return self._add(context, emr, cluster, config, arguments.get("ExecutionRoleArn"))
        cluster = self._make(context, emr, arguments["ClusterConfig"])
        try:
            return self._add(context, emr, cluster, config, None)
        finally:
            invoke(emr, "TerminateJobFlows", {"JobFlowIds": [cluster]})

    def _make(self, context: StepContext, emr: Any, config: dict[str, Any]) -> str:
        instances = {**config.get("Instances", {}), "KeepJobFlowAliveWhenNoSteps": True}
        named = {**config, "Name": context.job_name, "Instances": instances}
        request = checked_request(emr, "RunJobFlow", named)
        return str(invoke(emr, "RunJobFlow", request)["JobFlowId"])

    def _add(self, context: StepContext, emr: Any, cluster: str, config: dict[str, Any], role: Any) -> StepResult:
        name, began = context.job_name, context.clock.now()
        own = {"Name": name, "ActionOnFailure": "CONTINUE"}
        asked: dict[str, Any] = {"JobFlowId": cluster, "Steps": [{**config, **own}]}
        if role:
            asked["ExecutionRoleArn"] = role
        request = checked_request(emr, "AddJobFlowSteps", asked)
        step_id = invoke(emr, "AddJobFlowSteps", request)["StepIds"][0]
        jar_step = request["Steps"][0]["HadoopJarStep"]
        properties = {
            "Id": step_id,
            "Name": name,
            "Config": {
                **{key: value for key, value in jar_step.items() if key != "Properties"},
                "Properties": {pair["Key"]: pair["Value"] for pair in jar_step.get("Properties", [])},
            },
            "ActionOnFailure": "CONTINUE",
            "Status": {"State": "COMPLETED", "Timeline": {"StartDateTime": began, "EndDateTime": context.clock.now()}},
        }
        return StepResult(properties, {"EMR": {"ClusterId": cluster, "StepId": step_id, "StepName": name}})


def _as_it_runs(context: StepContext, arguments: dict[str, Any]) -> Any:
    """The client of S3 of the step's role, or of the nodes of a cluster of its own; of the account for other nodes."""
    profile = (arguments.get("ClusterConfig") or {}).get("JobFlowRole")
    return context.client_as(context.job_role or (_in_profile(context, profile) if profile else ""), "s3")


def _in_profile(context: StepContext, name: str) -> str:
    """The ARN of the role in an instance profile; empty where there is no such profile."""
    iam = context.services.client("iam")
    try:
        (role,) = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
    except (iam.exceptions.ClientError, ValueError):
        return ""
    return str(role["Arn"])
