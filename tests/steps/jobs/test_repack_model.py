"""A repacking step: its JSON, what goes up with it, and the script as it runs in the job."""

# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Image, ModelStep, Pipeline, RepackModelStep, SourceDir, TrainingStep
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import ASSETS, JOB, KEY, ROLE, SKLEARN, arguments, findings, get, keys, rendered, run_place

SCRIPT = Path(__file__).parents[3] / "constructs/cdk_sagemaker_pipelines/assets/scripts/repack.py"


@pytest.fixture
def inference(tmp_path: Path) -> SourceDir:
    folder = tmp_path / "inference"
    (folder / "inner").mkdir(parents=True)
    for name in ("inference.py", "requirements.txt", "inner/part.py", "data.csv"):
        (folder / name).write_text(name, encoding="utf-8")
    return SourceDir(folder, entry_point="inference.py", exclude=["*.csv"])


def test_the_fewest_fields(pipeline: Pipeline, inference: SourceDir) -> None:
    train = TrainingStep(pipeline, "Train", **JOB)
    step = RepackModelStep(pipeline, "Repack", model_data=train.model_artifacts, source=inference)
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        "S3DataDistributionType": "FullyReplicated",
    }
    assert rendered(step) == {
        "Name": "Repack",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": SKLEARN, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "InputDataConfig": [{"ChannelName": "model", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": run_place("Repack")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "HyperParameters": {
                "sagemaker_submit_directory": f'"{ASSETS}/<hash>.gz"',
                "sagemaker_program": '"repack.py"',
                "sagemaker_container_log_level": "20",
                "sagemaker_region": '"eu-west-1"',
            },
        },
    }
    assert findings(step) == []


def test_fields_of_the_job(pipeline: Pipeline, stack: cdk.Stack, inference: SourceDir) -> None:
    step = RepackModelStep(
        pipeline,
        "Repack",
        model_data="s3://b/model.tar.gz",
        source=inference,
        output="s3://b/repacked",
        instance_type="ml.m5.4xlarge",
        enable_network_isolation=True,
        max_runtime=600,
        environment={"A": "1"},
        **keys(stack),
    )
    found = arguments(step)
    assert found["OutputDataConfig"] == {"S3OutputPath": "s3://b/repacked", "KmsKeyId": KEY}
    assert found["ResourceConfig"]["InstanceType"] == "ml.m5.4xlarge"
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert found["Environment"] == {"A": "1"}
    assert [channel["ChannelName"] for channel in found["InputDataConfig"]] == ["model", "code"]


def test_a_model_of_the_new_archive(pipeline: Pipeline, inference: SourceDir) -> None:
    repack = RepackModelStep(pipeline, "Repack", model_data="s3://b/model.tar.gz", source=inference)
    assert repack.properties.training_job_name.to_json() == get("Steps.Repack.TrainingJobName")
    model = ModelStep(
        pipeline,
        "Model",
        image=Image.pytorch("2.1"),
        instance_type="ml.m5.large",
        model_data=repack.model_artifacts,
        environment=repack.environment_of_model,
    )
    container = arguments(model)["PrimaryContainer"]
    assert container["ModelDataUrl"] == get("Steps.Repack.ModelArtifacts.S3ModelArtifacts")
    assert container["Environment"] == {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": "eu-west-1",
    }


def test_script_and_inference_code_go_up_together(pipeline: Pipeline, inference: SourceDir) -> None:
    RepackModelStep(pipeline, "Repack", model_data="s3://b/model.tar.gz", source=inference)
    (staged,) = Path(cdk.Stage.of(pipeline).outdir).glob("asset.*.gz")  # type: ignore[union-attr]
    with tarfile.open(staged) as archive:
        assert archive.getnames() == [
            "inference/inference.py",
            "inference/inner/part.py",
            "inference/requirements.txt",
            "repack.py",
        ]
        packed = archive.extractfile("repack.py")
        assert packed is not None
        assert packed.read() == SCRIPT.read_bytes()


