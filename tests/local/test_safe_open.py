"""What the server reads of what a job left: nothing that a link leads to elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container.safe_open import LeadsOutError, open_file
from tests.local.support import Account
from tests.local.test_processing import isolated, process
from tests.local.test_training import members, train

__all__ = ["isolated"]

OUT = "is behind a link that leads out of the job's folder"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")


def refused(answer: dict[str, Any]) -> str:
    """Why a job failed: without what the link led to, and not by an error of ours."""
    assert answer["StepStatus"] == "Failed", answer
    reason: str = answer["FailureReason"]
    assert "SECRET_OF_THE_USER" not in reason
    return reason


@pytest.mark.parametrize(
    "left",
    [
        "os.symlink('/proc/self/environ', 'out/x')",
        "os.symlink('/etc/hostname', 'out/x')",
        "os.rmdir('out'); os.symlink('/etc', 'out')",
        "os.rmdir('out'); os.symlink('/proc/self', 'out')",
        "os.rename('/opt/ml/processing', '/opt/ml/p'); os.symlink('/proc', '/opt/ml/processing')",
        "os.mkdir('/opt/ml/output'); os.symlink('/proc/self/environ', '/opt/ml/output/message')",
    ],
    ids=["environment", "file", "folder", "proc", "parent", "message"],
)
def test_processing_outputs(account: Account, isolated: str, left: str) -> None:
    script = f"import os\nos.chdir('/opt/ml/processing')\n{left}\n"
    assert OUT in refused(process(account, script, outputs={"out": "s3://data/out"}))
    assert account.keys("out/") == []


TRAINING = "import os, sys\nos.chdir('/opt/ml')\n"


@pytest.mark.parametrize(
    "left",
    ["os.symlink('/proc/self/environ', 'output/failure')", "os.rename('output', 'o'); os.symlink('/proc', 'output')"],
    ids=["file", "folder"],
)
def test_the_failure_of_a_training_job(account: Account, isolated: str, left: str) -> None:
    assert OUT in refused(train(account, {"train.py": f"{TRAINING}{left}\nsys.exit(1)\n"}))


@pytest.mark.parametrize("compression", ["GZIP", "NONE"])
@pytest.mark.parametrize("folder", ["model", "output/data", "checkpoints"])
def test_folders_of_a_training_job(account: Account, folder: str, compression: str) -> None:
    script = f"{TRAINING}os.rmdir('{folder}'); os.symlink('/etc', '{folder}')\n"
    answer = train(
        account,
        {"train.py": script},
        OutputDataConfig={"S3OutputPath": "s3://data/out", "CompressionType": compression},
        CheckpointConfig={"S3Uri": "s3://data/out/checkpoints"},
    )
    assert OUT in refused(answer)
    assert not any("hostname" in key for key in account.keys("out/"))


def test_a_model_that_is_gone_says_so(account: Account) -> None:
    reason = refused(train(account, {"train.py": f"{TRAINING}os.rmdir('model')\n"}))
    assert reason == "ClientError: Failed to upload model.tar.gz: the job left no folder model"


def test_an_archive_is_not_written_through_a_link(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    victim = tmp_path / "victim"
    victim.write_text("precious")
    script = (
        "import glob, os\n"
        f"for folder in glob.glob('{tmp_path}/smpipe-*/scratch'):\n"
        f"    os.symlink('{victim}', folder + '/model.tar.gz')\n"
    )
    assert train(account, {"train.py": f"{script}    print('linked')\n"})["StepStatus"] == "Succeeded"
    assert "linked" in account.log("/aws/sagemaker/TrainingJobs")
    assert victim.read_text() == "precious"


def test_links_inside_are_followed(account: Account, isolated: str) -> None:
    script = (
        f"{TRAINING}open('model/step-1', 'w').write('weights')\nos.symlink('step-1', 'model/latest')\n"
        "os.mkdir('output/data/deep'); os.symlink('../../../model/step-1', 'output/data/deep/up')\n"
        "os.symlink('../model/latest', 'checkpoints/last')\n"
    )
    answer = train(
        account,
        {"train.py": script},
        OutputDataConfig={"S3OutputPath": "s3://data/out", "CompressionType": "NONE"},
        CheckpointConfig={"S3Uri": "s3://data/out/checkpoints"},
    )
    assert answer["StepStatus"] == "Succeeded", answer
    found = {key.rpartition("/")[2]: key for key in account.keys("out/")}
    assert [account.read(found[name]) for name in ("step-1", "latest", "last")] == [b"weights"] * 3
    assert members(account.read(found["output.tar.gz"])) == {}, "a link in an archive stays a link"


def test_opening_what_was_left(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "root"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "file").write_bytes(b"content")
    os.mkfifo(root / "pipe")
    for name, target in {
        "link": "deep/file", "absolute": str(root / "deep"), "loop": "loop", "folder": "deep", "dangling": "nothing",
        "up": "..", "environment": "/proc/self/environ", "sibling": "../root-of-another",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    (tmp_path / "root-of-another").write_text("other")
    for name in ("deep/file", "link", "absolute/file", "absolute/er/../file"):
        file = open_file(root, root / name)
        assert file is not None
        with file:
            assert file.read() == b"content"
    for name in ("pipe", "deep", "folder", "dangling", "nothing", "deep/file/x", "loop", "."):
        assert open_file(root, root / name) is None
    for name in ("environment", "up/root-of-another", "up/up/etc/hostname", "sibling", "../root-of-another"):
        with pytest.raises(LeadsOutError):
            open_file(root, root / name)


@pytest.mark.parametrize("replaced", ["deep", "deep/file"])
def test_a_link_that_appears_meanwhile_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: str
) -> None:
    root, outside = tmp_path.resolve() / "root", tmp_path / "outside"
    for folder in (root / "deep", outside):
        folder.mkdir(parents=True)
        (folder / "file").write_text(folder.name)
    real = os.path.realpath

    def swapping(path: Any) -> str:
        told: str = real(path)
        (root / replaced).rename(root / "moved")
        (root / replaced).symlink_to(outside / Path(replaced).relative_to("deep"))
        return told

    monkeypatch.setattr(os.path, "realpath", swapping)
    assert open_file(root, root / "deep" / "file") is None
