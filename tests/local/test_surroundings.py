"""The code of a job, a function or a requirement sees nothing of the user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation, wheels
from cdk_sagemaker_pipelines.local.container.environment import machine_environment
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.embedding import Embedded
from tests.local.support import Account, by_name, processing, run, step, tar_gz, training
from tests.local.test_lambda import call, function

SECRETS = {
    "PIP_EXTRA_INDEX_URL": "https://me:of-the-user@example.com/simple",
    "PIP_QUIET": "of-the-user",
    "UV_INDEX_URL": "https://me:of-the-user@example.com/simple",
    "UV_PUBLISH_TOKEN": "of-the-user",
    "HTTPS_PROXY": "http://me:of-the-user@example.com:1",
    "http_proxy": "http://me:of-the-user@example.com:1",
    "ALL_PROXY": "http://me:of-the-user@example.com:1",
    "GITHUB_TOKEN": "of-the-user",
    "no_proxy": "localhost,of-the-user",
    "AWS_SESSION_TOKEN": "of-the-user",
    "XDG_CONFIG_HOME": "/of-the-user",
    "SSH_AUTH_SOCK": "/of-the-user",
    "PYTHONPATH": "/of-the-user",
    "LD_PRELOAD_OF": "of-the-user",
    **{f"{prefix}API_KEY": "of-the-user" for prefix in ("NVIDIA_", "CUDA_", "MKL_", "OMP_", "OPENBLAS_", "LC_")},
    "REQUESTS_CA_KEY": "of-the-user",
}
LOOK = """
import json, os, pathlib, tempfile
home = pathlib.Path.home()
(home / "x").write_text("it may write")
seen = {"variables": dict(os.environ), "home": str(home), "there": os.listdir(home), "tmp": tempfile.gettempdir()}
"""
PROBE = "import smpipe_probe; print('the probe says', smpipe_probe.WORD)"
BACKEND = """
import os, pathlib
pathlib.Path({mark!r}).write_text(repr(dict(os.environ)))
def build_wheel(*_, **__): raise SystemExit("built")
build_sdist = build_editable = prepare_metadata_for_build_wheel = build_wheel
def get_requires_for_build_wheel(*_, **__): return []
get_requires_for_build_editable = get_requires_for_build_sdist = get_requires_for_build_wheel
"""


@pytest.fixture(params=["namespace", "rewrite"])
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "namespace" and isolation.namespaces() is None:
        pytest.skip("no namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", request.param)
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, and secrets in the user's environment."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def judge(seen: Mapping[str, Any], home: Path) -> None:
    for name, value in seen["variables"].items():
        assert "of-the-user" not in value, name
        assert str(home) not in value, name
    assert seen["home"] == seen["variables"]["HOME"]
    assert seen["there"] == ["x"]
    assert Path(seen["tmp"]).parent == Path(seen["home"]).parent or seen["tmp"] == seen["home"]


def test_a_job_has_the_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert settings.items() <= machine_environment(tmp_path, tmp_path).items()


def test_a_job_sees_nothing_of_the_user(account: Account, isolated: str, home: Path) -> None:
    script = f"{LOOK}\nopen('/opt/ml/processing/out/seen.json', 'w').write(json.dumps(seen))\n"
    uri = account.put("code/script.py", script)
    arguments = processing(uri, outputs={"out": "s3://data/out"}, Environment={"OWN": "x"})
    done = run([step("Look", arguments=arguments)], runners=RUNNERS, services=account)
    assert by_name(done)["Look"]["StepStatus"] == "Succeeded", done.steps()
    seen = json.loads(account.read("out/seen.json"))
    judge(seen, home)
    assert seen["variables"]["OWN"] == "x"
    assert not Path(seen["home"]).exists(), "it is gone with the job"


@pytest.mark.parametrize("way", ["namespace", "rewrite"])
def test_a_function_sees_nothing_of_the_user(
    embedded: Embedded, home: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "namespace" and isolation.namespaces() is None:
        pytest.skip("no namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", way)
    function(embedded, f"look-{way}", f"{LOOK}\ndef handler(event, context): return seen\n", Timeout=20)
    seen = call(embedded, f"look-{way}")
    seen["variables"].pop("PYTHONPATH")
    judge(seen, home)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_a_node_function_sees_nothing_of_the_user(embedded: Embedded, home: Path) -> None:
    code = "exports.handler = async () => ({ variables: process.env, home: require('os').homedir() });"
    function(embedded, "look-node", {"index.js": code}, Runtime="nodejs22.x", Timeout=20)
    seen = call(embedded, "look-node")
    judge({**seen, "there": ["x"], "tmp": seen["variables"]["TMPDIR"]}, home)


# -- requirements


def wheel(folder: Path, needs: str = "") -> Path:
    """A wheel of one module, made by hand."""
    info, file = "smpipe_probe-1.dist-info", folder / "smpipe_probe-1-py3-none-any.whl"
    required = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("smpipe_probe.py", "WORD = 'installed'\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: smpipe-probe\nVersion: 1\n{required}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"smpipe_probe.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return file


def source(mark: Path) -> dict[str, str]:
    """A package that can be built without a network, and that leaves a mark when it is."""
    return {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "smpipe-built"\nversion = "1"\n',
        "backend.py": BACKEND.format(mark=str(mark)),
        "PKG-INFO": "Metadata-Version: 2.1\nName: smpipe-built\nVersion: 1\n",
    }


def archive(files: Mapping[str, str], top: str) -> bytes:
    return tar_gz({f"{top}/{name}": content for name, content in files.items()})


def configured(home: Path, index: Path) -> None:
    """The user's own configuration of pip: packages come from a folder."""
    (home / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {index}\n")


@pytest.fixture
def index(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's pip finds packages: a wheel, and another as source alone."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder)
    (folder / "smpipe_built-1.tar.gz").write_bytes(archive(source(tmp_path / "mark"), "smpipe_built-1"))
    configured(home, folder)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    (home / ".config" / "pip").mkdir(parents=True)
    (home / "pip.conf").rename(home / ".config" / "pip" / "pip.conf")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL")
    monkeypatch.delenv("PIP_QUIET")
    return folder


def train(account: Account, files: Mapping[str, str | bytes], **members: Any) -> dict[str, Any]:
    """A training step in script mode whose source directory holds the files."""
    uri = account.put("code/sourcedir.tar.gz", tar_gz(files))
    encoded = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(uri)}
    done = run([step("Train", "Training", training(encoded, {}, **members))], runners=RUNNERS, services=account)
    return by_name(done)["Train"]


def log(account: Account) -> str:
    return account.log("/aws/sagemaker/TrainingJobs")


def test_requirements_are_found_as_the_user_finds_them(account: Account, isolated: str, index: Path) -> None:
    look = "import subprocess, os; print([n for n in os.environ if n.lower().startswith('pip')])\n"
    look += "subprocess.run(['pip', 'config', 'list'], check=True)\n"
    answer = train(account, {"train.py": f"{PROBE}\n{look}", "requirements.txt": "smpipe-probe\n"})
    assert answer["StepStatus"] == "Succeeded", log(account)
    after = log(account).partition("the probe says installed\n")[2]
    assert after.startswith("[]"), log(account)
    assert str(index) not in after, "pip in the script knows nothing of it"


def test_variables_configure_pip_too(
    account: Account, index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".config" / "pip" / "pip.conf").unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    answer = train(account, {"train.py": PROBE, "requirements.txt": "smpipe-probe\n"})
    assert answer["StepStatus"] == "Succeeded", log(account)


def test_the_job_may_say_where_its_requirements_are(account: Account, index: Path, home: Path) -> None:
    (home / ".config" / "pip" / "pip.conf").unlink()
    own = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_PYTHON": "/bin/false", "PIP_DRY_RUN": "1"}
    answer = train(account, {"train.py": PROBE, "requirements.txt": "smpipe-probe\n"}, Environment=own)
    assert answer["StepStatus"] == "Succeeded", log(account)


def needing(tmp_path: Path) -> bytes:
    """A wheel that depends on something that is not a wheel."""
    (tmp_path / "needing").mkdir()
    folder = tmp_path / "package"
    folder.mkdir()
    for name, content in source(tmp_path / "mark").items():
        (folder / name).write_text(content)
    return wheel(tmp_path / "needing", f"smpipe-built @ file://{folder}").read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        "smpipe-built",
        "./package.tar.gz",
        "git+file:///opt/ml/code/package",
        "-r more.txt",
        *(
            pytest.param(line, marks=pytest.mark.long)
            for line in (
                "--no-binary smpipe-built\nsmpipe-built",
                "--no-binary :all:\nsmpipe-built",
                "./package",
                "-e ./package",
                "smpipe-built @ file:///opt/ml/code/package",
                "./smpipe_probe-1-py3-none-any.whl",
            )
        ),
    ],
)
def test_nothing_is_built_with_what_the_user_has(account: Account, index: Path, tmp_path: Path, line: str) -> None:
    package = source(tmp_path / "mark")
    files: dict[str, str | bytes] = {f"package/{name}": content for name, content in package.items()}
    files |= {"package.tar.gz": archive(package, "package"), "train.py": "", "requirements.txt": f"{line}\n"}
    files |= {"smpipe_probe-1-py3-none-any.whl": needing(tmp_path), "more.txt": "-e ./package\n"}
    answer = train(account, files)
    assert answer["StepStatus"] == "Failed", log(account)
    assert not (tmp_path / "mark").exists()
    if line != "smpipe-built":  # pip does not even look at it
        assert "local runs only install wheels, but this would run" in log(account)


