"""Processing jobs that really run."""

from __future__ import annotations

import io
import json
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation
from cdk_sagemaker_pipelines.local.container.process import GRACE_SECONDS
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.processes import eventually, mark, running
from tests.local.support import Account, by_name, execution, get, processing, run, states, step, tar_gz

ISOLATIONS = ["namespace", "rewrite"]


@pytest.fixture(params=ISOLATIONS)
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each isolation in turn; the first only if this machine supports it."""
    if request.param == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", request.param)
    return str(request.param)


def process(account: Account, script: str, **options: Any) -> dict[str, Any]:
    """Runs one script as a processing step; the step's answer."""
    uri = account.put("code/script.py", script)
    done = run([step("Prepare", arguments=processing(uri, **options))], runners=RUNNERS, services=account)
    return by_name(done)["Prepare"]


READS_AND_WRITES = """
import json, os, sys
from pathlib import Path

inside = Path("/opt/ml/processing")
found = sorted(str(path.relative_to(inside)) for path in inside.rglob("*") if path.is_file())
with open("/opt/ml/config/processingjobconfig.json") as file:
    config = json.load(file)
with open("/opt/ml/config/resourceconfig.json") as file:
    resources = json.load(file)
print("hello", sys.argv[1:])
out = inside / "report"
(out / "deep").mkdir()
(out / "deep" / "seen.json").write_text(json.dumps({
    "files": found, "arguments": sys.argv[1:], "mode": os.environ["MODE"], "python": sys.version,
    "job": config["ProcessingJobName"], "hosts": resources["hosts"], "region": os.environ["AWS_REGION"],
    "leak": sorted(name for name in os.environ if "SECRET_OF_THE_USER" in name),
    "text": (inside / "raw" / "a" / "one.csv").read_text(),
}))
"""


