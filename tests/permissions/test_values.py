"""What local runs read from a step for its calls, against the values that are written by hand for each case.

The cases run in memory, so that their arguments have no expressions, as in every run.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdk_sagemaker_pipelines.language import Definition, StepView
from cdk_sagemaker_pipelines.local.calls import moments
from cdk_sagemaker_pipelines.local.calls.attempt import Attempt, said_beside
from cdk_sagemaker_pipelines.local.calls.attempt import Use as Found
from cdk_sagemaker_pipelines.local.calls.values import uses
from cdk_sagemaker_pipelines.local.calls.written_keys import written_with
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock
from cdk_sagemaker_pipelines.local.engine.execution import PipelineExecution
from cdk_sagemaker_pipelines.local.engine.memory_account import MemoryAccount
from cdk_sagemaker_pipelines.local.engine.outcomes import Outcome
from cdk_sagemaker_pipelines.local.engine.runner import StepContext
from cdk_sagemaker_pipelines.local.engine.scripted import ScriptedRunner
from tests.permissions.calls import CHOSEN, HERE
from tests.permissions.cases.case import Use
from tests.permissions.conftest import Pipeline
from tests.permissions.questions import Needed, needed

Told = tuple[str, str, str, tuple[tuple[str, str], ...]]


class _Here(MemoryAccount):
    region, account = HERE["r"], HERE["a"]

    def client_as(self, role: str, name: str, origin: Any = None, session: str = "") -> Any:
        return self

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps({"score": 0}).encode())}


@dataclass
class _Known:
    """What the account has: the keys that the hand-written values name, and what the steps have made."""

    keys: Mapping[str, str]
    properties: Mapping[str, Mapping[str, Any]]
    made: dict[tuple[str, str], Mapping[str, Any]]

    def bucket_key(self, bucket: str) -> str | None:
        return self.keys.get(bucket)

    def object_key(self, bucket: str, key: str) -> str | None:
        return written_with(self.properties, bucket, key)

    def queue_key(self, arn: str) -> str | None:
        return self.keys.get(arn)

    topic_key = queue_key

    def described(self, kind: str, name: str) -> Mapping[str, Any] | None:
        return self.made.get((kind, name.partition(":model-package/")[2].partition("/")[0] or name))


@dataclass
class _Recorder:
    """Keeps what each step would be asked for; implements the engine's ``Permissions``."""

    keys: Mapping[str, str]
    found: list[Found] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    made: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def check(self, context: StepContext, step: StepView, arguments: dict[str, Any], *, transfers: bool) -> None:
        assert not transfers
        said = said_beside(step, context.evaluate)
        known = _Known(self.keys, context.properties, self.made)
        place = (context.services.partition, context.services.region, context.services.account, known)
        names = (context.job_name, context.pipeline_name, context.role_arn, context.execution_id)
        self.found += uses(Attempt(step, arguments, said, *names, *place))
        self.tokens.append(context.job_name.rpartition("-")[2])
        if step.type == "RegisterModel":
            self.made["ModelPackage", arguments["ModelPackageGroupName"]] = arguments
        if step.type in ("Model", "EndpointConfig", "Endpoint"):
            self.made[step.type, arguments.get(f"{step.type}Name") or context.job_name] = arguments
            self.made[step.type, context.job_name] = arguments

    def check_stop(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> None:
        raise AssertionError("nothing is stopped")


def _answers(pipeline: Pipeline) -> dict[str, Outcome]:
    """What functions answer whose answers are read: the ARN of a version."""
    version = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:model-package/churn/{HERE['version']}"
    steps = [step for step in pipeline.synthesized.definition["Steps"] if step["Type"] == "Lambda"]
    return {
        step["Name"]: Outcome({"OutputParameters": {one["OutputName"]: version for one in given}})
        for step in steps
        if (given := step.get("OutputParameters"))
    }


def _run(pipeline: Pipeline) -> _Recorder:
    """Runs a case, whose steps all succeed."""
    values = [use.values for use in pipeline.uses]
    keys = {
        one[name.removesuffix("_key")]: key
        for one in values
        for name, key in one.items()
        if name.endswith(("_bucket_key", "queue_key", "topic_key")) and name.removesuffix("_key") in one
    }
    recorder = _Recorder(keys)
    ((_, properties),) = pipeline.synthesized.template.of_type("AWS::SageMaker::Pipeline")
    arn = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:pipeline/{properties['PipelineName']}"
    execution = PipelineExecution(
        Definition(pipeline.synthesized.definition),
        pipeline_name=properties["PipelineName"],
        pipeline_arn=arn,
        execution_id=HERE["execution"],
        execution_arn=f"{arn}/execution/{HERE['execution']}",
        parameters={},
        max_parallel_steps=None,
        services=_Here(),
        runners=ScriptedRunner(_answers(pipeline)).for_all_types(),
        role_arn=pipeline.synthesized.pipeline_role,
        clock=VirtualClock(),
        seed=1,
        permissions=recorder,
    )
    execution.start()
    assert execution.status == "Succeeded", {
        name: record.failure_reason for name, record in execution.records.items() if record.failure_reason
    }
    return recorder


def _told(one: Needed, tokens: Sequence[str] = ()) -> Told:
    """A call without what is made up when it runs."""
    open_names = {name: "*" for name in (*one.call.free, *CHOSEN, "prefix") if not name.endswith("_content")}
    values = {**one.values, **{name: star for name, star in open_names.items() if name in one.call.variables}}
    context = {key: text.format_map(values) for key, text in one.call.context.items()}
    resource = re.sub("(:lambda:.*):[0-9]+$", r"\1:*", one.call.resource.format_map(values))
    for token in tokens:
        resource = resource.replace(token, HERE["token"])
        context = {key: text.replace(token, HERE["token"]) for key, text in context.items()}
    if any(name.endswith("_object") for name in one.call.variables):
        resource = f"{resource.rpartition('/')[0]}/"
    role = one.use.roles[one.call.role]
    return role, one.call.action, resource, tuple(sorted(context.items()))


def _same(one: Told, other: Told) -> bool:
    """Whether two calls are the same, but for the folder below a prefix in which an object is."""
    if one == other:
        return True
    same = one[:2] == other[:2] and one[3] == other[3] and one[1].startswith("s3:")
    shorter, longer = sorted((one[2], other[2]), key=len)
    return same and shorter.endswith("/") and longer.startswith(shorter)


def differences(pipeline: Pipeline) -> Iterator[str]:
    """In words, what only one side has."""
    recorder = _run(pipeline)
    here = [use for use in pipeline.uses if use.type not in READ_BY_THE_ENGINE]
    by_hand = {_told(one): one for one in needed(here) if one.call.role not in moments.RUN_AS_THEMSELVES}
    found = {
        _told(one, recorder.tokens): one
        for one in needed([Use(use.type, use.roles, use.values, use.has) for use in recorder.found])
    }
    for side, those, others in (("lacks", by_hand, found), ("also", found, by_hand)):
        for told, one in those.items():
            if not any(_same(told, other) for other in others):
                yield f"{pipeline.name}: {side} {one.call.role}: {told[1]} on {told[2]} {dict(told[3]) or ''}".strip()


READ_BY_THE_ENGINE = ("Condition", "Fail", "ForEach")
"""Types without a runner; the files that conditions read are read with a session of the pipeline's role."""

_CLUSTER = "a cluster of the stack makes these calls, or EMR does with what only the cluster knows"
_GRANTED = "only `reads=` and `writes=` say it, which no definition has; the code runs nowhere here"
EXPECTED: tuple[tuple[str, str], ...] = (
    (r"training: (lacks|also) job: s3:\w+ on \S+models(/orders/team-train-.*| .*team-train-.*)",
     "a name that begins as the job says has no step in it here, as it was seen in listings"),
    (r"checks: lacks job: s3:\w+ on \S+baselines\S* ?.*", "the configuration of Clarify names it, a file"),
    (r"emr-cluster-of-the-st(ack|ep): lacks (job|nodes|emr): .*(texts|counts)\b.*", _GRANTED),
    (r"(emr-serverless|keys-of-models): lacks job: .*(texts|counts|Models/\w+/Write/output/data|key/written)\b.*",
     _GRANTED),
    (r"emr-cluster-of-the-stack: lacks (nodes|emr): .*", _CLUSTER),
    (r"emr-cluster-of-the-st(ack|ep): lacks job: s3:ListBucket on \S+assets\S+ .*",
     "EMR opens its script by its key, and nothing here lists it"),
    (r"emr-cluster-of-the-step: lacks emr: ec2:\w+ on \S+:subnet/\S+", "the stack knows which subnets are foreign"),
    (r"cleanup: lacks pipeline: s3:\w+ on \S+models.*", "the runner lists and deletes with a session of the role"),
    (r"(watched|named-by-documents|endpoint-configuration): lacks job: kms:Decrypt on \S+key/(kept|dumped)",
     "the step that writes with the key is not one that the reader waits for"),
    (r"watched: also validation: .*", "the role is not of the stack"),
    (r"models-of-others: lacks model: sagemaker:AccessModelPackage on \S+:model-package/churn/\*",
     "of a version of this account no page says that its model asks for it"),
)  # fmt: skip
"""The differences that there may be, each with the reason."""


def test_the_values(pipelines: dict[str, Pipeline]) -> None:
    found = [one for pipeline in pipelines.values() for one in differences(pipeline)]
    expected = [re.compile(pattern) for pattern, _ in EXPECTED]
    assert [one for one in found if not any(pattern.fullmatch(one) for pattern in expected)] == []
    assert [pattern.pattern for pattern in expected if not any(pattern.fullmatch(one) for one in found)] == []
