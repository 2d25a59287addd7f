"""Training jobs that really run, in script mode and with an entrypoint."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation, toolkit
from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.jobs import metrics
from tests.local.support import Account, by_name, get, run, step, tar_gz, training

GOLDEN = Path(__file__).parent / "goldens" / "toolkit_environment.json"


@pytest.fixture(params=["namespace", "rewrite"])
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each isolation in turn; the first only where this machine has it."""
    if request.param == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", request.param)
    return str(request.param)


def train(account: Account, files: dict[str, str], program: str = "train.py", **options: Any) -> dict[str, Any]:
    """Runs a source directory as a training step; the step's answer."""
    uri = account.put("code/0a1b.gz", tar_gz(files))
    hyperparameters = {
        "sagemaker_program": json.dumps(program),
        "sagemaker_submit_directory": json.dumps(uri),
        **options.pop("hyperparameters", {}),
    }
    arguments = training(hyperparameters, options.pop("channels", {}), **options)
    done = run([step("Train", "Training", arguments)], runners=RUNNERS, services=account)
    return by_name(done)["Train"]


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in files.items() if file is not None}


def test_the_environment_is_the_toolkits() -> None:
    """The golden was made by running sagemaker-training 5.1.4 over the same three files."""
    golden = json.loads(GOLDEN.read_text())
    decoded = toolkit.decode_hyperparameters(golden["hyperparameters"])
    resources = toolkit.resource_config("ml.m5.large")
    environment = toolkit.environment(decoded, golden["channels"], resources, "job")
    for variables in (golden["environment"], environment):
        # How many processors there are differs from machine to machine.
        assert variables.pop("SM_NUM_CPUS").isdigit()
        training_env = {**json.loads(variables["SM_TRAINING_ENV"]), "num_cpus": None}
        variables["SM_TRAINING_ENV"] = json.dumps(training_env, sort_keys=True)
    assert environment == golden["environment"]
    assert toolkit.command_arguments(toolkit.user_hyperparameters(decoded)) == golden["arguments"]


TRAIN = """
import json, os, sys
from pathlib import Path
import helper

model = Path(os.environ["SM_MODEL_DIR"])
data = Path(os.environ["SM_CHANNEL_TRAIN"])
print("epoch 1 rmse=3.5;")
print("epoch 2 rmse=1.25;")
Path(os.environ["SM_OUTPUT_DATA_DIR"], "plot.txt").write_text("plot")
with open("/opt/ml/input/config/hyperparameters.json") as f:
    hyperparameters = json.load(f)
(model / "seen.json").write_text(json.dumps({
    "arguments": sys.argv[1:],
    "cwd": sorted(os.listdir(".")),
    "data": (data / "deep" / "x.csv").read_text(),
    "word": helper.WORD,
    "hyperparameters": sorted(hyperparameters),
    "rate": os.environ["SM_HP_RATE"],
    "own": os.environ["OWN"],
    "config": json.load(open("/opt/ml/input/config/inputdataconfig.json")),
    "same": os.path.samefile(model, "/opt/ml/model"),
}))
"""


