"""Pairs of options of which one would be ignored."""

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.arguments import combinations, parser


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("start P --dry-run --watch", "--watch cannot be used with --dry-run: it starts nothing that could be watched"),
        ("start P --interval 3", "--interval only goes with --watch: without it nothing is polled"),
        ("stop P --interval 2", "--interval only goes with --watch: without it nothing is polled"),
        ("resume P --interval 3", "--interval only goes with --watch: without it nothing is polled"),
        ("logs P Train --interval 3", "--interval only goes with --follow: without it the log is read once"),
        ("diff a b --width 9 --json", "--width cannot be used with --json: JSON has no width"),
        ("diff a b --width 9 --markdown", "--width cannot be used with --markdown: Markdown has no width"),
        ("seed --from cdk.out --port 0", "--port cannot be used with --from: it asks no local AWS"),
    ],
)
def test_what_would_be_ignored(capsys: pytest.CaptureFixture[str], arguments: str, told: str) -> None:
    assert cli.main(arguments.split()) == 2
    assert capsys.readouterr().err == f"smpipe: {told}\n"


@pytest.mark.parametrize(
    ("arguments", "interval"),
    [("start P -w --interval 3", 3), ("start P", 2), ("watch P", 2), ("logs P Train -f --interval 1", 1)],
)
def test_what_goes(arguments: str, interval: float) -> None:
    options = parser(lambda: "").parse_args(arguments.split())
    combinations.settle(options)
    assert options.interval == interval


def test_modes_of_iam(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [parser(str).parse_args([command, "--iam", "strict"]) for command in ("local", "demo")]
    assert [options.iam for options in asked] == ["strict", "strict"]
    assert parser(str).parse_args(["local"]).iam is None
    with pytest.raises(SystemExit):
        parser(str).parse_args(["local", "--iam", "enforced"])
    assert "argument --iam: there is no 'enforced'; did you mean 'enforce'?" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "-1", "0.5", "3601", "nan", "inf", "fast"])
def test_rates_of_a_clock_that_are_refused(capsys: pytest.CaptureFixture[str], rate: str) -> None:
    with pytest.raises(SystemExit):
        parser(str).parse_args(["local", f"--clock={rate}"])
    told = capsys.readouterr().err
    expected = "'fast' is not a number" if rate == "fast" else f"{rate} is out of range; write 1 to 3600"
    assert f"argument --clock: {expected}" in told
