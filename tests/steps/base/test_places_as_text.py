"""Places in S3 that code is told: taken wherever a step takes texts for code, granted by ``reads`` and ``writes``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    CallbackStep,
    ClarifyCheckStep,
    EMRServerlessStep,
    EMRStep,
    ForEachStep,
    JobStep,
    LambdaStep,
    ModelStep,
    NotebookJobStep,
    Objective,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    QualityCheckStep,
    RawStep,
    RegisterModelStep,
    RepackModelStep,
    S3Location,
    SparkSubmit,
    Step,
    StepGroup,
    TrainingDefinition,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from cdk_sagemaker_pipelines.steps.jobs.tuning_ranges import IntegerRange
from tests.steps.least import FUNCTION, least
from tests.steps.support import ACCOUNT, JOB, REGION, arguments, get, join, processing, rendered, source

pytestmark = pytest.mark.usefixtures("working_directory")


@pytest.fixture
def raw(stack: cdk.Stack) -> S3Location:
    return S3Location(s3.Bucket.from_bucket_name(stack, "Data", "data"), "raw/")


URI = "s3://data/raw/"


# -- taken


def test_arguments_and_environment_of_a_processing_job(pipeline: Pipeline, raw: S3Location) -> None:
    prepare = processing(pipeline, outputs=["train"])
    step = processing(
        pipeline,
        "Use",
        container_entrypoint=["run", raw],
        container_arguments=["--raw", raw, "--train", prepare.output("train")],
        environment={"RAW": raw},
        reads=[raw, prepare.output("train")],
    )
    found = rendered(step)
    train = get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
    assert found["Arguments"]["AppSpecification"]["ContainerArguments"] == ["--raw", URI, "--train", train]
    assert found["Arguments"]["AppSpecification"]["ContainerEntrypoint"] == ["run", URI]
    assert found["Arguments"]["Environment"] == {"RAW": URI}
    assert "DependsOn" not in found  # the argument is the edge


def test_hyperparameters(pipeline: Pipeline, raw: S3Location, tmp_path: Path) -> None:
    day = Parameter.string("Day", default="1")
    place = S3Location.from_uri(f"s3://data/{day}/")
    given = {"one": raw, "of_the_day": place, "both": [raw, {"deep": raw}]}
    algorithm = arguments(TrainingStep(pipeline, "Algorithm", **JOB, hyperparameters=given))["HyperParameters"]
    assert algorithm == {
        "one": URI,
        "of_the_day": join("s3://data/", get("Parameters.Day"), "/"),
        "both": f'["{URI}", {{"deep": "{URI}"}}]',
    }
    script = TrainingStep(pipeline, "Script", **JOB, source=source(tmp_path), hyperparameters=given)
    found = arguments(script)["HyperParameters"]
    assert found["one"] == f'"{URI}"'
    assert found["of_the_day"] == join('"s3://data/', get("Parameters.Day"), '/"')


def test_what_the_other_types_are_told(pipeline: Pipeline, raw: S3Location) -> None:
    told: dict[type[Step], tuple[dict[str, Any], Callable[[Any], Any]]] = {
        CallbackStep: ({"inputs": {"raw": raw}}, lambda found: found["raw"]),
        ClarifyCheckStep: ({"environment": {"RAW": raw}}, lambda found: found["Environment"]["RAW"]),
        EMRServerlessStep: (
            {"driver": SparkSubmit("s3://bucket/a.py", args=[raw])},
            lambda found: found["JobConfig"]["jobDriver"]["sparkSubmit"]["entryPointArguments"][0],
        ),
        EMRStep: (
            {"java_properties": {"raw": raw}},
            lambda found: found["StepConfig"]["HadoopJarStep"]["Properties"][0]["Value"],
        ),
        ForEachStep: ({"items": [raw]}, lambda found: found["IterableItems"][0]),
        JobStep: ({"document": {"S3Uri": raw}}, lambda found: found["JobConfigDocument"][11:-2]),
        LambdaStep: ({"inputs": {"raw": raw}}, lambda found: found["raw"]),
        ModelStep: ({"environment": {"RAW": raw}}, lambda found: found["PrimaryContainer"]["Environment"]["RAW"]),
        NotebookJobStep: ({"parameters": {"raw": raw}}, lambda found: found["HyperParameters"]["raw"]),
        QualityCheckStep: ({"environment": {"RAW": raw}}, lambda found: found["Environment"]["RAW"]),
        RegisterModelStep: (
            {"environment": {"RAW": raw}},
            lambda found: found["InferenceSpecification"]["Containers"][0]["Environment"]["RAW"],
        ),
        TransformStep: ({"environment": {"RAW": raw}}, lambda found: found["Environment"]["RAW"]),
    }
    for kind, (fields, read) in told.items():
        found = rendered(least(kind, StepGroup(pipeline, kind.__name__), **fields))
        assert read({**found, **found.get("Arguments", {})}) == URI, kind


def test_a_tuning_is_told_as_its_jobs_are(pipeline: Pipeline, raw: S3Location) -> None:
    definition = TrainingDefinition(
        **JOB, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)}, hyperparameters={"raw": raw}
    )
    found = arguments(TuningStep(pipeline, "Tune", training=definition, max_jobs=2))
    assert found["TrainingJobDefinition"]["StaticHyperParameters"] == {"raw": URI}


def test_in_an_f_string_stands_the_uri(pipeline: Pipeline, raw: S3Location) -> None:
    texts = [f"--raw={raw}", f"{S3Location.from_uri('s3://a/b')}"]
    step = processing(pipeline, container_arguments=texts)
    assert arguments(step)["AppSpecification"]["ContainerArguments"] == [f"--raw={URI}", "s3://a/b"]


def test_a_bucket_is_no_place_but_holds_one(pipeline: Pipeline, stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "data")
    message = r"environment\['A'\]: .* is a bucket; for a place in it write S3Location\(bucket, 'prefix/'\)"
    with pytest.raises(PipelineError, match=message):
        processing(pipeline, environment={"A": bucket})


# -- granted


@pytest.fixture
def own_roles(stack: cdk.Stack) -> Pipeline:
    """A pipeline whose jobs have roles of their own."""
    return Pipeline(stack, "Own", artifacts=s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts"))


def statements(stack: cdk.Stack) -> dict[str, list[Any]]:
    """What stands in the policies of the roles and beside them, by the role's logical id."""
    found: dict[str, list[Any]] = {}
    template = cdk.assertions.Template.from_stack(stack).to_json()["Resources"]
    for name, resource in template.items():
        properties = resource.get("Properties", {})
        policies = list(properties.get("Policies", [])) if resource["Type"] == "AWS::IAM::Role" else []
        holders = [name] if policies else [role["Ref"] for role in properties.get("Roles", []) if "Ref" in role]
        policies += [properties] if "PolicyDocument" in properties else []
        for holder in holders:
            found.setdefault(holder, []).extend(s for policy in policies for s in policy["PolicyDocument"]["Statement"])
    return found


