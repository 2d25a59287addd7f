"""Resources of the app in another account allow the pipeline's roles, which have names for that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import (
    AsyncInference,
    CallbackStep,
    EndpointConfigStep,
    Image,
    LambdaHandler,
    LambdaStep,
    ModelStep,
    Pipeline,
    PipelineError,
    ProcessingStep,
    ProductionVariant,
    RegisterModelStep,
    S3Location,
)
from tests.pipeline.support import ACCOUNT, ENVIRONMENT, REGION, Bench, processing

OWNER = "444455556666"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


class Accounts(Bench):
    """A bucket with a key in one account, and a pipeline that reads the one and writes with the other in another."""

    def __init__(self, folder: Path, *, flags: Any = None, **options: Any) -> None:
        literals = {"@aws-cdk/core:enablePartitionLiterals": True, **(flags or {})}
        self.app = cdk.App(outdir=str(folder), analytics_reporting=False, context=literals)
        self.stack = cdk.Stack(self.app, "Stack", env=ENVIRONMENT)
        self.data = cdk.Stack(self.app, "Data", env=cdk.Environment(account=OWNER, region=REGION))
        self.key = kms.Key(self.data, "Key")
        self.bucket = s3.Bucket(self.data, "Bucket", bucket_name="shared", encryption_key=self.key)
        artifacts = s3.Bucket.from_bucket_name(self.stack, "Artifacts", "artifacts")
        self.pipeline = Pipeline(self.stack, "Pipeline", pipeline_name="P", artifacts=artifacts, **options)

    def prepare(self, name: str = "Prepare", **fields: Any) -> ProcessingStep:
        given = {"inputs": {"raw": S3Location(self.bucket, "raw/")}, **fields}
        return processing(self.pipeline, name, **given)

    def statements(self, resource_type: str, policy: str = "PolicyDocument") -> list[Any]:
        """The statements about others in the policy of the only resource of a type in the owner's stack."""
        resources = self.app.synth().get_stack_by_name("Data").template["Resources"].values()
        found = [resource["Properties"][policy] for resource in resources if resource["Type"] == resource_type]
        return [one for document in found for one in document["Statement"] if OWNER not in str(one["Principal"])]


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path)


def asks(statement: Any) -> Any:
    """The roles that a statement allows."""
    return statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]


def test_the_owners_policy_allows_the_role_that_reads(accounts: Accounts) -> None:
    accounts.prepare()
    objects, listing = accounts.statements("AWS::S3::BucketPolicy")
    (decrypt,) = accounts.statements("AWS::KMS::Key", "KeyPolicy")
    (role,) = (one for one in accounts.resources("AWS::IAM::Role").values() if "RoleName" in one["Properties"])
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role['Properties']['RoleName']}"
    own = next(iter(accounts.app.synth().get_stack_by_name("Data").template["Resources"]))
    assert own.startswith("Key")
    bucket = objects["Resource"]["Fn::Join"][1][1]
    assert bucket["Ref"].startswith("Bucket")
    assert objects == {
        "Action": "s3:GetObject",
        "Effect": "Allow",
        "Principal": ROOT,
        "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", bucket, "/raw/*"]]},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": arn}},
    }
    assert listing == {
        "Action": "s3:ListBucket",
        "Effect": "Allow",
        "Principal": ROOT,
        "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", bucket]]},
        "Condition": {"StringLike": {"s3:prefix": ["raw/*"]}, "ArnEquals": {"aws:PrincipalArn": arn}},
    }
    assert decrypt == {
        "Action": "kms:Decrypt",
        "Effect": "Allow",
        "Principal": ROOT,
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": arn}},
    }


def test_roles_with_the_same_needs_share_a_statement(accounts: Accounts) -> None:
    accounts.prepare("One")
    accounts.prepare("Two")
    statements = accounts.statements("AWS::S3::BucketPolicy")
    assert [len(asks(statement)) for statement in statements] == [2, 2]