def test_the_mark_of_what_is_built_would_be_seen(account: Account, index: Path, tmp_path: Path) -> None:
    script = "import subprocess, sys\nsubprocess.run(['pip', 'install', '--no-index', './package'], check=True)\n"
    files = {f"package/{name}": content for name, content in source(tmp_path / "mark").items()}
    assert train(account, {"train.py": script, **files})["StepStatus"] == "Failed"
    assert "of-the-user" not in (tmp_path / "mark").read_text(), "the script may build what it likes"


def test_pip_takes_no_code_of_the_job(account: Account, index: Path, tmp_path: Path) -> None:
    spy = f"open({str(tmp_path / 'mark')!r}, 'w').write('x')\n"
    names = ("sitecustomize.py", "usercustomize.py", "pip.py", "runpy.py", "keyring.py", "json.py")
    files = {"train.py": "", "requirements.txt": "smpipe-probe\n", **dict.fromkeys(names, spy)}
    train(account, files, Environment={"PYTHONPATH": "/opt/ml/code", "PYTHONSTARTUP": "/opt/ml/code/pip.py"})
    before = log(account).partition("process runner")[0]
    assert "Successfully installed smpipe-probe-1" in before
    assert "Traceback" not in before


def test_secrets_do_not_come_into_an_address(account: Account, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"train.py": "", "requirements.txt": "--extra-index-url https://x/${PIP_FIND_LINKS}\nsmpipe-probe\n"}
    reason = train(account, files)["FailureReason"]
    assert reason.startswith("requirements.txt uses ${PIP_FIND_LINKS}, which local runs do not substitute")
    monkeypatch.setenv("PIP_PASSWORD", "of-the-user")
    monkeypatch.setenv("HTTP_PROXY", "of-the-user")
    nested = "--find-links https://x/${PIP_PASSWORD}/${HTTP_PROXY}/${GITHUB_TOKEN}\nsmpipe-nothing\n"
    train(account, {"train.py": "", "requirements.txt": "-r more.txt\n", "more.txt": nested})
    assert "${PIP_PASSWORD}" in log(account)
    assert "of-the-user" not in log(account)


