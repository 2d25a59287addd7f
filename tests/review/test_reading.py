"""Reads the definitions at a path, or gives one clear reason why there are none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli, review
from cdk_sagemaker_pipelines.review.reading import assemblies

from .test_templates import template

EMPTY = '{"Steps": []}'


def write(file: Path, content: Any) -> Path:
    """Writes a file; values other than texts as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def names(path: Path) -> list[str]:
    """The names of the definitions found, or the reasons why they cannot be read."""
    return [found.name if isinstance(found, review.Found) else found.reason for found in review.read(path)]


def test_a_definition(tmp_path: Path) -> None:
    (found,) = review.read(write(tmp_path / "abalone.json", EMPTY))
    assert isinstance(found, review.Found)
    assert (found.name, found.path, found.place) == ("abalone", None, str(tmp_path / "abalone.json"))


def test_a_template(tmp_path: Path) -> None:
    (found,) = review.read(write(tmp_path / "a.json", template(EMPTY)))
    assert isinstance(found, review.Found)
    assert found.place == f"{tmp_path}/a.json#Dev/Abalone/Pipeline"


OF_APP = "it is a pipeline file for Pipeline.from_file; synthesize the app that reads it, and give its cdk.out"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON: Expecting value at line 1, column 1"),
        (b'{\n  "Steps": [,]}', "it is not JSON: Expecting value at line 2, column 13"),
        (b'{"Steps": \xff}', "it is not UTF-8 text: invalid start byte at byte 10"),
        (b'{"Steps": [NaN]}', "it is not JSON: NaN is not a JSON number"),
        (b"[]", "a definition is a JSON object, not a list"),
        (b"{}", "it is neither a definition nor a template: it has neither 'Steps' nor 'Resources'"),
        (b'{"steps": {}}', OF_APP),
        (b"name: A\nsteps:\n  B: {type: Fail}\n", OF_APP),
        (b'name = "A"\n[steps.B]\ntype = "Fail"\n', OF_APP),
        (b'name = "A"\n[steps]\nB = {type = "Fail"}\n', OF_APP),
        (b'{"Resources": {}}', "it is a template without a pipeline"),
        (b"Resources:\n  A: 1", "it is a template without a pipeline"),
        pytest.param(
            b"[" * 100_000,
            "it is nested too deeply: at most 330 objects and lists inside one another",
            id="brackets",
        ),
    ],
)
def test_what_cannot_be_read(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert review.read(tmp_path / "a.json") == [review.Unreadable(str(tmp_path / "a.json"), reason)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_not_part_of_the_text(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(EMPTY.encode(encoding))
    assert names(tmp_path / "a.json") == ["a"]


def test_a_missing_file_and_one_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(tmp_path / "a.json") == ["it cannot be read: No such file or directory"]
    assert names(tmp_path / ("a" * 5000)) == ["it cannot be read: File name too long"]
    monkeypatch.setattr(assemblies, "LONGEST", 1024 * 1024)
    assert names(Path(os.devnull).with_name("zero")) == ["it is longer than 1 MB, which no definition is"]


def test_a_directory_without_templates(tmp_path: Path) -> None:
    assert names(tmp_path) == ["it has no template; run 'cdk synth' first"]
    write(tmp_path / "a.template.json", {"Resources": {}})
    assert names(tmp_path) == ["its templates contain no pipeline"]


def test_every_template_of_the_stages(tmp_path: Path) -> None:
    for name in ("assembly-Dev/a", "assembly-Dev/assembly-Dev-Inner/b", "assembly-Prod/c", "d", "asset.1/e"):
        write(tmp_path / f"{name}.template.json", template(EMPTY, PipelineName=name[-1]))
    assert names(tmp_path) == ["d", "a", "b", "c"]


def manifest(*templates: str, stages: tuple[str, ...] = ()) -> dict[str, Any]:
    stacks = {name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": name}} for name in templates}
    inner = {name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}} for name in stages}
    return {"version": "55.0.0", "artifacts": {**stacks, **inner, "Tree": {"type": "cdk:tree"}}}


def test_templates_of_deleted_stacks_are_ignored(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", manifest("b.template.json", "a.template.json", stages=("assembly-Dev", ".")))
    write(tmp_path / "assembly-Dev" / "manifest.json", manifest("c.template.json", stages=("..",)))
    for name in ("a", "b", "gone", "assembly-Dev/c", "assembly-Gone/d"):
        write(tmp_path / f"{name}.template.json", template(EMPTY, PipelineName=name[-1]))
    assert names(tmp_path) == ["a", "b", "c"]


def test_an_invalid_manifest(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", {"artifacts": {"A": 1, "B": {"properties": {"templateFile": []}}}})
    assert names(tmp_path) == ["it has no template; run 'cdk synth' first"]
    write(tmp_path / "manifest.json", "{")
    assert names(tmp_path)[0].startswith("it is not JSON: ")
    write(tmp_path / "manifest.json", manifest("a.template.json"))
    assert names(tmp_path) == ["it cannot be read: No such file or directory"]


@pytest.mark.parametrize("kind", ["absolute", "above", "link"])
def test_an_assembly_is_not_left(tmp_path: Path, kind: str) -> None:
    """A manifest may name any file, and so may a link in a cdk.out that somebody else made."""
    outside, here = tmp_path / "outside", tmp_path / "cdk.out"
    write(outside / "a.template.json", template(EMPTY))
    name = {"absolute": str(outside), "above": "../outside", "link": "link"}[kind]
    write(here / "manifest.json", manifest("own.template.json", f"{name}/a.template.json", stages=(name,)))
    write(here / "own.template.json", template(EMPTY, PipelineName="own"))
    (here / "link").symlink_to(outside)
    assert sorted(names(here)) == [*["it cannot be read: it is outside of the assembly"] * 2, "own"]


def test_a_linked_assembly_is_read(tmp_path: Path) -> None:
    write(tmp_path / "out" / "manifest.json", manifest("a.template.json", stages=("assembly-Dev",)))
    write(tmp_path / "out" / "assembly-Dev" / "manifest.json", manifest("b.template.json"))
    for name in ("a", "assembly-Dev/b"):
        write(tmp_path / "out" / f"{name}.template.json", template(EMPTY, PipelineName=name[-1]))
    (tmp_path / "cdk.out").symlink_to(tmp_path / "out")
    assert names(tmp_path / "cdk.out") == names(tmp_path / "out") == ["a", "b"]


@pytest.mark.parametrize(
    "file", ["a.template.json", "b.nested.template.json", "manifest.json", "assembly-Dev/manifest.json"]
)
def test_a_pipe_in_an_assembly_is_not_waited_for(tmp_path: Path, file: str) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "b.nested.template.json"}}
    write(tmp_path / "manifest.json", manifest("a.template.json", stages=("assembly-Dev",)))
    write(tmp_path / "a.template.json", {"Resources": {"A": nested}})
    (tmp_path / "assembly-Dev").mkdir()
    (tmp_path / file).unlink(missing_ok=True)
    os.mkfifo(tmp_path / file)
    assert "it cannot be read: it is not a file" in names(tmp_path)
    assert cli.main(["check", str(tmp_path)]) == 2


def test_a_stage_that_is_missing_is_told(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", manifest("a.template.json", stages=("assembly-Gone",)))
    write(tmp_path / "a.template.json", template(EMPTY, PipelineName="a"))
    assert names(tmp_path) == ["a", "it cannot be read: No such file or directory"]


def test_nested_stacks(tmp_path: Path) -> None:
    def stack(file: str) -> dict[str, Any]:
        return {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": file}}

    outer = {"Resources": {"A": stack("b.nested.template.json"), "B": stack("../b.nested.template.json")}}
    write(tmp_path / "a.template.json", outer)
    inner = template(EMPTY, PipelineName="inner")
    inner["Resources"]["Again"] = stack("a.template.json")
    write(tmp_path / "b.nested.template.json", inner)
    write(tmp_path / "manifest.json", manifest("a.template.json"))
    assert names(tmp_path) == ["inner"]
    assert names(tmp_path / "a.template.json") == ["inner"]


def test_assets_are_in_the_outermost_assembly(tmp_path: Path) -> None:
    location = {"PipelineDefinitionS3Location": {"Key": "p/1f.json"}}
    write(tmp_path / "asset.2e" / "p" / "1f.json", EMPTY)
    file = write(tmp_path / "assembly-Dev" / "a.template.json", template("", PipelineDefinition=location))
    assert names(tmp_path) == names(file.parent) == names(file) == ["AbalonePipeline8A2B3C4D"]


def test_an_unreadable_template_does_not_hide_others(tmp_path: Path) -> None:
    write(tmp_path / "a.template.json", "{")
    write(tmp_path / "b.template.json", template("{"))
    write(tmp_path / "c.template.json", template(EMPTY, PipelineName="c"))
    outcomes = review.read(tmp_path)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Unreadable", "Unreadable", "Found"]
    assert str(outcomes[1]).startswith(f"{tmp_path}/b.template.json#Dev/Abalone/Pipeline: the definition is not JSON: ")


def test_paths_that_only_the_assembly_has(tmp_path: Path) -> None:
    def entry(logical_id: str) -> list[dict[str, str]]:
        return [{"type": "aws:cdk:creationStack", "data": "x"}, {"type": "aws:cdk:logicalId", "data": logical_id}]

    plain = template(EMPTY)
    (logical_id,) = [name for name, each in plain["Resources"].items() if each["Type"] == "AWS::SageMaker::Pipeline"]
    plain["Resources"][logical_id].pop("Metadata", None)
    write(tmp_path / "a.template.json", plain)
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.template.json"}}
    paths = {"/Dev/A/Pipeline/Resource": entry(logical_id)}

    def found(source: Path) -> list[str | None]:
        return [each.path for each in review.read(source) if isinstance(each, review.Found)]

    write(tmp_path / "manifest.json", {"artifacts": {"A": {**stack, "metadata": paths}}})
    assert found(tmp_path) == ["Dev/A/Pipeline"]
    write(tmp_path / "manifest.json", {"artifacts": {"A": {**stack, "additionalMetadataFile": "a.metadata.json"}}})
    assert found(tmp_path) == [logical_id]
    write(tmp_path / "a.metadata.json", paths)
    assert found(tmp_path) == ["Dev/A/Pipeline"]
    assert found(tmp_path / "a.template.json") == ["Dev/A/Pipeline"]
    # a nested stack's resource may have the same logical id
    write(tmp_path / "a.metadata.json", {**paths, "/Dev/A/Nested/Pipeline/Resource": entry(logical_id)})
    assert found(tmp_path) == [logical_id]
    write(tmp_path / "a.metadata.json", "{")
    assert found(tmp_path) == [logical_id]
