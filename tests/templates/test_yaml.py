"""Templates in YAML: what is read, and what is refused with its line."""

from __future__ import annotations

import time

import pytest

from cdk_sagemaker_pipelines.language import DefinitionError
from cdk_sagemaker_pipelines.templates.documents import LONGEST, is_yaml, parse_yaml
from cdk_sagemaker_pipelines.templates.yaml_text import parse


def test_the_short_forms_are_functions() -> None:
    text = """\
A: !Ref B
B: !GetAtt C.Arn
C: !GetAtt [C, Arn]
D: !Join [":", [!Ref B, !Sub "${C}-x"]]
E: !Sub
  - ${D}
  - D: !ImportValue x
F: !If [Here, !Ref AWS::NoValue, {G: !Base64 x}]
H: !Condition Here
I: !Select [0, !Split [",", !FindInMap [M, a, b]]]
J: !Transform {Name: m, Parameters: {a: b}}
K: {Fn::Sub: x}
"""
    assert parse(text).value == {
        "A": {"Ref": "B"},
        "B": {"Fn::GetAtt": "C.Arn"},
        "C": {"Fn::GetAtt": ["C", "Arn"]},
        "D": {"Fn::Join": [":", [{"Ref": "B"}, {"Fn::Sub": "${C}-x"}]]},
        "E": {"Fn::Sub": ["${D}", {"D": {"Fn::ImportValue": "x"}}]},
        "F": {"Fn::If": ["Here", {"Ref": "AWS::NoValue"}, {"G": {"Fn::Base64": "x"}}]},
        "H": {"Condition": "Here"},
        "I": {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::FindInMap": ["M", "a", "b"]}]}]},
        "J": {"Fn::Transform": {"Name": "m", "Parameters": {"a": "b"}}},
        "K": {"Fn::Sub": "x"},
    }


def test_dates_and_keys_are_texts() -> None:
    assert parse("Version: 2012-10-17\non: yes\n111122223333: {1: ~, 2: 1.5, 3: 2}\n").value == {
        "Version": "2012-10-17",
        "on": True,
        "111122223333": {"1": None, "2": 1.5, "3": 2},
    }


@pytest.mark.parametrize(
    "text",
    ["1:30", "-190:20:30", "1:30.5", "1" + ":1" * 200 + ".5", "1" + ":1" * 400_000],
    ids=["time", "int", "float", "large", "long"],
)
def test_numbers_to_the_base_60_are_texts(text: str) -> None:
    begun = time.process_time()
    assert parse(f"a: {text}").value == {"a": text}
    assert time.process_time() - begun < 5


def test_lines_of_keys_and_elements() -> None:
    lines = parse("A:\n  B: [1,\n   2]\n  C: !Sub\n    - x\n    - {y: 1}\n").lines
    assert lines == {
        ("A",): 1,
        ("A", "B"): 2,
        ("A", "B", 0): 2,
        ("A", "B", 1): 3,
        ("A", "C"): 4,
        ("A", "C", "Fn::Sub", 0): 5,
        ("A", "C", "Fn::Sub", 1): 6,
        ("A", "C", "Fn::Sub", 1, "y"): 6,
    }


NOT = "not YAML that CloudFormation reads: "


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x", f"{NOT}YAML aliases are not allowed in CloudFormation templates at line 2, column 4"),
        ("a:\n  <<: {b: 1}", f"{NOT}YAML merges (<<) are not allowed in CloudFormation templates at line 2, column 3"),
        ("a: 1\nb: {c: 1, c: 2}", f"{NOT}the key 'c' occurs twice at line 2, column 11"),
        ("1: a\n'1': b", f"{NOT}the key '1' occurs twice at line 2, column 1"),
        ("? [a]\n: b", f"{NOT}a key must be a text at line 1, column 3"),
        ("? !Ref a\n: b", f"{NOT}a key must be a text at line 1, column 3"),
        ("a: !!python/object/apply:os.system [x]", f"{NOT}the tag !!python/object/apply:os.system has no meaning in a"),
        ("a: !!python/name:os.system", f"{NOT}the tag !!python/name:os.system has no meaning in a template"),
        ("a: !!binary aGk=", f"{NOT}the tag !!binary has no meaning in a template at line 1, column 4"),
        ("a: !!set {b}", f"{NOT}the tag !!set has no meaning in a template"),
        ("a: !!omap [b: 1]", f"{NOT}the tag !!omap has no meaning in a template"),
        ("a: !!timestamp 2012-10-17", f"{NOT}the tag !!timestamp has no meaning in a template"),
        ("a: !!str [b]", f"{NOT}the tag !!str has no meaning in a template"),
        ("a: !os.system x", f"{NOT}the tag !os.system has no meaning in a template"),
        ("a: =", f"{NOT}the tag !!value has no meaning in a template"),
        ("a: !!int b", f"{NOT}'b' is not a value that JSON has at line 1, column 4"),
        ("a: !!bool b", f"{NOT}'b' is not a value that JSON has"),
        ("a: .nan", f"{NOT}'.nan' is not a value that JSON has"),
        ("a: -.inf", f"{NOT}'-.inf' is not a value that JSON has"),
        (f"a: {'9' * 5000}", f"{NOT}'99999999999999999999' is not a value that JSON has"),
        (f"a: 0x{'f' * 5000}", f"{NOT}'0xffffffffffffffffff' is not a value that JSON has"),
        (
            f"b: 1\na: !!int 1{':1' * 9}",
            f"{NOT}'1:1:1:1:1:1:1:1:1:1' is not a value that JSON has at line 2, column 4",
        ),
        (f"b: 1\na: !!float 1{':1' * 300}.5", f"{NOT}'1:1:1:1:1:1:1:1:1:1:' is not a value that JSON has at line 2"),
        ('a: !!int ""', f"{NOT}'' is not a value that JSON has at line 1, column 4"),
        ("a: !!int _", f"{NOT}'_' is not a value that JSON has at line 1, column 4"),
        ('a: !!float ""', f"{NOT}'' is not a value that JSON has at line 1, column 4"),
        ("a: b: c", f"{NOT}mapping values are not allowed here at line 1, column 5"),
        ("a: 'b", f"{NOT}found unexpected end of stream at line 1, column 6"),
        ("a: 1\n---\nb: 2", f"{NOT}but found another document at line 2, column 1"),
        ("a: \x00", "not YAML: unacceptable character #x0000"),
        ("[" * 500, "nested too deeply: at most 330 objects and lists inside one another"),
        ("- " * 500 + "x", "nested too deeply: at most 330 objects and lists inside one another"),
        ("!Not [" * 500, "nested too deeply: at most 330 objects and lists inside one another"),
        ("a" * (LONGEST + 1), f"longer than {LONGEST} characters, which no template is"),
    ],
)
def test_what_is_denied(text: str, reason: str) -> None:
    with pytest.raises(DefinitionError) as error:
        parse(text)
    assert str(error.value).startswith(reason)


def test_an_alias_bomb_costs_nothing() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    begun = time.process_time()
    with pytest.raises(DefinitionError, match="aliases are not allowed"):
        parse(text)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("content", "file", "yes"),
    [
        (b"Resources:\n", "a.json", True),
        (b"# mine\nAWSTemplateFormatVersion : x", "-", True),
        (b"{Resources: {}}", "a.yml", True),
        (b"Steps: []", "A.YAML", True),
        (b'{"Resources": ', "a.json", False),
        (b"Steps: []", "a.json", False),
        (b"  Resources:", "a.json", False),
    ],
)
def test_what_counts_as_yaml(content: bytes, file: str, yes: bool) -> None:
    assert is_yaml(content, file) is yes


def test_other_encodings() -> None:
    assert parse_yaml("a: ä".encode("utf-16")).value == parse_yaml(b"\xef\xbb\xbfa: \xc3\xa4").value == {"a": "ä"}
    with pytest.raises(DefinitionError, match="not UTF-8 text: invalid start byte at byte 3"):
        parse_yaml(b"a: \xff")
