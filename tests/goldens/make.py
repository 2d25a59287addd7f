"""Builds the scenarios with the SageMaker Python SDK that is installed, offline, and writes their definitions.

Run it with the Python of an environment that has one of the versions in ``MODULES`` (see README.md). ``--check``
compares instead of writing and exits 1 when a file differs.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import socket
import sys
import tarfile
import tempfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ACCOUNT = "111122223333"
BUCKET = "my-bucket"

# no profile, configuration or proxy of this machine may reach the SDK; its clients are answered below
for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
}

import boto3  # noqa: E402
import botocore.client  # noqa: E402
from shared import REGION, ROLE, SCENARIOS, WITH_UPLOADS  # noqa: E402

MODULES = {
    "2.257.7": ("sagemaker.workflow.pipeline_context", "jobs", "searches", "checks", "services", "flows"),
    "3.27.0": ("sagemaker.core.workflow.pipeline_context", "newer"),
}
"""By version of the SDK: where its pipeline session is, and the modules with the scenarios that it runs."""

CODE = {
    "code/prepare.py": "print('prepare')\n",
    "code/train.py": "print('train')\n",
    "code/evaluate.py": "print('evaluate')\n",
    "code/requirements.txt": "pandas\n",
}
FILES = {
    "inference/inference.py": "print('inference')\n",
    "inference/requirements.txt": "pandas\n",
    "monitor/before.py": "print('before')\n",
    "monitor/after.py": "print('after')\n",
    "notebook/report.ipynb": "{}\n",
    "notebook/start.sh": "true\n",
    "notebook/tools.py": "print('tools')\n",
}
"""Beside ``CODE``, which the SDK hashes as a whole."""

TIME = re.compile(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{3}")
UUID = re.compile(r"(?<=/)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/)")

SETTINGS = "{SchemaVersion: '1.0', SageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}}\n"

uploads: dict[str, bytes] = {}


def no_network(*_: Any) -> Any:
    raise OSError("a golden needs no network")


socket.getaddrinfo = no_network


_OF_A_VERSION = {"InferenceSpecification": {"Containers": []}}
"""Which the SDK asks whether a container is one of the Marketplace's."""


def answer(self: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Every call to AWS: uploads are kept for a look, the account is fixed, all else is refused."""
    if operation == "GetCallerIdentity":
        return {"Account": ACCOUNT, "Arn": ROLE}
    if operation == "ListBuckets":
        return {"Buckets": [{"Name": BUCKET, "CreationDate": datetime(2020, 1, 1, tzinfo=timezone.utc)}]}
    if operation == "SimulatePrincipalPolicy":  # SDK 3 asks whether the role may do what its jobs need
        return {"EvaluationResults": []}
    if operation == "GetRole":
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        return {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": [trust]}}}
    if operation == "DescribeModel":  # for the name of the job, which a pipeline drops
        return {"PrimaryContainer": {"Image": "image"}}
    if operation == "DescribeModelPackage":  # the SDK approves one that is not
        return {"ModelPackageArn": request["ModelPackageName"], "ModelApprovalStatus": "Approved", **_OF_A_VERSION}
    if operation == "PutObject":
        bucket, key, body = request["Bucket"], request["Key"], request["Body"]
        content = body if isinstance(body, (bytes, str)) else body.read()
        uploads[f"s3://{bucket}/{key}"] = content.encode() if isinstance(content, str) else content
        return {}
    if operation == "HeadBucket":
        return {}
    raise RuntimeError(f"the SDK calls {operation}, which a golden must not need")


def definition(name: str, session: Any) -> str:
    """The definition of a scenario, as it is written to its file."""
    uploads.clear()
    pipeline = SCENARIOS[name](session)
    pipeline.sagemaker_session = session
    return text_of(json.loads(pipeline.definition()))


def uploaded() -> str:
    """What the scenario put into S3, by URI: JSON, text, or the names in an archive."""
    contents: dict[str, Any] = {}
    for uri, body in sorted(uploads.items()):
        content, uri = _content(uri, body), steady(uri)
        if contents.setdefault(uri, content) != content:
            raise RuntimeError(f"the SDK uploads two contents that differ in time only: {uri}")
    return text_of(contents)


def _content(uri: str, body: bytes) -> Any:
    if uri.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            return sorted(member.name for member in archive if member.isfile())
    return json.loads(body) if uri.endswith(".json") else body.decode()


def text_of(document: Any) -> str:
    """Indented JSON without what differs from run to run."""
    return steady(json.dumps(document, indent=2)) + "\n"


def steady(text: str) -> str:
    return UUID.sub("UUID", TIME.sub("TIME", text))


def main() -> int:
    installed = version("sagemaker")
    if installed not in MODULES:
        raise SystemExit(f"sagemaker {installed} is installed; the goldens are of {' and '.join(MODULES)}")
    context, *modules = MODULES[installed]
    session_class = importlib.import_module(context).PipelineSession
    for module in modules:
        importlib.import_module(module)
    botocore.client.BaseClient._make_api_call = answer
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the SDK hashes paths too, so they are relative
        Path("settings.yaml").write_text(SETTINGS)
        os.environ["SAGEMAKER_ADMIN_CONFIG_OVERRIDE"] = os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = "settings.yaml"
        for path, text in (CODE | FILES).items():
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_text(text)
        for name in SCENARIOS:
            session = session_class(boto3.Session(region_name=REGION), default_bucket=BUCKET)
            texts[f"{name}.json"] = definition(name, session)
            if name in WITH_UPLOADS:
                texts[f"{name}.uploads.json"] = uploaded()
        os.chdir(HERE)
    different = [
        file for file, text in texts.items() if not (HERE / file).exists() or (HERE / file).read_text() != text
    ]
    if "--check" not in sys.argv:
        for file in different:
            (HERE / file).write_text(texts[file])
    print(f"sagemaker {installed}: {len(texts)} files, different from before: {', '.join(different) or 'none'}")
    return 1 if different and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