def granted(found: list[Any], action: str) -> list[str]:
    """The resources of an action; what the deployment tells of them is the partition alone."""
    listed = [s for s in found if action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
    resources = [s["Resource"] if isinstance(s["Resource"], list) else [s["Resource"]] for s in listed]
    return [text(resource) for some in resources for resource in some]


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(map(text, value["Fn::Join"][1])) if "Fn::Join" in value else "aws"


KINDS: list[type[Step]] = [
    AutoMLStep,
    ClarifyCheckStep,
    EMRServerlessStep,
    EMRStep,
    JobStep,
    LambdaStep,
    ModelStep,
    NotebookJobStep,
    ProcessingStep,
    QualityCheckStep,
    RepackModelStep,
    TrainingStep,
    TransformStep,
    TuningStep,
]


def test_reads_and_writes_of_every_job_are_granted_with_the_keys(own_roles: Pipeline, stack: cdk.Stack) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/of-the-bucket"
    of_bucket = kms.Key.from_key_arn(stack, "Key", key)
    secret = s3.Bucket.from_bucket_attributes(stack, "Secret", bucket_name="secret", encryption_key=of_bucket)
    data: dict[str, Any] = {"reads": [S3Location(secret, "raw/")], "writes": ["s3://plain/answers/"]}
    model = ModelStep(own_roles, "Served", image=JOB["image"])
    roles = {}
    for kind in KINDS:
        group = StepGroup(own_roles, kind.__name__)
        fields = dict(data)
        if kind is TuningStep:
            fields = {
                "training": TrainingDefinition(
                    **JOB, **data, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)}
                )
            }
        if kind is TransformStep:
            fields["model"] = model
        if kind is EMRStep:
            fields["execution_role"] = iam.Role(group, "Runtime", assumed_by=iam.AccountRootPrincipal())
        if kind is LambdaStep:
            code = lambda_.Code.from_inline("def handler(event, context): return {}")
            python = lambda_.Runtime.PYTHON_3_12
            made = lambda_.Function(group, "Made", runtime=python, handler="index.handler", code=code)
            step: Step = LambdaStep(group, "Step", function=made, **fields)
        else:
            step = least(kind, group, **fields)
        role = getattr(step, "job_role", None) or getattr(step, "job_roles", [None])[0]
        role = fields.get("execution_role") or role or (model.job_role if kind is TransformStep else made.role)
        assert role is not None
        roles[kind] = stack.resolve(role.role_arn)["Fn::GetAtt"][0]
    found = statements(stack)
    for kind, name in roles.items():
        assert "arn:aws:s3:::secret/raw/*" in granted(found[name], "s3:GetObject"), kind
        assert key in granted(found[name], "kms:Decrypt"), kind
        assert "arn:aws:s3:::plain/answers/*" in granted(found[name], "s3:PutObject"), kind
        deletes = ["arn:aws:s3:::plain/answers/*"] if kind in (EMRStep, EMRServerlessStep) else []
        assert granted(found[name], "s3:DeleteObject") == deletes, kind