def test_script_mode(account: Account, isolated: str) -> None:
    account.put("train/deep/x.csv", "1,2")
    uri = account.put("code/0a1b.gz", tar_gz({"train.py": TRAIN, "helper.py": "WORD = 'hi'\n"}))
    arguments = training(
        {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": json.dumps(uri),
            "rate": 0.5,
            "name": '"resnet"',
            "on": "true",
            "list": "[1, 2]",
            "m": get("Parameters.Size"),
        },
        {"train": "s3://data/train/"},
        Environment={"OWN": "1"},
    )
    arguments["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "rmse", "Regex": r"rmse=([0-9.]+);"},
        {"Name": "never", "Regex": r"never=(.*)"},
    ]
    after = step("After", "Training", {**arguments, "HyperParameters": {"x": get("Steps.Train.ModelArtifacts.No")}})
    done = run(
        [step("Train", "Training", arguments), after],
        runners=RUNNERS,
        services=account,
        parameters=[{"Name": "Size", "Type": "Integer", "DefaultValue": 3}],
    )
    answer = by_name(done)["Train"]
    assert answer["StepStatus"] == "Succeeded", answer
    name = answer["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert account.keys("models/") == [f"models/{name}/output/model.tar.gz", f"models/{name}/output/output.tar.gz"]
    assert members(account.read(f"models/{name}/output/output.tar.gz")) == {"plot.txt": b"plot"}
    seen = json.loads(members(account.read(f"models/{name}/output/model.tar.gz"))["seen.json"])
    assert seen == {
        "arguments": ["--list", "[1, 2]", "-m", "3", "--name", "resnet", "--on", "True", "--rate", "0.5"],
        "cwd": ["__pycache__", "helper.py", "train.py"],
        "data": "1,2",
        "word": "hi",
        "hyperparameters": sorted(arguments["HyperParameters"]),
        "rate": "0.5",
        "own": "1",
        "config": {
            "train": {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
        },
        "same": True,
    }
    record = account.last("TrainingJob")
    assert record["TrainingJobStatus"] == "Completed"
    assert record["ModelArtifacts"] == {"S3ModelArtifacts": f"s3://data/models/{name}/output/model.tar.gz"}
    (metric,) = record["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("rmse", 1.25)
    assert record["HyperParameters"]["m"] == "3"


def test_code_from_a_channel_as_with_network_isolation(account: Account, isolated: str) -> None:
    code = account.put("code/0a1b.gz", tar_gz({"train.py": "open('/opt/ml/model/x', 'w').write('y')\n"}))
    arguments = training(
        {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"/opt/ml/input/data/code/0a1b.gz"',
        },
        {"code": code},
        EnableNetworkIsolation=True,
    )
    done = run([step("Train", "Training", arguments)], runners=RUNNERS, services=account)
    assert done.status == "Succeeded", done.steps()
    (key,) = account.keys("models/")
    assert members(account.read(key)) == {"x": b"y"}


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ("sagemaker_torch_distributed_enabled", "torchrun would launch the script"),
        ("sagemaker_mpi_enabled", "MPI would launch the script"),
        ("sagemaker_parameter_server_enabled", "parameter servers would launch the script"),
    ],
    ids=["torchrun", "mpi", "parameter-server"],
)
def test_a_distribution_is_refused(account: Account, switch: str, words: str) -> None:
    reason = f"{words} (hyperparameter {switch}), which only the toolkit in the image does"
    answer = train(account, {"train.py": "print(1)\n"}, hyperparameters={switch: "true"})
    assert answer["StepStatus"] == "Failed"
    assert reason in answer["FailureReason"]


def test_a_distribution_that_is_off_is_none(account: Account) -> None:
    answer = train(account, {"train.py": "print(1)\n"}, hyperparameters={"sagemaker_mpi_enabled": "false"})
    assert answer["StepStatus"] == "Succeeded"


def test_a_custom_entrypoint(account: Account, isolated: str) -> None:
    code = account.put("src/go.py", "import sys\nopen('/opt/ml/model/x', 'w').write(' '.join(sys.argv[1:]))\n")
    arguments = training({"rate": "1"}, {"code": code})
    arguments["AlgorithmSpecification"].update(
        ContainerEntrypoint=["python3", "/opt/ml/input/data/code/go.py"], ContainerArguments=["--a", "b"]
    )
    done = run([step("Train", "Training", arguments)], runners=RUNNERS, services=account)
    assert done.status == "Succeeded", done.steps()
    (key,) = account.keys("models/")
    assert members(account.read(key)) == {"x": b"--a b"}


def test_a_shell_script(account: Account) -> None:
    answer = train(account, {"bin/go.sh": 'echo "$@" > /opt/ml/model/x\n'}, "bin/go.sh", hyperparameters={"a": '"b c"'})
    assert answer["StepStatus"] == "Succeeded", answer
    assert members(account.read(account.keys("models/")[0])) == {"x": b"-a b c\n"}


def test_requirements_are_installed_for_the_job_alone(account: Account) -> None:
    files = {
        "train.py": "import sys\nprint(sys.prefix)\n",
        "requirements.txt": "boto3\n# what is here already needs no network\n",
    }
    answer = train(account, files)
    assert answer["StepStatus"] == "Succeeded", answer
    log = account.log("/aws/sagemaker/TrainingJobs")
    assert "Requirement already satisfied: boto3" in log
    assert "[smpipe] pip install -r requirements.txt, wheels only" in log


def test_unavailable_requirements_fail_the_job(account: Account) -> None:
    answer = train(account, {"train.py": "", "requirements.txt": "--no-index\nno-such-package-at-all==9\n"})
    assert answer["FailureReason"].startswith("AlgorithmError: See job logs for more information, exit code: 1\n")
    assert "no-such-package-at-all" in answer["FailureReason"]


def test_a_failing_script_shows_its_last_lines(account: Account, isolated: str) -> None:
    answer = train(account, {"train.py": "print('loss=3')\nraise RuntimeError('diverged')\n"})
    assert answer["StepStatus"] == "Failed"
    assert answer["FailureReason"].startswith("AlgorithmError: See job logs for more information, exit code: 1\n")
    assert answer["FailureReason"].endswith("RuntimeError: diverged")
    record = account.last("TrainingJob")
    assert (record["TrainingJobStatus"], record["SecondaryStatus"]) == ("Failed", "Failed")
    assert account.keys("models/") == []


def test_a_failure_file_is_the_reason(account: Account, isolated: str) -> None:
    script = "import sys\nopen('/opt/ml/output/failure', 'w').write('the labels are empty')\nsys.exit(3)\n"
    answer = train(account, {"train.py": script})
    assert answer["FailureReason"] == "AlgorithmError: the labels are empty, exit code: 3"


@pytest.mark.parametrize(
    ("files", "program", "reason"),
    [
        (
            {"other.py": ""},
            "train.py",
            "does not contain the entry point 'train.py', but other.py",
        ),
        (
            {"train.py": ""},
            "../train.py",
            "the entry point '../train.py' (hyperparameter sagemaker_program) is not a path",
        ),
    ],
)
def test_invalid_entry_points(account: Account, files: dict[str, str], program: str, reason: str) -> None:
    assert reason in train(account, files, program)["FailureReason"]


def test_a_missing_source_archive(account: Account) -> None:
    answer = train(account, {"train.py": ""}, hyperparameters={"sagemaker_submit_directory": '"s3://data/none.tar.gz"'})
    assert "Data download failed: 404" in answer["FailureReason"]
    assert "s3://data/none.tar.gz (hyperparameter sagemaker_submit_directory)" in answer["FailureReason"]


def test_an_invalid_archive(account: Account) -> None:
    uri = account.put("code/x.gz", b"no archive")
    answer = train(account, {"train.py": ""}, hyperparameters={"sagemaker_submit_directory": json.dumps(uri)})
    assert "s3://data/code/x.gz is not a readable tar.gz archive" in answer["FailureReason"]


def test_an_archive_that_climbs_out(account: Account) -> None:
    answer = train(account, {"train.py": "", "../../evil": "x"})
    assert answer["StepStatus"] == "Failed"
    # newer Pythons refuse such an archive by themselves
    assert re.search("is not a readable tar.gz archive|would be written outside of", answer["FailureReason"])


def test_a_built_in_algorithm_cannot_run(account: Account) -> None:
    done = run([step("Train", "Training", training({"k": "1"}, {}))], runners=RUNNERS, services=account)
    reason = by_name(done)["Train"]["FailureReason"]
    assert "the algorithm sklearn is inside its image and only runs in a container engine" in reason
    assert "give the step a script" in reason


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ({"InputMode": "Pipe"}, "channel 'train' has input mode 'Pipe'"),
        ({"CompressionType": "Gzip"}, "channel 'train' has CompressionType 'Gzip'"),
        ({"DataSource": {"FileSystemDataSource": {}}}, "FileSystemDataSource"),
    ],
)
def test_invalid_channels(account: Account, channel: dict[str, Any], reason: str) -> None:
    uri = account.put("train/x", "")
    arguments = training({"sagemaker_program": '"train.py"'}, {"train": uri})
    arguments["InputDataConfig"][0].update(channel)
    done = run([step("Train", "Training", arguments)], runners=RUNNERS, services=account)
    assert reason in by_name(done)["Train"]["FailureReason"]


