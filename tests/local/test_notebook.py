"""Notebook jobs: the cells run as plain Python within the contract of SageMaker Distribution's driver."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.support import Account, by_name, run, step, training

CHANNEL = "sagemaker_headless_execution_pipelinestep"
FOLDER = f"/opt/ml/input/data/{CHANNEL}"


def cell(source: str | list[str], *tags: str, kind: str = "code") -> dict[str, Any]:
    outputs: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source, **outputs}


def notebook(*cells: dict[str, Any] | str, **members: Any) -> str:
    written = [cell(one) if isinstance(one, str) else one for one in cells]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **members})


def execute(
    account: Account,
    text: str,
    parameters: Mapping[str, str] | None = None,
    *,
    files: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Runs a notebook as a training step; the step's answer."""
    for name, content in {"in.ipynb": text, **(files or {})}.items():
        account.put(f"notebook/{name}", content)
    arguments = training(
        dict(parameters or {}),
        {CHANNEL: "s3://data/notebook/"},
        AlgorithmSpecification={
            "TrainingImage": "sagemaker-distribution-prod:3.2.0-cpu",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["amazon_sagemaker_scheduler"],
        },
        Environment={
            "SM_EXECUTION_INPUT_PATH": FOLDER,
            "SM_INPUT_NOTEBOOK_NAME": "in.ipynb",
            "SM_OUTPUT_NOTEBOOK_NAME": "out:1.0.ipynb",
            **(environment or {}),
        },
    )
    return by_name(run([step("Report", "Training", arguments)], runners=RUNNERS, services=account))["Report"]


def executed(account: Account) -> list[dict[str, Any]]:
    """The code cells of the executed notebook."""
    keys = account.keys("")
    (key,) = [key for key in keys if key.endswith("output.tar.gz")]
    with tarfile.open(fileobj=io.BytesIO(account.read(key)), mode="r:gz") as archive:
        (name,) = archive.getnames()
        file = archive.extractfile(name)
        assert file is not None
        assert name == "out-1-0.ipynb"
        return [one for one in json.loads(file.read())["cells"] if one["cell_type"] == "code"]


def text_of(cell: dict[str, Any]) -> str:
    return "".join(str(output.get("text", output.get("data", {}).get("text/plain"))) for output in cell["outputs"])


