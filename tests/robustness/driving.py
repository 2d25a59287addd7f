"""Runs every tool on arbitrary bytes: its output is valid, and it ends with nothing but an answer."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.language import CycleError, Definition, PipelineError, StepGraph, lines
from tests.iam.support import PLACE

SECONDS = 20.0
"""CPU seconds for one tool on one small definition: a limit that even a busy machine does not reach."""

OTHER = Path(__file__).parent.parent / "corpus" / "abalone.json"
"""What definitions are compared with."""


def samples(strategy: SearchStrategy[Any], judge: Callable[[Any], None], count: int) -> None:
    """Judges that many samples: the same ones each time in a short run, new ones in a long one."""
    everything = list(HealthCheck)
    settle = settings(max_examples=count, deadline=None, derandomize=count < 1000, suppress_health_check=everything)

    @settle
    @given(strategy)
    def run(sample: Any) -> None:
        judge(sample)

    run()


def drive(content: bytes) -> None:
    """The checker, the drawer, the differ, the explainer and the importer's pure part, each as a user calls it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.json")
        file.write_bytes(content)
        check(file)
        draw(file)
        compare(file)
        explain(file)
    derive(content)


def command(*arguments: str, seconds: float = SECONDS) -> tuple[int, str]:
    """Runs a command with a terminal's encoding; what it exits with and prints."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    start = time.process_time()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["--debug", *arguments])
    taken = time.process_time() - start
    assert taken < seconds, f"{arguments} took {taken:.1f} s of the processor"
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
        assert all(character.isprintable() for character in texts[-1] if character != "\n"), texts[-1]
    assert code in (0, 1, 2)
    assert code != 2 or "smpipe: " in texts[1]
    return code, texts[0]


def check(file: Path, seconds: float = SECONDS) -> None:
    code, text = command("check", str(file), seconds=seconds)
    assert "rule-failed" not in text
    again, told = command("check", "--json", str(file), seconds=seconds)
    answer = json.loads(told)
    assert code == again
    assert code == (2 if answer["unreadable"] else 1 if answer["errors"] else 0)
    assert len(text.splitlines()) == len(answer["findings"])


def draw(file: Path, seconds: float = SECONDS) -> None:
    for format in ("--format=text", "--format=svg", "--format=mermaid", "--format=dot", "--json"):
        code, text = command("draw", format, str(file), seconds=seconds)
        assert (code == 2) == (text == "")


def compare(file: Path, seconds: float = SECONDS) -> None:
    same, text = command("diff", str(file), str(file), seconds=seconds)
    assert (same == 2) or (same, text) == (0, "")
    for pair in ((file, OTHER), (OTHER, file)):
        code, text = command("diff", "--width", "80", *map(str, pair), seconds=seconds)
        assert (code == 2) == (same == 2)
        assert max(map(len, text.splitlines()), default=0) <= 80
        again, told = command("diff", "--json", *map(str, pair), seconds=seconds)
        assert again == code
        assert code == 2 or json.loads(told)["pipelines"]
        again, told = command("diff", "--markdown", *map(str, pair), seconds=seconds)
        assert again == code
        assert code == 2 or told.startswith("<!-- smpipe diff -->\n")
        assert len(told) <= 65_000


def explain(file: Path, seconds: float = SECONDS) -> None:
    code, text = command("explain", "--width", "80", str(file), seconds=seconds)
    assert (code == 2) == (text == "")
    again, told = command("explain", "--json", str(file), seconds=seconds)
    assert again == code
    assert code == 2 or json.loads(told)["pipelines"]


def derive(content: bytes) -> None:
    """What the importer does before CDK: it reads, orders, derives permissions and writes."""
    try:
        definition = Definition.parse(content)
        pipeline_role.permissions(definition, PLACE)
        job_roles.permissions(definition, PLACE)
    except PipelineError:
        return
    with contextlib.suppress(CycleError):
        StepGraph(definition).order()
    assert json.loads("\n".join(lines(definition.json))) == definition.json