def values(account: Account, metric: str) -> list[float]:
    """What CloudWatch has of a metric of the last job, as the SageMaker SDK's TrainingJobAnalytics asks for it."""
    name = account.last("TrainingJob")["TrainingJobName"]
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName=metric,
        Dimensions=[{"Name": "TrainingJobName", "Value": name}],
        StartTime=datetime.now(timezone.utc) - timedelta(hours=1),
        EndTime=datetime.now(timezone.utc) + timedelta(hours=1),
        Period=7200,
        Statistics=["SampleCount", "Sum"],
    )
    return [point[statistic] for point in answer["Datapoints"] for statistic in ("SampleCount", "Sum")]


@pytest.mark.parametrize("fails", [False, True])
def test_metrics_are_in_cloudwatch(account: Account, fails: bool) -> None:
    script = "for value in ('3', '1', 'nan', 'inf', '0.5'): print(f'loss={value};')\n" + "raise SystemExit(1)" * fails
    definitions = [{"Name": "loss", "Regex": "loss=([^;]+);"}, {"Name": "accuracy", "Regex": "accuracy=(.*)"}]
    image = {"TrainingImage": "sklearn", "TrainingInputMode": "File", "MetricDefinitions": definitions}
    answer = train(account, {"train.py": script}, AlgorithmSpecification=image)
    assert answer["StepStatus"] == ("Failed" if fails else "Succeeded"), answer
    assert values(account, "loss") == [3, 4.5]
    assert values(account, "accuracy") == []
    (final,) = account.last("TrainingJob")["FinalMetricDataList"]
    assert (final["MetricName"], final["Value"]) == ("loss", 0.5)