def test_the_contract(account: Account, isolated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    account.put("raw/a/one.csv", "1,2\n")
    account.put("raw/two.csv", "3,4\n")
    account.put("single/model.tar.gz", b"x")
    answer = process(
        account,
        READS_AND_WRITES,
        inputs={"raw": "s3://data/raw/", "model": "s3://data/single/model.tar.gz"},
        outputs={"report": "s3://data/out/report"},
        arguments=["--rate", 0.5, "--in", "/opt/ml/processing/raw", "s3://data/opt/ml/x"],
        Environment={"MODE": get("Execution.PipelineName")},
        AppSpecification={
            "ImageUri": "sklearn",
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/script.py"],
            "ContainerArguments": ["--rate", {"Std:Join": {"On": "", "Values": [0.5]}}, "s3://data/opt/ml/x"],
        },
    )
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.keys("out/") == ["out/report/deep/seen.json"]
    seen = json.loads(account.read("out/report/deep/seen.json"))
    assert seen.pop("job") == answer["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert seen == {
        "files": ["input/code/script.py", "model/model.tar.gz", "raw/a/one.csv", "raw/two.csv"],
        "arguments": ["--rate", "0.5", "s3://data/opt/ml/x"],
        "mode": "p",
        "python": sys.version,
        "hosts": ["algo-1"],
        "region": "eu-west-1",
        "leak": [],
        "text": "1,2\n",
    }
    log = account.log("/aws/sagemaker/ProcessingJobs")
    assert "hello ['--rate', '0.5'" in log
    assert f"[smpipe] process runner, {isolated}: python3 " in log


def test_the_record_of_a_job(account: Account) -> None:
    script = "from pathlib import Path\np = Path('/opt/ml/output')\np.mkdir()\n(p / 'message').write_text('bye')\n"
    answer = process(account, script, Environment={"N": 1})
    assert answer["StepStatus"] == "Succeeded", answer
    assert {record[0] for record in account.records} == {"ProcessingJob"}
    assert [record[2]["ProcessingJobStatus"] for record in account.records] == ["InProgress", "InProgress", "Completed"]
    record = account.last("ProcessingJob")
    assert record["ProcessingJobArn"] == answer["Metadata"]["ProcessingJob"]["Arn"]
    assert record["Environment"] == {"N": "1"}
    assert record["RoleArn"].endswith("role/job")
    assert record["ExitMessage"] == "bye"
    assert record["CreationTime"] <= record["ProcessingStartTime"] <= record["ProcessingEndTime"]
    assert {tag["Key"] for tag in record["Tags"]} == {
        "sagemaker:pipeline-execution-arn",
        "sagemaker:pipeline-step-name",
    }


def test_a_failing_script_shows_its_last_lines(account: Account, isolated: str) -> None:
    script = "import sys\nfor i in range(200): print('line', i)\nsys.stderr.write('it is broken\\n')\nsys.exit(7)\n"
    answer = process(account, script, outputs={"out": "s3://data/out/"})
    assert answer["StepStatus"] == "Failed"
    reason = answer["FailureReason"]
    assert reason.startswith("AlgorithmError: See job logs for more information, exit code: 7\n")
    assert reason.endswith("line 198\nline 199\nit is broken")
    assert len(reason) <= 1024
    assert account.last("ProcessingJob")["ProcessingJobStatus"] == "Failed"
    assert account.last("ProcessingJob")["FailureReason"] == reason
    assert account.keys("out/") == []
    assert "line 0\n" in account.log("/aws/sagemaker/ProcessingJobs")


def test_a_traceback_and_a_long_last_line(account: Account) -> None:
    answer = process(account, "raise ValueError('x' * 3000 + 'the end')\n")
    assert answer["FailureReason"].endswith("xthe end")
    assert len(answer["FailureReason"]) == 1024


def test_a_signal_is_an_exit_code(account: Account) -> None:
    answer = process(account, "import os\nos.kill(os.getpid(), 9)\n")
    assert "exit code: 137" in answer["FailureReason"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (
            {"inputs": {"raw": "s3://data/none/"}},
            "Data download failed: No S3 objects found under S3 URL \"s3://data/none/\" given in input 'raw'",
        ),
        ({"inputs": {"raw": "s3://elsewhere/x"}}, "ClientError: Data download failed: NoSuchBucket"),
        ({"inputs": {"raw": "https://x"}}, "'https://x' is not an S3 URI"),
        ({"outputs": {"out": "s3://elsewhere/x"}}, "Failed to upload output 'out': NoSuchBucket"),
        ({"Environment": {"A": ["x"]}}, "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details:"),
        ({"Sins": 1}, 'Unknown parameter in input: "Sins"'),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 1}}, "MaxRuntimeExceeded: the job ran longer than 1 seconds"),
        ({"AppSpecification": {"ImageUri": "some-image"}}, "the image some-image only runs in a container engine"),
        (
            {"AppSpecification": {"ImageUri": "i", "ContainerEntrypoint": ["no-such-tool"]}},
            "no-such-tool",
        ),
    ],
)
def test_what_cannot_run_says_why(account: Account, members: dict[str, Any], reason: str) -> None:
    script = "import time\nfrom pathlib import Path\n"
    if "StoppingCondition" in members:
        script += "print('sleeping')\ntime.sleep(60)\n"
    script += "[p.joinpath('f').write_text('x') for p in [Path('/opt/ml/processing/out')] if p.exists()]\n"
    answer = process(account, script, **members)
    assert answer["StepStatus"] == "Failed"
    assert reason in answer["FailureReason"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"S3InputMode": "Pipe"}, "input 'raw' has S3InputMode 'Pipe'"),
        ({"LocalPath": "/tmp/x"}, "LocalPath of input 'raw' is '/tmp/x'; it must begin with /opt/ml/processing/"),
        ({"LocalPath": "/opt/ml/processing/../../../x"}, "is outside of /opt/ml"),
    ],
)
def test_invalid_inputs(account: Account, source: dict[str, Any], reason: str) -> None:
    uri = account.put("code/script.py", "")
    arguments = processing(uri, inputs={"raw": uri})
    arguments["ProcessingInputs"][1]["S3Input"].update(source)
    done = run([step("A", arguments=arguments)], runners=RUNNERS, services=account)
    assert reason in by_name(done)["A"]["FailureReason"]


