"""A value of a step with its path."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines.language import StepView
from cdk_sagemaker_pipelines.language.field import Field, in_arguments


def arguments(**given: Any) -> Field:
    return Field.of_arguments(StepView({"Name": "S", "Type": "Training", "Arguments": given}))


def told(fields: Any) -> list[tuple[str, Any]]:
    return [(field.where, field.value) for field in fields]


def below(fields: Any) -> list[tuple[str, Any]]:
    return [(in_arguments(where), value) for where, value in told(fields)]


def test_the_path_goes_along() -> None:
    given = arguments(Output={"Uri": "s3://a"})
    assert told([given, given.at("Output"), given.at("Output", "Uri"), given.at("Output").at("Uri")]) == [
        ("Arguments", {"Output": {"Uri": "s3://a"}}),
        ("Arguments.Output", {"Uri": "s3://a"}),
        ("Arguments.Output.Uri", "s3://a"),
        ("Arguments.Output.Uri", "s3://a"),
    ]


def test_of_what_is_not_there_every_member_is_missing() -> None:
    given = arguments(A=None, B={"Get": "Parameters.B"}, C="text")
    for path in (("A",), ("A", "x"), ("B", "x"), ("C", "x"), ("D", "x", "y")):
        assert not given.at(*path).given
        assert given.at(*path).where == ".".join(("Arguments", *path))
        assert list(given.every(*path)) == []
    assert (given.at("D").items(), list(given.at("D").members()), list(given.at("D").texts())) == ([], [], [])


def test_every_element() -> None:
    given = arguments(Inputs=[{"Uri": "a"}, {}, {"Uri": ["b", None]}], One={"Uri": "c"})
    assert below(given.every("Inputs[]", "Uri")) == [("Inputs[0].Uri", "a"), ("Inputs[2].Uri", ["b", None])]
    assert below(given.every("Inputs[]", "Uri[]")) == [("Inputs[2].Uri[0]", "b"), ("Inputs[2].Uri[1]", None)]
    assert below(given.every("One[]")) == []
    assert below(given.every("One", "Uri")) == [("One.Uri", "c")]


def test_every_text_below() -> None:
    given = arguments(Inputs=("a", {"Uri": "b", "Size": 1}), One={"Uri": "c"})
    assert [(key, in_arguments(text.where), text.value) for key, text in given.texts()] == [
        ("0", "Inputs[0]", "a"),
        ("Uri", "Inputs[1].Uri", "b"),
        ("Uri", "One.Uri", "c"),
    ]


def test_what_stands_beside_the_arguments() -> None:
    step = StepView({"Name": "S", "Arguments": {"Name": "inner"}, "SqsQueueUrl": "https://q"})
    assert Field.of_step(step).at("SqsQueueUrl").where == "SqsQueueUrl"
    assert in_arguments("SqsQueueUrl") == "SqsQueueUrl"
    assert in_arguments("ArgumentsOfMine.x") == "ArgumentsOfMine.x"


def test_a_name_may_have_tokens_and_is_never_empty() -> None:
    given = arguments(Token="${Token[Bucket.1]}", Empty="", Number=1)
    assert (given.at("Token").name, given.at("Token").text) == ("${Token[Bucket.1]}", None)
    assert given.at("Empty").name is given.at("Number").name is given.at("None").name is None