def test_a_flood_of_metrics_is_cut(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST", 700)
    definitions = [{"Name": "loss", "Regex": "loss=(.*)"}]
    image = {"TrainingImage": "sklearn", "TrainingInputMode": "File", "MetricDefinitions": definitions}
    script = "for value in range(1000): print(f'loss={value}')\n"
    assert train(account, {"train.py": script}, AlgorithmSpecification=image)["StepStatus"] == "Succeeded"
    assert values(account, "loss")[0] == 700
    assert account.last("TrainingJob")["FinalMetricDataList"][0]["Value"] == 999
    assert "300 more values of metrics are not in CloudWatch" in account.log("/aws/sagemaker/TrainingJobs")


def test_a_metric_whose_regex_is_broken(account: Account) -> None:
    arguments = training({"sagemaker_program": '"train.py"'}, {})
    arguments["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "m", "Regex": "("}]
    done = run([step("Train", "Training", arguments)], runners=RUNNERS, services=account)
    assert "the Regex '(' of metric 'm' is not readable" in by_name(done)["Train"]["FailureReason"]


def test_checkpoints_come_and_go(account: Account) -> None:
    script = (
        "from pathlib import Path\nfile = Path('/opt/ml/checkpoints/n')\n"
        "file.write_text(str(int(file.read_text()) + 1 if file.exists() else 1))\n"
    )
    for expected in (b"1", b"2"):
        answer = train(account, {"train.py": script}, CheckpointConfig={"S3Uri": "s3://data/checkpoints"})
        assert answer["StepStatus"] == "Succeeded", answer
        assert account.read("checkpoints/n") == expected


def test_an_uncompressed_model(account: Account) -> None:
    place = {"S3OutputPath": "s3://data/models", "CompressionType": "NONE"}
    answer = train(account, {"train.py": "open('/opt/ml/model/x', 'w').write('y')\n"}, OutputDataConfig=place)
    assert answer["StepStatus"] == "Succeeded", answer
    uri = account.last("TrainingJob")["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri.endswith("/output/model/")
    assert account.keys("models/") == [f"{uri.removeprefix('s3://data/')}x"]


def test_entry_point_names() -> None:
    with pytest.raises(StepFailed):
        toolkit.command("a b.py", Path(os.curdir), "python", [])
