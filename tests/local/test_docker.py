"""Images that run with Docker, as far as a stand-in for the ``docker`` command can show it (fake_docker.py)."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import docker
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.embedding import Embedded, finished
from tests.local.support import Account, by_name, execution, get, processing, run, step, tar_gz, training

FAKE = Path(__file__).with_name("fake_docker.py")


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stand-in for docker, which is asked for."""
    folder = tmp_path / "engine"
    folder.mkdir()
    command = folder / "docker"
    command.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-S", str(FAKE)])} "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_DOCKER", str(folder))
    monkeypatch.setenv("SMPIPE_ISOLATION", "docker")
    docker._remove_orphans.cache_clear()
    return folder


def calls(engine: Path, command: str = "run") -> list[list[str]]:
    """How docker was called for a command, without that."""
    found = [json.loads(line) for line in (engine / "calls").read_text().splitlines()]
    return [words[1:] for words in found if words[0] == command]


def process(account: Account, **members: Any) -> dict[str, Any]:
    """A processing job of the image acme/clean:1."""
    arguments = processing(
        account.put("code/x.py", "-"), inputs={"in": account.put("in/a", "word")}, outputs={"out": "s3://data/out"}
    )
    arguments["AppSpecification"] = {"ImageUri": "acme/clean:1", **members.pop("AppSpecification", {})}
    arguments.update(members)
    return by_name(run([step("Clean", arguments=arguments)], runners=RUNNERS, services=account))["Clean"]


CLEAN = """
import os, sys
ml = os.environ["ML"]
print("cleans", sys.argv[1:])
open(ml + "/processing/out/b", "w").write(open(ml + "/processing/in/a").read() + os.environ["OWN"])
"""


