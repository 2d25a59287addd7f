"""Bad input to the fields that steps share: each is refused in the field's own name, never as an error of jsii."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from cdk_sagemaker_pipelines import CacheConfig, FailStep, Pipeline, ProcessingStep, RetryPolicy
from tests.steps.bad import NO_VPC, TEXT, Case, Write, cases, found, imported_vpc, processing, refused

pytestmark = pytest.mark.usefixtures("working_directory")

REFUSED: list[Case] = [
    (
        lambda p: processing(p, "A b"),
        (
            "ProcessingStep 'Stack/P/A b': the name 'A b' must have 1 to 64 letters, digits, '-' or '_'; give "
            "step_name= when the construct's id must differ"
        ),
    ),
    (
        lambda p: processing(p, ""),
        (
            "ProcessingStep 'Stack/P/': the name '' must have 1 to 64 letters, digits, '-' or '_'; give "
            "step_name= when the construct's id must differ"
        ),
    ),
    (lambda p: processing(p, 5), "ProcessingStep: construct_id must be a literal text, not 5"),
    (
        lambda p: processing(p, TEXT),
        "ProcessingStep: construct_id must be a literal text, not <Parameter 'Parameters.X'>",
    ),
    (
        lambda p: processing(p, step_name=TEXT),
        "ProcessingStep: step_name must be a literal text, not <Parameter 'Parameters.X'>",
    ),
    (
        lambda p: processing(p, f"a{TEXT}"),
        (
            "ProcessingStep 'Stack/P/a{Parameters.X}': a step's name must be literal, the service substitutes no "
            "value there"
        ),
    ),
    (lambda p: processing(p, step_name=5), "ProcessingStep: step_name must be a literal text, not 5"),
    (
        lambda p: processing(p, step_name="a.b"),
        "ProcessingStep 'Stack/P/A': the name 'a.b' must have 1 to 64 letters, digits, '-' or '_'",
    ),
    (
        lambda p: processing(p, step_name=cdk.Aws.STACK_NAME),
        "ProcessingStep 'Stack/P/A': a step's name must be literal, the service substitutes no value there",
    ),
    (
        lambda p: processing(p, step_name=f"{TEXT}"),
        "ProcessingStep 'Stack/P/A': a step's name must be literal, the service substitutes no value there",
    ),
    (
        lambda p: processing(None),
        "ProcessingStep 'A': the scope must be a Pipeline, a StepGroup or a branch such as check.if_steps, not None",
    ),
    (
        lambda p: (processing(p), processing(p)),
        (
            "ProcessingStep 'Stack/P/A': its scope has a construct 'A' already; give another id, and step_name= "
            "for the name"
        ),
    ),
    (
        lambda p: processing(p, "Role"),
        (
            "ProcessingStep 'Stack/P/Role': its scope has a construct 'Role' already; give another id, and "
            "step_name= for the name"
        ),
    ),
    (
        lambda p: processing(p, "Artifacts", outputs=["a"]),
        (
            "ProcessingStep 'Stack/P/Artifacts': its scope has a construct 'Artifacts' already; give another id, "
            "and step_name= for the name"
        ),
    ),
    (
        lambda p: processing(p, display_name=5),
        ("ProcessingStep 'Stack/P/A': display_name must be a literal text, the service substitutes no value there"),
    ),
    (
        lambda p: processing(p, display_name=f"{TEXT}"),
        ("ProcessingStep 'Stack/P/A': display_name must be a literal text, the service substitutes no value there"),
    ),
    (
        lambda p: processing(p, display_name=TEXT),
        ("ProcessingStep 'Stack/P/A': display_name must be a literal text, the service substitutes no value there"),
    ),
    (
        lambda p: processing(p, description=["x"]),
        ("ProcessingStep 'Stack/P/A': description must be a literal text, the service substitutes no value there"),
    ),
    (
        lambda p: processing(p, depends_on=processing(p, "B")),
        "ProcessingStep 'Stack/P/A': depends_on must be a list, not <ProcessingStep 'B'>",
    ),
    (
        lambda p: processing(p, depends_on=["B"]),
        "ProcessingStep 'Stack/P/A': depends_on takes steps and groups of steps, not 'B'",
    ),
    (
        lambda p: processing(p, depends_on=[processing(Pipeline(p.node.scope, "Q"), "B")]),
        "ProcessingStep 'Stack/P/A': it cannot depend on 'B' of another pipeline",
    ),
    (
        lambda p: processing(p, depends_on=[FailStep(p, "F")]),
        "ProcessingStep 'Stack/P/A': it cannot depend on 'F', the execution ends at a FailStep",
    ),
    (
        lambda p: (lambda s: s.add_dependency(s))(processing(p)),
        "ProcessingStep 'Stack/P/A': it cannot depend on itself",
    ),
    (
        lambda p: processing(p).add_dependency("B"),
        "ProcessingStep 'Stack/P/A': depends_on takes steps and groups of steps, not 'B'",
    ),
    (
        lambda p: processing(p).add_dependency([processing(p, "B")]),
        "ProcessingStep 'Stack/P/A': depends_on takes steps and groups of steps, not [<ProcessingStep 'B'>]",
    ),
    (
        lambda p: processing(p, image="x"),
        "ProcessingStep 'Stack/P/A': image takes an Image such as Image.sklearn('1.2-1'), not 'x'",
    ),
    (
        lambda p: processing(p, image=TEXT),
        (
            "ProcessingStep 'Stack/P/A': image takes an Image such as Image.sklearn('1.2-1'), not <Parameter "
            "'Parameters.X'>"
        ),
    ),
    (
        lambda p: processing(p, role="arn:aws:iam::1:role/x"),
        (
            "ProcessingStep 'Stack/P/A': role takes a role such as iam.Role.from_role_arn(...), not "
            "'arn:aws:iam::1:role/x'"
        ),
    ),
    (
        lambda p: processing(p, role=TEXT),
        (
            "ProcessingStep 'Stack/P/A': role takes a role such as iam.Role.from_role_arn(...), not <Parameter "
            "'Parameters.X'>"
        ),
    ),
    (
        lambda p: processing(p, environment=["a"]),
        "ProcessingStep 'Stack/P/A': environment must be a dict by name, not ['a']",
    ),
    (
        lambda p: processing(p, environment={"A": True}),
        "ProcessingStep 'Stack/P/A': environment['A'] must be a text, not True",
    ),
    (
        lambda p: processing(p, environment={"A": None}),
        "ProcessingStep 'Stack/P/A': environment['A'] must be a text, not None",
    ),
    (
        lambda p: processing(p, environment={"A": ["x"]}),
        "ProcessingStep 'Stack/P/A': environment['A'] must be a text, not ['x']",
    ),
    (
        lambda p: processing(p, environment={5: "x"}),
        "ProcessingStep 'Stack/P/A': environment: the name must be a text, not 5",
    ),
    (
        lambda p: processing(p, environment={f"{TEXT}": "x"}),
        (
            "ProcessingStep 'Stack/P/A': environment: the name '{Parameters.X}' must be literal, the service "
            "substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, environment={TEXT: "x"}),
        (
            "ProcessingStep 'Stack/P/A': environment: the name <Parameter 'Parameters.X'> must be literal, the "
            "service substitutes no value there"
        ),
    ),
    (
        lambda p: processing(p, max_runtime="1h"),
        "ProcessingStep 'Stack/P/A': max_runtime takes a Duration or whole seconds, not '1h'",
    ),
    (
        lambda p: processing(p, max_runtime=True),
        "ProcessingStep 'Stack/P/A': max_runtime takes a Duration or whole seconds, not True",
    ),
    (
        lambda p: processing(p, max_runtime=cdk.Duration.millis(1500)),
        "ProcessingStep 'Stack/P/A': max_runtime: Duration.millis(1500) is not a whole number of seconds",
    ),
    (
        lambda p: processing(p, vpc="vpc-1"),
        "ProcessingStep 'Stack/P/A': vpc takes a VPC such as ec2.Vpc.from_lookup(...), not 'vpc-1'",
    ),
    (
        lambda p: processing(p, vpc_subnets=ec2.SubnetSelection()),
        f"ProcessingStep 'Stack/P/A': {NO_VPC}",
    ),
    (
        lambda p: processing(p, security_groups=[]),
        f"ProcessingStep 'Stack/P/A': {NO_VPC}",
    ),
    (
        lambda p: processing(
            p, vpc_subnets=ec2.SubnetSelection(subnets=[ec2.Subnet.from_subnet_id(p, "N", "subnet-1")])
        ),
        f"ProcessingStep 'Stack/P/A': {NO_VPC}",
    ),
    (
        lambda p: processing(
            p,
            vpc_subnets=ec2.SubnetSelection(one_per_az=True),
            security_groups=[ec2.SecurityGroup.from_security_group_id(p, "G", "sg-1")],
        ),
        f"ProcessingStep 'Stack/P/A': {NO_VPC}",
    ),
    (
        lambda p: processing(p, vpc=imported_vpc(p), vpc_subnets={"subnet_type": 1}),
        "ProcessingStep 'Stack/P/A': vpc_subnets takes ec2.SubnetSelection(...), "
        "with subnets=[ec2.Subnet.from_subnet_id(...)] for those known by id, not {'subnet_type': 1}",
    ),
    (
        lambda p: processing(p, vpc=imported_vpc(p), vpc_subnets=["subnet-1"]),
        "ProcessingStep 'Stack/P/A': vpc_subnets takes ec2.SubnetSelection(...), "
        "with subnets=[ec2.Subnet.from_subnet_id(...)] for those known by id, not ['subnet-1']",
    ),
    (
        lambda p: processing(p, vpc=imported_vpc(p), security_groups="sg-1"),
        "ProcessingStep 'Stack/P/A': security_groups must be a list, not 'sg-1'",
    ),
    (
        lambda p: processing(p, vpc=imported_vpc(p), security_groups=["sg-1"]),
        (
            "ProcessingStep 'Stack/P/A': security_groups takes security groups such as "
            "ec2.SecurityGroup.from_security_group_id(...), not 'sg-1'"
        ),
    ),
    (
        lambda p: processing(p, output_kms_key="arn"),
        ("ProcessingStep 'Stack/P/A': output_kms_key takes a KMS key such as kms.Key.from_key_arn(...), not 'arn'"),
    ),
    (
        lambda p: processing(
            p,
            volume_kms_key="arn",
        ),
        ("ProcessingStep 'Stack/P/A': volume_kms_key takes a KMS key such as kms.Key.from_key_arn(...), not 'arn'"),
    ),
    (
        lambda p: processing(p, output_kms_key="arn", outputs=["a"]),
        ("ProcessingStep 'Stack/P/A': output_kms_key takes a KMS key such as kms.Key.from_key_arn(...), not 'arn'"),
    ),
    (lambda p: processing(p, cache="P30D"), "ProcessingStep 'Stack/P/A': cache takes CacheConfig(...), not 'P30D'"),
    (
        lambda p: processing(p, cache=CacheConfig()),
        "cache: give expire_after, how old a result may be, such as CacheConfig(Duration.days(30))",
    ),
    (
        lambda p: processing(p, retry_policies=RetryPolicy(["Step.THROTTLING"])),
        (
            "ProcessingStep 'Stack/P/A': retry_policies must be a list, not "
            "RetryPolicy(exception_types=['Step.THROTTLING'], interval_seconds=1, backoff_rate=2.0, "
            "max_attempts=None, expire_after_min=None)"
        ),
    ),
    (
        lambda p: processing(p, retry_policies=["x"]),
        "ProcessingStep 'Stack/P/A': retry_policies[0] takes RetryPolicy(...), not 'x'",
    ),
    (lambda p: processing(p, retry_policies=5), "ProcessingStep 'Stack/P/A': retry_policies must be a list, not 5"),
    (lambda p: processing(p, overrides=[1]), "ProcessingStep 'Stack/P/A': overrides must be a dict by name, not [1]"),
    (
        lambda p: processing(p, overrides={5: 1}),
        "ProcessingStep 'Stack/P/A': overrides: the name must be a text, not 5",
    ),
    (
        lambda p: processing(p, overrides={"Enviroment": {}}),
        (
            "ProcessingStep 'Stack/P/A': overrides: 'Enviroment' is not a member of the request; did you mean "
            "'Environment'?"
        ),
    ),
    *(
        (
            lambda p, given=given: processing(p, **given),
            f"ProcessingStep 'Stack/P/A': {found}",
        )
        for given, found in (
            ({"instance_count": "3"}, 'instance_count is "3"; needs a whole number'),
            ({"instance_count": 0}, "instance_count is 0; allowed is 1 to 100"),
            ({"instance_count": True}, "instance_count is true; needs a whole number"),
            ({"volume_size_in_gb": 1.5}, "volume_size_in_gb is 1.5; needs a whole number"),
            ({"max_runtime": 0}, "max_runtime is 0; allowed is 1 to 777600"),
            ({"max_runtime": cdk.Duration.days(60)}, "max_runtime is 5184000; allowed is 1 to 777600"),
            (
                {"instance_count": 0, "max_runtime": 0},
                "ProcessingResources.ClusterConfig.InstanceCount is 0; allowed is 1 to 100",
            ),
        )
    ),
]

NO_SUCH_CALL: list[Case] = [
    (
        lambda p: processing(p, instnce_type="x"),
        "ProcessingStep 'Stack/P/A' has no field 'instnce_type'; did you mean 'instance_type'?",
    ),
    (lambda p: ProcessingStep(p, "A"), "ProcessingStep 'Stack/P/A' needs 'image', 'instance_type'"),
    (lambda p: processing(p, image=None), "ProcessingStep 'Stack/P/A' needs 'image'"),
    (lambda p: processing(p, instance_type=None), "ProcessingStep 'Stack/P/A' needs 'instance_type'"),
]

FOUND: list[Case] = [
    (
        lambda p: processing(p, instance_count="3", overrides={"Environment": {"A": "b"}}),
        (
            "step 'A': Arguments.ProcessingResources.ClusterConfig.InstanceCount: is \"3\"; needs a whole number "
            "[argument] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, display_name="x" * 257),
        "step 'A': DisplayName: 257 characters; at most 256 [length] (at Stack/P/A)",
    ),
    (
        lambda p: processing(p, instance_type=5),
        (
            "step 'A': Arguments.ProcessingResources.ClusterConfig.InstanceType: is 5; needs a text [argument] "
            "(at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, instance_type=ec2.InstanceType("m5.large")),
        (
            "step 'A': Arguments.ProcessingResources.ClusterConfig.InstanceType: a value of type InstanceType "
            "cannot be in a definition; allowed are texts, numbers, booleans, lists, dicts, expressions and "
            "CDK tokens as text [no-json] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, enable_network_isolation="yes"),
        (
            "step 'A': Arguments.NetworkConfig.EnableNetworkIsolation: is \"yes\"; needs true or false [argument] "
            "(at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, overrides={"Environment": object()}),
        (
            "step 'A': overrides.Environment: a value of type object cannot be in a definition; allowed are texts, "
            "numbers, booleans, lists, dicts, expressions and CDK tokens as text [no-json] (at Stack/P/A)"
        ),
    ),
    (
        lambda p: processing(p, overrides={"Environment": {"A": {1, 2}}}),
        (
            "step 'A': overrides.Environment.A: a value of type set cannot be in a definition; allowed are texts, "
            "numbers, booleans, lists, dicts, expressions and CDK tokens as text [no-json] (at Stack/P/A)"
        ),
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(NO_SUCH_CALL)
def test_refused_as_pythons_own_arguments_are(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline, TypeError)


@cases(FOUND)
def test_found_when_it_is_synthesized(write: Write, text: str, pipeline: Pipeline) -> None:
    found(write, text, pipeline)