def test_without_pip_it_says_so(tmp_path: Path) -> None:
    venv.EnvBuilder(symlinks=True, with_pip=False).create(tmp_path)
    done = subprocess.run([tmp_path / "bin" / "python", "-I", wheels.__file__, "install", "x"], capture_output=True)
    assert done.returncode == 1
    assert done.stderr == b"pip is not installed in the library's environment; run: python -m ensurepip\n"


START = "cd /opt/ml/processing/input/code && tar xzf s.tar.gz && pip install -r requirements.txt && python3 train.py"


@pytest.mark.parametrize("start", ["command", "script"])
def test_a_start_command_finds_its_requirements(account: Account, isolated: str, index: Path, start: str) -> None:
    uri = account.put("code/s.tar.gz", tar_gz({"train.py": PROBE, "requirements.txt": "smpipe-probe\n"}))
    inputs = {"entrypoint": account.put("start/run.sh", f"set -e\n{START}\n")} if start == "script" else {}
    arguments = processing(uri, inputs=inputs)
    arguments["AppSpecification"]["ContainerEntrypoint"] = (
        ["/bin/bash", "-c", START] if start == "command" else ["/bin/bash", "/opt/ml/processing/entrypoint/run.sh"]
    )
    done = run([step("Prepare", arguments=arguments)], runners=RUNNERS, services=account)
    told = account.log("/aws/sagemaker/ProcessingJobs")
    assert by_name(done)["Prepare"]["StepStatus"] == "Succeeded", told
    assert "the probe says installed" in told


def test_requirements_that_nobody_installs_on_aws_are_not_installed(account: Account, index: Path) -> None:
    account.put("code/requirements.txt", "smpipe-probe\n")
    account.put("code/script.py", PROBE)
    arguments = processing("s3://data/code/")
    arguments["AppSpecification"]["ContainerEntrypoint"] = ["python3", "/opt/ml/processing/input/code/script.py"]
    done = run([step("Prepare", arguments=arguments)], runners=RUNNERS, services=account)
    assert "No module named 'smpipe_probe'" in by_name(done)["Prepare"]["FailureReason"]
