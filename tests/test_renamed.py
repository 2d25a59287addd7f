"""Public names of earlier versions still work, and say what they are called now."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library

ROOT = Path(__file__).resolve().parent.parent
RENAMED = {
    "Facet": library.ClarifyFacet,
    "Handler": library.LambdaHandler,
    "InstanceFleet": library.EmrInstanceFleet,
    "InstanceGroup": library.EmrInstanceGroup,
    "Predictor": library.ClarifyModel,
    "S3Prefix": library.S3Location,
    "Shap": library.ClarifyShap,
}


@pytest.mark.parametrize("old", RENAMED)
def test_an_old_name_is_the_class_and_names_the_new_one(old: str) -> None:
    new = RENAMED[old]
    with pytest.warns(
        DeprecationWarning, match=f"^{old} was renamed to {new.__name__} in .* will be removed in 0.2$"
    ) as told:
        assert getattr(library, old) is new
    assert told[0].filename == __file__


@pytest.mark.parametrize("old", RENAMED)
def test_old_names_are_not_suggested(old: str) -> None:
    assert old not in dir(library)


def test_importing_everything_imports_the_old_names_without_a_warning() -> None:
    """A warning for each old name, which nobody asked for, would make ``-W error`` refuse the import."""
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec("from cdk_sagemaker_pipelines import *", names)
        assert names["S3Prefix"] is eval("S3Prefix", names)
    del names["__builtins__"]
    assert names == {**{name: getattr(library, name) for name in library._HOME}, **RENAMED}
    assert sorted(library.__all__) == sorted([*library._HOME, *RENAMED])


def test_type_checkers_see_what_is_imported_with_everything(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    used = "\n".join(f"_{name} = {name}" for name in library._HOME)
    file.write_text(f"from cdk_sagemaker_pipelines import *\n{used}\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_an_import_names_the_line_that_asks() -> None:
    with pytest.warns(DeprecationWarning, match="^S3Prefix was renamed to S3Location") as told:
        from cdk_sagemaker_pipelines import S3Prefix
    assert S3Prefix is library.S3Location
    assert {warning.filename for warning in told} == {__file__}


def test_the_new_names_warn_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(getattr(library, new.__name__) is new for new in RENAMED.values())
