"""The distribution: what is in it, and that it works elsewhere, with the lowest versions that pyproject.toml states."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

from tests.commands import NOWHERE, run_each, smpipe
from tests.goldens.environment import install

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "cdk_sagemaker_pipelines"
APP = """
from aws_cdk import App, Stack
from cdk_sagemaker_pipelines import FailStep, Image, Pipeline, ProcessingStep

app = App()
pipeline = Pipeline(Stack(app, "Stack"), "Pipeline")
sklearn = Image.sklearn("1.2-1")
prepare = ProcessingStep(pipeline, "Prepare", image=sklearn, instance_type="ml.m5.large", outputs=["out"])
FailStep(pipeline, "Stop", message=f"nothing to do with {prepare.output('out')}")
app.synth()
"""
INSTALLED = """
import json
from importlib.metadata import distributions
import cdk_sagemaker_pipelines as ours

for name in ours.__all__:
    getattr(ours, name)  # loads its module
print(json.dumps({found.metadata["Name"].replace("_", "-"): found.version for found in distributions()}))
"""


def lowest() -> dict[str, str]:
    """The lowest version of each dependency, from pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (block,) = re.findall(r"^dependencies = \[$(.*?)^\]$", text, re.M | re.S)
    return dict(re.findall(r'^    "([a-z-]+)>=([0-9.]+),<\d+",$', block, re.M))


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    """What the command prints; an assertion with its errors when it fails. Knows nothing of this environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([*map(str, command)], cwd=cwd, env={**environment, **more}, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def test_the_documents_state_the_lowest_versions() -> None:
    assert lowest().keys() == {"aws-cdk-lib", "constructs", "jsii", "typing-extensions"}
    stated = re.search(r"aws-cdk-lib (\d+\.\d+) or newer", (ROOT / "README.md").read_text("utf-8"))
    assert stated is not None
    assert stated[1] + ".0" == lowest()["aws-cdk-lib"]


@pytest.mark.slow
def test_the_wheel_contains_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        sizes = {each.filename: each.compress_size for each in archive.infolist()}
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        described = Parser().parsestr(archive.read(metadata).decode())
    packaged = {name for name in names if ".dist-info/" not in name}
    source = ROOT / "constructs" / PACKAGE
    assert packaged == {
        f"{PACKAGE}/{file.relative_to(source).as_posix()}"
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    tables = {"properties/image_data.json", "properties/regions.json", "properties/service_model.json"}
    console = {"studio/static/studio.css", "studio/static/studio.js", "studio/templates/base.html"}
    assert {f"{PACKAGE}/{name}" for name in {"py.typed", *tables, *console}} <= packaged
    assert sum(size for name, size in sizes.items() if name.startswith(f"{PACKAGE}/studio/")) <= 80 * 1024
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    required = [text for text in described.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert sorted(re.split(r"[<>=]", text)[0] for text in required) == sorted(lowest())
    assert described.get_all("Provides-Extra") == ["local", "studio"]


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The commands of an environment with the wheel and the lowest versions."""
    folder = tmp_path_factory.mktemp("clean")
    venv = folder / "venv"
    commands = venv / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
    pins = [f"{name}=={version}" for name, version in lowest().items()]
    install(commands / "python", wheel, *pins)
    yield commands
    shutil.rmtree(venv)


@pytest.mark.long
def test_a_clean_environment_synthesizes_and_draws(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, "utf-8")
    run(clean / "python", "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"))
    template = json.loads((tmp_path / "cdk.out" / "Stack.template.json").read_text("utf-8"))
    types = [resource["Type"] for resource in template["Resources"].values()]
    bucket = ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
    assert sorted(types) == ["AWS::IAM::Role", "AWS::IAM::Role", *bucket, "AWS::SageMaker::Pipeline"]

    versions = json.loads(run(clean / "python", "-c", INSTALLED, cwd=tmp_path))
    assert {name: versions[name] for name in lowest()} == lowest()
    assert versions.keys() & {"boto3", "moto", "rich"} == set()
    drawn = run(clean / "smpipe", "draw", "cdk.out", cwd=tmp_path)
    assert re.search(r"Prepare +Processing\n(.*\n)*.*Stop +Fail", drawn), drawn


@pytest.mark.long
def test_the_console_needs_its_extra_alone(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    commands = venv / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    install(commands / "python", f"{wheel}[studio]")
    installed = json.loads(run(commands / "python", "-c", INSTALLED, cwd=tmp_path))
    assert installed.keys() & {"moto", "rich", "cfn-lint", "pyyaml"} == set()
    environment = {**NOWHERE, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [str(commands / "smpipe"), "studio", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as console:
        assert console.stdout is not None
        link = json.loads(console.stdout.readline())["link"]
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(link) as answer:
            page = answer.read().decode()
        assert "AWS does not answer" in page
        for address in re.findall(r'(?:href|src)="(/static/[^"]*)"', page):
            with browser.open(f"{link.partition('/?')[0]}{address}") as answer:
                assert answer.read() == (ROOT / "constructs" / PACKAGE / "studio" / address[1:]).read_bytes()
        console.terminate()
    assert console.returncode == 0
    assert "needs the extra 'local'" in smpipe(commands / "smpipe", tmp_path, "list")[1]


@pytest.mark.long
def test_each_command_on_the_example_of_the_readme(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "example", tmp_path, dirs_exist_ok=True)
    run(clean / "python", "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"))
    run_each(clean / "smpipe", tmp_path, "cdk.out", extra=False)
