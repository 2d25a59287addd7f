"""What is named and described elsewhere: followed inside the definition, granted by its ARN, or undecided."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.undecided import undecided
from tests.language.support import definition, get, step

from .support import KEY, LOGS, MODEL_LOGS, OWN_IMAGE, PLACE, ROLE, SAGEMAKER, of_job, of_jobs, of_pipeline, unknown

OTHER = "arn:aws:iam::123456789012:role/Other"
CONTENT = f"{SAGEMAKER}:hub-content/team/Model/forest/1.0.0"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
PACKAGE = "arn:aws:sagemaker:eu-west-1:222233334444:model-package/churn/7"
READ_HUB = [
    ("sagemaker:DescribeHubContent", f"{CONTENT} {SAGEMAKER}:hub/team"),
    ("sagemaker:DescribeHub sagemaker:ListHubContents", f"{SAGEMAKER}:hub/team"),
    ("sagemaker:ListHubs", "*"),
    ("s3:GetObject", "arn:aws:s3:::jumpstart-*/*"),
]
PARAMETER = get("Parameters.P")


def warnings(*steps: dict[str, Any], **more: Any) -> list[str]:
    return [str(one) for one in undecided(definition(*steps, **more), PLACE)]


def may(found: list[Any], action: str, resource: str) -> bool:
    return any(action in entry[0].split() and resource in entry[1].split() for entry in found)


def channel(**more: Any) -> dict[str, Any]:
    return {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://data/a/", **more}}}]}


# -- jobs


def test_a_training_on_a_hubs_content() -> None:
    arguments = {"RoleArn": ROLE, **channel(HubAccessConfig={"HubContentArn": CONTENT})}
    found = of_job("Training", arguments)
    assert [entry for entry in READ_HUB if entry[0] != "s3:GetObject"] == [
        entry for entry in found if entry[0].startswith("sagemaker:")
    ]
    assert ("s3:GetObject", "arn:aws:s3:::data/a/* arn:aws:s3:::jumpstart-*/*") in found
    train = ("sagemaker:TrainHubModel", f"{CONTENT} {SAGEMAKER}:hub/team")
    assert train in of_pipeline(step("S", "Training", arguments))
    assert train in of_pipeline(step("S", "Tuning", {"TrainingJobDefinition": arguments}))


def test_a_base_model_is_taken_in_its_newest_version() -> None:
    public = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/llama"
    for given in (public, f"{public}/1.0.0"):
        (content, *_) = of_job("Training", {"RoleArn": ROLE, "ServerlessJobConfig": {"BaseModelArn": given}})
        hub = "arn:aws:sagemaker:eu-west-1:aws:hub/SageMakerPublicHub"
        assert content == ("sagemaker:DescribeHubContent", f"{public}/* {hub}")


@pytest.mark.parametrize(
    ("evaluator", "first"),
    [(FUNCTION, ("lambda:InvokeFunction", FUNCTION)), (CONTENT, READ_HUB[0])],
)
def test_an_evaluator_is_a_function_or_hub_content(evaluator: str, first: Any) -> None:
    found = of_job("Training", {"RoleArn": ROLE, "ServerlessJobConfig": {"EvaluatorArn": evaluator}})
    assert found[0] == first


@pytest.mark.parametrize(
    ("arn", "describes"),
    [
        (f"{SAGEMAKER}:mlflow-tracking-server/runs", ["sagemaker:DescribeMlflowTrackingServer"]),
        (f"{SAGEMAKER}:mlflow-app/app-1", ["sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp"]),
        # of a resource of the app it is not told here which of both it is
        (
            "${Token[TOKEN.1]}",
            [
                "sagemaker:CallMlflowAppApi",
                "sagemaker:DescribeMlflowApp",
                "sagemaker:DescribeMlflowTrackingServer",
            ],
        ),
    ],
)
def test_runs_are_recorded(arn: str, describes: list[str]) -> None:
    ((actions, resource),) = of_job("Training", {"RoleArn": ROLE, "MlflowConfig": {"MlflowResourceArn": arn}})
    assert resource == arn
    assert [action for action in actions.split() if not action.startswith("sagemaker-mlflow:")] == describes
    assert "sagemaker-mlflow:LogBatch" in actions
    assert not [action for action in actions.split() if "Delete" in action or "Registered" in action]


def test_the_runs_of_a_whole_pipeline() -> None:
    assert warnings(MlflowConfig=None) == []
    (warning,) = warnings(MlflowConfig={"MlflowResourceArn": f"{SAGEMAKER}:mlflow-app/a"})
    assert warning.startswith(
        "MlflowConfig: the role that records the runs of a whole pipeline is not documented by AWS"
    )


def test_remote_debugging_and_its_choice_at_run_time() -> None:
    channels = (
        "ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel "
        "ssmmessages:OpenDataChannel"
    )
    given: dict[Any, Any] = {
        enabled: {"RoleArn": ROLE, "RemoteDebugConfig": {"EnableRemoteDebug": enabled}} for enabled in (True, False)
    }
    assert of_job("Training", given[True]) == [(channels, "*")]
    assert of_job("Training", given[False]) == []
    late = {"RoleArn": ROLE, "RemoteDebugConfig": {"EnableRemoteDebug": PARAMETER}}
    assert of_job("Training", late) == []
    assert unknown(step("S", "Training", late)) == [(channels, "S: RemoteDebugConfig.EnableRemoteDebug", "choice")]


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("EFS", "elasticfilesystem:DescribeFileSystems elasticfilesystem:DescribeMountTargets"),
        ("FSxLustre", "fsx:DescribeFileSystems"),
    ],
)
def test_file_systems_and_data_sets(kind: str, actions: str) -> None:
    files = {"DataSource": {"FileSystemDataSource": {"FileSystemId": "fs-1", "FileSystemType": kind}}}
    data = {"DataSource": {"DatasetSource": {"DatasetArn": CONTENT}}}
    assert unknown(step("S", "Training", {"RoleArn": ROLE, "InputDataConfig": [files, data]})) == [
        (
            "sagemaker:DescribeHubContent s3:GetObject",
            "S: InputDataConfig[1].DataSource.DatasetSource.DatasetArn",
            "place of the data set",
        ),
        (
            actions,
            "S: InputDataConfig[0].DataSource.FileSystemDataSource.FileSystemId",
            "role that looks up the file system",
        ),
    ]


def test_training_plans_in_preferences() -> None:
    plan = f"{SAGEMAKER}:training-plan/autumn"
    resources = {"InstancePreferences": [{"TrainingPlanArns": [plan]}]}
    found = of_pipeline(step("S", "Training", {"RoleArn": ROLE, "ResourceConfig": resources}))
    assert ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:reserved-capacity/* {plan}") in found
    tuning = step("S", "Tuning", {"TrainingJobDefinition": {"ResourceConfig": resources}})
    assert unknown(tuning) == [
        (
            "sagemaker:CreateTrainingJob",
            "S: TrainingJobDefinition.ResourceConfig.InstancePreferences[0].TrainingPlanArns[0]",
            "role that needs the training plan",
        )
    ]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("forest", True),
        (f"{SAGEMAKER}:algorithm/forest", True),
        ("arn:aws:sagemaker:eu-west-1:865070037744:algorithm/bought", False),  # the seller's
    ],
)
def test_the_image_of_an_algorithm_stands_in_the_algorithm(name: str, image: bool) -> None:
    train = step("S", "Training", {"RoleArn": ROLE, "AlgorithmSpecification": {"AlgorithmName": name}})
    assert [one[2] for one in unknown(train)] == ["image of the algorithm"] * image
    algorithms = {"SourceAlgorithms": [{"AlgorithmName": name}]}
    register = step("S", "RegisterModel", {"SourceAlgorithmSpecification": algorithms})
    assert [one[0] for one in unknown(register)] == ["ecr:BatchGetImage ecr:DescribeImages"] * image


# -- models


def test_a_model_of_a_version_that_the_pipeline_registers() -> None:
    container = {"Image": OWN_IMAGE, "ModelDataUrl": "s3://secret/m.tar.gz"}
    register = step(
        "Register",
        "RegisterModel",
        {"ModelPackageGroupName": "churn", "InferenceSpecification": {"Containers": [container]}},
    )
    package = {"ModelPackageName": get("Steps.Register.ModelPackageArn")}
    model = step("Model", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": package})
    assert may(of_pipeline(register, model), "sagemaker:CreateModel", f"{SAGEMAKER}:model-package/churn/*")
    found = of_jobs(register, model)[ROLE]
    assert found[:2] == [("s3:GetObject", "arn:aws:s3:::secret/m.tar.gz"), ("kms:Decrypt", KEY)]
    assert found[2][1] == "arn:aws:ecr:eu-west-1:123456789012:repository/team/own"
    assert unknown(register, model) == []


def test_a_model_of_a_version_of_another_account() -> None:
    model = step("Model", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"ModelPackageName": PACKAGE}})
    assert ("sagemaker:CreateModel sagemaker:DescribeModelPackage", PACKAGE) in of_pipeline(model)
    assert of_jobs(model)[ROLE] == [("sagemaker:AccessModelPackage", PACKAGE), *MODEL_LOGS]
    (warning,) = warnings(model)
    assert warning.startswith(
        "step 'Model': Arguments.PrimaryContainer.ModelPackageName: the content of the model package is described "
        "elsewhere, so no permission for it can be derived; grant s3:GetObject, kms:Decrypt, ecr:"
    )


def test_a_version_that_a_parameter_gives() -> None:
    package = {"ModelPackageName": PARAMETER}
    model = step("Model", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": package})
    assert [(one[0].split()[0], one[2]) for one in unknown(model)] == [
        ("sagemaker:CreateModel", "model package"),
        ("s3:GetObject", "content of the model package"),
    ]


def test_a_model_of_a_hub_and_a_registry_with_a_password() -> None:
    source = {"S3Uri": "s3://models/a/", "S3DataType": "S3Prefix", "HubAccessConfig": {"HubContentArn": CONTENT}}
    credentials = {"RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": FUNCTION}}
    container = {"ModelDataSource": {"S3DataSource": source}, "ImageConfig": credentials}
    arguments = {"ExecutionRoleArn": ROLE, "Containers": [container]}
    found = of_jobs(step("S", "Model", arguments))[ROLE]
    assert ("lambda:InvokeFunction", FUNCTION) in found
    assert READ_HUB[1] in found
    deploy = ("sagemaker:DeployHubModel", f"{CONTENT} {SAGEMAKER}:hub/team")
    assert deploy in of_pipeline(step("S", "Model", arguments))


APPLY = {"ModelName": "existing", "TransformOutput": {"S3OutputPath": "s3://scores/a/"}}


def test_the_role_of_a_model_that_exists_is_told_where_the_model_is_made() -> None:
    assert warnings(step("Apply", "Transform", APPLY)) == [
        "step 'Apply': Arguments.ModelName: the role of the model is described elsewhere, so no permission for it can "
        "be derived; grant s3:AbortMultipartUpload, s3:PutObject, logs:CreateLogGroup, logs:CreateLogStream, "
        "logs:DescribeLogStreams, logs:PutLogEvents, cloudwatch:PutMetricData to it [undecided-permission]"
    ]
    known = replace(PLACE, models={"existing": OTHER})
    found = of_jobs(step("Apply", "Transform", APPLY), environment=known)
    assert found[OTHER][0] == ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::scores/a/*")
    assert list(undecided(definition(step("Apply", "Transform", APPLY)), known)) == []


def test_a_job_whose_role_an_expression_gives() -> None:
    train = step("Train", "Training", {"RoleArn": PARAMETER, "OutputDataConfig": {"S3OutputPath": "s3://m/a/"}})
    assert warnings(train) == [
        "step 'Train': Arguments.RoleArn: the role is only known at run time, so no permission for it can be derived; "
        "grant iam:PassRole to the pipeline's role, and s3:AbortMultipartUpload, s3:PutObject, logs:CreateLogGroup, "
        "logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents, cloudwatch:PutMetricData to it "
        "[undecided-permission]"
    ]


# -- endpoints


CONFIG = {"EndpointConfigName": "c", "ExecutionRoleArn": OTHER, "ProductionVariants": [{"VariantName": "v"}]}


def test_a_rollback_looks_at_its_alarms() -> None:
    """The service takes no such member in a pipeline today, so a rule refuses it; were it taken, this is needed."""
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "slow"}]}}
    given = {"EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": alarms}
    found = of_jobs(step("C", "EndpointConfig", CONFIG), step("E", "Endpoint", given))
    assert ("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:slow") in found[OTHER]
    elsewhere = warnings(step("E", "Endpoint", given))
    assert "the role of the models is described elsewhere" in elsewhere[1]


def test_what_all_variants_and_components_name() -> None:
    models = [step(name, "Model", {"ExecutionRoleArn": f"{ROLE}{name}"}) for name in ("A", "B", "C")]
    pools = [{"ModelNameOverride": get("Steps.B.ModelName")}]
    variant = {"ModelName": get("Steps.A.ModelName"), "InstancePools": pools, "EnableSSMAccess": True}
    config = {"EndpointConfigName": "c", "ProductionVariants": [variant], "ShadowProductionVariants": []}
    found = of_jobs(*models, step("C1", "EndpointConfig", config))
    assert [role[-1] for role, needed in found.items() if "ssmmessages" in str(needed)] == ["A", "B"]
    specifications = [{"ModelName": get("Steps.C.ModelName")}, {"Container": {"ArtifactUrl": "s3://secret/a"}}]
    component = {"EndpointName": "e", "Specifications": specifications}
    endpoint = step("E", "Endpoint", {"EndpointName": "e", "EndpointConfigName": "c"})
    found = of_jobs(*models, step("C1", "EndpointConfig", CONFIG), endpoint, step("I", "InferenceComponent", component))
    assert ("s3:GetObject", "arn:aws:s3:::secret/a") in found[OTHER]


def test_an_endpoint_of_a_configuration_that_exists() -> None:
    endpoint = step("E", "Endpoint", {"EndpointName": "e", "EndpointConfigName": "other"})
    assert unknown(step("C", "EndpointConfig", CONFIG), endpoint) == [
        ("kms:CreateGrant kms:DescribeKey", "E: EndpointConfigName", "key of the configuration's volumes")
    ]


def test_a_topic_with_a_key() -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:done"
    output = {"NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": PARAMETER}}
    given = step("C", "EndpointConfig", {**CONFIG, "AsyncInferenceConfig": {"OutputConfig": output}})
    found = of_jobs(given, environment=replace(PLACE, topics={topic: KEY}))[OTHER]
    assert found[-2:] == [("sns:Publish", topic), ("kms:Decrypt kms:GenerateDataKey", KEY)]
    where = "C: AsyncInferenceConfig.OutputConfig.NotificationConfig.ErrorTopic"
    assert unknown(given) == [("sns:Publish", where, "topic")]


# -- jobs of the service's own


def document(**members: Any) -> dict[str, Any]:
    return {"RoleArn": ROLE, "JobCategory": "AgentRFT", "JobConfigDocument": json.dumps(members)}


def test_a_document_names_its_key() -> None:
    given = document(OutputDataConfig={"S3OutputPath": "s3://out/a/", "KmsKeyArn": KEY})
    via = {service: {"kms:ViaService": [f"{service}.eu-west-1.amazonaws.com"]} for service in ("s3", "sagemaker")}
    assert of_pipeline(step("S", "Job", given))[2:] == [
        ("kms:CreateGrant", KEY, {"StringEquals": via["sagemaker"], "Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ("kms:DescribeKey", KEY, {"StringEquals": via["sagemaker"]}),
    ]
    assert of_job("Job", given)[1:] == [
        ("kms:Decrypt kms:GenerateDataKey", KEY, {"StringEquals": via["s3"]}),
        ("kms:DescribeKey", KEY),
    ]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("PromptArn", "arn:aws:bedrock:eu-west-1:123456789012:prompt/p", "use of the resource"),
        ("AgentRuntimeArn", "${Token[TOKEN.1]}", "kind of the resource"),
        ("CodeUri", "s3://code/a/", "use of the place"),
    ],
)
def test_what_a_document_names_in_no_known_way(name: str, value: str, what: str) -> None:
    given = document(Settings={name: value})
    assert of_job("Job", given) == []
    assert [(where, told) for _, where, told in unknown(step("S", "Job", given))] == [
        (f"S: JobConfigDocument.Settings.{name}", what)
    ]


@pytest.mark.parametrize(
    ("document", "where", "what", "actions"),
    [
        ('{"In": [{"S3Uri": "%"}]}', "In[0].S3Uri", "bucket", "s3:GetObject s3:ListBucket"),
        ('{"In": {"S3Uri": %}}', "In.S3Uri", "bucket", "s3:GetObject s3:ListBucket"),
        ('{"S3Uri": "s3://%/raw/"}', "S3Uri", "bucket", "s3:GetObject s3:ListBucket"),
        ('{"S3OutputPath": "%"}', "S3OutputPath", "bucket", "s3:AbortMultipartUpload s3:PutObject"),
        ('{"AgentRuntimeArn": "%"}', "AgentRuntimeArn", "resource", ""),
        ('{"CodeUri": "%"}', "CodeUri", "resource", ""),
        ('{"VpcConfig": %}', "VpcConfig", "network", None),
        ('{"Epochs": %, "Name": "%"}', "", "", ""),
        ('{"S3Uri": "s3://data/%"}', "", "", ""),
    ],
    ids=["uri", "bare", "bucket", "output", "arn", "other-uri", "network", "no-name", "key"],
)
def test_what_a_document_names_by_a_parameter(document: str, where: str, what: str, actions: str | None) -> None:
    parts = [part for text in document.split("%") for part in (PARAMETER, text)][1:]
    given = {"RoleArn": ROLE, "JobConfigDocument": {"Std:Join": {"On": "", "Values": parts}}}
    found = unknown(step("S", "Job", given))
    assert [(at, told) for _, at, told in found] == ([(f"S: JobConfigDocument.{where}", what)] if what else [])
    assert not what or actions is None or found[0][0] == actions


def test_a_document_in_a_network_writes_its_logs_and_no_metrics() -> None:
    found = of_jobs(step("S", "Job", document(VpcConfig={"Subnets": ["subnet-1"]})))[ROLE]
    assert "ec2:DescribeDhcpOptions" not in found[0][0]
    created = {"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}}
    assert found[1] == ("ec2:CreateTags", "arn:aws:ec2:eu-west-1:123456789012:network-interface/*", created)
    assert [entry[1] for entry in found[2:]] == [f"{LOGS}/Job/*"]


def test_a_document_that_a_parameter_gives() -> None:
    given = {"RoleArn": ROLE, "JobConfigDocument": PARAMETER}
    assert unknown(step("S", "Job", given)) == [("", "S: JobConfigDocument", "document")]


# -- registrations and checks


def test_who_registers_reads_what_the_version_is_made_of() -> None:
    source = {"S3Uri": "s3://models/a/", "S3DataType": "S3Prefix", "ManifestS3Uri": "s3://models/m"}
    containers = [
        {"Image": OWN_IMAGE, "ModelDataUrl": "s3://secret/m.tar.gz"},
        {"ModelDataSource": {"S3DataSource": source}},
    ]
    given = {"InferenceSpecification": {"Containers": containers}, "SecurityConfig": {"KmsKeyId": KEY}}
    via = {"StringEquals": {"kms:ViaService": ["sagemaker.eu-west-1.amazonaws.com"]}}
    assert of_pipeline(step("S", "RegisterModel", given)) == [
        ("s3:GetObject", "arn:aws:s3:::models/a/* arn:aws:s3:::models/m arn:aws:s3:::secret/m.tar.gz"),
        ("kms:Decrypt", KEY),
        (
            "ecr:BatchGetImage ecr:DescribeImages",
            "arn:aws:ecr:eu-west-1:123456789012:repository/team/own",
        ),
        ("s3:ListBucket", "arn:aws:s3:::models", {"StringLike": {"s3:prefix": ["a/*"]}}),
        ("kms:CreateGrant kms:Decrypt kms:DescribeKey kms:GenerateDataKey", KEY, via),
    ]
    assert [one[2] for one in unknown(step("S", "RegisterModel", given))] == ["content of the manifest"]


REGISTERS = {"ModelPackageGroupName": "churn"}


def test_baselines_that_the_pipeline_registers_itself() -> None:
    output = {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": "s3://checks/a"}}]}
    arguments = {"RoleArn": ROLE, "ProcessingOutputConfig": output}
    check = step("Check", "QualityCheck", arguments, CheckType="DATA_QUALITY", ModelPackageGroupName="churn")
    kept = {
        "Constraints": {"S3Uri": get("Steps.Check.BaselineUsedForDriftCheckConstraints")},
        "Statistics": {"S3Uri": "s3://baselines/statistics.json"},
    }
    register = step("R", "RegisterModel", {**REGISTERS, "DriftCheckBaselines": {"ModelDataQuality": kept}})
    for found in (of_pipeline(check, register), of_jobs(check, register)[ROLE]):
        assert may(found, "s3:GetObject", "arn:aws:s3:::baselines/statistics.json")
        assert may(found, "s3:GetObject", "arn:aws:s3:::checks/a/*")
    assert unknown(check, register) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ModelPackageGroupName": "churn"}, 2),
        ({"ModelPackageGroupName": "churn", "SkipCheck": True}, 0),
        ({"ModelPackageGroupName": "churn", "SuppliedBaselineConstraints": "s3://b/c.json"}, 0),
        ({}, 0),
    ],
)
def test_baselines_that_others_registered(more: dict[str, Any], told: int) -> None:
    check = step("Check", "ClarifyCheck", {"RoleArn": ROLE}, CheckType="MODEL_BIAS", **more)
    assert [one[2] for one in unknown(check)] == ["place of the group's baselines"] * told
