"""From a definition to a program of typed steps that means the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aws_cdk as cdk

from ..iam.untrusted import Untrusted
from ..language import Definition, Parameter, ParameterDeclaration, PipelineError, did_you_mean, references
from ..language.meaning import differences, meaning
from ..notation.making import Maker
from ..notation.nodes import Existing, Made
from ..pipeline import Pipeline
from ..steps.control.for_each import ForEachStep
from .program import SCOPES, Planned, Program, in_order
from .request import FORMS
from .settling import settled
from .trial import Trial

_KNOWN = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
_ACCOUNT = "111122223333"


def imported(
    definition: Definition,
    name: str,
    source: str,
    options: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Program:
    """The program; ``options`` are more of the pipeline's. Raises ``PipelineError`` for what cannot be written so.

    ``notes``: what it does not say of the pipeline, as comments.
    """
    document, names = settled(definition.json)
    for key, value in document.items():
        if key not in _KNOWN and value is not None:
            raise PipelineError(
                f"the definition has {key!r}, for which Pipeline has no option; Pipeline.from_definition takes it"
            )
    plain = Definition(document)
    _refuse_twins(plain)
    parameters = {each.name: parameter(each) for each in plain.parameters.values()}
    app, place = cdk.App(analytics_reporting=False), environment(document)
    stack = cdk.Stack(app, "Import", env=place)
    maker = Maker(stack, parameters)
    trial = Trial(Pipeline(stack, "Pipeline"), maker)
    steps: dict[str, Planned] = {}
    for view in in_order(plain):
        if any(above.name in steps and steps[above.name].class_name == "RawStep" for above in view.ancestors()):
            continue  # it stands in the JSON of that one
        class_name, fields, reason = trial.step(view.json)
        scope = None if view.parent is None else (view.parent.name, SCOPES[str(view.branch)])
        steps[view.name] = Planned(view.name, class_name, fields, view, maker.steps[view.name], scope, reason)
    own = {**_options(plain, tuple(steps.values())), **(options or {})}
    shared = _shared_role(tuple(steps.values()))
    if shared is not None:
        own["default_job_role"] = shared
        for step in steps.values():
            if step.fields.get("role") == shared and step.class_name != "EMRServerlessStep":
                fields = {field: value for field, value in step.fields.items() if field != "role"}
                steps[step.name] = replace(step, fields=fields)
    program = Program(name, source, plain.parameters, own, tuple(steps.values()), names, tuple(notes))
    needed = verified(program, plain, cdk.Stack(app, "Once", env=place))
    if not needed:
        return program
    trusted = replace(program, options={**own, "trust": trusting(needed)})
    verified(trusted, plain, cdk.Stack(app, "Twice", env=place))
    return trusted


def trusting(needed: Mapping[str, Sequence[str]]) -> Made:
    """What a pipeline has to trust."""
    kinds = {"roles": "role", "buckets": "bucket"}

    def node(what: str, text: str) -> Any:
        form = FORMS.get(kinds.get(what, ""))
        return Existing(kinds[what], text) if form is not None and re.fullmatch(form, text) else text

    return Made("Trust", {what: [node(what, one) for one in found] for what, found in needed.items() if found})


def parameter(declared: ParameterDeclaration) -> Parameter[Any]:
    """A parameter as an object."""
    if not declared.has_default:
        return Parameter(declared.name, declared.type, enum_values=declared.enum_values)
    return Parameter(declared.name, declared.type, declared.default, declared.enum_values)


def environment(document: Mapping[str, Any]) -> cdk.Environment:
    """The account and region that the definition names most often; those of no one where it names none."""
    text = repr(document)
    regions = Counter(re.findall(r"(?:ecr|sqs|:sagemaker|:lambda|:kms)[.:]([a-z]{2}(?:-[a-z]+)+-\d)[.:]", text))
    accounts = Counter(re.findall(r"arn:aws[a-z\-]*:iam::(\d{12}):", text))
    region = regions.most_common(1)[0][0] if regions else "us-east-1"
    return cdk.Environment(account=accounts.most_common(1)[0][0] if accounts else _ACCOUNT, region=region)


def made(program: Program, scope: cdk.Stack) -> Pipeline:
    """The pipeline that the program says."""
    parameters = {each.name: parameter(each) for each in program.parameters.values()}
    maker = Maker(scope, parameters)
    options = {key: maker.value(value) for key, value in program.options.items() if key != "parameters"}
    more = [parameters[name] for name in program.options.get("parameters", ())]
    pipeline = Pipeline(scope, "Made", parameters=more, **options)
    scopes: dict[tuple[str, str] | None, Any] = {None: pipeline}
    for step in program.steps:
        kind: Any = type(step.made)
        maker.loop = step.scope[0] if step.scope is not None and step.scope[1] == "body" else ""
        fields = {field: maker.value(node) for field, node in step.fields.items()}
        waits = [maker.steps[other] for other in step.waits]
        found = kind(scopes[step.scope], step.construct_id, step_name=step.name, depends_on=waits, **fields)
        maker.steps[step.name] = found
        for attribute in SCOPES.values():
            if hasattr(found, attribute):
                scopes[step.name, attribute] = getattr(found, attribute)
        for other, trigger in step.triggers:
            found.wait_for(maker.steps[other], trigger)
    for step in program.steps:
        selector = selection(step)
        if selector is not None:
            pick, inner, path = selector
            loop, reference = maker.steps[step.name], maker.steps[inner].reference(path)
            if isinstance(loop, ForEachStep):
                (loop.select_max_by if pick == "MaxBy" else loop.select_min_by)(reference)
    return pipeline


def selection(step: Planned) -> tuple[str, str, str] | None:
    """How a for-each selects an item: the least or the greatest, the step of its body and the path of the property."""
    selector = step.view.arguments.get("Selector")
    if step.class_name != "ForEachStep" or not isinstance(selector, Mapping):
        return None
    get = (selector.get("Field") or {}).get("Get", "")
    inner, _, rest = str(get).removeprefix("IterationOutput.").partition(".")
    return str(selector.get("Pick")), inner, rest


def verified(program: Program, definition: Definition, stack: cdk.Stack) -> Mapping[str, Sequence[str]]:
    """What the pipeline would have to trust, by the lists of ``Trust``; nothing where it need not.

    Raises ``PipelineError`` if the program does not mean the same as the definition.
    """
    host = made(program, stack).host
    host.seal()
    for path, before, after in differences(meaning(definition.json), meaning(host.current.json)):
        raise PipelineError(
            f"the definition cannot be written as code: {path} would be {_short(after)} and not {_short(before)}; "
            "'smpipe check' says what is wrong in it, and Pipeline.from_definition takes it as it is"
        )
    needed = [finding.needed for finding in host.findings if isinstance(finding, Untrusted)]
    return needed[0] if needed else {}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _refuse_twins(definition: Definition) -> None:
    seen = Counter(step.name for step in definition.all_steps())
    twice = [name for name, count in seen.items() if count > 1 or not name]
    if twice:
        raise PipelineError(f"several steps have the name {twice[0]!r}; 'smpipe check' reports more")
    for step in definition.all_steps():
        for each in step.depends_on:
            if each.step not in seen:
                hint = did_you_mean(each.step, seen)
                raise PipelineError(
                    f"step {step.name!r} waits for {each.step!r}, but the pipeline has no such step{hint}"
                )


def _options(definition: Definition, steps: tuple[Planned, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    experiment = definition.json.get("PipelineExperimentConfig")
    if isinstance(experiment, Mapping):
        names = tuple(experiment.get(key) for key in ("ExperimentName", "TrialName"))
        found["experiment_config"] = Made("ExperimentConfig", positional=names)
    mlflow = definition.json.get("MlflowConfig")
    if isinstance(mlflow, Mapping):
        names = tuple(mlflow[key] for key in ("MlflowResourceArn", "MlflowExperimentName") if key in mlflow)
        found["mlflow_config"] = Made("MlflowConfig", positional=names)
    metadata = definition.json.get("Metadata")
    if metadata:
        found["metadata"] = metadata
    read = references({key: value for key, value in definition.json.items() if key != "Parameters"})
    used = {get for _, get in read if isinstance(get, str)}
    unused = [name for name in definition.parameters if f"Parameters.{name}" not in used]
    if unused:
        found["parameters"] = unused
    return found


def _shared_role(steps: tuple[Planned, ...]) -> Existing | None:
    """The role of all jobs, where there are several and all have the same."""
    taking = [step for step in steps if hasattr(step.made, "job_role") and step.class_name != "EMRServerlessStep"]
    roles = {step.fields.get("role") for step in taking}
    (role,) = roles if len(roles) == 1 else (None,)
    return role if isinstance(role, Existing) and len(taking) > 1 else None
