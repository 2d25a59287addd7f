"""The operations that a pipeline's user can meet, a valid request of each, and other values of its members.

``CALLS`` says how to send a member, never what comes of it: test_every_member.py sends each request with and without,
and looks at what changed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

MET = re.compile(
    r"(Create|Delete|Describe|Get|List|Put|Retry|Search|Send|Start|Stop|Update|BatchDescribe|Add)"
    r"(Pipeline\w*|(Processing|Training|Transform|HyperParameterTuning|AutoML)Jobs?(V2)?|Jobs?|Models?|ModelPackage\w*"
    r"|ModelMetadata|CandidatesForAutoMLJob|TrainingJobsForHyperParameterTuningJob|Tags|SearchSuggestions|)"
)
"""The names of the operations."""

TOKEN = "t" * 32
JOBS = {
    "TrainingJob": "training-job", "ProcessingJob": "processing-job", "TransformJob": "transform-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job", "AutoMLJob": "automl-job", "Job": "job/AgentRFT",
}  # fmt: skip
"""The kinds of jobs, with the words for them in ARNs."""
LATER, EARLIER = (datetime.now(timezone.utc) + timedelta(days=days) for days in (1, -1))
PARALLEL = {
    "ParallelismConfiguration": [{"MaxParallelExecutionSteps": 7}],
    "ParallelismConfiguration.MaxParallelExecutionSteps": [{"MaxParallelExecutionSteps": 8}],
}
TAGS = [{"Key": "k", "Value": "v"}]
OTHER_ROLE = "arn:aws:iam::111122223333:role/other"


@dataclass(frozen=True)
class Call:
    """How to call an operation."""

    base: Base
    others: Others
    """Other values of each member of the input; one that is a function is given the world.

    Those of ``A.B`` are values of ``A`` that differ from its first one in ``B``; of pipelines, executions and searches
    all members of structures are there.
    """
    family: str
    """What of the world it needs, and may change."""
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What else the request needs for a member."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """The member of the valid request whose place a member takes."""


@dataclass
class World:
    """An account with something in it; what was made goes by these names."""

    sagemaker: Any
    account: str
    region: str
    client: Callable[[str], Any]
    record: Callable[[str, str, dict[str, Any]], None]
    names: dict[str, str] = field(default_factory=dict)

    def arn(self, kind: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}"

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.account}:role/pipeline"


Base = Callable[[World], Mapping[str, Any]]
Others = Mapping[str, Sequence[Any]]


def definition(*steps: Mapping[str, Any], name: str = "C") -> str:
    condition = {
        "Name": name, "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": {"Get": "Parameters.N"}, "RightValue": 1}],
            "IfSteps": [], "ElseSteps": [],
        },
    }  # fmt: skip
    parameters = [{"Name": "N", "Type": "Integer", "DefaultValue": 1}]
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": [condition, *steps]})


def policy(effect: str) -> str:
    """A policy of a group of model packages."""
    statement = {"Effect": effect, "Principal": "*", "Action": "sagemaker:UpdateModelPackage", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def pipelines(world: World) -> None:
    """Two pipelines, the first with two versions and an alias."""
    sagemaker = world.sagemaker
    for name in ("p", "q"):
        sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=definition(), RoleArn=world.role, PipelineVersionAliases=["first"],
            Tags=TAGS,
        )  # fmt: skip
    sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=definition(name="D"))


def in_s3(world: World) -> dict[str, str]:
    """The place of a definition in S3."""
    s3, bucket = world.client("s3"), f"definitions-{world.account}-{world.region}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": world.region})
    s3.put_object(Bucket=bucket, Key="d.json", Body=definition(name="E"))
    return {"Bucket": bucket, "ObjectKey": "d.json"}


def executions(world: World) -> None:
    """Executions of ``p``: two that succeeded, of each version one; one that waits for an answer, one that failed."""
    pipelines(world)
    sagemaker, sqs = world.sagemaker, world.client("sqs")
    url = sqs.create_queue(QueueName="waiting")["QueueUrl"]
    waiting = {
        "Name": "W", "Type": "Callback", "SqsQueueUrl": url, "Arguments": {"a": "b"},
        "OutputParameters": [{"OutputName": "o", "OutputType": "String"}],
    }  # fmt: skip
    failing = {
        "Name": "L",
        "Type": "Lambda",
        "Arguments": {},
        "FunctionArn": world.arn("function:none").replace("sagemaker", "lambda"),
    }
    for name, step in (("waits", waiting), ("fails", failing)):
        sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition(step), RoleArn=world.role)
    for name, asked in (("done", {"PipelineName": "p"}), ("first", {"PipelineName": "p", "PipelineVersionId": 1}),
                        ("waiting", {"PipelineName": "waits"}), ("failed", {"PipelineName": "fails"})):  # fmt: skip
        world.names[name] = sagemaker.start_pipeline_execution(**asked)["PipelineExecutionArn"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    world.names["token"] = json.loads(message["Body"])["token"]
    settle(world)


def registry(world: World) -> None:
    """Two models, two groups, and in the first two versions."""
    sagemaker = world.sagemaker
    for number, name in enumerate(("a", "b")):
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=world.role, PrimaryContainer={"Image": "i"})
        sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=TAGS)
        sagemaker.create_model_package(
            ModelPackageGroupName="a", ModelApprovalStatus=["Approved", "Rejected"][number],
            CustomerMetadataProperties={"m": "1"}, ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
        )  # fmt: skip
    sagemaker.put_model_package_group_policy(ModelPackageGroupName="a", ResourcePolicy=policy("Deny"))
    sagemaker.create_model_package(ModelPackageName="alone")
    world.names["package"] = world.arn("model-package/a/1")


def jobs(world: World) -> None:
    """Three jobs of each kind: two that have ended, one of them a day ago, and one that runs."""
    for kind, resource in JOBS.items():
        for number, (name, status) in enumerate((("b", "Failed"), ("c", "Completed"), ("a", "InProgress"))):
            moment = datetime.now(timezone.utc) + timedelta(minutes=number)
            trials = [
                {"TrainingJobName": f"t{n}", "TrainingJobArn": "arn", "TunedHyperParameters": {},
                 "TrainingJobStatus": ["Failed", "Completed"][n % 2], "CreationTime": moment - timedelta(minutes=n)}
                for n in range(12)
            ]  # fmt: skip
            best = {"CandidateName": "c", "CandidateStatus": "Completed", "ObjectiveStatus": "Succeeded",
                    "CandidateSteps": [], "CreationTime": moment, "LastModifiedTime": moment}  # fmt: skip
            world.record(
                kind, name,
                {
                    f"{kind}Name": name, f"{kind}Arn": world.arn(f"{resource}/{name}"), f"{kind}Status": status,
                    "CreationTime": moment, "LastModifiedTime": moment, "JobCategory": "AgentRFT",
                    "TrainingJobSummaries": trials, "BestCandidate": best, "ResourceConfig": {},
                },
            )  # fmt: skip


FAMILIES: Mapping[str, Callable[[World], None]] = {
    "pipelines": pipelines, "executions": executions, "registry": registry, "jobs": jobs,
}  # fmt: skip


def settle(world: World) -> None:
    """Waits until no execution does anything by itself."""
    until = time.monotonic() + 30
    for pipeline in world.sagemaker.list_pipelines(MaxResults=100)["PipelineSummaries"]:
        listed = world.sagemaker.list_pipeline_executions(PipelineName=pipeline["PipelineName"], MaxResults=100)
        for run in listed["PipelineExecutionSummaries"]:
            while time.monotonic() < until and not _is_settled(world.sagemaker, run["PipelineExecutionArn"]):
                time.sleep(0.01)


def _is_settled(sagemaker: Any, arn: str) -> bool:
    told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    if told["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
        return True
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    running = [step for step in steps if step["StepStatus"] in ("Starting", "Executing", "Stopping")]
    return bool(running) and all("Callback" in step["Metadata"] for step in running)


def observed(world: World, family: str) -> Any:
    """Everything of a family that can be seen."""
    sagemaker, told = world.sagemaker, []
    if family in ("pipelines", "executions"):
        settle(world)
        for pipeline in sagemaker.list_pipelines(MaxResults=100)["PipelineSummaries"]:
            name = pipeline["PipelineName"]
            told.append(sagemaker.describe_pipeline(PipelineName=name))
            told.append(sagemaker.list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"])
            told.append(sagemaker.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"])
            listed = sagemaker.list_pipeline_executions(PipelineName=name, MaxResults=100)
            for run in listed["PipelineExecutionSummaries"]:
                arn = {"PipelineExecutionArn": run["PipelineExecutionArn"]}
                told.append(sagemaker.describe_pipeline_execution(**arn))
                told.append(sagemaker.list_pipeline_execution_steps(**arn))
                told.append(sagemaker.list_pipeline_parameters_for_execution(**arn))
    if family == "registry":
        for model in sagemaker.list_models()["Models"]:
            told.append(sagemaker.describe_model(ModelName=model["ModelName"]))
            told.append(sagemaker.list_tags(ResourceArn=model["ModelArn"])["Tags"])
        for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
            told.append(sagemaker.describe_model_package_group(ModelPackageGroupName=group["ModelPackageGroupName"]))
            told.append(sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"])
            try:
                asked = {"ModelPackageGroupName": group["ModelPackageGroupName"]}
                told.append(sagemaker.get_model_package_group_policy(**asked)["ResourcePolicy"])
            except sagemaker.exceptions.ClientError:
                told.append("no policy")
        for package in sagemaker.list_model_packages(ModelPackageType="Both")["ModelPackageSummaryList"]:
            told.append(sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"]))
            told.append(sagemaker.list_tags(ResourceArn=package["ModelPackageArn"])["Tags"])
    if family == "jobs":
        for kind in ("processing", "training", "transform", "hyper_parameter_tuning", "auto_ml"):
            told.append(getattr(sagemaker, f"list_{kind}_jobs")())
        told.append(sagemaker.list_jobs(JobCategory="AgentRFT"))
    return told


_CHANGING = ("ResponseMetadata", "NextToken")


def normal(value: Any, world: World) -> Any:
    """A value without what differs from call to call by itself: times, random names and the place."""
    if isinstance(value, Mapping):
        return {key: normal(item, world) for key, item in value.items() if key not in _CHANGING}
    if isinstance(value, (list, tuple)):
        return [normal(item, world) for item in value]
    if isinstance(value, datetime):
        return "time"
    if isinstance(value, str):
        value = re.sub(r"execution/[a-z0-9]{12}", "execution/id", value.replace(world.account, "account"))
        value = value.replace(world.region, "region")
        value = re.sub(r"^execution-\d+$", "execution-n", value)
        return "token" if re.fullmatch(r"[A-Za-z0-9]{10}", value) else value
    return value


def given(**members: Any) -> Base:
    """The same request in every world."""
    return lambda world: members


def kept(member: str, name: str) -> Base:
    """A request about what a world knows by a name."""
    return lambda world: {member: world.names[name]}


def of(execution: str) -> Base:
    """A request about an execution."""
    return kept("PipelineExecutionArn", execution)


def listing(**more: Sequence[Any]) -> Others:
    """What most lists can be asked for, and more."""
    return {
        "CreationTimeAfter": [LATER], "CreationTimeBefore": [EARLIER], "NameContains": ["zzz"], "MaxResults": [1],
        "NextToken": ["1"], "SortOrder": ["Ascending", "Descending"], "SortBy": ["Name", "Bogus"], **more,
    }  # fmt: skip


def _pipelines() -> dict[str, Call]:
    s3_instead = {"PipelineDefinitionS3Location": "PipelineDefinition"}
    place = "PipelineDefinitionS3Location"
    created: Others = {"MaxResults": [1], "NextToken": ["1"], "CreatedAfter": [LATER], "CreatedBefore": [EARLIER]}
    ordered: Others = {"SortOrder": ["Ascending"]}
    by_name = given(PipelineName="p")
    written: Others = {
        "PipelineDisplayName": ["other"], "PipelineDescription": ["other"],
        "PipelineDefinition": [definition(name="F")],
        "PipelineDefinitionS3Location": [in_s3], "RoleArn": [OTHER_ROLE],
        "PipelineVersionAliases": [["x"]], **PARALLEL,
        f"{place}.Bucket": [lambda world: {**in_s3(world), "Bucket": "no-such-bucket"}],
        f"{place}.ObjectKey": [lambda world: {**in_s3(world), "ObjectKey": "none"}],
        f"{place}.VersionId": [lambda world: {**in_s3(world), "VersionId": "none"}],
    }  # fmt: skip
    return {
        "CreatePipeline": Call(
            lambda world: {"PipelineName": "new", "PipelineDefinition": definition(), "RoleArn": world.role},
            {**written, "PipelineName": ["newer"], "ClientRequestToken": [TOKEN], "Tags": [TAGS]},
            "pipelines",
            instead=s3_instead,
        ),
        "UpdatePipeline": Call(by_name, {**written, "PipelineName": ["q"]}, "pipelines", instead=s3_instead),
        "DeletePipeline": Call(by_name, {"PipelineName": ["q"], "ClientRequestToken": [TOKEN]}, "pipelines"),
        "DescribePipeline": Call(
            by_name, {"PipelineName": ["q"], "PipelineVersionId": [1], "PipelineVersionAlias": ["first"]}, "pipelines"
        ),
        "ListPipelines": Call(
            given(),
            {**created, **ordered, "PipelineNamePrefix": ["q"], "SortBy": ["Bogus"], "ManagedBy": ["AWS"]},
            "pipelines",
        ),
        "ListPipelineVersions": Call(by_name, {**created, **ordered, "PipelineName": ["q"]}, "pipelines"),
        "UpdatePipelineVersion": Call(
            lambda world: {"PipelineArn": world.arn("pipeline/p"), "PipelineVersionId": 1},
            {
                "PipelineArn": [lambda world: world.arn("pipeline/q")], "PipelineVersionId": [2],
                "PipelineVersionDisplayName": ["n"], "PipelineVersionDescription": ["d"],
                "PipelineVersionAliasOperations": [{"Add": ["x"]}],
                "PipelineVersionAliasOperations.Add": [{"Add": ["y"]}],
                "PipelineVersionAliasOperations.Remove": [{"Add": ["x"], "Remove": ["first"]}],
            },
            "pipelines", {"PipelineVersionId": {"PipelineVersionDisplayName": "n"},
                          "PipelineArn": {"PipelineVersionDisplayName": "n"}},
        ),
    }  # fmt: skip


def _executions() -> dict[str, Call]:
    other = [lambda world: world.names["failed"]]
    page: Others = {"MaxResults": [1], "NextToken": ["1"]}
    none = [{"Name": "PipelineName", "Value": "none"}]
    filters = [{"Name": "PipelineName", "Value": "p"}, {"Name": "Tags.k", "Operator": "Exists"}]
    return {
        "StartPipelineExecution": Call(
            lambda world: {"PipelineName": "p"},
            {
                "PipelineName": ["q"], "PipelineExecutionDisplayName": ["n"], "PipelineExecutionDescription": ["d"],
                "PipelineParameters": [[{"Name": "N", "Value": "2"}]], "ClientRequestToken": [TOKEN],
                **PARALLEL, "PipelineVersionId": [1], "PipelineVersionAlias": ["first"],
                "MlflowExperimentName": ["e"], "RoleArn": [OTHER_ROLE],
                "SelectiveExecutionConfig": [{"SelectedSteps": [{"StepName": "D"}]}],
                "SelectiveExecutionConfig.SelectedSteps": [{"SelectedSteps": [{"StepName": "none"}]}],
                "SelectiveExecutionConfig.SourcePipelineExecutionArn": [
                    lambda world: {
                        "SelectedSteps": [{"StepName": "D"}], "SourcePipelineExecutionArn": world.names["done"],
                    }
                ],
            },
            "executions",
        ),
        "StopPipelineExecution": Call(
            of("waiting"), {"PipelineExecutionArn": other, "ClientRequestToken": [TOKEN]}, "executions"
        ),
        "RetryPipelineExecution": Call(
            of("failed"),
            {
                "PipelineExecutionArn": [lambda world: world.names["done"]], "ClientRequestToken": [TOKEN],
                **PARALLEL,
            },
            "executions",
        ),
        "UpdatePipelineExecution": Call(
            of("waiting"),
            {
                "PipelineExecutionArn": other, "PipelineExecutionDescription": ["d"],
                "PipelineExecutionDisplayName": ["n"], **PARALLEL,
            },
            "executions", {"PipelineExecutionArn": {"PipelineExecutionDisplayName": "n"}},
        ),
        "DescribePipelineExecution": Call(of("done"), {"PipelineExecutionArn": other}, "executions"),
        "DescribePipelineDefinitionForExecution": Call(of("done"), {"PipelineExecutionArn": other}, "executions"),
        "ListPipelineExecutions": Call(
            lambda world: {"PipelineName": "p"},
            {
                **page, "PipelineName": ["q"], "CreatedAfter": [LATER], "CreatedBefore": [EARLIER], "SortBy": ["Bogus"],
                "SortOrder": ["Ascending"], "PipelineVersionAlias": ["first"],
            },
            "executions",
        ),
        "ListPipelineExecutionSteps": Call(
            of("waiting"), {**page, "PipelineExecutionArn": other, "SortOrder": ["Ascending"]}, "executions"
        ),
        "ListPipelineParametersForExecution": Call(
            of("done"), {"MaxResults": [0], "NextToken": ["1"], "PipelineExecutionArn": ["none"]}, "executions"
        ),
        "SendPipelineExecutionStepSuccess": Call(
            lambda world: {"CallbackToken": world.names["token"], "OutputParameters": [{"Name": "o", "Value": "1"}]},
            {"CallbackToken": ["a" * 10], "OutputParameters": [[{"Name": "o", "Value": "2"}]],
             "ClientRequestToken": [TOKEN]},
            "executions",
        ),
        "SendPipelineExecutionStepFailure": Call(
            lambda world: {"CallbackToken": world.names["token"]},
            {"CallbackToken": ["a" * 10], "FailureReason": ["why"], "ClientRequestToken": [TOKEN]},
            "executions",
        ),
        "AddTags": Call(
            lambda world: {"ResourceArn": world.arn("pipeline/p"), "Tags": [{"Key": "n", "Value": "v"}]},
            {"ResourceArn": [lambda world: world.arn("pipeline/q")], "Tags": [[{"Key": "m", "Value": "v"}]]},
            "pipelines",
        ),
        "DeleteTags": Call(
            lambda world: {"ResourceArn": world.arn("pipeline/p"), "TagKeys": ["k"]},
            {"ResourceArn": [lambda world: world.arn("pipeline/q")], "TagKeys": [["other"]]},
            "pipelines",
        ),
        "ListTags": Call(
            lambda world: {"ResourceArn": world.arn("pipeline/p")},
            {"ResourceArn": [lambda world: world.arn("pipeline/none")], "MaxResults": [1], "NextToken": ["1"]},
            "pipelines",
        ),
        "Search": Call(
            lambda world: {"Resource": "Pipeline"},
            {
                "Resource": ["PipelineExecution"], "SortBy": ["PipelineName"], "SortOrder": ["Ascending"], **page,
                "SearchExpression": [{"Filters": filters}],
                "SearchExpression.Filters": [{"Filters": filters[1:]}],
                "SearchExpression.Operator": [{"Filters": filters, "Operator": "Or"}],
                "SearchExpression.SubExpressions": [{"Filters": filters, "SubExpressions": [{"Filters": none}]}],
                "SearchExpression.NestedFilters": [
                    {
                        "Filters": filters,
                        "NestedFilters": [
                            {"NestedPropertyName": "Tags", "Filters": [{"Name": "Tags.Key", "Value": "other"}]}
                        ],
                    }
                ],
                "CrossAccountFilterOption": ["CrossAccount"],
                "VisibilityConditions": [[{"Key": "Tags.k", "Value": "other"}]],
            },
            "executions", {"SortBy": {"SortOrder": "Ascending"}},
        ),
        "GetSearchSuggestions": Call(
            lambda world: {"Resource": "Pipeline"},
            {
                "Resource": ["Model"],
                "SuggestionQuery": [{"PropertyNameQuery": {"PropertyNameHint": "PipelineN"}}],
                "SuggestionQuery.PropertyNameQuery": [{"PropertyNameQuery": {"PropertyNameHint": "Role"}}],
            },
            "pipelines",
        ),
    }  # fmt: skip


def _jobs() -> dict[str, Call]:
    modified: dict[str, Sequence[Any]] = {"LastModifiedTimeAfter": [LATER], "LastModifiedTimeBefore": [EARLIER]}
    found: dict[str, Call] = {}
    status: Others = {"StatusEquals": ["Failed"], "SortBy": ["Name", "Status"]}
    for kind in ("ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob", "AutoMLJob"):
        name = f"{kind}Name"
        for word in ("Describe", "Stop", "Delete"):
            found[f"{word}{kind}"] = Call(given(**{name: "c"}), {name: ["b", "none"]}, "jobs")
        found[f"List{kind}s"] = Call(given(), {**listing(), **modified, **status}, "jobs")
    del found["DeleteTransformJob"], found["DeleteAutoMLJob"]  # which do not exist
    found["ListTrainingJobs"] = Call(
        given(),
        {
            **found["ListTrainingJobs"].others,
            "WarmPoolStatusEquals": ["InUse"],
            "TrainingPlanArnEquals": ["arn:aws:sagemaker:eu-central-1:111122223333:training-plan/p"],
        },
        "jobs",
    )
    found["DescribeAutoMLJobV2"] = Call(lambda world: {"AutoMLJobName": "c"}, {"AutoMLJobName": ["none"]}, "jobs")
    job = given(JobName="c", JobCategory="AgentRFT")
    for word in ("Describe", "Stop", "Delete"):
        found[f"{word}Job"] = Call(job, {"JobName": ["b", "none"], "JobCategory": ["DataTransformation"]}, "jobs")
    found["ListJobs"] = Call(
        lambda world: {"JobCategory": "AgentRFT"},
        {**listing(), **modified, **status, "JobCategory": ["DataTransformation"]}, "jobs",
    )  # fmt: skip
    found["ListTrainingJobsForHyperParameterTuningJob"] = Call(
        lambda world: {"HyperParameterTuningJobName": "c"},
        {
            "HyperParameterTuningJobName": ["none"], "MaxResults": [1], "NextToken": ["1"], "StatusEquals": ["Failed"],
            "SortBy": ["CreationTime"], "SortOrder": ["Descending"],
        },
        "jobs",
    )  # fmt: skip
    found["ListCandidatesForAutoMLJob"] = Call(
        lambda world: {"AutoMLJobName": "c"},
        {
            "AutoMLJobName": ["none"], "MaxResults": [0], "NextToken": ["2"], "StatusEquals": ["Failed"],
            "CandidateNameEquals": ["other"], "SortBy": ["Bogus"], "SortOrder": ["Bogus"],
        },
        "jobs",
    )  # fmt: skip
    return found


def _registry() -> dict[str, Call]:
    model = {"ModelName": ["b", "none"]}
    group = {"ModelPackageGroupName": ["b", "none"]}
    second = [lambda world: world.arn("model-package/a/2")]
    container = {"Containers": [{"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz"}],
                 "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}  # fmt: skip
    card = {"ModelCardContent": "{}", "ModelCardStatus": "Draft"}
    cycle = {"Stage": "s", "StageStatus": "t"}
    place = {"ContentType": "text/csv", "S3Uri": "s3://b/k"}
    algorithms = {"SourceAlgorithms": [{"AlgorithmName": "a"}]}
    profile = {
        "ProfileName": "p",
        "TransformJobDefinition": {
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/i"}}},
            "TransformOutput": {"S3OutputPath": "s3://b/o"},
            "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
        },
    }
    return {
        "CreateModel": Call(
            lambda world: {"ModelName": "new", "PrimaryContainer": {"Image": "i"}},
            {
                "ModelName": ["newer"], "PrimaryContainer": [{"Image": "j"}],
                "Containers": [[{"Image": "j"}, {"Image": "k"}]], "InferenceExecutionConfig": [{"Mode": "Direct"}],
                "ExecutionRoleArn": [OTHER_ROLE], "Tags": [TAGS], "EnableNetworkIsolation": [True],
                "VpcConfig": [{"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}],
            },
            "registry", instead={"Containers": "PrimaryContainer"},
        ),
        "DescribeModel": Call(given(ModelName="a"), model, "registry"),
        "DeleteModel": Call(given(ModelName="a"), model, "registry"),
        "ListModels": Call(given(), listing(), "registry"),
        "CreateModelPackageGroup": Call(
            lambda world: {"ModelPackageGroupName": "new"},
            {
                "ModelPackageGroupName": ["newer"], "ModelPackageGroupDescription": ["d"], "Tags": [TAGS],
                "ManagedConfiguration": [{"ManagedStorageType": "Restricted"}],
            },
            "registry",
        ),
        "DescribeModelPackageGroup": Call(given(ModelPackageGroupName="a"), group, "registry"),
        "DeleteModelPackageGroup": Call(lambda world: {"ModelPackageGroupName": "b"},
                                        {"ModelPackageGroupName": ["a", "none"]}, "registry"),
        "ListModelPackageGroups": Call(
            given(), listing(CrossAccountFilterOption=["CrossAccount"]), "registry"
        ),
        "PutModelPackageGroupPolicy": Call(
            lambda world: {"ModelPackageGroupName": "b", "ResourcePolicy": policy("Deny")},
            {"ModelPackageGroupName": ["none"], "ResourcePolicy": [policy("Allow")]}, "registry",
        ),
        "GetModelPackageGroupPolicy": Call(given(ModelPackageGroupName="a"), group, "registry"),
        "DeleteModelPackageGroupPolicy": Call(given(ModelPackageGroupName="a"), group, "registry"),
        "CreateModelPackage": Call(
            lambda world: {"ModelPackageGroupName": "a"},
            {
                "ModelPackageName": ["n"], "ModelPackageGroupName": ["b"], "ModelPackageDescription": ["d"],
                "ModelPackageRegistrationType": ["Logged"], "InferenceSpecification": [container],
                "ValidationSpecification": [{"ValidationRole": OTHER_ROLE, "ValidationProfiles": [profile]}],
                "SourceAlgorithmSpecification": [algorithms], "CertifyForMarketplace": [True], "Tags": [TAGS],
                "ModelApprovalStatus": ["Approved"], "MetadataProperties": [{"CommitId": "c"}],
                "ModelMetrics": [{"ModelQuality": {"Statistics": place}}], "ClientToken": [TOKEN],
                "Domain": ["COMPUTER_VISION"],
                "Task": ["CLASSIFICATION"], "SamplePayloadUrl": ["s3://b/k"],
                "CustomerMetadataProperties": [{"k": "v"}],
                "DriftCheckBaselines": [{"ModelQuality": {"Statistics": place}}],
                "AdditionalInferenceSpecifications": [[{"Name": "n", "Containers": [{"Image": "i"}]}]],
                "SkipModelValidation": ["All"], "SourceUri": ["s3://b/k"], "SecurityConfig": [{"KmsKeyId": "k"}],
                "ModelCard": [card], "ModelLifeCycle": [cycle], "ManagedStorageType": ["Restricted"],
            },
            "registry", instead={"ModelPackageName": "ModelPackageGroupName"},
        ),
        "DescribeModelPackage": Call(
            kept("ModelPackageName", "package"),
            {"ModelPackageName": second, "IncludedData": ["MetadataOnly"]},
            "registry",
        ),
        "BatchDescribeModelPackage": Call(
            lambda world: {"ModelPackageArnList": [world.arn("model-package/a/1")]},
            {"ModelPackageArnList": [lambda world: [world.arn("model-package/a/2")]]},
            "registry",
        ),
        "DeleteModelPackage": Call(kept("ModelPackageName", "package"), {"ModelPackageName": second}, "registry"),
        "UpdateModelPackage": Call(
            kept("ModelPackageArn", "package"),
            {
                "ModelPackageArn": second, "ModelApprovalStatus": ["Rejected"], "ApprovalDescription": ["d"],
                "ModelPackageRegistrationType": ["Logged"], "CustomerMetadataProperties": [{"n": "1"}],
                "CustomerMetadataPropertiesToRemove": [["m"]], "ModelLifeCycle": [cycle],
                "ModelCard": [{**card, "ModelCardStatus": "Approved"}],
                "AdditionalInferenceSpecificationsToAdd": [[{"Name": "n", "Containers": [{"Image": "i"}]}]],
                "InferenceSpecification": [container], "SourceUri": ["s3://b/k"], "ClientToken": [TOKEN],
            },
            "registry", {"ModelPackageArn": {"ApprovalDescription": "d"}},
        ),
        "ListModelPackages": Call(
            lambda world: {"ModelPackageGroupName": "a"},
            listing(
                ModelApprovalStatus=["Approved"], ModelPackageGroupName=["b"], ModelPackageType=["Unversioned"],
                SortBy=["Name", "Bogus"],
            ),
            "registry",
        ),
    }  # fmt: skip


CALLS: dict[str, Call] = {**_pipelines(), **_executions(), **_jobs(), **_registry()}