@pytest.mark.parametrize("isolated", ["namespace", "rewrite"])
def test_cells_share_names_and_their_outputs_are_kept(
    account: Account, isolated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isolated == "namespace" and isolation.namespaces() is None:
        pytest.skip("no mount namespaces here")
    monkeypatch.setenv("SMPIPE_ISOLATION", isolated)
    text = notebook(
        cell("# A title", kind="markdown"),
        cell(["depth = 1\n", "name = 'x'"], "parameters"),
        "%matplotlib inline\nimport helper\nprint(helper.double(depth), name)",
        "import os\nfor place in (os.getcwd(), '/opt/ml/model'):\n    print(os.path.isdir(place))\n[depth] * 2",
        "display({'a': 1})\n_",
    )
    done = execute(account, text, {"depth": "3"}, files={"helper.py": "double = lambda value: value * 2"})
    assert done["StepStatus"] == "Succeeded", done
    assert "plain Python" in done["StepDescription"]
    cells = executed(account)
    assert [one["execution_count"] for one in cells] == [1, 2, 3, 4, 5]
    assert (cells[1]["metadata"]["tags"], cells[1]["source"]) == (["injected-parameters"], "# Parameters\ndepth = '3'")
    assert [text_of(one) for one in cells[2:]] == ["33 x\n", "True\nTrue\n['3', '3']", "{'a': 1}['3', '3']"]
    assert "33 x" in account.log("/aws/sagemaker/TrainingJobs")


def test_without_a_cell_for_parameters_they_come_first(account: Account) -> None:
    assert execute(account, notebook("print(who)"), {"who": "me"})["StepStatus"] == "Succeeded"
    assert [text_of(one) for one in executed(account)] == ["", "me\n"]


def test_exports_of_the_initialization_script_are_available(account: Account) -> None:
    text = notebook("import os\nos.environ['COLOUR']")
    environment = {"SM_INIT_SCRIPT": "prepare.sh"}
    done = execute(account, text, files={"prepare.sh": "export COLOUR=green\n"}, environment=environment)
    assert done["StepStatus"] == "Succeeded", done
    assert text_of(executed(account)[0]) == "'green'"


def test_a_script_that_fails_ends_it(account: Account) -> None:
    environment = {"SM_INIT_SCRIPT": "prepare.sh"}
    done = execute(account, notebook("1"), files={"prepare.sh": "echo no network\nfalse\n"}, environment=environment)
    assert (done["StepStatus"], "no network" in done["FailureReason"]) == ("Failed", True)


def test_a_cell_that_raises_fails_the_step_and_is_kept(account: Account) -> None:
    text = notebook("print('so far')", "def deep():\n    raise ValueError('no data today')\n\ndeep()", "print('never')")
    done = execute(account, text)
    assert done["StepStatus"] == "Failed"
    assert "cell 2 of the notebook failed" in done["FailureReason"]
    assert done["FailureReason"].endswith("ValueError: no data today, exit code: 1")
    assert 'File "cell 2", line 4' in done["FailureReason"]
    assert "notebook.py" not in done["FailureReason"]
    first, second, third = executed(account)
    assert text_of(first) == "so far\n"
    assert second["outputs"][-1]["ename"] == "ValueError"
    assert third["outputs"] == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = 1\n%timeit x", "cell 2, line 2: '%timeit x' is for IPython"),
        ("!pip install pandas", "cell 2, line 1: '!pip install pandas' is for IPython"),
        ("%%bash\nls", "cell 2, line 1: '%%bash' is for IPython"),
        ("files = !ls", "cell 2, line 1: 'files = !ls' is for IPython"),
        ("print?", "cell 2, line 1: 'print?' is for IPython"),
        ("x = = 1", "SyntaxError: invalid syntax"),
    ],
    ids=["magic", "command", "cell-magic", "captured-command", "help", "mistake"],
)
def test_what_is_not_python_is_refused(account: Account, code: str, reason: str) -> None:
    done = execute(account, notebook("print('first')", code))
    assert done["StepStatus"] == "Failed"
    assert reason in done["FailureReason"]
    # code that only IPython understands is found before anything runs
    assert ("first" in account.log("/aws/sagemaker/TrainingJobs").splitlines()) == ("SyntaxError" in reason)


@pytest.mark.parametrize(("code", "status"), [("sys.exit()", "Succeeded"), ("sys.exit('enough')", "Failed")])
def test_exit_ends_the_notebook(account: Account, code: str, status: str) -> None:
    done = execute(account, notebook(f"import sys\n{code}", "print('never')"))
    assert done["StepStatus"] == status
    assert "SystemExit: enough" in done.get("FailureReason", "SystemExit: enough")
    assert executed(account)[1]["outputs"] == []


@pytest.mark.parametrize(
    ("text", "parameters", "reason"),
    [
        (notebook("1", metadata={"kernelspec": {"language": "R"}}), {}, "'R'; local runs only execute Python"),
        (notebook("1", nbformat=3), {}, "the notebook is of nbformat 3; save it as version 4"),
        (notebook("1"), {"a-b": "1"}, "the parameter 'a-b' is not a valid name of a Python variable"),
    ],
    ids=["language", "format", "parameter"],
)
def test_what_cannot_run(account: Account, text: str, parameters: dict[str, str], reason: str) -> None:
    done = execute(account, text, parameters)
    assert (done["StepStatus"], reason in done["FailureReason"]) == ("Failed", True), done


def test_a_missing_notebook(account: Account) -> None:
    done = execute(account, notebook("1"), environment={"SM_INPUT_NOTEBOOK_NAME": "other.ipynb"})
    assert f"there is no 'other.ipynb' in {FOLDER}" in done["FailureReason"]