@pytest.mark.parametrize(
    ("keys", "clashing"),
    [(("a", "a/b"), "a/b"), (("a", "a/"), "a/")],
    ids=["folder", "marker"],
)
def test_keys_that_cannot_all_be_files(account: Account, keys: tuple[str, ...], clashing: str) -> None:
    for key in keys:
        account.put(f"raw/{key}", "x")
    reason = process(account, "", inputs={"raw": "s3://data/raw/"})["FailureReason"]
    assert f"Cannot download s3://data/raw/{clashing}, a previously downloaded file/folder clashes with it." in reason


def test_a_key_too_long_for_a_file(account: Account) -> None:
    account.put(f"raw/{'x' * 300}", "x")
    reason = process(account, "", inputs={"raw": "s3://data/raw/"})["FailureReason"]
    assert "Cannot download s3://data/raw/xxx" in reason
    assert "File name too long" in reason


@pytest.mark.parametrize("manifest", ["[" * 200_000, "{", "[1]"], ids=["deep", "broken", "shape"])
def test_a_manifest_that_cannot_be_read(account: Account, manifest: str) -> None:
    account.put("list.manifest", manifest)
    arguments = processing(account.put("code/script.py", ""), inputs={"raw": "s3://data/list.manifest"})
    arguments["ProcessingInputs"][1]["S3Input"]["S3DataType"] = "ManifestFile"
    done = run([step("A", arguments=arguments)], runners=RUNNERS, services=account)
    assert (
        "the manifest s3://data/list.manifest of input 'raw' is not of the form" in by_name(done)["A"]["FailureReason"]
    )


def test_a_manifest(account: Account) -> None:
    account.put("m/a/1.txt", "one")
    account.put("m/2.txt", "two")
    manifest = account.put("list.manifest", json.dumps([{"prefix": "s3://data/m/"}, "a/1.txt", "2.txt"]))
    script = "import os\nassert open('/opt/ml/processing/raw/a/1.txt').read() == 'one'\n"
    uri = account.put(
        "code/script.py", script + "assert sorted(os.listdir('/opt/ml/processing/raw')) == ['2.txt', 'a']\n"
    )
    arguments = processing(uri, inputs={"raw": manifest})
    arguments["ProcessingInputs"][1]["S3Input"]["S3DataType"] = "ManifestFile"
    done = run([step("A", arguments=arguments)], runners=RUNNERS, services=account)
    assert done.status == "Succeeded", done.steps()


def test_a_packed_source_directory_with_its_own_start_script(account: Account, isolated: str) -> None:
    files = {
        "main.py": "import helper, sys\nopen('/opt/ml/processing/out/x', 'w').write(helper.WORD + sys.argv[1])\n",
        "helper.py": "WORD = 'packed '\n",
    }
    account.put("src/0123abc.gz", tar_gz(files))
    arguments = processing("s3://data/src/0123abc.gz", outputs={"out": "s3://data/out"})
    start = 'cd /opt/ml/processing/input/code; for f in *.gz; do tar -xzf "$f"; done; exec python3 main.py "$@"'
    arguments["AppSpecification"]["ContainerEntrypoint"] = ["/bin/bash", "-c", start, "run"]
    arguments["AppSpecification"]["ContainerArguments"] = ["well"]
    done = run([step("A", arguments=arguments)], runners=RUNNERS, services=account)
    assert done.status == "Succeeded", done.steps()
    assert account.read("out/x") == b"packed well"


def test_parallel_jobs_each_have_their_own_opt_ml(account: Account, isolated: str) -> None:
    script = """
import sys, time
from pathlib import Path
own = Path("/opt/ml/processing/out")
for round in range(5):
    (own / sys.argv[1]).write_text(sys.argv[1])
    time.sleep(0.05)
    assert [p.name for p in own.iterdir()] == [sys.argv[1]], list(own.iterdir())
"""
    before = sorted(os.listdir("/opt")) if os.path.isdir("/opt") else None
    uri = account.put("code/script.py", script)
    steps = [
        step(f"S{i}", arguments=processing(uri, outputs={"out": f"s3://data/out{i}"}, arguments=[f"file-{i}"]))
        for i in range(4)
    ]
    done = run(steps, runners=RUNNERS, services=account, parallel=4)
    assert set(states(done).values()) == {"Succeeded"}, done.steps()
    assert account.keys("out") == [f"out{i}/file-{i}" for i in range(4)]
    assert (sorted(os.listdir("/opt")) if before is not None else None) == before


