"""Endpoint configurations, endpoints and inference components."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from cdk_sagemaker_pipelines import (
    AsyncInference,
    EndpointConfigStep,
    EndpointStep,
    Image,
    InferenceComponentStep,
    ModelStep,
    Parameter,
    Pipeline,
    ProductionVariant,
    ServerlessInference,
)
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import IMAGE, KEY, NETWORK, OTHER_KEY, ROLE, arguments, findings, get, join, network, rendered

COUNT = Parameter.integer("Count", default=1)
TOPIC = "arn:aws:sns:eu-west-1:111122223333:done"
ON_ML = ProductionVariant("m", instance_type="ml.m5.large")
TOOLS = Image.from_uri(IMAGE)


def model(pipeline: Any) -> ModelStep:
    return ModelStep(pipeline, "Model", image=TOOLS)


def config(pipeline: Any, name: str = "Config", **fields: Any) -> EndpointConfigStep:
    return EndpointConfigStep(pipeline, name, **{"variants": [ON_ML], **fields})


def component(pipeline: Any, name: str = "Component", **fields: Any) -> InferenceComponentStep:
    least = {"inference_component_name": "c", "endpoint": "e", "model": "m", "min_memory_in_mb": 1024}
    return InferenceComponentStep(pipeline, name, **{**least, **fields})


# -- EndpointConfigStep ------------------------------------------------------------------------------------------------


def test_every_field_of_a_configuration(pipeline: Pipeline, stack: cdk.Stack) -> None:
    made = model(pipeline)
    step = config(
        pipeline,
        step_name="Config-One",
        endpoint_config_name=f"age-{COUNT}",
        variants=[
            ProductionVariant(
                made,
                name="Main",
                instance_type=Parameter.string("Type", default="ml.m5.large"),
                initial_instance_count=COUNT,
                initial_weight=0.5,
                volume_size_in_gb=64,
                routing_strategy="RANDOM",
                overrides={"EnableSSMAccess": True, "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}},
            ),
            ProductionVariant("other", name="Other", serverless=ServerlessInference(2048, 5, 1), initial_weight=0.5),
        ],
        async_inference=AsyncInference(
            "s3://answers/all/",
            failures="s3://answers/failures/",
            success_topic=sns.Topic.from_topic_arn(stack, "Topic", TOPIC),
            error_topic=sns.Topic.from_topic_arn(stack, "Errors", TOPIC),
            max_concurrent_invocations_per_instance=4,
            kms_key=kms.Key.from_key_arn(stack, "AnswersKey", KEY),
        ),
        volume_kms_key=kms.Key.from_key_arn(stack, "VolumeKey", OTHER_KEY),
        overrides={"MetricsConfig": {"EnableEnhancedMetrics": True}},
    )
    assert rendered(step) == {
        "Name": "Config-One",
        "Type": "EndpointConfig",
        "Arguments": {
            "EndpointConfigName": join("age-", get("Parameters.Count")),
            "ProductionVariants": [
                {
                    "VariantName": "Main",
                    "ModelName": get("Steps.Model.ModelName"),
                    "InstanceType": get("Parameters.Type"),
                    "InitialInstanceCount": get("Parameters.Count"),
                    "InitialVariantWeight": 0.5,
                    "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                    "VolumeSizeInGB": 64,
                    "EnableSSMAccess": True,
                },
                {
                    "VariantName": "Other",
                    "ModelName": "other",
                    "InitialVariantWeight": 0.5,
                    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1},
                },
            ],
            "AsyncInferenceConfig": {
                "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
                "OutputConfig": {
                    "S3OutputPath": "s3://answers/all/",
                    "S3FailurePath": "s3://answers/failures/",
                    "NotificationConfig": {"SuccessTopic": TOPIC, "ErrorTopic": TOPIC},
                    "KmsKeyId": KEY,
                },
            },
            "KmsKeyId": OTHER_KEY,
            "MetricsConfig": {"EnableEnhancedMetrics": True},
        },
    }
    assert findings(step) == []
    assert step.job_role is None
    assert step.properties.endpoint_config_arn.to_json() == get("Steps.Config-One.EndpointConfigArn")


def test_the_fewest_fields_of_a_configuration(pipeline: Pipeline) -> None:
    step = config(pipeline, "My_Config")
    assert rendered(step) == {
        "Name": "My_Config",
        "Type": "EndpointConfig",
        "Arguments": {
            "EndpointConfigName": join("My-Config-", get("Execution.PipelineExecutionId")),
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "ModelName": "m",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        },
    }
    assert findings(step) == []


def test_a_configuration_for_inference_components(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    variant = ProductionVariant(instance_type="ml.g5.xlarge", min_instances=0, max_instances=COUNT)
    step = config(pipeline, variants=[variant], enable_network_isolation=True, **network(stack))
    assert isinstance(step.job_role, iam.Role)
    found = arguments(step)
    assert found.pop("ExecutionRoleArn") == stack.resolve(step.job_role.role_arn)
    del found["EndpointConfigName"]
    assert found == {
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "InstanceType": "ml.g5.xlarge",
                "InitialInstanceCount": 1,
                "ManagedInstanceScaling": {
                    "Status": "ENABLED",
                    "MinInstanceCount": 0,
                    "MaxInstanceCount": get("Parameters.Count"),
                },
            }
        ],
        "VpcConfig": NETWORK,
        "EnableNetworkIsolation": True,
    }
    given = iam.Role.from_role_arn(stack, "Given", ROLE, mutable=False)
    assert arguments(config(pipeline, "Other", variants=[variant], role=given))["ExecutionRoleArn"] == ROLE


# -- EndpointStep ------------------------------------------------------------------------------------------------------


def test_every_field_of_an_endpoint(pipeline: Pipeline) -> None:
    made = config(pipeline)
    step = EndpointStep(
        pipeline,
        "Deploy",
        endpoint_name=Parameter.string("Name", default="age"),
        config=made,
        overrides={"Tags": [{"Key": "a", "Value": "b"}]},
    )
    assert rendered(step) == {
        "Name": "Deploy",
        "Type": "Endpoint",
        "Arguments": {
            "EndpointName": get("Parameters.Name"),
            "EndpointConfigName": get("Steps.Config.EndpointConfigName"),
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    }
    assert findings(step) == []
    assert step.properties.endpoint_arn.to_json() == get("Steps.Deploy.EndpointArn")


def test_the_fewest_fields_of_an_endpoint(pipeline: Pipeline) -> None:
    step = EndpointStep(pipeline, "Deploy", endpoint_name="age", config="age-config")
    assert arguments(step) == {"EndpointName": "age", "EndpointConfigName": "age-config"}
    assert "CacheConfig" not in rendered(step)


# -- InferenceComponentStep --------------------------------------------------------------------------------------------


def test_every_field_of_a_component(pipeline: Pipeline) -> None:
    endpoint = EndpointStep(pipeline, "Deploy", endpoint_name="shared", config="c")
    step = component(
        pipeline,
        inference_component_name=Parameter.string("Name", default="age"),
        endpoint=endpoint,
        variant="Main",
        model=None,
        image=TOOLS,
        model_data="s3://models/model.tar.gz",
        environment={"N": COUNT},
        instance_type="ml.g5.xlarge",
        max_memory_in_mb=2048,
        cpu_cores=0.5,
        accelerators=1,
        copies=COUNT,
        model_data_download_timeout=cdk.Duration.minutes(10),
        startup_health_check_timeout=60,
    )
    assert rendered(step) == {
        "Name": "Component",
        "Type": "InferenceComponent",
        "Arguments": {
            "InferenceComponentName": get("Parameters.Name"),
            "EndpointName": get("Steps.Deploy.EndpointName"),
            "VariantName": "Main",
            "Specification": {
                "Container": {
                    "Image": IMAGE,
                    "ArtifactUrl": "s3://models/model.tar.gz",
                    "Environment": {"N": join(get("Parameters.Count"))},
                },
                "StartupParameters": {
                    "ModelDataDownloadTimeoutInSeconds": 600,
                    "ContainerStartupHealthCheckTimeoutInSeconds": 60,
                },
                "ComputeResourceRequirements": {
                    "NumberOfCpuCoresRequired": 0.5,
                    "NumberOfAcceleratorDevicesRequired": 1,
                    "MinMemoryRequiredInMb": 1024,
                    "MaxMemoryRequiredInMb": 2048,
                },
            },
            "RuntimeConfig": {"CopyCount": get("Parameters.Count")},
        },
    }
    assert findings(step) == []
    name = step.properties.inference_component_name.to_json()
    assert name == get("Steps.Component.InferenceComponentName")


def test_a_component_of_a_model_and_an_adapter_to_it(pipeline: Pipeline) -> None:
    base = component(pipeline, model=model(pipeline))
    assert arguments(base) == {
        "InferenceComponentName": "c",
        "EndpointName": "e",
        "VariantName": "AllTraffic",
        "Specification": {
            "ModelName": get("Steps.Model.ModelName"),
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
        },
        "RuntimeConfig": {"CopyCount": 1},
    }
    adapter = component(
        pipeline, "Adapter", model=None, min_memory_in_mb=None, base_component=base, model_data="s3://adapters/a.tar.gz"
    )
    assert arguments(adapter)["Specification"] == {
        "BaseInferenceComponentName": get("Steps.Component.InferenceComponentName"),
        "Container": {"ArtifactUrl": "s3://adapters/a.tar.gz"},
    }
    assert "RuntimeConfig" not in arguments(adapter)
    assert findings(adapter) == []


# -- what cannot be ----------------------------------------------------------------------------------------------------

CONFIG = "EndpointConfigStep 'Stack/P/Config'"
COMPONENT = "InferenceComponentStep 'Stack/P/Component'"
REFUSED: list[Case] = [
    (lambda p: config(p, variants=[]), f"{CONFIG}: variants: there must be at least one"),
    (lambda p: config(p, variants=ON_ML), f"{CONFIG}: variants must be a list, not {ON_ML!r}"),
    (lambda p: config(p, variants=["m"]), f"{CONFIG}: variants[0] takes ProductionVariant(...), not 'm'"),
    (
        lambda p: config(p, variants=[ProductionVariant("m")]),
        f"{CONFIG}: variants[0]: give exactly one of instance_type and serverless",
    ),
    (
        lambda p: config(
            p, variants=[ProductionVariant("m", instance_type="x", serverless=ServerlessInference(1024, 1))]
        ),
        f"{CONFIG}: variants[0]: give exactly one of instance_type and serverless",
    ),
    (
        lambda p: config(
            p, variants=[ProductionVariant("m", initial_instance_count=1, serverless=ServerlessInference(1024, 1))]
        ),
        f"{CONFIG}: variants[0]: initial_instance_count needs instance_type; serverless has no instances",
    ),
    (
        lambda p: config(p, variants=[ProductionVariant("m", serverless=5)]),
        f"{CONFIG}: variants[0].serverless takes ServerlessInference(...), not 5",
    ),
    (
        lambda p: config(p, variants=[ProductionVariant("m", instance_type="x", overrides={"Modelname": "x"})]),
        f"{CONFIG}: variants[0].overrides: 'Modelname' is not a member of a variant; did you mean 'ModelName'?",
    ),
    (
        lambda p: config(p, shadow_variants=[ProductionVariant("a", instance_type="ml.m5.large")] * 2),
        f"{CONFIG}: shadow_variants: there are 2 for 1 variants; the service accepts one for one",
    ),
    (lambda p: config(p, shadow_variants=[5]), f"{CONFIG}: shadow_variants[0] takes ProductionVariant(...), not 5"),
    (
        lambda p: config(p, async_inference="s3://b/x"),
        f"{CONFIG}: async_inference takes AsyncInference(...), not 's3://b/x'",
    ),
    (
        lambda p: config(p, async_inference=AsyncInference("s3://b/x", success_topic="t")),
        f"{CONFIG}: async_inference.success_topic takes an SNS topic such as sns.Topic(...), not 't'",
    ),
    (
        lambda p: config(p, async_inference=AsyncInference("b/x")),
        f"{CONFIG}: async_inference.output: 'b/x' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
    (
        lambda p: config(p, enable_network_isolation=True),
        f"{CONFIG}: enable_network_isolation: every variant has a model, whose own enable_network_isolation applies",
    ),
    *(
        (
            lambda p, name=name: config(p, overrides={name: {}}),
            f"{CONFIG}: overrides: the service accepts no {name} in a pipeline's EndpointConfig step",
        )
        for name in ("DataCaptureConfig", "ExplainerConfig")
    ),
    (
        lambda p: EndpointStep(p, "E", endpoint_name="e", config="c", overrides={"DeploymentConfig": {}}),
        "EndpointStep 'Stack/P/E': overrides: the service accepts no DeploymentConfig in a pipeline's Endpoint step",
    ),
    (
        lambda p: EndpointStep(p, "E", endpoint_name="e", config=model(p)),
        "EndpointStep 'Stack/P/E': config takes an EndpointConfigStep or the name of a configuration, "
        "not <ModelStep 'Model'>",
    ),
    (lambda p: component(p, model=None), f"{COMPONENT}: give exactly one of model, image and base_component"),
    (lambda p: component(p, image=TOOLS), f"{COMPONENT}: give exactly one of model, image and base_component"),
    (lambda p: component(p, environment={"A": "b"}), f"{COMPONENT}: environment needs image"),
    (lambda p: component(p, model_data="s3://b/x"), f"{COMPONENT}: model_data: the model has its own"),
    (
        lambda p: component(p, min_memory_in_mb=None),
        f"{COMPONENT}: min_memory_in_mb is needed without base_component",
    ),
    (
        lambda p: component(p, model=None, base_component="b"),
        f"{COMPONENT}: min_memory_in_mb: an adapter runs with its base component",
    ),
    (
        lambda p: component(p, model=None, image="x"),
        f"{COMPONENT}: image takes an Image such as Image.sklearn('1.2-1'), not 'x'",
    ),
]

NO_SUCH_CALL: list[Case] = [
    (lambda p: EndpointConfigStep(p, "Config"), f"{CONFIG} needs 'variants'"),
    (lambda p: EndpointStep(p, "E"), "EndpointStep 'Stack/P/E' needs 'endpoint_name', 'config'"),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(NO_SUCH_CALL)
def test_refused_as_pythons_own_arguments_are(write: Write, text: str, pipeline: Pipeline) -> None:
    with pytest.raises(TypeError) as error:
        write(pipeline)
    assert str(error.value).startswith(text.partition(";")[0])


def test_a_shadow_of_the_one_variant(pipeline: Pipeline) -> None:
    shadow = ProductionVariant("new", name="Shadow", instance_type="ml.m5.large")
    step = config(pipeline, variants=[ProductionVariant("old", instance_type="ml.m5.large")], shadow_variants=[shadow])
    assert arguments(step)["ShadowProductionVariants"] == [
        {
            "VariantName": "Shadow",
            "ModelName": "new",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
    ]
    assert findings(step) == []
