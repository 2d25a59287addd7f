"""What ``help``, ``inspect`` and editors show of the classes that are exported."""

import dataclasses
import enum
import inspect
import pydoc
from collections.abc import Iterator
from dataclasses import is_dataclass
from inspect import Parameter

import jedi
import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import FailStep, Step, StepScope, TrainingDefinition
from cdk_sagemaker_pipelines.language import documentation
from cdk_sagemaker_pipelines.language.documentation import field_lines
from cdk_sagemaker_pipelines.language.expressions import MISSING
from cdk_sagemaker_pipelines.steps.base.fields import Fields
from scripts import generate_signatures

CLASSES = {name: value for name in library._HOME if isinstance(value := getattr(library, name), type)}
CONSTRUCTED = [
    name
    for name, cls in CLASSES.items()
    if not issubclass(cls, (Exception, enum.Enum)) and cls not in (Step, StepScope)  # bases of what is constructed
]
WITH_FIELDS = [name for name in CONSTRUCTED if issubclass(CLASSES[name], Fields)]
STEPS = [name for name in WITH_FIELDS if issubclass(CLASSES[name], Step)]
ASKED_OF_JEDI = [
    name if n % 6 == 0 else pytest.param(name, marks=pytest.mark.long) for n, name in enumerate(CONSTRUCTED)
]
"""Each sixth; the long tests ask for all, which takes a quarter of a minute."""
ENVELOPE = ["step_name", "display_name", "description", "depends_on"]
NO_MORE = ("And", "Or")
"""Take ``*more`` to say that conditions are given as a list."""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jedi.Script]:
    """A call of each class; one script, since jedi keeps what it has worked out as long."""
    calls = "\n".join(f"{name}()" for name in CONSTRUCTED)
    code = f"from cdk_sagemaker_pipelines import *\n{calls}\n"
    with pytest.MonkeyPatch.context() as patch:
        # a cache of its own: others may be writing that of the user
        patch.setattr(jedi.settings, "cache_directory", str(tmp_path_factory.mktemp("jedi")))
        yield jedi.Script(code, environment=jedi.InterpreterEnvironment())


def in_jedi(script: jedi.Script, name: str) -> jedi.api.classes.Signature:
    (shown,) = script.get_signatures(CONSTRUCTED.index(name) + 2, len(name) + 1)
    return shown


@pytest.mark.parametrize("name", ASKED_OF_JEDI)
def test_python_and_jedi_show_the_same_parameters(script: jedi.Script, name: str) -> None:
    cls = CLASSES[name]
    signature = inspect.signature(cls)
    # jedi knows no init=False
    no_arguments = {field.name for field in dataclasses.fields(cls) if not field.init} if is_dataclass(cls) else set()
    shown = [parameter.name for parameter in in_jedi(script, name).params if parameter.name not in no_arguments]
    assert shown == list(signature.parameters)
    assert all(parameter.annotation is not Parameter.empty for parameter in signature.parameters.values())
    stars = [parameter.name for parameter in signature.parameters.values() if "VAR_" in parameter.kind.name]
    assert stars == (["more"] if name in NO_MORE else [])


@pytest.mark.parametrize("name", WITH_FIELDS)
def test_the_fields_are_what_python_shows(name: str) -> None:
    cls = CLASSES[name]
    shown = {
        parameter.name: MISSING if parameter.default is Parameter.empty else parameter.default
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.kind is Parameter.KEYWORD_ONLY
    }
    assert shown == dict(cls._declared_fields)  # type: ignore[attr-defined]
    required = [default is MISSING for default in shown.values()]
    assert required == sorted(required, reverse=True)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_shows_its_place_then_what_it_is_about_then_the_envelope(name: str) -> None:
    shown = list(inspect.signature(CLASSES[name]).parameters)
    assert (shown[:2], shown[-4:]) == (["scope", "construct_id"], ENVELOPE)
    own = [field for field in shown if field in vars(CLASSES[name])["_field_annotations"]]
    shared = [field for field in ("reads", "cache", "retry_policies", "overrides") if field in shown]
    if own and shared:
        assert shown.index(own[0]) < shown.index(shared[0])


@pytest.mark.parametrize("name", ASKED_OF_JEDI)
def test_jedi_shows_the_text_of_the_class(script: jedi.Script, name: str) -> None:
    text = inspect.cleandoc(vars(CLASSES[name])["__doc__"])
    assert text in in_jedi(script, name).docstring()


def test_jedi_shows_types_and_defaults(script: jedi.Script) -> None:
    shown = in_jedi(script, "FailStep").to_string()
    assert shown.startswith('FailStep(scope: StepScope, construct_id: str, *, message: StringLike="", step_name: str')


@pytest.mark.parametrize("name", WITH_FIELDS)
def test_help_says_of_every_field_what_it_is(name: str) -> None:
    text = inspect.getdoc(CLASSES[name]) or ""
    before, _, rest = text.partition("\n\nArgs:\n")
    listed, _, after = rest.partition("\n\n")
    assert "\n\n".join(filter(None, [before, after])) == inspect.cleandoc(vars(CLASSES[name])["__doc__"])
    told = [line.split(":")[0].strip() for line in listed.splitlines() if not line.startswith("        ")]
    assert told == list(inspect.signature(CLASSES[name]).parameters)


def test_help_shows_it() -> None:
    text = pydoc.plain(pydoc.render_doc(FailStep))
    # from Python 3.14 on, a long signature has a line for each parameter, and annotations have no quotes
    signature = "".join(text.replace("|", "").replace("'StepScope'", "StepScope").replace("'str'", "str").split())
    assert "FailStep(scope:StepScope,construct_id:str,*,message:" in signature
    assert "message: The reason" in text


def test_a_users_class_shows_its_fields_first() -> None:
    class Loud(FailStep):
        """Fails loudly."""

        volume: int
        "How loud."

    class Fixed(FailStep):
        def __init__(self, scope: StepScope, construct_id: str, why: str) -> None:
            super().__init__(scope, construct_id, message=why)

    assert list(inspect.signature(Loud).parameters)[:4] == ["scope", "construct_id", "volume", "message"]
    assert "volume: How loud." in (inspect.getdoc(Loud) or "")
    assert list(inspect.signature(Fixed).parameters) == ["scope", "construct_id", "why"]


def test_without_the_source_the_docstring_of_the_class_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_source(cls: type) -> str:
        raise OSError

    class Quiet(TrainingDefinition):
        """What it is."""

        own: str = ""
        """Its own field."""

    monkeypatch.setattr(inspect, "getsource", no_source)
    monkeypatch.setattr(documentation, "_texts", documentation._texts.__wrapped__)  # what is not found is not kept
    text = inspect.getdoc(Quiet) or ""
    assert text.startswith("What it is.")
    assert "Its own field." not in text


def test_the_written_constructors_are_those_of_the_fields() -> None:
    for file, text in generate_signatures.written().items():
        assert file.read_text(encoding="utf-8") == text, "run `make generate`"


def test_first_lines_are_sentences() -> None:
    texts = {f"{name}: {(cls.__doc__ or '').strip().splitlines()[0]}" for name, cls in CLASSES.items()}
    for name in WITH_FIELDS:
        texts |= {f"{name}.{field}: {text}" for field, text in field_lines(CLASSES[name]).items()}
    assert [text for text in sorted(texts) if not text.endswith(".") or ": Default" in text] == []
