"""The examples as ``smpipe check cdk.out`` reads them, and a definition that went to S3."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk

from cdk_sagemaker_pipelines import Pipeline, cli, review
from cdk_sagemaker_pipelines.review.check.text import checked
from cdk_sagemaker_pipelines.synthesis.body import INLINE_LIMIT
from tests.examples import STACKS, STAGES, assembly
from tests.pipeline.support import Bench


def test_nothing_is_wrong_in_the_examples() -> None:
    out = assembly()
    found = [outcome for outcome in review.read(out) if isinstance(outcome, review.Found)]
    assert len(found) == len(STAGES) * len(STACKS)
    assert [str(finding) for each in found for finding in checked(each).findings] == []
    assert cli.main(["diff", str(out), str(out)]) == 0
    dev, prod = (str(out / f"assembly-{stage}") for stage in STAGES)
    assert cli.main(["check", "--strict", dev, prod]) == 0


def test_a_definition_that_is_too_long_for_its_template(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "cdk.out")
    bucket = cdk.aws_s3.Bucket(bench.stack, "Data")
    arguments = {"ErrorMessage": f"{bucket.bucket_name} " + "x" * 2000}
    steps = [{"Name": f"Stop{i}", "Type": "Fail", "Arguments": arguments} for i in range(INLINE_LIMIT // 2000)]
    document = {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps}
    Pipeline.from_definition(bench.stack, "Large", definition=document)
    bench.template()
    (found,) = review.read(tmp_path / "cdk.out")
    assert isinstance(found, review.Found), found
    assert len(found.definition.steps) == len(steps)
    assert str(found.definition.steps[0].arguments["ErrorMessage"]).startswith("${Token[Data]} x")
    assert [finding.level for finding in checked(found).findings if finding.level == "error"] == []