def test_a_step_whose_output_the_code_reads_is_waited_for(pipeline: Pipeline) -> None:
    prepare = processing(pipeline, "Prepare", outputs=["train"])
    check = processing(pipeline, "Check", outputs=["ok"])
    step = TrainingStep(
        pipeline,
        "Train",
        **JOB,
        depends_on=[check],
        reads=[prepare.output("train"), f"{prepare.output('train')}/x", check.output("ok")],
    )
    assert rendered(step)["DependsOn"] == ["Check", "Prepare"]
    data: dict[str, Any] = {"writes": [prepare.output("train")], "environment": {"A": check.output("ok")}}
    last = TrainingStep(pipeline, "Last", **JOB, **data)
    assert rendered(last)["DependsOn"] == ["Prepare"]


def test_roles_that_are_not_known_here(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=r"granted to the role of the model, which is only known for a ModelStep"):
        least(TransformStep, pipeline, reads=["s3://a/b"])
    function = lambda_.Function.from_function_arn(pipeline, "Function", FUNCTION)
    with pytest.raises(PipelineError, match=r"to the role of the function, which is not known for an existing one"):
        LambdaStep(pipeline, "Call", function=function, writes=["s3://a/b"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reads": "s3://a/b"}, "reads must be a list, not 's3://a/b'"),
        ({"reads": ["a/b"]}, r"reads\[0\]: 'a/b' is not an S3 URI"),
        ({"writes": [3]}, r"writes\[0\]: an S3Location, a step's output or an S3 URI is needed, not 3"),
    ],
)
def test_what_is_no_place(pipeline: Pipeline, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError, match=f"ProcessingStep 'Stack/P/Prepare': {message}"):
        processing(pipeline, **fields)


# -- told of


def test_what_nobody_grants_is_told_and_the_grants_of_users_count(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    environment = cdk.Environment(account=ACCOUNT, region=REGION)
    others, stack = cdk.Stack(app, "Others", env=environment), cdk.Stack(app, "Stack", env=environment)
    near, far = s3.Bucket(stack, "Near"), s3.Bucket(others, "Far")
    pipeline = Pipeline(stack, "P", artifacts=near)
    raw, away = S3Location(near, "raw/"), S3Location(far, "raw/")

    def use(name: str, *places: Any, **more: Any) -> ProcessingStep:
        return processing(pipeline, name, container_arguments=places, **more)

    use("Nobody", raw, away, near.s3_url_for_object("raw/deep/"), f"--in={raw}")
    use("Said", raw, away, reads=[raw], writes=[away])
    near.grant_read(use("Near", raw).job_role)
    far.grant_write(use("Far", away).job_role, "raw/2*")
    far.grant_read(use("Elsewhere", away, raw).job_role, "other/*")
    policy = iam.PolicyStatement(actions=["s3:*"], resources=["*"])
    iam.ManagedPolicy(stack, "All", statements=[policy], roles=[use("All", raw, away).job_role])
    seen = iam.ManagedPolicy(stack, "None")
    seen.add_statements(iam.PolicyStatement(actions=["sqs:*"], resources=["*"]))
    trusted = iam.ServicePrincipal("sagemaker.amazonaws.com")
    full = iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3FullAccess")
    use("Unseen", raw, role=iam.Role(stack, "Full", assumed_by=trusted, managed_policies=[full]))
    use("Seen", raw, role=iam.Role(stack, "Little", assumed_by=trusted, managed_policies=[seen]))
    reading = iam.PolicyStatement(actions=["s3:Get*"], resources=[f"{near.bucket_arn}/*"])
    inline = iam.PolicyDocument(statements=[reading])
    use("Inline", raw, role=iam.Role(stack, "Inline", assumed_by=trusted, inline_policies={"Own": inline}))
    use("Imported", raw, role=iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/there"))
    code = lambda_.Code.from_inline("def handler(event, context): return {}")
    python = lambda_.Runtime.PYTHON_3_12
    for name in ("Told", "Granted"):
        made = lambda_.Function(stack, name, runtime=python, handler="index.handler", code=code)
        LambdaStep(pipeline, f"Call{name}", function=made, inputs={"raw": raw})
    near.grant_read(made)
    app.synth()
    any_of = cdk.assertions.Match.string_like_regexp("handed-over")
    warned = [str(found.entry.data) for found in cdk.assertions.Annotations.from_stack(stack).find_warning("*", any_of)]
    told = [text.partition(": ")[0] + " " + text.split("'")[3] for text in warned]
    assert sorted(told) == [
        "step 'CallTold' s3://${Near}/raw/",
        "step 'Elsewhere' s3://${Far}/raw/",
        "step 'Elsewhere' s3://${Near}/raw/",
        "step 'Nobody' s3://${Far}/raw/",
        "step 'Nobody' s3://${Near}/raw/",
        "step 'Nobody' s3://${Near}/raw/deep/",
        "step 'Seen' s3://${Near}/raw/",
    ]


def test_a_bucket_of_the_app_is_the_same_by_its_name(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    named, other = (s3.Bucket(stack, name, bucket_name=name.lower()) for name in ("Abalone-Data", "Abalone"))
    pipeline = Pipeline(stack, "P", artifacts=s3.Bucket(stack, "Artifacts"))
    text, construct = "s3://abalone-data/raw/", S3Location(named, "raw/")

    def use(name: str, place: Any, **more: Any) -> iam.IRole:
        return processing(pipeline, name, container_arguments=[place], **more).job_role

    def allow(role: iam.IRole, resource: str) -> None:
        role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource]))

    use("Reads", text, reads=[construct])
    named.grant_read(use("Text", text))
    allow(use("Construct", construct), "arn:aws:s3:::abalone-data/*")
    allow(use("Wild", construct), "arn:aws:s3:::abalone-*")
    other.grant_read(use("Other", text))
    allow(use("OtherText", construct), "arn:aws:s3:::abalone/*")
    app.synth()
    any_of = cdk.assertions.Match.string_like_regexp("handed-over")
    warned = cdk.assertions.Annotations.from_stack(stack).find_warning("*", any_of)
    assert sorted(found.id.rpartition("/")[2] for found in warned) == ["Other", "OtherText"]


