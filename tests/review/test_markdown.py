"""The comment for a pull request: what stands where, how long it is, and that no name or value is more than a text."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.review.diff import renames
from cdk_sagemaker_pipelines.review.diff.definitions import diff
from cdk_sagemaker_pipelines.review.diff.markdown import LIMIT, MARKER, markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences
from cdk_sagemaker_pipelines.review.diff.picture import MOST, picture
from cdk_sagemaker_pipelines.review.reading.files import Found
from cdk_sagemaker_pipelines.review.reviewed.app import of_definition
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed

from .definitions import definition, get, step
from .test_pipelines import ADMIN, app, properties, template

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def comment(old: Any, new: Any) -> str:
    """Of two definitions."""
    one, two = (of_definition(Found("a.json", "a", None, each)) for each in (old, new))
    return markdown(differences([one], [two]))


def tokens(text: str) -> Iterator[Token]:
    for token in GITHUB.parse(text):
        yield token
        yield from token.children or ()


def test_nothing_differs() -> None:
    same = definition(step("A"))
    assert comment(same, same) == f"{MARKER}\n\n**No pipeline differs.**\n"


def test_what_stands_above_the_fold() -> None:
    old = template()
    new = copy.deepcopy(old)
    properties("Own", Policies=[{"PolicyName": "More", "PolicyDocument": {"Statement": [ADMIN]}}])(new["Resources"])
    properties("Pipeline", PipelineName="Other")(new["Resources"])
    told = markdown(differences(app(old), app(new)))
    lines = told.splitlines()
    assert lines[0] == MARKER
    assert lines[2] == "**1 pipeline · 2 permissions gained · 3 differences in all**"
    gain = "- `Nightly/Role` `s3:* on *` `granted in code, in Nightly/Role, inline policy More`"
    assert lines[4:7] == ["Permissions gained:", "", gain]
    folded = told.index("<details>")
    assert told.index("| changed | `PipelineName`") < folded < told.index("</details>")


def test_what_limits_a_role_and_goes_is_a_gain() -> None:
    deny = {**ADMIN, "Effect": "Deny", "Action": "s3:DeleteObject"}
    old, new = template(), template()
    given = {"PermissionsBoundary": "arn:aws:iam::aws:policy/b"}
    policy = [{"PolicyName": "Less", "PolicyDocument": {"Statement": [deny]}}]
    properties("Own", Policies=policy, **given)(old["Resources"])
    lines = markdown(differences(app(old), app(new))).splitlines()
    assert lines[2] == "**1 pipeline · 2 permissions gained · 2 differences in all**"
    assert lines[6:8] == [
        '- `Nightly/Role` no longer `boundary` `"arn:aws:iam::aws:policy/b"`',
        "- `Nightly/Role` no longer `Deny: s3:DeleteObject on *` "
        "`granted in code, in Nightly/Role, inline policy Less`",
    ]
    lines = markdown(differences(app(new), app(old))).splitlines()
    assert lines[2] == "**1 pipeline · 2 permissions lost · 2 differences in all**"


def test_no_text_is_too_long_for_the_head() -> None:
    new = template()
    many = [
        {"Action": f"s3:{'A' * 5000}", "Effect": "Allow", "Resource": f"arn:aws:s3:::b{number}"} for number in range(30)
    ]
    properties("Own", Policies=[{"PolicyName": "More", "PolicyDocument": {"Statement": many}}])(new["Resources"])
    told = markdown(differences(app(template()), app(new)))
    assert "- and 14 more below" in told
    assert len(told) <= LIMIT
    one = {"Action": f"s3:{'A' * 2 * LIMIT}", "Effect": "Allow", "Resource": "*"}
    properties("Own", Policies=[{"PolicyName": "More", "PolicyDocument": {"Statement": [one]}}])(new["Resources"])
    told = markdown(differences(app(template()), app(new)))
    (gained,) = [line for line in told.splitlines() if line.startswith("- ")]
    assert re.search(r" `s3:A{297} … A+ on \*` ", gained), "what it is on is not hidden by a long text"
    assert "and 1 more, which `smpipe diff` shows" in told


def test_steps_that_are_too_many_for_new_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = []
    for side in ("old", "new"):
        steps = [step(f"{side}{number}", "Fail", ErrorMessage="a" * 9) for number in range(2)]
        (tmp_path / f"{side}.json").write_text(json.dumps(definition(*steps).json))
        sides.append(str(tmp_path / f"{side}.json"))
    assert cli.main(["diff", *sides]) == 1
    captured = capsys.readouterr()
    assert "> new0, before old0" in captured.out
    assert "not compared" not in captured.err
    monkeypatch.setattr(renames, "_MOST_PAIRS", 3)
    told = "which of 2 removed steps are among 2 added ones, under new names"
    assert cli.main(["diff", *sides]) == 1
    captured = capsys.readouterr()
    assert "- old0 (Fail)" in captured.out
    assert f"not compared: {told}\n" in captured.err
    assert cli.main(["diff", "--markdown", *sides]) == 1
    assert f"\nNot compared in `new`: `{told}`\n" in capsys.readouterr().out
    assert cli.main(["diff", "--json", *sides]) == 1
    assert json.loads(capsys.readouterr().out)["pipelines"][0]["notCompared"] == [told]


def test_gpus_stand_above_the_fold() -> None:
    def with_gpus(kind: str) -> Any:
        return definition(step("Train", "Training", ResourceConfig={"InstanceType": kind, "InstanceCount": 1}))

    lines = comment(with_gpus("ml.m5.large"), with_gpus("ml.p4d.24xlarge")).splitlines()
    assert lines[4] == "GPUs at once: `0` → **`8`** `'Train' 8`"


def test_the_picture_has_what_changed_and_its_neighbours() -> None:
    both = [step("Prepare"), step("Other")]
    train = get("Steps.Prepare.A")
    old = definition(*both, step("Train", X=train), step("Gone", "Fail", depends_on=["Train"]))
    new = definition(*both, step("Train", X=train, Y=1), step("New", depends_on=["Train"]))
    assert picture(diff(old, new), old, new).splitlines()[:7] == [
        "flowchart LR",
        '  s0["Train<br/>Processing"]:::changed',
        '  s1["New<br/>Processing"]:::added',
        '  s2["Gone<br/>Fail"]:::removed',
        '  s3["Prepare<br/>Processing"]:::same',
        "  s3 --> s0",
        "  s0 -.-> s1",
    ]
    assert picture(diff(old, old), old, old) == ""


def test_a_picture_is_not_larger_than_can_be_read() -> None:
    old = definition(*(step(f"S{number}", depends_on=["Last"], X=1) for number in range(200)), step("Last"))
    new = definition(*(step(f"S{number}", depends_on=["Last"], X=2) for number in range(200)), step("Last"))
    drawn = picture(diff(old, new), old, new)
    assert len(re.findall(r":::changed", drawn)) == MOST
    assert 'more["and 140 more steps that differ"]' in drawn


@pytest.mark.parametrize("number", [1, 3, 40, 400])
def test_a_comment_is_never_too_long(number: int) -> None:
    """Whether few pipelines have many differences or many a few."""

    def all_of(version: int) -> list[Reviewed]:
        tags = [{"Key": f"k{tag}", "Value": "v" * 60 + str(version)} for tag in range(3000 // number)]
        document = template()
        properties("Pipeline", Tags=tags)(document["Resources"])
        (found,) = app(document)
        return [replace(found, path=f"Dev/Stack{index}/Nightly", stack=f"Dev/Stack{index}") for index in range(number)]

    told = markdown(differences(all_of(1), all_of(2)))
    assert len(told) <= LIMIT
    assert len(told) > LIMIT / 2
    assert told.startswith(f"{MARKER}\n\n**{number} {'pipeline' if number == 1 else 'pipelines'} · ")
    assert "`smpipe diff` shows" in told
    assert "`Dev/Stack0/Nightly`" in told
    shown = told.count("### `Dev/Stack")
    left = re.search(r"Not shown here.* and (\d+) more", told)
    named = told.partition("Not shown here")[2].count("`Dev/Stack")
    assert shown + named + (int(left[1]) if left else 0) == number
    assert [token.type for token in GITHUB.parse(told)].count("table_open") == told.count("| | What |")


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details>", "<!-- x", "--> y", "`code`", "``", "a`b",
    "**bold**", "_x_", "[a](https://evil.example)", "![a](https://evil.example/x.png)", "https://evil.example",
    "@everyone",
    "#1", "|", "a | b", "\\|", "a\\", "$x$", "$$x$$", "\n\n# Heading", "```\nx", "~~~", "- [ ] x", "&lt;", ":rocket:",
    "  x  ",
    "%%{init: {}}%%", '"]:::x', "click a href", "end", "\u202e", "\x1b[31m", "---", "| a | b |\n|---|---|",
]  # fmt: skip
TAGS = re.compile(r"</?(?:code|details|summary)>|<details><summary>.*</summary>", re.DOTALL)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_of_others_are_only_texts(text: str) -> None:
    old = definition(step("Train", "Training", X="before"), step("Gone"))

    def after(text: str) -> Any:
        train = {"Name": "Train", "Type": "Training", "Arguments": {"X": text, text: text}}
        parameter = {"Name": text, "Type": text, "DefaultValue": text}
        return definition(train, step(f"New {text}", text, depends_on=["Train"]), Parameters=[parameter])

    told, plain = comment(old, after(text)), comment(old, after("y"))

    def shape(comment: str) -> list[str]:
        """What kind of thing each part is: a code span is one thing, however it is written."""
        found = []
        inside = False
        for token in tokens(comment):
            if token.type == "html_inline":
                assert token.content in ("<code>", "</code>")
                inside = token.content == "<code>"
                if not inside:
                    found.append("code_inline")
            elif token.type == "html_block":
                assert TAGS.sub("", token.content).strip() in ("", MARKER), token.content
            elif not inside and token.type not in ("inline", "text", "softbreak"):
                found.append(token.type)
            else:
                assert token.type in ("inline", "text", "softbreak"), token
        return found

    assert shape(told) == shape(plain)
    code = "".join(token.content for token in tokens(told) if token.type in ("code_inline", "text"))
    if text.isprintable() and "\\" not in text and '"' not in text:
        assert text in code
    drawing = "\n".join(token.content for token in tokens(told) if token.type == "fence")
    labels = re.findall(r'\["(.*)"\]:::', drawing)
    assert all(re.fullmatch(r'(?:[^"#<>`%&|]|<br/>|#\w+;|\|)*', label) for label in labels), labels


def test_long_values_are_folded_with_the_whole_in_them() -> None:
    start = "s3://a-bucket/" + "a-long-prefix/" * 20
    text = comment(definition(step("A", Uri=start + "old/x")), definition(step("A", Uri=start + "new/x")))
    folded = [
        f'<details><summary>`...long-prefix/{name}/x"`</summary>`"{start}{name}/x"`</details>'
        for name in ("old", "new")
    ]
    assert f"| changed | `A` `Uri` | {' | '.join(folded)} |" in text.splitlines()


def test_without_room_long_values_are_short_and_it_says_so() -> None:
    start = "s3://a-bucket/" + "a-long-prefix/" * 2_500
    given = {f"Uri{number}": f"{start}{{}}/{number}" for number in range(3)}

    def with_name(name: str) -> Any:
        uris: dict[str, Any] = {key: value.format(name) for key, value in given.items()}
        return definition(step("A", **uris))

    old, new = with_name("old"), with_name("new")
    text = comment(old, new)
    assert len(text) < LIMIT
    assert start not in text
    assert [f"`A` `Uri{number}`" in text for number in range(3)] == [True] * 3
    assert text.endswith("Long values are shortened; `smpipe diff` shows them whole.\n\n")


def test_a_value_without_room_leaves_it_to_those_after_it() -> None:
    new = definition(step("A", Long="x" * LIMIT, Short="y"))
    text = comment(definition(step("A")), new)
    assert '| new | `A` `Short` | | `"y"` |'.replace("| |", "|  |") in text
    assert "and 1 more, which `smpipe diff` shows" in text