def test_a_processing_job(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text(CLEAN)
    answer = process(account, Environment={"OWN": "!"})
    assert answer["StepStatus"] == "Succeeded", answer
    assert answer["StepDescription"] == "[local container: its image ran on this machine's container engine]"
    assert account.read("out/b") == b"word!"
    ((*options, image),) = calls(engine)
    assert image == "acme/clean:1"
    named = dict(option.partition("=")[::2] for option in options)
    root = Path(named.pop("--env-file")).parent
    assert named.pop("--name").startswith("pipelines-abcdefghijkl-Clean-")
    assert named == {
        "--rm": "",
        "--label": f"cdk-sagemaker-pipelines={os.getuid()}:{root}",
        "--cap-drop": "ALL",
        "--security-opt": "no-new-privileges",
        "--pids-limit": "4096",
        "--network": "host",
        "--user": f"{os.getuid()}:{os.getgid()}",
        "--mount": f'type=bind,"source={root}/ml",target=/opt/ml',
    }
    variables = json.loads((engine / "environment.json").read_text())
    assert variables == {
        "HOME": "/tmp",
        "OWN": "!",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    assert "cleans ['']" in account.log("/aws/sagemaker/ProcessingJobs")
    assert not root.exists()


def test_an_entrypoint_with_arguments(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text(CLEAN)
    application = {"ContainerEntrypoint": ["--privileged", "-v"], "ContainerArguments": ["--network=host", "a b"]}
    answer = process(account, Environment={"OWN": "!"}, AppSpecification=application)
    assert answer["StepStatus"] == "Succeeded", answer
    (words,) = calls(engine)
    assert words[words.index("acme/clean:1") - 1 :] == [
        "--entrypoint=--privileged", "acme/clean:1", "-v", "--network=host", "a b",
    ]  # fmt: skip


def test_an_isolated_job_has_neither_network_nor_credentials(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text(CLEAN)
    answer = process(account, Environment={"OWN": "!"}, NetworkConfig={"EnableNetworkIsolation": True})
    assert answer["StepStatus"] == "Succeeded", answer
    assert "--network=none" in calls(engine)[0]
    assert [name for name in json.loads((engine / "environment.json").read_text()) if "KEY" in name] == []
    assert account.roles == []


def test_nobody_else_reads_the_variables(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text(
        "import glob, os, stat\n(file,) = glob.glob(os.path.dirname(os.environ['ML']) + '/*.env')\n"
        "print('mode', oct(stat.S_IMODE(os.stat(file).st_mode)))\n" + CLEAN
    )
    assert process(account, Environment={"OWN": "s3cret"})["StepStatus"] == "Succeeded"
    assert f"mode {oct(stat.S_IRUSR | stat.S_IWUSR)}" in account.log("/aws/sagemaker/ProcessingJobs")
    assert "s3cret" not in json.dumps(calls(engine))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"AppSpecification": {"ImageUri": "-v/:/host"}}, "ClientError: '-v/:/host' is not the name of an image"),
        ({"AppSpecification": {"ImageUri": "acme/gone:1"}}, "docker cannot run the image acme/gone:1: docker: Error"),
        ({"Environment": {"OWN": "a\nDOCKER_HOST=b"}}, "the variable 'OWN' is not one that docker passes"),
    ],
)
def test_what_docker_does_not_get(account: Account, engine: Path, members: dict[str, Any], reason: str) -> None:
    (engine / "acme_clean_1").write_text(CLEAN)
    answer = process(account, **members)
    assert answer["StepStatus"] == "Failed"
    assert reason in answer["FailureReason"]


def test_a_failing_container(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text("print('no rows'); raise SystemExit(3)")
    reason = process(account)["FailureReason"]
    assert reason == "AlgorithmError: See job logs for more information, exit code: 3\nno rows"


TRAIN = """
import json, os, sys
ml = os.environ["ML"]
assert sys.argv[1:] == ["", "train"], sys.argv
given = json.load(open(ml + "/input/config/hyperparameters.json"))
print("[0]\\ttrain-loss:0.5\\tvalidation-loss:0.25")
if given.get("fails"):
    open(ml + "/output/failure", "w").write("no data")
    sys.exit(1)
open(ml + "/model/names", "w").write(" ".join(sorted(os.listdir(ml + "/code"))))
"""


def train(account: Account, hyperparameters: dict[str, str]) -> dict[str, Any]:
    arguments = training(hyperparameters, {"train": account.put("train/a", "1")})
    definitions = [{"Name": "loss", "Regex": r"#011validation-loss:(\S+)"}]
    arguments["AlgorithmSpecification"].update(TrainingImage="acme/train:1", MetricDefinitions=definitions)
    return by_name(run([step("Train", "Training", arguments)], runners=RUNNERS, services=account))["Train"]


def test_a_training_job_with_and_without_a_script(account: Account, engine: Path) -> None:
    (engine / "acme_train_1").write_text(TRAIN)
    assert train(account, {"rounds": "3"})["StepStatus"] == "Succeeded"
    source = account.put("code/x.tar.gz", tar_gz({"train.py": "", "requirements.txt": ""}))
    script = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(source)}
    answer = train(account, script)
    assert answer["StepStatus"] == "Succeeded", answer
    record = account.last("TrainingJob")
    assert record["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model.tar.gz")
    assert [(each["MetricName"], each["Value"]) for each in record["FinalMetricDataList"]] == [("loss", 0.25)]
    assert [words[-2:] for words in calls(engine)] == [["acme/train:1", "train"]] * 2


def test_the_failure_file_of_an_image(account: Account, engine: Path) -> None:
    (engine / "acme_train_1").write_text(TRAIN)
    assert train(account, {"fails": "1"})["FailureReason"] == "AlgorithmError: no data, exit code: 1"


def test_a_stop_stops_the_container(account: Account, engine: Path) -> None:
    (engine / "acme_clean_1").write_text("import time\ntime.sleep(100)\n")
    arguments = processing(account.put("code/x.py", "-"))
    arguments["AppSpecification"] = {"ImageUri": "acme/clean:1"}
    going = execution([step("Clean", arguments=arguments)], runners=RUNNERS, services=account)
    going.start()
    deadline = time.monotonic() + 60
    while not list(engine.glob("pipelines-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    (name,) = [path.name for path in engine.glob("pipelines-*")]
    going.stop()
    assert going.wait(60) == "Stopped"
    assert calls(engine, "stop") == [["-t", "10", name]]
    assert calls(engine, "rm") == [["--force", name]]


def test_a_container_that_takes_too_long(account: Account, engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.local.container.process.GRACE_SECONDS", 0.2)
    (engine / "acme_clean_1").write_text("import time\ntime.sleep(2)\n")
    answer = process(account, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert "ran longer than 1 seconds" in answer["FailureReason"]
    assert len(calls(engine, "rm")) == 1


SERVE = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
assert sys.argv[1:] == ["", "serve"], sys.argv
word = open(os.environ["ML"] + "/model/word").read()
class Model(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if body == "bad":
            self.send_response(400); self.end_headers(); self.wfile.write(b"a bad record"); return
        if body == "dead":
            os._exit(9)
        asked = self.headers.get("Content-Type", "-") + " " + self.headers.get("Accept", "-")
        answer = "".join(f"{word}{len(line)}\\n" for line in body.splitlines()) if word != "headers" else asked
        self.send_response(200); self.end_headers(); self.wfile.write(answer.encode())
    def log_message(self, *_): pass
print("serves", flush=True)
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Model).serve_forever()
"""


def transform(account: Account, given: str, word: str = "w", **members: Any) -> dict[str, Any]:
    """Applies a model of the image acme/serve:1 to in/x, which holds what is given."""
    return by_name(run(scoring(account, given, word, **members), runners=RUNNERS, services=account))["Score"]


def scoring(account: Account, given: str, word: str = "w", **members: Any) -> list[dict[str, Any]]:
    """The steps of such a transform."""
    account.put("in/x", given)
    model = account.put("model.tar.gz", tar_gz({"word": word}))
    create = {
        "PrimaryContainer": {"Image": "acme/serve:1", "ModelDataUrl": model, "Environment": {"OWN": "1"}},
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/job",
        **members.pop("model", {}),
    }
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    arguments = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://data/out", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }
    return [step("Model", "Model", create), step("Score", "Transform", arguments)]


@pytest.mark.parametrize("strategy", ["SingleRecord", "MultiRecord"])
def test_a_transform(account: Account, engine: Path, strategy: str) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    answer = transform(account, "a\nbb\n", BatchStrategy=strategy)
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out") == b"w1\nw2\n"
    (words,) = calls(engine)
    assert words[-2:] == ["acme/serve:1", "serve"]
    assert [word for word in words if "network" in word or "publish" in word] == ["--publish=127.0.0.1::8080"]
    variables = json.loads((engine / "environment.json").read_text())
    assert (variables["OWN"], variables["SAGEMAKER_BATCH"]) == ("1", "true")
    assert [name for name in variables if "KEY" in name] == []
    (name,) = [word.partition("=")[2] for word in words if word.startswith("--name=")]
    assert calls(engine, "stop") == [["-t", "10", name]]
    assert "serves" in account.log("/aws/sagemaker/TransformJobs")


def test_a_transform_with_a_join(account: Account, engine: Path) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input"}
    answer = transform(account, "id1,xx\nid2,x\n", DataProcessing=processing)
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out") == b"id1,xx,w2\nid2,x,w1\n"


def test_what_the_container_is_asked(account: Account, engine: Path) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    assert transform(account, "a", "headers")["StepStatus"] == "Succeeded"
    assert account.read("out/x.out") == b"text/csv text/csv\n"


def test_several_containers(account: Account, engine: Path) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    containers = [
        {"Image": "acme/serve:1", "ModelDataUrl": account.put(f"{word}.tar.gz", tar_gz({"word": word}))}
        for word in ("one", "two")
    ]
    model = {"PrimaryContainer": None, "Containers": containers}
    answer = transform(account, "a\nbb\n", model=model, BatchStrategy="SingleRecord")
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x.out") == b"two4\ntwo4\n"
    names = [word for words in calls(engine) for word in words if word.startswith("--name=")]
    assert [name[-2:] for name in names] == ["-0", "-1"]


@pytest.mark.parametrize(
    ("given", "options", "reason"),
    [
        ("bad", {}, "ClientError: the container of acme/serve:1 answers with 400: a bad record"),
        ("dead", {}, "the container of acme/serve:1 does not answer|the container has ended, exit code: 9"),
        (
            "a",
            {"model": {"PrimaryContainer": {"Image": "acme/gone:1"}}},
            "docker cannot run the image acme/gone:1: docker: Error",
        ),
    ],
)
def test_transforms_that_fail(account: Account, engine: Path, given: str, options: dict[str, Any], reason: str) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    answer = transform(account, given, **options)
    assert answer["StepStatus"] == "Failed"
    assert re.search(reason, answer["FailureReason"])
    assert account.keys("out/") == []


def test_a_model_that_is_isolated(embedded: Embedded, engine: Path) -> None:
    (engine / "acme_serve_1").write_text(SERVE)
    steps = scoring(embedded, "a", model={"EnableNetworkIsolation": True})
    reason = finished(embedded, "isolated", steps).steps["Score"]["FailureReason"]
    assert reason == "the model is isolated from the network, and so local runs cannot reach its container"


def test_containers_of_dead_servers_are_removed(account: Account, engine: Path, tmp_path: Path) -> None:
    (engine / "acme_clean_1").write_text(CLEAN)
    mine, gone = os.getuid(), tmp_path / "gone"
    (engine / "ps").write_text(f"a1 {mine}:{gone}\nb2 {mine}:{tmp_path}\nc3 {mine + 1}:{gone}\nd4 \n")
    process(account, Environment={"OWN": "!"})
    assert calls(engine, "ps")[0][:2] == ["--all", "--filter=label=cdk-sagemaker-pipelines"]
    assert calls(engine, "rm")[0] == ["--force", "a1"]
    assert len(calls(engine, "rm")) == 2


def test_without_docker(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "images cannot run here: there is no docker on the PATH" in process(account)["FailureReason"]


def test_elsewhere_than_on_linux(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "only on Linux can a container reach the local AWS" in process(account)["FailureReason"]


def test_it_is_off_unless_asked_for(account: Account, engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMPIPE_ISOLATION")
    assert "set SMPIPE_ISOLATION=docker where there is Docker" in process(account)["FailureReason"]
    assert not (engine / "calls").exists()