def test_the_rest_of_opt_stays_visible(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    if isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", "namespace")
    script = "import os\nopen('/opt/ml/processing/out/x', 'w').write(repr(sorted(os.listdir('/opt'))))\n"
    answer = process(account, script, outputs={"out": "s3://data/out"})
    assert answer["StepStatus"] == "Succeeded", answer
    assert account.read("out/x").decode() == repr(sorted({*os.listdir("/opt"), "ml"}))


def test_stop_ends_the_script_and_its_children(account: Account) -> None:
    word = mark()
    script = f"import subprocess, time\nsubprocess.Popen(['sleep', '{word}'])\ntime.sleep(600)\n"
    uri = account.put("code/script.py", script)
    started = execution([step("A", arguments=processing(uri))], runners=RUNNERS, services=account)
    started.start()
    assert eventually(lambda: running(word))
    began = time.monotonic()
    started.stop()
    assert started.wait(30) == "Stopped"
    assert time.monotonic() - began < GRACE_SECONDS
    assert states(started) == {"A": "Stopped"}
    assert account.last("ProcessingJob")["ProcessingJobStatus"] == "Stopped"
    assert not running(word)


def test_an_output_that_is_a_pipe_does_not_block_the_step(account: Account) -> None:
    script = "import os\nos.mkfifo('/opt/ml/processing/out/pipe')\n"
    answer = process(account, script, outputs={"out": "s3://data/out"})
    assert answer["FailureReason"] == "ClientError: Failed to upload output 'out': pipe is not a file"


def test_a_child_that_outlives_the_script_does_not_block_the_job(account: Account) -> None:
    script = "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('done')\n"
    began = time.monotonic()
    assert process(account, script)["StepStatus"] == "Succeeded"
    assert time.monotonic() - began < 20


def test_directories_are_removed_unless_kept(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    process(account, "print('x')\n")
    assert [path.name for path in tmp_path.iterdir()] == []
    monkeypatch.setenv("SMPIPE_KEEP_JOBS", "1")
    process(account, "print('x')\n")
    (kept,) = tmp_path.iterdir()
    assert (kept / "ml/processing/input/code/script.py").is_file()
    assert f"[smpipe] the job's directory is kept: {kept}" in account.log("/aws/sagemaker/ProcessingJobs")


def test_an_unknown_isolation_is_refused(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMPIPE_ISOLATION", "podman")
    answer = process(account, "")
    assert answer["FailureReason"] == "SMPIPE_ISOLATION is 'podman'; allowed are 'namespace', 'rewrite' and 'docker'"


def wheel() -> bytes:
    """A wheel of one module, made by hand."""
    info = "smpipe_probe-1.dist-info"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("smpipe_probe.py", "WORD = 'installed'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: smpipe-probe\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"smpipe_probe.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return buffer.getvalue()


def test_pip_in_a_job_does_not_touch_this_environment(account: Account, isolated: str) -> None:
    name = "smpipe_probe-1-py3-none-any.whl"
    archive = account.put(f"raw/{name}", wheel())
    script = f"""
import subprocess, sys
subprocess.run(["pip", "install", "--no-index", "--quiet", "/opt/ml/processing/raw/{name}"], check=True)
subprocess.run([sys.executable, "-c", "import smpipe_probe, sklearn; print(smpipe_probe.WORD)"], check=True)
"""
    answer = process(account, script, inputs={"raw": archive})
    assert answer["StepStatus"] == "Succeeded", answer
    assert "installed" in account.log("/aws/sagemaker/ProcessingJobs")
    with pytest.raises(ImportError):
        __import__("smpipe_probe")