def test_a_key_for_what_is_written(accounts: Accounts) -> None:
    accounts.prepare(inputs={}, outputs=["out"], output_kms_key=accounts.key)
    (statement,) = accounts.statements("AWS::KMS::Key", "KeyPolicy")
    assert statement["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    assert statement["Principal"] == ROOT


def test_a_manual_grant_names_the_role(accounts: Accounts) -> None:
    role = accounts.prepare(inputs={}).job_role
    accounts.bucket.grant_read(role, "more/*")
    (statement,) = accounts.statements("AWS::S3::BucketPolicy")
    assert statement["Principal"]["AWS"].startswith(f"arn:aws:iam::{ACCOUNT}:role/")


def test_an_existing_role_is_allowed(accounts: Accounts) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/jobs"
    accounts.prepare(role=iam.Role.from_role_arn(accounts.stack, "Given", arn))
    assert {asks(statement) for statement in accounts.statements("AWS::S3::BucketPolicy")} == {arn}


def test_roles_of_another_account_cannot_be_passed(accounts: Accounts) -> None:
    imported = iam.Role.from_role_arn(accounts.stack, "Given", f"arn:aws:iam::{OWNER}:role/given")
    made = iam.Role(accounts.data, "Jobs", role_name="jobs", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for name, role in (("Imported", imported), ("Made", made)):
        accounts.prepare(name, inputs={}, role=role)
        with pytest.raises(PipelineError, match=f"role is in account {OWNER}, the pipeline's stack of {ACCOUNT}"):
            Pipeline(accounts.stack, f"Of{name}", role=role)
    errors = [one for one in accounts.errors() if "[other-account]" in one]
    assert [one.partition(": the role")[0] for one in errors] == [
        "[Stack/Pipeline] step 'Imported': Arguments.RoleArn",
        "[Stack/Pipeline] step 'Made': Arguments.RoleArn",
    ]
    assert f"is in account {OWNER}, the pipeline in {ACCOUNT}: IAM passes roles of its own account only" in errors[1]


def test_what_has_no_name_in_another_account_is_reported_at_its_step(accounts: Accounts) -> None:
    accounts.prepare(inputs={"raw": S3Location(s3.Bucket(accounts.data, "Nameless"), "raw/")})
    (error,) = accounts.errors()
    assert "step 'Prepare': it uses Data/Nameless, which is in another account or region and has no" in error
    assert "bucket_name=" in error


def test_files_are_not_uploaded_to_a_bucket_of_another_account(accounts: Accounts, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=f"the bucket Data/Bucket in account {OWNER} cannot name; use artifacts="):
        S3Location(accounts.bucket).known("files are", accounts.stack)
    imported = s3.Bucket.from_bucket_attributes(accounts.stack, "Theirs", bucket_name="theirs", account=OWNER)
    assert S3Location(imported).known("files are", accounts.stack)[0] is imported


@pytest.mark.parametrize("of", ["key", "queue"])
def test_a_worker_is_allowed_by_its_account(accounts: Accounts, tmp_path: Path, of: str) -> None:
    (tmp_path / "review.py").write_text("def handler(inputs): ...", encoding="utf-8")
    hidden = cdk.Duration.minutes(12)
    given: dict[str, Any] = {"encryption_master_key": accounts.key}
    if of == "queue":
        given = {"queue": sqs.Queue(accounts.data, "Queue", queue_name="q", visibility_timeout=hidden)}
    CallbackStep(accounts.pipeline, "Review", **given).add_worker(LambdaHandler(tmp_path / "review.py"))
    where = ("AWS::KMS::Key", "KeyPolicy") if of == "key" else ("AWS::SQS::QueuePolicy",)
    statements = accounts.statements(*where)
    assert [one["Principal"] for one in statements] == [ROOT] * 2
    assert sorted("worker" in asks(one) for one in statements) == [False, True]
    (worker,) = [
        one for one in of_type(accounts, "AWS::IAM::Policy", "Stack").values() if "Worker" in str(one["Roles"])
    ]
    granted = [one["Action"] for one in worker["PolicyDocument"]["Statement"]]
    assert ("kms:Decrypt" in granted) == (of == "key")
    assert any("sqs:ReceiveMessage" in one for one in granted)


def register(pipeline: Pipeline, group: Any) -> Any:
    image = Image.from_uri(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:1")
    step = RegisterModelStep(pipeline, "R", image=image, model_data="s3://b/model.tar.gz", model_package_group=group)
    return step.arguments()["ModelPackageGroupName"]


def test_a_group_of_another_account_is_used_by_its_arn(accounts: Accounts) -> None:
    group = cdk.aws_sagemaker.CfnModelPackageGroup(accounts.data, "Group", model_package_group_name="central")
    assert register(accounts.pipeline, group) == f"arn:aws:sagemaker:{REGION}:{OWNER}:model-package-group/central"


def test_a_group_and_a_network_of_another_region_are_refused(bench: Bench) -> None:
    far = cdk.Stack(bench.app, "Far", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))
    group = cdk.aws_sagemaker.CfnModelPackageGroup(far, "Group", model_package_group_name="g")
    pipeline = Pipeline(bench.stack, "Pipeline")
    with pytest.raises(PipelineError, match="group 'g' is in us-east-1, but the pipeline runs in eu-west-1"):
        register(pipeline, group)
    vpc = cdk.aws_ec2.Vpc(far, "Vpc", nat_gateways=0)
    with pytest.raises(PipelineError, match="vpc: Far/Vpc is of us-east-1, and the job runs in eu-west-1"):
        processing(pipeline, "Step", vpc=vpc)


def test_no_policy_names_a_role_without_a_name(accounts: Accounts) -> None:
    role = iam.Role(accounts.stack, "Own", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    accounts.prepare(role=role)
    assert accounts.statements("AWS::S3::BucketPolicy") == []


def of_type(accounts: Accounts, resource_type: str, stack: str = "Data") -> dict[str, Any]:
    """The properties of a type's resources by their logical ids."""
    found = accounts.app.synth().get_stack_by_name(stack).template["Resources"].items()
    return {key: one["Properties"] for key, one in found if one["Type"] == resource_type}


def test_functions_queues_and_repositories_allow_the_pipeline(accounts: Accounts) -> None:
    code, runtime = lambda_.Code.from_inline("def h(event, context): ..."), lambda_.Runtime.PYTHON_3_13
    functions = [
        lambda_.Function(accounts.data, name, function_name=name, handler="index.h", runtime=runtime, code=code)
        for name in ("Plain", "Versioned", "Aliased")
    ]
    version = functions[1].current_version
    alias = lambda_.Alias(accounts.data, "Alias", alias_name="live", version=functions[2].current_version)
    for number, called in enumerate([functions[0], functions[0], version, alias]):
        LambdaStep(accounts.pipeline, f"Call{number}", function=called)
    queue = sqs.Queue(accounts.data, "Queue", queue_name="reviews")
    CallbackStep(accounts.pipeline, "Review", queue=queue)
    repository = ecr.Repository(accounts.data, "Repository", repository_name="images")
    accounts.prepare(inputs={}, image=Image.from_ecr_repository(repository, "1"))

    permissions = of_type(accounts, "AWS::Lambda::Permission").values()
    assert {(one["Action"], one["Principal"]) for one in permissions} == {("lambda:InvokeFunction", ACCOUNT)}
    resources = accounts.app.synth().get_stack_by_name("Data").template["Resources"]
    ids = [one["FunctionName"].get("Ref") or one["FunctionName"]["Fn::GetAtt"][0] for one in permissions]
    types = sorted(resources[one]["Type"].rpartition("::")[2] for one in ids)
    assert types == ["Alias", "Function", "Version"]  # two steps share one, and each qualifier has its own policy
    (sent,) = accounts.statements("AWS::SQS::QueuePolicy")
    assert (sent["Action"], sent["Principal"]) == ("sqs:SendMessage", ROOT)
    assert "Fn::GetAtt" in sent["Resource"]
    (pulled,) = accounts.statements("AWS::ECR::Repository", "RepositoryPolicyText")
    assert "ecr:BatchGetImage" in pulled["Action"]
    assert pulled["Principal"] == ROOT
    assert "Resource" not in pulled
    assert asks(pulled) != asks(sent)
    assert codes(accounts.stack) == []


def test_resources_without_a_policy_to_write_are_reported(accounts: Accounts) -> None:
    bare = lambda_.CfnFunction(
        accounts.data, "Bare", function_name="bare", role="arn:aws:iam::444455556666:role/f", code={"zip_file": "1"}
    )
    function = lambda_.Function.from_function_arn(accounts.stack, "Known", bare.attr_arn)
    LambdaStep(accounts.pipeline, "Call", function=function)
    accounts.app.synth()
    assert codes(accounts.stack) == [("/Stack/Pipeline/Call", "other-account")]


def test_no_policy_is_needed_within_an_account(bench: Bench) -> None:
    other = cdk.Stack(bench.app, "Other", env=cdk.Environment(account=ACCOUNT, region=REGION))
    bucket = s3.Bucket(other, "Bucket")
    processing(Pipeline(bench.stack, "Pipeline"), "Step", inputs={"x": S3Location(bucket, "x/")})
    assembly = bench.app.synth()
    types = {one["Type"] for one in assembly.get_stack_by_name("Other").template["Resources"].values()}
    assert "AWS::S3::BucketPolicy" not in types
    roles = bench.resources("AWS::IAM::Role").values()
    assert not any("RoleName" in role["Properties"] for role in roles)


def test_nobody_is_allowed_if_the_account_is_not_known(tmp_path: Path) -> None:
    bench = Bench(tmp_path, environment=None)
    other = cdk.Stack(bench.app, "Other")
    bucket = s3.Bucket(other, "Bucket")
    processing(Pipeline(bench.stack, "Pipeline"), "Step", inputs={"x": S3Location(bucket, "x/")})
    types = {one["Type"] for one in bench.app.synth().get_stack_by_name("Other").template["Resources"].values()}
    assert "AWS::S3::BucketPolicy" not in types


def warned(stack: cdk.Stack) -> list[tuple[str, str]]:
    """The construct and the text of each of our warnings in a synthesized stack."""
    found = cdk.assertions.Annotations.from_stack(stack).find_warning("*", cdk.assertions.Match.any_value())
    return [(one.id, str(one.entry.data)) for one in found if "cdk-sagemaker-pipelines:" in str(one.entry.data)]


def codes(stack: cdk.Stack) -> list[tuple[str, str]]:
    """The construct and the code of each warning."""
    return [(where, text.rpartition(" [ack: ")[0].rpartition("[")[2].rstrip("]")) for where, text in warned(stack)]


def test_what_the_app_allows_is_not_a_finding(accounts: Accounts) -> None:
    accounts.prepare()
    assert codes(accounts.stack) == []
    place = accounts.resources("AWS::SageMaker::Pipeline").popitem()[1]["Metadata"]["cdk-sagemaker-pipelines:place"]
    (job,) = (key for key in accounts.resources("AWS::IAM::Role") if "Prepare" in key)
    lets_in = [{"Fn::GetAtt": [job, "Arn"]}]
    assert [(one["Account"], one["LetsIn"]) for one in place["Elsewhere"]] == [(OWNER, lets_in)] * 2


SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")
UNNAMED = {
    "without-a-name": lambda stack: iam.Role(stack, "Own", assumed_by=SAGEMAKER),
    "from-a-parameter": lambda stack: iam.Role.from_role_arn(
        stack, "Own", cdk.CfnParameter(stack, "Given").value_as_string
    ),
    "from-an-export": lambda stack: iam.Role.from_role_arn(stack, "Own", cdk.Fn.import_value("role")),
}


@pytest.mark.parametrize("role", UNNAMED.values(), ids=UNNAMED)
def test_a_role_that_cannot_be_named_is_reported_and_the_others_are_allowed(accounts: Accounts, role: Any) -> None:
    accounts.prepare("Named")
    accounts.prepare("Unnamed", role=role(accounts.stack))
    assert codes(accounts.stack) == [("/Stack/Pipeline/Unnamed", "other-account")] * 2
    for policy in (("AWS::S3::BucketPolicy",), ("AWS::KMS::Key", "KeyPolicy")):
        for statement in accounts.statements(*policy):
            assert statement["Principal"] == ROOT
            assert asks(statement).startswith(f"arn:aws:iam::{ACCOUNT}:role/stacklinenamed")


def test_a_function_allows_the_account_whatever_the_roles_name(accounts: Accounts) -> None:
    code, runtime = lambda_.Code.from_inline("def h(event, context): ..."), lambda_.Runtime.PYTHON_3_13
    function = lambda_.Function(
        accounts.data, "Function", function_name="f", handler="index.h", runtime=runtime, code=code
    )
    accounts.prepare()
    role = iam.Role(accounts.stack, "Own", assumed_by=SAGEMAKER)
    LambdaStep(Pipeline(accounts.stack, "Second", role=role), "Call", function=function)
    assert codes(accounts.stack) == []
    (permission,) = of_type(accounts, "AWS::Lambda::Permission").values()
    assert permission["Principal"] == ACCOUNT


def test_a_topic_and_its_key_allow_the_model(accounts: Accounts) -> None:
    topic = sns.Topic(accounts.data, "Topic", topic_name="done", master_key=accounts.key)
    role = iam.Role(accounts.stack, "Role", role_name="model", assumed_by=SAGEMAKER)
    model = ModelStep(accounts.pipeline, "Model", image=Image.sklearn("1.2-1"), role=role)
    EndpointConfigStep(
        accounts.pipeline,
        "Config",
        variants=[ProductionVariant(model, instance_type="ml.m5.large")],
        async_inference=AsyncInference(S3Location(s3.Bucket(accounts.stack, "Answers")), success_topic=topic),
    )
    (published,) = accounts.statements("AWS::SNS::TopicPolicy")
    (used,) = accounts.statements("AWS::KMS::Key", "KeyPolicy")
    assert (published["Action"], used["Action"]) == ("sns:Publish", ["kms:Decrypt", "kms:GenerateDataKey"])
    assert {asks(published), asks(used)} == {f"arn:aws:iam::{ACCOUNT}:role/model"}
    assert codes(accounts.stack) == []


def test_imports_from_another_account_are_reported(accounts: Accounts) -> None:
    stack, at = accounts.stack, f"{REGION}:{OWNER}"
    function = lambda_.Function.from_function_arn(stack, "Function", f"arn:aws:lambda:{at}:function:f")
    LambdaStep(accounts.pipeline, "Call", function=function)
    CallbackStep(
        accounts.pipeline, "Review", queue=sqs.Queue.from_queue_arn(stack, "Queue", f"arn:aws:sqs:{at}:reviews")
    )
    repository = ecr.Repository.from_repository_arn(stack, "Repository", f"arn:aws:ecr:{at}:repository/images")
    accounts.prepare(inputs={}, image=Image.from_ecr_repository(repository, "1"))
    register(accounts.pipeline, f"arn:aws:sagemaker:{at}:model-package-group/Central")
    assert sorted(where for where, code in codes(stack) if code == "other-account") == [
        f"/Stack/Pipeline/{name}" for name in ("Call", "Prepare", "R", "Review")
    ]


def awaited(accounts: Accounts) -> list[str]:
    """The stacks that CDK deploys before the pipeline's."""
    stack = accounts.app.synth().get_stack_by_name("Stack")
    return sorted(one.id for one in stack.dependencies if not one.id.endswith(".assets"))


def test_the_owner_is_deployed_first(accounts: Accounts) -> None:
    accounts.prepare()
    assert awaited(accounts) == ["Data"]


def test_stacks_that_the_pipeline_does_not_use_are_not_waited_for(accounts: Accounts) -> None:
    accounts.prepare(inputs={})
    assert awaited(accounts) == []


def between(accounts: Accounts) -> None:
    third = cdk.Stack(accounts.app, "Third", env=cdk.Environment(account=OWNER, region=REGION))
    accounts.data.add_dependency(third)
    third.add_dependency(accounts.stack)


@pytest.mark.parametrize(
    "order",
    [
        lambda accounts: accounts.data.add_dependency(accounts.stack),
        lambda accounts: accounts.bucket.node.add_dependency(accounts.stack),
        between,
    ],
    ids=["stack", "construct", "through-a-third"],
)
def test_an_existing_order_of_stacks_is_kept(accounts: Accounts, order: Any) -> None:
    order(accounts)
    accounts.prepare()
    assert accounts.errors() == []
    assert awaited(accounts) == []


def test_the_parent_of_a_nested_stack_waits(accounts: Accounts) -> None:
    nested = cdk.NestedStack(accounts.stack, "Nested")
    accounts.prepare(inputs={})
    bucket = s3.Bucket(accounts.data, "Plain", bucket_name="plain")
    processing(Pipeline(nested, "Inner"), "Step", inputs={"raw": S3Location(bucket, "raw/")})
    assert awaited(accounts) == ["Data"]


def test_stages_do_not_wait_for_each_other(accounts: Accounts) -> None:
    stage = cdk.Stage(accounts.app, "Stage")
    stack = cdk.Stack(stage, "Stack", env=ENVIRONMENT)
    processing(Pipeline(stack, "Pipeline"), "Step", inputs={"raw": S3Location(accounts.bucket, "raw/")})
    accounts.prepare(inputs={})
    (found,) = accounts.app.synth().get_nested_assembly("assembly-Stage").stacks
    assert [one.id for one in found.dependencies if not one.id.endswith(".assets")] == []
    assert len(accounts.statements("AWS::S3::BucketPolicy")) == 2


@pytest.mark.parametrize(
    ("order", "opened"),
    [(("Data", "Jobs"), False), (("Jobs", "Data"), True), (("Jobs", "Jobs/Data"), False)],
    ids=["before", "after", "inside"],
)
def test_a_stage_that_is_written_before_stays_as_it_is(tmp_path: Path, order: tuple[str, str], opened: bool) -> None:
    """In the order in which they are made; a stage in another one comes before it."""
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stages: dict[str, cdk.Stage] = {}
    for path in order:
        around, _, name = path.rpartition("/")
        stages[name] = cdk.Stage(stages[around] if around else app, name)
    data = cdk.Stack(stages["Data"], "Owner", env=cdk.Environment(account=OWNER, region=REGION))
    bucket = s3.Bucket(data, "Bucket", bucket_name="shared")
    stack = cdk.Stack(stages["Jobs"], "Stack", env=ENVIRONMENT)
    processing(Pipeline(stack, "Pipeline"), "Prepare", inputs={"raw": S3Location(bucket, "raw/")})
    app.synth()
    owners = json.loads(next(tmp_path.rglob("*Owner*.template.json")).read_text("utf-8"))
    policies = [one for one in owners["Resources"].values() if one["Type"] == "AWS::S3::BucketPolicy"]
    assert bool(policies) == opened
    warning = cdk.assertions.Match.string_like_regexp("the bucket shared is in account .* both have to allow it")
    assert bool(cdk.assertions.Annotations.from_stack(stack).find_warning("*", warning)) != opened


def test_an_import_has_its_own_account_and_region(accounts: Accounts) -> None:
    bucket = s3.Bucket.from_bucket_attributes(
        accounts.stack, "Far", bucket_name="far", account=OWNER, region="us-east-1"
    )
    accounts.prepare(inputs={"raw": S3Location(bucket, "raw/")})
    step = "/Stack/Pipeline/Prepare"
    assert sorted(codes(accounts.stack)) == [(step, "bucket-key"), (step, "other-account"), (step, "other-region")]


def test_a_stack_of_the_app_in_another_region(bench: Bench) -> None:
    far = cdk.Stack(bench.app, "Far", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))
    bucket = s3.Bucket(far, "Bucket", bucket_name="far")
    processing(Pipeline(bench.stack, "Pipeline"), "Step", inputs={"x": S3Location(bucket, "x/")})
    ((where, text),) = warned(bench.stack)
    assert where == "/Stack/Pipeline/Step"
    assert "is in us-east-1, and the pipeline runs in eu-west-1: " in text


def test_an_image_of_another_region_is_an_error(bench: Bench) -> None:
    image = Image.from_uri("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3-cpu-py311")
    processing(Pipeline(bench.stack, "Pipeline"), "Step", image=image)
    (error,) = bench.errors()
    assert "[other-region]" in error
    assert "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training" in error


@pytest.mark.parametrize(("region", "expected"), [("cn-north-1", ["/Stack/Group"]), ("eu-west-1", []), (None, [])])
def test_a_type_that_the_region_lacks(tmp_path: Path, region: str | None, expected: list[str]) -> None:
    bench = Bench(tmp_path, environment=cdk.Environment(account=ACCOUNT, region=region))
    cdk.aws_sagemaker.CfnModelPackageGroup(bench.stack, "Group", model_package_group_name="g")
    for name in ("One", "Two"):
        processing(Pipeline(bench.stack, name), "Step")
    bench.app.synth()
    assert [where for where, code in codes(bench.stack) if code == "not-in-region"] == expected


@pytest.mark.parametrize("by_reference", [False, True], ids=["by-name", "by-reference"])
def test_a_key_by_its_alias_lets_the_roles_in(tmp_path: Path, by_reference: bool) -> None:
    accounts = Accounts(tmp_path, flags={"@aws-cdk/aws-kms:aliasNameRef": by_reference})
    alias = accounts.key.add_alias("alias/theirs")
    kms.Key(accounts.data, "Second").add_alias("alias/second")
    accounts.prepare(inputs={}, outputs=["out"], output_kms_key=alias)
    (statement,) = accounts.statements("AWS::KMS::Key", "KeyPolicy")
    assert statement["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    assert (statement["Principal"], statement["Resource"]) == (ROOT, "*")
    assert statement["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": "alias/theirs"}
    assert codes(accounts.stack) == []


def test_an_alias_that_the_app_does_not_make_is_told(accounts: Accounts) -> None:
    accounts.key.add_alias("alias/theirs")
    arn = f"arn:aws:kms:{REGION}:{OWNER}:alias/others"
    accounts.prepare(inputs={}, outputs=["out"], output_kms_key=kms.Key.from_key_arn(accounts.stack, "Others", arn))
    assert accounts.statements("AWS::KMS::Key", "KeyPolicy") == []
    found = cdk.assertions.Annotations.from_stack(accounts.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(f"the key {arn} is in account {OWNER}, .*other-account")
    )
    assert len(found) == 1


def test_a_role_without_a_name_is_told_how_to_get_one(accounts: Accounts) -> None:
    role = iam.Role(accounts.stack, "Jobs", assumed_by=SAGEMAKER)
    accounts.prepare(role=role)
    assert accounts.statements("AWS::S3::BucketPolicy") == []
    like = cdk.assertions.Match.string_like_regexp(
        ".*; the app writes it for the role 'Stack/Jobs' with a role_name=, such as PhysicalName.GENERATE_IF_NEEDED"
    )
    told = cdk.assertions.Annotations.from_stack(accounts.stack).find_warning("*", like)
    assert len(told) == 2  # of the bucket and of its key


def test_a_role_of_another_account_needs_no_name(accounts: Accounts) -> None:
    accounts.prepare(inputs={}, role=iam.Role(accounts.data, "Theirs", assumed_by=SAGEMAKER))
    (error,) = accounts.errors()
    assert "it uses Data/Theirs, which is in another account or region" in error
    assert "IAM passes roles of its own account only; name one there" in error