def packed(path: Path, files: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """The script as the toolkit starts it."""
    code = folder / "code"
    (code / "inference").mkdir(parents=True)
    (code / "inference" / "inference.py").write_text("new", encoding="utf-8")
    (code / "repack.py").write_bytes(SCRIPT.read_bytes())
    (folder / "channel").mkdir(exist_ok=True)
    (folder / "model").mkdir()
    places = {"SM_CHANNEL_MODEL": str(folder / "channel"), "SM_MODEL_DIR": str(folder / "model")}
    return subprocess.run(
        [sys.executable, "repack.py"], cwd=code, env={**os.environ, **places}, capture_output=True, text=True
    )


def test_the_script_replaces_the_code_of_the_archive(tmp_path: Path) -> None:
    # an asset's key ends in .gz only
    packed(tmp_path / "channel" / "0123.gz", {"model.json": "{}", "sub/x": "x", "code/old.py": "old"})
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    model = tmp_path / "model"
    files = {path.relative_to(model).as_posix(): path.read_text() for path in model.rglob("*") if path.is_file()}
    assert files == {"model.json": "{}", "sub/x": "x", "code/inference.py": "new"}


def with_links(path: Path, links: list[tuple[str, bytes, str]]) -> None:
    """An archive of a file, "w", and links: name, type and target."""
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("w"))
        for name, kind, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)


SYMBOLIC, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


def test_the_script_keeps_links_within_the_archive(tmp_path: Path) -> None:
    with_links(tmp_path / "channel" / "a.gz", [("a/b", SYMBOLIC, "../w"), ("c", HARD, "w"), ("d", SYMBOLIC, "a")])
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert os.readlink(tmp_path / "model" / "a" / "b") == "../w"
    assert (tmp_path / "model" / "d" / "b").samefile(tmp_path / "model" / "c")


@pytest.mark.parametrize(
    "links",
    [
        [("l", SYMBOLIC, "/etc")],
        [("l", SYMBOLIC, "..")],
        [("a/l", SYMBOLIC, "../..")],
        [("a/b/up", SYMBOLIC, "../.."), ("l", SYMBOLIC, "a/b/up/..")],
        [("l", HARD, "/etc/passwd")],
        [("l", HARD, "../channel/a.gz")],
        [("a", SYMBOLIC, "b"), ("l", HARD, "a")],
        [("a", SYMBOLIC, "."), ("a/l", SYMBOLIC, "x")],
        [("../l", tarfile.REGTYPE, "")],
        [("/l", tarfile.REGTYPE, "")],
        [("../l", tarfile.DIRTYPE, "")],
        [("l", tarfile.FIFOTYPE, "")],
        [("l", tarfile.CHRTYPE, "")],
    ],
)
def test_the_script_refuses_what_leads_out(links: list[tuple[str, bytes, str]], tmp_path: Path) -> None:
    with_links(tmp_path / "channel" / "a.gz", links)
    done = run(tmp_path)
    assert (done.returncode, done.stderr.rpartition(", ")[2]) == (1, "which leads out of its folder\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["channel", "code", "model"]


@pytest.mark.parametrize("names", [[], ["a.tar.gz", "b.tar.gz"]])
def test_the_script_says_what_it_misses(names: list[str], tmp_path: Path) -> None:
    for name in names:
        packed(tmp_path / "channel" / name, {})
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"one model archive is needed, found {names}\n")


A = "RepackModelStep 'Stack/P/A': "


def repack(scope: Any, **fields: Any) -> RepackModelStep:
    return RepackModelStep(scope, "A", **{"model_data": "s3://b/model.tar.gz", **fields})


REFUSED: list[Case] = [
    (lambda p: repack(p, source="code"), A + "source takes SourceDir(...), not 'code'"),
    (
        lambda p: repack(p, source=SourceDir(SCRIPT.parent, entry_point="repack.py", command=["bash"])),
        A + "source: command is ['bash'], but here the image itself starts 'repack.py'; give SourceDir a command for "
        "processing steps only",
    ),
    (
        lambda p: repack(p, source=SourceDir("nowhere", entry_point="x.py")),
        A + "SourceDir: there is no folder 'nowhere' (looked in '.')",
    ),
    (
        lambda p: repack(p, source=SourceDir(SCRIPT.parent, entry_point="repac.py")),
        A + f"SourceDir: the folder {str(SCRIPT.parent)!r} has no file 'repac.py'; did you mean 'repack.py'?",
    ),
    (
        lambda p: repack(p, source=SourceDir(SCRIPT.parent, entry_point="repack.py"), model_data="model.tar.gz"),
        A + "model_data: 'model.tar.gz' is not an S3 URI such as 's3://bucket/prefix/'",
    ),
]


@cases(REFUSED)
def test_bad_input_is_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)
