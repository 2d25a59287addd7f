"""Builds the pipelines of jobs.py and flows.py with the SageMaker Python SDK, offline, and writes the definitions.

Run it with the Python of an environment that has sagemaker==2.257.7 (see README.md). ``--check`` compares instead of
writing and exits 1 when a file differs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ACCOUNT = "111122223333"
BUCKET = "my-bucket"
REGION = "us-east-1"

# no profile, configuration or proxy of this machine may reach the SDK; its clients are answered below
for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
}

import boto3  # noqa: E402
import botocore.client  # noqa: E402
import flows  # noqa: E402, F401  # declares scenarios
import jobs  # noqa: E402, F401  # declares scenarios
import sagemaker  # noqa: E402
from common import SCENARIOS  # noqa: E402
from sagemaker.workflow.pipeline_context import PipelineSession  # noqa: E402

SDK_VERSION = "2.257.7"

CODE = {
    "code/prepare.py": "print('prepare')\n",
    "code/train.py": "print('train')\n",
    "code/evaluate.py": "print('evaluate')\n",
    "code/requirements.txt": "pandas\n",
}


def answer(self: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Every call to AWS: uploads vanish, the account is fixed, all else is refused."""
    if operation == "GetCallerIdentity":
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:role/PipelineRole"}
    if operation == "ListBuckets":
        return {"Buckets": [{"Name": BUCKET, "CreationDate": datetime(2020, 1, 1, tzinfo=timezone.utc)}]}
    if operation == "DescribeModel":  # for the name of the job, which a pipeline drops
        return {"PrimaryContainer": {"Image": "image"}}
    if operation in ("PutObject", "HeadBucket"):
        return {}
    raise RuntimeError(f"the SDK calls {operation}, which a golden must not need")


def definition(name: str) -> str:
    """The definition of a scenario, as it is written to its file."""
    session = PipelineSession(boto3.Session(region_name=REGION), default_bucket=BUCKET)
    pipeline = SCENARIOS[name](session)
    pipeline.sagemaker_session = session
    return json.dumps(json.loads(pipeline.definition()), indent=2) + "\n"


def main() -> int:
    if sagemaker.__version__ != SDK_VERSION:
        raise SystemExit(f"sagemaker {sagemaker.__version__} is installed; the goldens are of {SDK_VERSION}")
    botocore.client.BaseClient._make_api_call = answer
    different = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # the SDK hashes paths too, so they are relative
        for path, text in CODE.items():
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).write_text(text)
        for name in SCENARIOS:
            target, text = HERE / f"{name}.json", definition(name)
            if text != (target.read_text() if target.exists() else ""):
                different.append(name)
            if "--check" not in sys.argv:
                target.write_text(text)
        os.chdir(HERE)
    print(f"{len(SCENARIOS)} goldens, different from before: {', '.join(different) or 'none'}")
    return 1 if different and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