def test_what_other_fields_grant_of_a_part_is_no_decision_of_the_author(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    data = s3.Bucket(stack, "Data", bucket_name="abalone-data")
    pipeline = Pipeline(stack, "P", artifacts=s3.Bucket(stack, "Artifacts"))

    def use(name: str, channel: str, handed: Any, **more: Any) -> iam.IRole:
        inputs, given = {"train": S3Location(data, channel)}, {"base": handed}
        return TrainingStep(pipeline, name, **JOB, **more, inputs=inputs, hyperparameters=given).job_role

    base = S3Location(data, "F/")
    use("Part", "F/boot/", base)
    use("PartOfText", "F/boot/", "s3://abalone-data/F")
    use("Whole", "F/", base)
    use("WholeOfText", "F/", "s3://abalone-data/F/")
    use("Said", "F/boot/", base, reads=[S3Location(data, "F/other/")])
    data.grant_read(use("Granted", "F/boot/", base), "F/boot/*")
    trusted = iam.ServicePrincipal("sagemaker.amazonaws.com")
    shared = iam.Role(stack, "Shared", assumed_by=trusted)
    use("Shared1", "F/boot/", base, role=shared)
    use("Shared2", "G/", base, role=shared)
    app.synth()
    any_of = cdk.assertions.Match.string_like_regexp("handed-over")
    warned = cdk.assertions.Annotations.from_stack(stack).find_warning("*", any_of)
    assert sorted(str(found.entry.data).split("'")[1] for found in warned) == [
        "Part",
        "PartOfText",
        "Shared1",
        "Shared2",
    ]


def test_what_to_do_for_a_step_in_json(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    data = s3.Bucket(stack, "Data", bucket_name="data")
    pipeline = Pipeline(stack, "P", artifacts=s3.Bucket(stack, "Artifacts"))
    cluster = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}}
    image = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    request = {"ProcessingResources": cluster, "AppSpecification": {"ImageUri": image}, "Environment": {"RAW": URI}}
    RawStep(pipeline, "Raw", step_type="Processing", step_arguments=request)
    other = Pipeline(stack, "Q", artifacts=s3.Bucket(stack, "Others"))
    RawStep(other, "Granted", step_type="Processing", step_arguments=request)
    data.grant_read(other.role, "raw/*")
    app.synth()
    any_of = cdk.assertions.Match.string_like_regexp("handed-over")
    (warned,) = cdk.assertions.Annotations.from_stack(stack).find_warning("*", any_of)
    assert str(warned.entry.data).startswith(
        "step 'Raw': Arguments.Environment.RAW: 's3://data/raw/' is handed over to the code, whose role may neither "
        "read nor write there; grant it to the role of the app that the step names, or to pipeline.role where it names "
        "none [handed-over]"
    )
