"""``smpipe compare``, and ``draw`` with the states of an execution."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.execution import Execution
from cdk_sagemaker_pipelines.executions.picture import drawn_states
from cdk_sagemaker_pipelines.language import Definition

from .abalone import CHECKED, DEFINITION, FIRST, PREPARED, SECOND, SUCCEEDED, TRAINED, TRAINING_JOB, answers, step
from .conftest import Command
from .service import PIPELINE, START, values


def two(smpipe: Command) -> None:
    """Two executions: the second with another depth and seed, its preparation taken from the first."""
    changed = copy.deepcopy(DEFINITION)
    changed["Steps"][1]["Arguments"]["HyperParameters"]["seed"] = "1"
    checked = {**CHECKED, "Metadata": {"Condition": {"Outcome": "False"}}}
    cached = {**PREPARED, "CacheHitResult": {"SourcePipelineExecutionArn": FIRST}}
    trained = {**TRAINED, "Metadata": {"TrainingJob": {"Arn": TRAINED["Metadata"]["TrainingJob"]["Arn"] + "-b"}}}

    def of(first: Any, second: Any) -> Any:
        return lambda asked: second if asked["PipelineExecutionArn"] == SECOND else first

    smpipe.answers(
        **answers(
            DescribePipelineDefinitionForExecution=of(
                {"PipelineDefinition": json.dumps(DEFINITION)}, {"PipelineDefinition": json.dumps(changed)}
            ),
            ListPipelineExecutionSteps=of(
                {"PipelineExecutionSteps": SUCCEEDED},
                {"PipelineExecutionSteps": [step("Inaccurate", "Failed"), checked, trained, cached]},
            ),
            ListPipelineParametersForExecution=of(
                {"PipelineParameters": values(Depth="5")}, {"PipelineParameters": values(Depth="7")}
            ),
            DescribeTrainingJob=lambda asked: {
                **TRAINING_JOB,
                "FinalMetricDataList": [
                    {
                        "MetricName": "mse",
                        "Value": 6.5 if asked["TrainingJobName"].endswith("-b") else 4.5,
                        "Timestamp": START,
                    }
                ],
            },
        )
    )


def test_compare(smpipe: Command) -> None:
    two(smpipe)
    printed = smpipe("compare", FIRST, SECOND).splitlines()
    assert printed[7:] == [
        "",
        "Parameters",
        "Parameter  A  B",
        "Depth      5  7",
        "",
        "Definition",
        "steps",
        '  + Train: HyperParameters.seed: "1"',
        "",
        "Arguments",
        "Step   Argument               A     B",
        "Train  HyperParameters.depth  5     7",
        "Train  HyperParameters.seed   none  1",
        "",
        "Steps",
        "Step        Type           A                  Time  B                  Time",
        "Prepare     Processing     ✓ Succeeded  1 min 00 s  ✓ Succeeded      reused",
        "Train       Training       ✓ Succeeded  1 h 00 min  ✓ Succeeded  1 h 00 min",
        "Check       Condition      ✓ true            1.0 s  ✓ false           1.0 s",
        "Register    RegisterModel  ✓ Succeeded       1.0 s    not run",
        "Inaccurate  Fail             not run                ✗ Failed     1 min 00 s",
        "",
        "Metrics",
        "Step   Metric    A    B  B - A",
        "Train  mse     4.5  6.5     +2",
    ]


def test_compare_as_json(smpipe: Command) -> None:
    two(smpipe)
    told = smpipe.json("compare", FIRST, SECOND)
    assert told["parameters"] == {"Depth": {"first": "5", "second": "7"}}
    assert told["steps"][0]["reusedFrom"] == {"first": None, "second": FIRST}
    assert told["steps"][1]["metrics"] == {"mse": {"first": 4.5, "second": 6.5}}
    assert [step["outcome"] for step in told["steps"][1:3]] == [
        {"first": None, "second": None},
        {"first": "true", "second": "false"},
    ]
    (difference,) = told["differences"]
    assert list(difference["steps"]["changed"]) == ["Train"]
    assert [step["arguments"] for step in told["steps"][1:3]] == [
        [
            {"path": "HyperParameters.depth", "because": "parameters", "values": {"first": "5", "second": "7"}},
            {"path": "HyperParameters.seed", "because": "definition", "values": {"first": None, "second": "1"}},
        ],
        [{"path": "Conditions[0].LeftValue", "because": "results", "values": {"first": 4.5, "second": 6.5}}],
    ]


@pytest.mark.parametrize("given", ["cdk.out", "./old", "build/cdk.out", "/old", "a.json", "git:main:cdk.out", "-"])
def test_files_are_not_compared(smpipe: Command, given: str) -> None:
    service = smpipe.answers(**answers())
    for pair in ([given, FIRST], [FIRST, given]):
        told = f"smpipe: compare takes executions, and {given} is none; for files use 'smpipe diff'\n"
        assert smpipe("compare", *pair, code=2) == told
    assert service.asked == {}


@pytest.mark.parametrize("command", ["show", "start", "why", "versions"])
def test_what_is_no_name_is_not_asked_for(smpipe: Command, command: str) -> None:
    service = smpipe.answers()
    told = smpipe(command, "cdk.out", code=2)
    assert told.startswith("smpipe: 'cdk.out' is not the name of a pipeline, which has letters, digits and hyphens")
    assert service.asked == {}


def test_compare_four(smpipe: Command) -> None:
    two(smpipe)
    printed = smpipe("compare", FIRST, SECOND, FIRST, SECOND).splitlines()
    assert printed[printed.index("Parameters") :] == [
        "Parameters",
        "Parameter  A  B  C  D",
        "Depth      5  7  5  7",
        "",
        "Definition of B, compared with A",
        "steps",
        '  + Train: HyperParameters.seed: "1"',
        "",
        "Definition of C, compared with A",
        "the same",
        "",
        "Definition of D, compared with A",
        "steps",
        '  + Train: HyperParameters.seed: "1"',
        "",
        "Arguments",
        "Step   Argument               A     B  C     D",
        "Train  HyperParameters.depth  5     7  5     7",
        "Train  HyperParameters.seed   none  1  none  1",
        "",
        "Steps",
        "Step        A             B             C             D",
        "Prepare     ✓ 1 min 00 s  ✓ reused      ✓ 1 min 00 s  ✓ reused",
        "Train       ✓ 1 h 00 min  ✓ 1 h 00 min  ✓ 1 h 00 min  ✓ 1 h 00 min",
        "Check       ✓ true        ✓ false       ✓ true        ✓ false",
        "Register    ✓ 1.0 s         not run     ✓ 1.0 s         not run",
        "Inaccurate    not run     ✗ 1 min 00 s    not run     ✗ 1 min 00 s",
        "",
        "Metrics",
        "Step   Metric    A    B    C    D",
        "Train  mse     4.5  6.5  4.5  6.5",
    ]
    assert "5 executions were given; at most 4" in smpipe("compare", *[FIRST] * 5, code=2)
    documents = smpipe.json("compare", FIRST, SECOND, FIRST, SECOND)
    assert documents["parameters"] == {"Depth": {"first": "5", "second": "7", "third": "5", "fourth": "7"}}
    assert [bool(each["steps"]["changed"]) for each in documents["differences"]] == [True, False, True]


def test_an_execution_differs_from_itself_in_nothing(smpipe: Command) -> None:
    two(smpipe)
    printed = smpipe("compare", FIRST, FIRST)
    assert printed.count("the same\n") == 2


def test_draw_an_execution(smpipe: Command) -> None:
    smpipe.answers(**answers())
    assert smpipe("draw", "Abalone", "--execution", "nightly").splitlines() == [
        "abalone/firstexec001",
        "",
        "●    Prepare       Processing     ✓ Succeeded 1 min 00 s",
        "│",
        "●    Train         Training       ✓ Succeeded 1 h 00 min",
        "│    ← Prepare (train)",
        "◆    Check         Condition      ✓ Succeeded 1.0 s (true)",
        "│    if Train.mse <= MaxMse",
        "├─●    Register    RegisterModel  ✓ Succeeded 1.0 s",
        "│",
        "│    else",
        "●      Inaccurate  Fail           not run",
        "",
        "parameters: Instance=ml.m5.large, Rows=100, Depth=7, MaxMse=6.0",
    ]
    assert smpipe("draw", "Abalone", "--execution").splitlines()[0] == "abalone/firstexec001"
    mermaid = smpipe("draw", "Abalone", "--execution", FIRST, "--format", "mermaid")
    assert (
        "  classDef Succeeded stroke:#1a7f37,stroke-width:3px\n  class s_Prepare,s_Train,s_Check,s_Register Succeeded\n"
        in mermaid
    )
    assert "  classDef unstarted stroke-dasharray:6 4\n  class s_Inaccurate unstarted\n" in mermaid
    assert mermaid.index("classDef control") < mermaid.index("classDef Succeeded"), "the later class decides"
    assert '["Prepare<br/>Processing<br/>✓ Succeeded 1 min 00 s"]' in mermaid
    dot = smpipe("draw", "Abalone", "--execution", FIRST, "--format", "dot")
    assert 'label="Prepare\\nProcessing\\n✓ Succeeded 1 min 00 s"' in dot
    assert 'color="#1a7f37", penwidth=3' in dot
    svg = smpipe("draw", "Abalone", "--execution", FIRST, "--format", "svg")
    assert ">✓ Succeeded 1 min 00 s</text>" in svg
    assert ">not run</text>" in svg


def test_a_graph_as_a_document(smpipe: Command) -> None:
    smpipe.answers(**answers())
    (told,) = smpipe.json("draw", "Abalone", "--execution", "nightly")["pipelines"]
    assert told["name"] == "abalone/firstexec001"
    assert told["parameters"][2] == {"name": "Depth", "type": "Integer", "default": 5, "value": "7"}
    assert [(each["name"], each["parent"], each["branch"], each["state"]) for each in told["steps"][2:]] == [
        ("Check", None, None, "Succeeded"),
        ("Register", "Check", "IfSteps", "Succeeded"),
        ("Inaccurate", "Check", "ElseSteps", "not run"),
    ]
    assert told["links"][0] == {
        "source": "Prepare", "target": "Train", "data": ["train"], "trigger": "Completed", "branch": None,
    }  # fmt: skip
    assert [(each["target"], each["branch"]) for each in told["links"] if each["source"] == "Check"] == [
        ("Register", "IfSteps"),
        ("Inaccurate", "ElseSteps"),
    ]
    (deployed,) = smpipe.json("draw", "Abalone")["pipelines"]
    assert (deployed["name"], deployed["steps"][0]["state"]) == ("Abalone", None)
    assert smpipe("draw", "Abalone", "--json", "--format", "dot", code=2).startswith("smpipe: --json cannot be used")


def test_a_pipeline_to_draw_gets_the_closest_name(smpipe: Command) -> None:
    smpipe.answers(**answers())
    assert "did you mean 'Abalone'?" in smpipe("draw", "Abalon", code=2)
    assert smpipe("draw", PIPELINE).splitlines()[0] == "Abalone"
    assert "did you mean 'Abalone'?" in smpipe("draw", PIPELINE[:-1], code=2)


def test_a_new_name_does_not_make_an_execution_longer(smpipe: Command) -> None:
    renamed = {**answers()["DescribePipelineExecution"]({"PipelineExecutionArn": FIRST})}
    renamed["LastModifiedTime"] = START + timedelta(days=3)
    smpipe.answers(**answers(DescribePipelineExecution=renamed))
    assert smpipe("show", "Abalone/").splitlines()[1].startswith("✓ Succeeded in 1 h 01 min")


def test_a_body_is_drawn_with_its_items() -> None:
    body = {"Name": "Do", "Type": "Processing", "Arguments": {}}
    each = {"Name": "Each", "Type": "ForEach", "Arguments": {"ForEachBody": [body]}}
    steps = [step("Each", "Executing"), step("Do-0"), step("Do-1", "Failed"), step("Do-2")]
    described = {"PipelineExecutionStatus": "Executing"}
    found = Execution(described, steps, Definition({"Version": "2020-12-01", "Steps": [each]}))
    assert drawn_states(found, START)["Do"] == ("Failed", "✗ 1 Failed, 2 Succeeded")
