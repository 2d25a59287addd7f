"""A local AWS with a state, before and after a restart."""

from __future__ import annotations

import functools
import io
import json
import socket
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.errors import StateError
from tests.local.embedding import Embedded, end, start
from tests.local.support import processing, step
from tests.local.test_operations import until

from .conftest import ACCOUNT, REGION
from .held import held

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
CODE = "def handler(event, context):\n    return {'told': event}\n"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"


SESSION: Any = boto3.Session()
"""Reads the services' models once."""


class Kept:
    """A local AWS that can be restarted."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self._options = folder, {"secret": "the same for each of them", **options}
        self._port = _free_port()
        self.aws = EmbeddedAws(REGION, ACCOUNT, state=folder, **self._options)
        self.aws.start(self._port)
        self.client = functools.cache(self._new_client)
        """The same client before and after a restart: port and keys stay, and making all of them takes a second."""

    def _new_client(self, name: str) -> Any:
        told = self.aws.environment()
        keys = {key: told[key.upper()] for key in ("aws_access_key_id", "aws_secret_access_key")}
        return SESSION.client(name, region_name=REGION, endpoint_url=told["AWS_ENDPOINT_URL"], **keys)

    def restart(self) -> None:
        self.aws.stop()
        self.aws = EmbeddedAws(REGION, ACCOUNT, state=self.folder, **self._options)
        self.aws.start(self._port)

    def comes_back(self) -> None:
        """Restarts it, and compares everything that it tells."""
        before = held(self.client)
        self.restart()
        assert self.aws.unrestored == ()
        after = held(self.client)
        assert after.keys() == before.keys()
        for name, value in before.items():
            assert after[name] == value, name


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(autouse=True)
def no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto makes more than a thousand anew at each start, which takes longer than all the rest."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "state")
    yield made
    made.aws.stop()


def archive(content: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr("index.py", content)
    return body.getvalue()


def bucket(kept: Kept, name: str = "data") -> Any:
    s3 = kept.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def test_objects_come_back_with_their_versions(kept: Kept) -> None:
    s3 = bucket(kept)
    bucket(kept, "versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for content in (b"one", b"two", b"x" * 100_000):
        s3.put_object(Bucket="data", Key="a/ü +.txt", Body=content, Metadata={"who": "me"}, ContentType="text/plain")
        s3.put_object(Bucket="versions", Key="key", Body=content)
    s3.delete_object(Bucket="versions", Key="key")
    s3.upload_fileobj(io.BytesIO(b"y" * 9_000_000), "data", "large")
    s3.copy_object(Bucket="data", Key="copy", CopySource={"Bucket": "data", "Key": "a/ü +.txt"})
    s3.delete_object(Bucket="data", Key="a/ü +.txt")
    s3.put_object_tagging(Bucket="data", Key="copy", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    kept.comes_back()
    s3 = kept.client("s3")
    assert s3.get_object(Bucket="data", Key="copy")["Body"].read() == b"x" * 100_000
    assert s3.get_object_tagging(Bucket="data", Key="copy")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.list_object_versions(Bucket="versions")["DeleteMarkers"][0]["Key"] == "key"


def test_what_is_overwritten_or_deleted_takes_no_room(kept: Kept) -> None:
    s3 = bucket(kept)
    for number in range(20):
        s3.put_object(Bucket="data", Key="same", Body=bytes([number]) * 100_000)
        s3.put_object(Bucket="data", Key=str(number), Body=bytes([100 + number]) * 100_000)
        s3.delete_object(Bucket="data", Key=str(number))
    kept.comes_back()
    assert sum(path.stat().st_size for path in (kept.folder / "objects").glob("*/*")) == 100_000


def test_keys_that_are_only_slashes_are_not_their_bucket(kept: Kept) -> None:
    s3 = bucket(kept)
    for key in ("model", "/", "//", "folder/", "gone//"):
        s3.put_object(Bucket="data", Key=key, Body=key.encode())
    s3.delete_object(Bucket="data", Key="/")
    s3.delete_object(Bucket="data", Key="gone//")
    kept.comes_back()
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="data")["Contents"]]
    assert keys == ["//", "folder/", "model"]


def test_what_was_written_on_a_condition_comes_back(kept: Kept) -> None:
    s3 = bucket(kept)
    for size in (1, 100_000):
        place = {"Bucket": "data", "Key": str(size)}
        first = s3.put_object(**place, Body=b"1" * size, IfNoneMatch="*")["ETag"]
        second = s3.put_object(**place, Body=b"2" * size, IfMatch=first)["ETag"]
        s3.put_object(**place, Body=b"3" * size, IfMatch=second)
        s3.delete_object(**place)
        last = s3.put_object(**place, Body=b"4" * size, IfNoneMatch="*")["ETag"]
        source = {"Bucket": "data", "Key": str(size)}
        s3.copy_object(Bucket="data", Key=f"copy of {size}", CopySource=source, CopySourceIfMatch=last)
        with pytest.raises(s3.exceptions.ClientError, match="PreconditionFailed"):
            s3.put_object(**place, Body=b"5" * size, IfMatch=first)
        place = {"Bucket": "data", "Key": f"matched {size}"}
        first = s3.put_object(**place, Body=b"6" * size)["ETag"]
        s3.put_object(**place, Body=b"7" * size, IfMatch=first)
    kept.comes_back()
    s3 = kept.client("s3")
    for begin, digit in (("", b"4"), ("copy of ", b"4"), ("matched ", b"7")):
        for size in (1, 100_000):
            assert s3.get_object(Bucket="data", Key=f"{begin}{size}")["Body"].read() == digit * size


def test_an_object_that_is_deleted_stays_deleted_however_it_was_made(kept: Kept) -> None:
    s3 = bucket(kept)
    form = s3.generate_presigned_post("data", "posted")
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("name", b"content")}, timeout=30)
    assert sent.status_code == 204
    assert s3.get_object(Bucket="data", Key="posted")["Body"].read() == b"content"
    kept.comes_back()
    s3 = kept.client("s3")
    s3.delete_object(Bucket="data", Key="posted")
    s3.put_object(Bucket="data", Key="several", Body=b"1")
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "several"}]})
    kept.comes_back()
    assert kept.client("s3").list_objects_v2(Bucket="data")["KeyCount"] == 0


def test_an_upload_in_parts_goes_on_whatever_happens_to_the_object_meanwhile(kept: Kept) -> None:
    s3 = bucket(kept)
    place = {"Bucket": "data", "Key": "large"}
    s3.put_object(**place, Body=b"before")
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"y" * 6_000_000)
    s3.put_object(**place, Body=b"meanwhile")
    s3.delete_object(**place)
    kept.comes_back()
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    kept.client("s3").complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    kept.comes_back()
    assert kept.client("s3").head_object(**place)["ContentLength"] == 6_000_000


def test_a_deleted_bucket_can_be_made_anew(kept: Kept) -> None:
    s3 = bucket(kept)
    s3.put_object(Bucket="data", Key="old", Body=b"old")
    s3.delete_object(Bucket="data", Key="old")
    s3.delete_bucket(Bucket="data")
    bucket(kept).put_object(Bucket="data", Key="new", Body=b"new")
    kept.comes_back()
    listed = kept.client("s3").list_objects_v2(Bucket="data")["Contents"]
    assert [one["Key"] for one in listed] == ["new"]


def test_a_function_keeps_the_code_that_it_was_made_from(kept: Kept) -> None:
    s3, functions = bucket(kept), kept.client("lambda")
    s3.put_object(Bucket="data", Key="code.zip", Body=archive(CODE))
    role = kept.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions.create_function(
        FunctionName="f", Runtime="python3.11", Role=role, Handler="index.handler",
        Code={"S3Bucket": "data", "S3Key": "code.zip"},
    )  # fmt: skip
    s3.put_object(Bucket="data", Key="code.zip", Body=b"something else")
    kept.comes_back()
    assert json.loads(kept.client("lambda").invoke(FunctionName="f", Payload=b"1")["Payload"].read()) == {"told": 1}


def test_keys_messages_and_secrets_come_back(kept: Kept) -> None:
    kms, sqs, iam = kept.client("kms"), kept.client("sqs"), kept.client("iam")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"told")["CiphertextBlob"]
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="first")
    (received,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    sqs.send_message(QueueUrl=url, MessageBody="second")
    iam.create_user(UserName="u")
    access = iam.create_access_key(UserName="u")["AccessKey"]
    kept.client("secretsmanager").create_secret(Name="s", SecretString="secret")
    kept.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    group = kept.client("ec2").create_security_group(GroupName="g", Description="g")["GroupId"]
    kept.comes_back()
    assert kept.client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"told"
    assert kept.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "secret"
    assert kept.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["GroupName"] == "g"
    sqs = kept.client("sqs")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["second"]
    found = kept.aws._world.keys.find(access["AccessKeyId"])
    assert found is not None
    assert found.secret == access["SecretAccessKey"]


def test_keys_that_cannot_be_made_again_are_refused(kept: Kept) -> None:
    kms = kept.client("kms")
    with pytest.raises(kms.exceptions.UnsupportedOperationException, match="keeps only symmetric keys"):
        kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")


TEMPLATE: dict[str, Any] = {
    "Parameters": {"Delay": {"Type": "Number", "Default": 0}},
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}},
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Network"}}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.11", "Handler": "index.handler", "Code": {"ZipFile": CODE},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    },
    "Outputs": {
        "Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}},
        "Block": {"Value": {"Fn::GetAtt": ["Network", "CidrBlock"]}},
    },
}  # fmt: skip


def test_a_stack_comes_back_and_can_be_changed_and_deleted(kept: Kept) -> None:
    before = held(kept.client)
    kept.client("cloudformation").create_stack(StackName="S", TemplateBody=json.dumps(TEMPLATE))
    kept.comes_back()
    cloudformation = kept.client("cloudformation")
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Outputs"]["Arn"] = {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}
    changed["Outputs"]["Again"] = {"Value": {"Fn::GetAtt": ["Network", "CidrBlock"]}}
    cloudformation.update_stack(
        StackName="S", TemplateBody=json.dumps(changed), Parameters=[{"ParameterKey": "Delay", "ParameterValue": "5"}]
    )
    (stack,) = cloudformation.describe_stacks(StackName="S")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["Again"] == "10.0.0.0/16"
    kept.comes_back()
    delay = kept.client("sqs").get_queue_attributes(QueueUrl=outputs["Url"], AttributeNames=["DelaySeconds"])
    assert delay["Attributes"] == {"DelaySeconds": "5"}
    kept.client("cloudformation").delete_stack(StackName="S")
    kept.comes_back()
    left = {name: value for name, value in held(kept.client).items() if str(stack["StackId"]) not in name}
    pending = {name for name in left if name.startswith(("key ", "policy of key "))}  # its deletion takes days
    assert {name: left[name] for name in left.keys() - pending} == before


def test_a_stack_that_was_being_created_has_failed(kept: Kept) -> None:
    cloudformation = kept.client("cloudformation")
    cloudformation.create_stack(StackName="S", TemplateBody=json.dumps(TEMPLATE))
    kept.aws._world.stacks(ACCOUNT, REGION).stack("S").record("UPDATE_IN_PROGRESS", "User Initiated")
    kept.restart()
    (stack,) = kept.client("cloudformation").describe_stacks(StackName="S")["Stacks"]
    assert (stack["StackStatus"], stack["StackStatusReason"]) == (
        "UPDATE_FAILED", "the local AWS ended while this was going on",
    )  # fmt: skip
    changed = {**TEMPLATE, "Outputs": {}}
    kept.client("cloudformation").update_stack(StackName="S", TemplateBody=json.dumps(changed))
    (stack,) = kept.client("cloudformation").describe_stacks(StackName="S")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"


SCRIPT = "from pathlib import Path; Path('/opt/ml/processing/report/a.json').write_text('{}'); print('ran')"


def test_executions_come_back_with_their_jobs_logs_and_cache(kept: Kept) -> None:
    s3 = bucket(kept)
    s3.put_object(Bucket="data", Key="code/script.py", Body=SCRIPT)
    account = Embedded(kept.aws)
    arguments = processing("s3://data/code/script.py", outputs={"report": "s3://data/out"})
    steps = [
        step("Write", arguments=arguments, CacheConfig={"Enabled": True}),
        step("Stop", "Fail", {"ErrorMessage": {"Get": "Parameters.Text"}}, DependsOn=["Write"]),
    ]
    parameters = [{"Name": "Text", "Type": "String", "DefaultValue": "as told"}]
    arn = start(account, "p", steps, parameters=parameters, ClientRequestToken="t" * 40)
    assert end(account, arn)["PipelineExecutionStatus"] == "Failed"
    kept.comes_back()
    sagemaker = kept.client("sagemaker")
    again = sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken="t" * 40)
    assert again["PipelineExecutionArn"] == arn
    second = sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
    end(Embedded(kept.aws), second)
    listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=second)["PipelineExecutionSteps"]
    (write,) = (one for one in listed if one["StepName"] == "Write")
    assert write["CacheHitResult"] == {"SourcePipelineExecutionArn": arn}
    sagemaker.update_pipeline_execution(PipelineExecutionArn=second, PipelineExecutionDisplayName="named")
    kept.comes_back()
    sagemaker = kept.client("sagemaker")
    sagemaker.delete_pipeline(PipelineName="p", ClientRequestToken="d" * 40)
    kept.comes_back()
    assert kept.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_what_runs_when_the_server_stops_can_be_retried(kept: Kept, tmp_path: Path) -> None:
    s3, seen = bucket(kept), tmp_path / "seen"
    script = f"import time; from pathlib import Path; seen = Path({str(seen)!r}); first = not seen.exists(); "
    s3.put_object(Bucket="data", Key="code/s.py", Body=f"{script}seen.touch(); time.sleep(60 if first else 0)")
    arn = start(Embedded(kept.aws), "p", [step("Slow", arguments=processing("s3://data/code/s.py"))])
    deadline = time.monotonic() + 60
    while not seen.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kept.restart()
    assert kept.aws.unrestored == ()
    account, sagemaker = Embedded(kept.aws), kept.client("sagemaker")
    assert end(account, arn)["PipelineExecutionStatus"] == "Stopped"
    (job,) = sagemaker.list_processing_jobs()["ProcessingJobSummaries"]
    assert job["ProcessingJobStatus"] in ("Stopped", "Failed")
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert end(account, arn)["PipelineExecutionStatus"] == "Succeeded"
    assert len(sagemaker.list_processing_jobs()["ProcessingJobSummaries"]) == 2


def test_what_rules_did_with_events_of_sagemaker_comes_back(kept: Kept) -> None:
    events, sqs = kept.client("events"), kept.client("sqs")
    default, arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
    events.create_archive(
        ArchiveName="all", EventSourceArn=default, EventPattern=json.dumps({"source": ["aws.sagemaker"]})
    )
    other = events.create_event_bus(Name="other")["EventBusArn"]
    kept.client("logs").create_log_group(logGroupName="/events")
    targets = {
        "queue": f"{arn}direct", "log": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/events", "bus": other,
    }  # fmt: skip
    for name, bus in (("direct", "default"), ("passed-on", "other")):
        sqs.create_queue(QueueName=name)
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_targets(
        Rule="direct", Targets=[{"Id": id_, "Arn": target, "RoleArn": ROLE} for id_, target in targets.items()]
    )
    events.put_targets(
        Rule="passed-on", EventBusName="other", Targets=[{"Id": "q", "Arn": f"{arn}passed-on", "RoleArn": ROLE}]
    )
    end(Embedded(kept.aws), start(Embedded(kept.aws), "p", [step("F", "Fail", {"ErrorMessage": "as told"})]))

    def arrived() -> list[int]:
        urls = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("direct", "passed-on"))
        told = (sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls)
        queues = [int(one["ApproximateNumberOfMessages"]) for one in told]
        log = kept.client("logs").filter_log_events(logGroupName="/events")["events"]
        return [*queues, len(log), kept.client("events").describe_archive(ArchiveName="all")["EventCount"]]

    deadline = time.monotonic() + 30
    while arrived() != [5] * 4:  # two of the execution, three of its step
        assert time.monotonic() < deadline, arrived()
        time.sleep(0.1)
    kept.comes_back()
    sqs = kept.client("sqs")
    assert arrived() == [5] * 4


def test_a_selective_execution_comes_back_with_the_steps_that_it_reuses(kept: Kept, tmp_path: Path) -> None:
    outcomes = tmp_path / "outcomes.json"
    kept.aws.stop()
    outcomes.write_text(json.dumps({"One": {}, "Two": {"fail": "told to"}}))
    kept._options["outcomes"] = outcomes
    kept.restart()
    account, sagemaker = Embedded(kept.aws), kept.client("sagemaker")
    one = step("One", arguments=processing("s3://data/s.py"))
    two = step("Two", arguments=processing("s3://data/s.py"), DependsOn=["One"])
    source = start(account, "p", [one, two])
    end(account, source)
    config = {"SourcePipelineExecutionArn": source, "SelectedSteps": [{"StepName": "Two"}]}
    arn = sagemaker.start_pipeline_execution(PipelineName="p", SelectiveExecutionConfig=config)["PipelineExecutionArn"]
    end(account, arn)
    kept.comes_back()
    outcomes.write_text(json.dumps({"One": {}, "Two": {}}))
    kept.client("sagemaker").retry_pipeline_execution(PipelineExecutionArn=arn)
    assert end(Embedded(kept.aws), arn)["PipelineExecutionStatus"] == "Succeeded"
    kept.comes_back()


def test_what_cannot_be_repeated_is_said(kept: Kept) -> None:
    bucket(kept).put_object(Bucket="data", Key="large", Body=b"x" * 100_000)
    kept.client("ec2").create_key_pair(KeyName="pair")
    (content,) = (kept.folder / "objects").glob("*/*")
    kept.restart()
    assert kept.aws.unrestored == ("ec2 CreateKeyPair",)
    kept.aws.stop()
    content.write_bytes(b"something else")
    damaged = EmbeddedAws(REGION, ACCOUNT, state=kept.folder)
    with pytest.raises(StateError, match="is damaged"):
        damaged.start()
    content.write_bytes(b"x" * 100_000)
    with damaged:
        assert damaged.services().client("s3").head_object(Bucket="data", Key="large")["ContentLength"] == 100_000


def test_what_the_disk_does_not_take_is_said(kept: Kept) -> None:
    bucket(kept)
    objects = kept.folder / "objects"
    objects.rename(kept.folder / "elsewhere")
    s3 = kept.client("s3")
    with pytest.raises(s3.exceptions.ClientError, match="will be forgotten when the local AWS stops"):
        s3.put_object(Bucket="data", Key="large", Body=b"x" * 100_000)
    (kept.folder / "elsewhere").rename(objects)


def topics(*names: str) -> str:
    return json.dumps({"Resources": {name: {"Type": "AWS::SNS::Topic", "Properties": {}} for name in names}})


def test_what_is_removed_takes_nothing_along_whose_name_begins_like_its(kept: Kept) -> None:
    cloudformation = kept.client("cloudformation")
    cloudformation.create_stack(StackName="stack", TemplateBody=topics("Topic", "TopicTwo", "Other"))
    cloudformation.update_stack(StackName="stack", TemplateBody=topics("TopicTwo", "Other"))
    moment = datetime(2026, 1, 2, tzinfo=timezone.utc)
    for name in ("job", "job-2"):
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}"
        told = {"TrainingJobName": name, "TrainingJobArn": arn, "TrainingJobStatus": "Completed"}
        kept.aws.services().record_job(
            "TrainingJob", name, {**told, "CreationTime": moment, "LastModifiedTime": moment}
        )
    kept.client("sagemaker").delete_training_job(TrainingJobName="job")
    kept.comes_back()
    jobs = kept.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in jobs] == ["job-2"]
    cloudformation = kept.client("cloudformation")
    cloudformation.delete_stack(StackName="stack")
    assert kept.client("sns").list_topics()["Topics"] == []
    kept.comes_back()
    assert kept.client("sns").list_topics()["Topics"] == []


def test_what_replaces_another_stays_when_that_is_deleted(kept: Kept) -> None:
    cloudformation = kept.client("cloudformation")
    template: dict[str, Any] = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "first"}}}
    }
    cloudformation.create_stack(StackName="stack", TemplateBody=json.dumps(template))
    kept.comes_back()
    cloudformation = kept.client("cloudformation")
    template["Resources"]["Topic"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "second"}}
    cloudformation.update_stack(StackName="stack", TemplateBody=json.dumps(template))
    kept.comes_back()
    assert kept.client("sns").list_topics()["Topics"] == []
    (group,) = kept.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "second"


def test_events_and_metrics_come_back_once(kept: Kept) -> None:
    url = kept.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    target = {"Id": "q", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"}
    events = kept.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["mine", "aws.sagemaker"]}))
    events.put_targets(Rule="all", Targets=[{**target, "RoleArn": ROLE}])
    kept.client("scheduler").create_schedule(
        Name="once", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target["Arn"], "RoleArn": ROLE},
    )  # fmt: skip
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    kept.client("sagemaker").create_model(
        ModelName="m",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/i:1"},
    )

    def number() -> int:
        told = kept.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(told["Attributes"]["ApproximateNumberOfMessages"])

    until(lambda: number() == 3)
    kept.restart()
    assert kept.aws.unrestored == ()
    time.sleep(1.5)  # a schedule would be carried out again by now
    assert number() == 3
    messages = [json.loads(one["Body"]) for one in _received(kept.client("sqs"), url)]
    assert {one["source"] for one in messages} == {"mine", "aws.sagemaker", "aws.scheduler"}


def _received(sqs: Any, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(3):
        found += sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return found
