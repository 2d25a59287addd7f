"""Large or tangled definitions of about a given number of bytes, which would take a careless reader hours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Make = Callable[[int], str | bytes]


def document(*steps: Any, **more: Any) -> str:
    """The text of a definition."""
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, **more, "Steps": list(steps)})


def training(name: str, environment: Any = None, **more: Any) -> dict[str, Any]:
    """A training step; what it reads stands in its environment."""
    return {"Name": name, "Type": "Training", "Arguments": {"Environment": environment or {}}, **more}


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def condition(name: str, steps: list[Any], **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": steps, **arguments}}


def steps(size: int) -> str:
    return document(*(training(f"S{i}") for i in range(size // 70)))


def steps_without_a_name(size: int) -> str:
    return document(*({} for _ in range(size // 4)))


def steps_of_one_name(size: int) -> str:
    return document(*(training("S", {"a": get("Steps.S.X")}) for _ in range(size // 90)))


def unknown_steps(size: int) -> str:
    return document(*(training(f"Step{i}", {"a": get(f"Steps.Stop{i}.X")}) for i in range(size // 100)))


def unknown_dependencies(size: int) -> str:
    return document(*(training(f"Step{i}", DependsOn=[f"Stop{i}"]) for i in range(size // 100)))


def unknown_parameters(size: int) -> str:
    count = size // 150
    parameters = [{"Name": f"Par{i}", "Type": "String"} for i in range(count)]
    return document(*(training(f"S{i}", {"a": get(f"Parameters.Pra{i}")}) for i in range(count)), Parameters=parameters)


def a_parameter_of_many_values(size: int) -> str:
    values = [f"ml.m{i}.large" for i in range(size // 40)]
    parameter = {"Name": "P", "Type": "String", "EnumValues": values}
    resources = {"ResourceConfig": {"InstanceType": get("Parameters.P")}}
    uses = ({"Name": f"S{i}", "Type": "Training", "Arguments": resources} for i in range(size // 200))
    return document(*uses, Parameters=[parameter])


def parameters_of_one_name(size: int) -> str:
    return document(training("S"), Parameters=[{"Name": "P", "Type": "Float", "DefaultValue": "x"}] * (size // 55))


def unknown_members(size: int) -> str:
    return document({"Name": "A", "Type": "Training", "Arguments": {f"Member{i}": i for i in range(size // 20)}})


def unknown_keys(size: int) -> str:
    return document({"Name": "A", "Type": "Training", **{f"Key{i}": i for i in range(size // 18)}})


def unknown_types(size: int) -> str:
    return document(*({"Name": f"A{i}", "Type": f"Trainin{i}", "Arguments": {}} for i in range(size // 60)))


def a_chain(size: int) -> str:
    return document(*(training(f"S{i}", {"a": get(f"Steps.S{i - 1}.X")}) for i in range(size // 95)))


def a_chain_written_backwards(size: int) -> str:
    return document(*(training(f"S{i}", {"a": get(f"Steps.S{i + 1}.X")}) for i in range(size // 95)))


def a_ring(size: int) -> str:
    count = size // 95
    return document(*(training(f"S{i}", {"a": get(f"Steps.S{(i + 1) % count}.X")}) for i in range(count)))


def all_wait_for_all(size: int) -> str:
    count = int((size // 10) ** 0.5)
    names = [f"S{i}" for i in range(count)]
    return document(*(training(name, DependsOn=names) for name in names))


def all_read_all(size: int) -> str:
    count = int((size // 45) ** 0.5)
    environment = {f"e{i}": get(f"Steps.S{i}.ModelArtifacts.S3ModelArtifacts") for i in range(count)}
    return document(*(training(f"S{i}", environment) for i in range(count)))


def pairs_far_apart(size: int) -> str:
    count = size // 170
    first = [training(f"A{i}") for i in range(count)]
    return document(*first, *(training(f"B{i}", {"a": get(f"Steps.A{i}.X")}) for i in range(count)))


def one_of_many_in_a_branch(size: int) -> str:
    return document(condition("C", [training(f"S{i}", {"a": get("Steps.C.Outcome")}) for i in range(size // 95)]))


def conditions_in_conditions(size: int) -> str:
    def nested(depth: int, width: int, path: str) -> dict[str, Any]:
        inner = [nested(depth - 1, width, f"{path}{i}") for i in range(width)] if depth else []
        return condition(path, inner, ElseSteps=[training(f"{path}e{i}") for i in range(2)])

    wide = [nested(3, 3, f"C{i}") for i in range(size // 10_000)]
    return document(nested(45, 1, "D"), *wide)


def both_branches_read_one_another(size: int) -> str:
    count = size // 220
    left = [training(f"L{i}", {"a": get(f"Steps.R{i}.X")}) for i in range(count)]
    return document(condition("C", left, ElseSteps=[training(f"R{i}") for i in range(count)]))


def a_loop_of_many(size: int) -> str:
    body = [training(f"S{i}", {"a": get("ForEach.CurrentItem")}) for i in range(size // 100)]
    each = {"Name": "Each", "Type": "ForEach", "Arguments": {"IterableItems": ["a"], "ForEachBody": body}}
    return document(each, *(training(f"A{i}", {"a": get("Steps.Each.IterationOutputs")}) for i in range(size // 1000)))


def joins_in_joins(size: int) -> str:
    join: Any = get("Parameters.P")
    for _ in range(45):
        join = {"Std:Join": {"On": "-", "Values": [join, "x"]}}
    return document(*(training(f"S{i}", {"a": join}) for i in range(size // 2000)))


def a_wide_join(size: int) -> str:
    return document(training("S", {"a": {"Std:Join": {"On": "", "Values": [get("Execution.X")] * (size // 25)}}}))


def uris_of_uris(size: int) -> str:
    def uri(*names: str) -> Any:
        return {"Std:Join": {"On": "/", "Values": [get(f"Steps.{n}.OutputDataConfig.S3OutputPath") for n in names]}}

    def one(i: int) -> dict[str, Any]:
        output = {"OutputDataConfig": {"S3OutputPath": uri(f"S{i + 1}", f"S{i + 1}", f"S{max(i - 1, 0)}")}}
        return {"Name": f"S{i}", "Type": "Training", "Arguments": output}

    return document(*(one(i) for i in range(size // 330)))


def conditions(size: int) -> str:
    compare = {"Type": "Equals", "LeftValue": get("Parameters.A"), "RightValue": 1}
    many = [{"Type": "Not", "Condition": {"Type": "Or", "Conditions": [compare]}}] * (size // 170)
    return document({"Name": "C", "Type": "Condition", "Arguments": {"Conditions": many}})


def property_files(size: int) -> str:
    files = [{"PropertyFileName": f"F{i}", "OutputName": f"o{i}", "FilePath": "a"} for i in range(size // 75)]
    return document({"Name": "P", "Type": "Processing", "Arguments": {}, "PropertyFiles": files})


def outputs_that_are_read(size: int) -> str:
    outputs = [{"OutputName": f"out{i}"} for i in range(size // 150)]
    arguments = {"ProcessingOutputConfig": {"Outputs": outputs}}
    path = "Steps.P.ProcessingOutputConfig.Outputs['oot{}'].S3Output.S3Uri"
    reads = {f"e{i}": get(path.format(i)) for i in range(size // 150)}
    return document({"Name": "P", "Type": "Processing", "Arguments": arguments}, training("T", reads))


def retries(size: int) -> str:
    return document(training("S", RetryPolicies=[{"ExceptionType": ["Step.X"], "MaxAttempts": 1}] * (size // 60)))


def cleanups(size: int) -> str:
    sources = [{"StepName": f"S{i}"} for i in range(size // 25)]
    return document({"Name": "C", "Type": "Cleanup", "Arguments": {"Resources": {"S3": sources}}}, training("S1"))


def numbers(size: int) -> str:
    return document(training("S", {"a": [10**4000] * (size // 4001), "b": [1e308] * 10, "c": -(10**4000)}))


def a_long_name(size: int) -> str:
    return document(training("a" * (size // 2)), training("b", {"a": get("Steps." + "a" * (size // 2 - 1))}))


def long_texts(size: int) -> str:
    odd = [
        "a" * (size // 8) + "!",
        "arn:aws:" * (size // 64),
        "${" * (size // 16),
        "-" * (size // 8),
        "s3://" + "/" * 9,
    ]
    keys = ("TrainingImage", "AlgorithmName", "TrainingInputMode", "S3Uri", "KmsKeyId", "RoleArn", "TrainingJobName")
    return document(
        *({"Name": f"S{i}", "Type": "Training", "Arguments": dict.fromkeys(keys, o)} for i, o in enumerate(odd))
    )


def a_text_whose_pattern_costs_a_square(size: int) -> str:
    """``[a-zA-Z]+[-_]*[a-zA-Z]+`` is tried at each place."""
    logs = {"cloudWatchLoggingConfiguration": {"enabled": True, "logTypes": {"SPARK_DRIVER": ["a" * size + "!"]}}}
    job = {"JobConfig": {"configurationOverrides": {"monitoringConfiguration": logs}}}
    return document({"Name": "S", "Type": "EMRServerless", "Arguments": {"ApplicationId": "a", **job}})


def texts_that_begin_much_and_end_nothing(size: int) -> str:
    """What a careless pattern retries at each position, or for each way of splitting it."""
    tokens, tries = "${Token[a]}" * 60, size // 8
    environment = {
        "scheme": "a" * tries + "://",
        "schemes": "a://" * (tries // 4),
        "token": "${Token[" * (tries // 8),
        "substitution": "${" * (tries // 2),
        "key": "-----BEGIN " + "A " * (tries // 2),
        "jwt": "eyJ" * (tries // 3),
    }
    uris = {"TrainingImage": f"111122223333.dkr.ecr.{tokens}/", "S3OutputPath": f"s3://{tokens}*"}
    arguments = {
        "Environment": environment,
        "AlgorithmSpecification": {"TrainingImage": uris["TrainingImage"], "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": uris["S3OutputPath"]},
    }
    url = "https://aps-workspaces.eu-west-1.amazonaws" + "a" * min(size, 10_000)
    monitoring = {"prometheusMonitoringConfiguration": {"remoteWriteUrl": url}}
    job = {"JobConfig": {"configurationOverrides": {"monitoringConfiguration": monitoring}}}
    return document(
        {"Name": "T", "Type": "Training", "Arguments": arguments},
        {"Name": "E", "Type": "EMRServerless", "Arguments": {"ApplicationId": "a", **job}},
    )


def placeholders(size: int) -> str:
    return document(training("S", {"a": "${SageMaker:" * (size // 24), "b": "${SageMaker:AAAA}" * (size // 36)}))


def a_path_of_many_parts(size: int) -> str:
    return document(
        training("S", {"a": get("Steps.S" + ".A" * (size // 4)), "b": get("Steps.S" + "['A']" * (size // 10))})
    )


def repeated_keys(size: int) -> str:
    return '{"Version": "2020-12-01", "Steps": [' + ", ".join(['{"Name": "A", "Name": "A"}'] * (size // 28)) + "]}"


def brackets(size: int) -> str:
    return "[" * size


def objects(size: int) -> str:
    return '{"Steps":' * (size // 9)


def quotes(size: int) -> str:
    return '"' + '\\"' * (size // 2)


def digits(size: int) -> str:
    return '{"Steps": ' + "9" * size + "}"


def blanks(size: int) -> str:
    return " " * size + "{}"


def surrogates(size: int) -> str:
    return '{"Steps": [{"Name": "' + "\\ud800" * (size // 6) + '"}]}'


def controls(size: int) -> str:
    return '{"Steps": [{"Name": "' + "\\u001b" * (size // 6) + '"}]}'


def zeros(size: int) -> bytes:
    return b"\x00" * size


def secrets(size: int) -> str:
    return document(training("S", {f"PASSWORD_{i}": "AKIA" + "A" * 16 for i in range(size // 45)}))


def _makers() -> Iterator[tuple[str, Make]]:
    helpers = {"document", "training", "get", "condition"}
    for name, value in list(globals().items()):
        if callable(value) and getattr(value, "__module__", "") == __name__ and name[0] != "_" and name not in helpers:
            yield name, value


LARGE: dict[str, Make] = dict(_makers())
"""By name."""
