"""The image of a framework without a script: told by its repository, wherever the registry is."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Image, SourceDir, TrainingStep
from tests.pipeline.support import ENVIRONMENT, Bench, pipeline


def warned(bench: Bench) -> bool:
    like = cdk.assertions.Match.string_like_regexp(r"\[framework-script\]")
    return bool(cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", like))


@pytest.mark.parametrize("environment", [ENVIRONMENT, None], ids=["known", "agnostic"])
@pytest.mark.parametrize("image", [Image.sklearn("1.2-1"), Image.pytorch("2.1")], ids=["sklearn", "pytorch"])
def test_a_script_is_missed(tmp_path: Path, image: Image, environment: cdk.Environment | None) -> None:
    bench = Bench(tmp_path / "cdk.out", environment=environment)
    TrainingStep(pipeline(bench), "Train", image=image, instance_type="ml.m5.large")
    assert warned(bench)


def test_a_script_is_there(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("", encoding="utf-8")
    bench = Bench(tmp_path / "cdk.out", environment=None)
    source = SourceDir(str(tmp_path), entry_point="train.py", exclude=["cdk.out"])
    TrainingStep(pipeline(bench), "Train", image=Image.sklearn("1.2-1"), source=source, instance_type="ml.m5.large")
    assert not warned(bench)
