"""What can be wrong with the places that steps write and read, with what they begin with and with what they run on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import LOOKED_UP, all_changed, holders, rule
from .faults import GONE, Document, Places, added, fault, near
from .faults_of_jobs import CHECKPOINTS, JOB_PLACES, KEPT
from .faults_of_steps import branching, loop
from .support import get, step

ROLE = "arn:aws:iam::111122223333:role/Run"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/ours:1"
OF_AWS = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
URI = "Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"
READ = "Arguments.ProcessingInputs[0].S3Input.S3Uri"
WRITTEN = get("Steps.OurWriter.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
INSTANCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
RUN = get("Execution.PipelineExecutionId")
EACH = {"Std:Join": {"On": "/", "Values": ["s3://b/each", RUN, get("ForEach.CurrentItem")]}}


FOLDERS = (("OurOuter", ("of",)), ("OurInner", ("of", "it")))


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def processing(
    name: str, *, reads: Any = None, writes: Any = None, code: Any = None, entrypoint: Any = None, **more: Any
) -> dict[str, Any]:
    """A processing step that reads one place, writes to one, or begins with a script that an input brings."""
    uris = [("in", reads), ("code", code)]
    inputs = [
        {
            "InputName": key,
            "S3Input": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{key}", "S3DataType": "S3Prefix"},
        }
        for key, uri in uris
        if uri
    ]
    output = {"S3Uri": writes, "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    arguments: dict[str, Any] = {
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingResources": {"ClusterConfig": INSTANCES},
        "RoleArn": ROLE,
    }
    if entrypoint:
        arguments["AppSpecification"] = {"ImageUri": IMAGE, **entrypoint}
    if inputs:
        arguments["ProcessingInputs"] = inputs
    if writes:
        arguments["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "out", "S3Output": output}]}
    return step(name, "Processing", arguments, **more)


def training(name: str, *, of: Any = None, depends_on: Any = (), **arguments: Any) -> dict[str, Any]:
    resources = {**INSTANCES, **(of or {})}
    given = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
        "ResourceConfig": resources,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "RoleArn": ROLE,
        **arguments,
    }
    return step(name, "Training", given, **({"DependsOn": list(depends_on)} if depends_on else {}))


# -- places ------------------------------------------------------------------------------------------------------------


@fault("unordered-read", "warning")
def a_place_that_another_step_writes(document: Document) -> Places:
    for writes, reads in (
        (joined("s3://b/of", RUN), joined("s3://b", "of", RUN, "")),
        ("s3://b/of/this", "s3://b/of/this/file.csv"),
        ("s3://b/of/this", "s3://b/of/"),
        ("s3://${Token[TOKEN.1]}/of", "s3://${Token[TOKEN.1]}/of"),
    ):
        with added(document["Steps"], processing("OurReader", reads=reads), processing("OurWriter", writes=writes)):
            yield "OurReader", READ
    reader = processing("OurReader", reads="s3://b/models")
    with added(document["Steps"], training("OurTraining"), branching("OurCheck", reader)):
        yield "OurReader", READ
    reader = processing("OurReader", reads=joined("s3://b/each", RUN))
    with added(document["Steps"], loop("OurLoop", processing("OurWriter", writes=EACH)), reader):
        yield "OurReader", READ


@near("unordered-read")
def a_place_that_is_waited_for_or_another(document: Document) -> Iterator[None]:
    place = joined("s3://b/of", RUN)
    writer, reader = processing("OurWriter", writes=place), processing("OurReader", reads=place)
    for steps in (
        (writer, {**reader, "DependsOn": ["OurWriter"]}),
        (writer, branching("OurCheck", reader) | {"DependsOn": ["OurWriter"]}),
        (reader, {**writer, "DependsOn": ["OurReader"]}),
        (branching("OurCheck", writer, else_steps=[reader]),),
        (writer, processing("OurReader", reads=WRITTEN)),
        (writer, processing("OurReader", reads=joined("s3://b/of-another", RUN))),
        (writer, processing("OurReader", reads="s3://b")),
        (training("OurTraining"), processing("OurReader", reads="s3://b/models/of/last/week.tar.gz")),
        (processing("OurWriter", reads=place, writes=place),),
        (
            loop("OurLoop", processing("OurWriter", writes=EACH)),
            processing("OurReader", reads=joined("s3://b/each", RUN), DependsOn=["OurLoop"]),
        ),
    ):
        with added(document["Steps"], *steps):
            yield


@fault("same-place", "warning")
def a_place_of_all_runs(document: Document) -> Places:
    for place in ("s3://b/k", joined("s3://b", get("Execution.PipelineName")), "s3://${Token[TOKEN.1]}/k"):
        with added(document["Steps"], processing("OurJob", writes=place)):
            yield "OurJob", URI
    body = processing("OurJob", writes=joined("s3://b", get("ForEach.CurrentItem")))
    with added(document["Steps"], loop("OurLoop", body)):
        yield "OurJob", URI


@fault("same-place", "warning")
def a_place_of_two_steps(document: Document) -> Places:
    place = joined("s3://b", RUN, "k")
    first, second = processing("OurFirst", writes=place), processing("OurSecond", writes=joined("s3://b", RUN, "k/"))
    with added(document["Steps"], first, second):
        yield "OurSecond", URI
    with added(document["Steps"], first, branching("OurCheck", {**second, "DependsOn": ["OurFirst"]})):
        yield "OurSecond", URI


@fault("same-place", "warning")
def a_place_below_that_of_another_step(document: Document) -> Places:
    outer, inner = (processing(name, writes=joined("s3://b", RUN, *rest)) for name, rest in FOLDERS)
    for steps in ((outer, inner), (inner, outer), (outer, {**inner, "DependsOn": ["OurOuter"]})):
        with added(document["Steps"], *steps):
            yield "OurInner", URI


@fault("same-place", "warning")
def checkpoints_of_two_trainings_at_once(document: Document) -> Places:
    kept = {"S3Uri": joined("s3://b/checkpoints", RUN)}
    one, other = (training(name, CheckpointConfig=kept) for name in ("OurFirst", "OurSecond"))
    with added(document["Steps"], one, other):
        yield "OurSecond", "Arguments.CheckpointConfig.S3Uri"


@near("same-place")
def checkpoints_of_one_training_at_once(document: Document) -> Iterator[None]:
    kept = {"S3Uri": joined("s3://b/checkpoints", RUN)}
    own = {"S3Uri": joined("s3://b/checkpoints", get("Execution.TrainingJobName"))}
    first = training("OurFirst", CheckpointConfig=kept)
    for steps in (
        (first, training("OurSecond", depends_on=["OurFirst"], CheckpointConfig=kept)),
        (training("OurFirst", CheckpointConfig=own), training("OurSecond", CheckpointConfig=own)),
        (branching("OurCheck", first, else_steps=[training("OurSecond", CheckpointConfig=kept)]),),
    ):
        with added(document["Steps"], *steps):
            yield


@near("same-place")
def a_place_of_each_run_and_step(document: Document) -> Iterator[None]:
    own = joined("s3://b", get("Execution.ProcessingJobName"))
    each = processing("OurFirst", writes=EACH)
    for steps in (
        (processing("OurFirst", writes=joined("s3://b", RUN)), processing("OurSecond", writes=joined("s3://b/k", RUN))),
        (processing("OurFirst", writes=own), processing("OurSecond", writes=own)),
        (processing("OurFirst", writes=joined("s3://b", get("Execution.StartDateTime"))),),
        (branching("OurCheck", each_way("OurFirst"), else_steps=[each_way("OurSecond")]),),
        (loop("OurLoop", each), loop("OurOther", {**each, "Name": "OurSecond"})),
        (training("OurFirst"), training("OurSecond")),
    ):
        with added(document["Steps"], *steps):
            yield


def each_way(name: str) -> dict[str, Any]:
    return processing(name, writes=joined("s3://b", RUN))


OUTPUT = joined("s3://b", RUN, "train")


def holding_out(name: str = "OurWriter", *, of: str = "s3://b") -> dict[str, Any]:
    """A step with an output whose name begins with that of another."""
    writer = processing(name, writes=joined(of, RUN, "train"))
    [output] = writer["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    held_out = {**output["S3Output"], "S3Uri": joined(of, RUN, "train-holdout")}
    writer["Arguments"]["ProcessingOutputConfig"]["Outputs"].append({"OutputName": "held", "S3Output": held_out})
    return writer


@fault("prefix-overlap", "warning")
def a_prefix_that_more_begins_with(document: Document) -> Places:
    beside = joined("s3://b", RUN, "train2", "part")
    for steps in (
        (holding_out(), processing("OurReader", reads=WRITTEN)),
        (holding_out(), processing("OurReader", reads=OUTPUT, DependsOn=["OurWriter"])),
        (holding_out(), branching("OurCheck", processing("OurReader", reads=WRITTEN))),
        (processing("OurWriter", writes=beside), processing("OurReader", reads=OUTPUT, DependsOn=["OurWriter"])),
        (processing("OurOther", reads="s3://b/k-2/"), processing("OurReader", reads="s3://b/k")),
        (processing("OurReader", reads="s3://${Token[TOKEN.1]}/k", writes="s3://${Token[TOKEN.1]}/k-clean"),),
        (training("OurTraining"), processing("OurReader", reads="s3://b/mod", DependsOn=["OurTraining"])),
    ):
        with added(document["Steps"], *steps):
            yield "OurReader", READ


@near("prefix-overlap")
def a_prefix_of_its_own(document: Document) -> Iterator[None]:
    closed = joined("s3://b", RUN, "train", "")
    later = processing("OurLater", writes=joined("s3://b", RUN, "train-report"), DependsOn=["OurReader"])
    listed = processing("OurReader", reads="s3://b/k")
    listed["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3DataType"] = "ManifestFile"
    held = get("Steps.OurWriter.ProcessingOutputConfig.Outputs['held'].S3Output.S3Uri")
    for steps in (
        (holding_out(), processing("OurReader", reads=closed, DependsOn=["OurWriter"])),
        (holding_out(of="s3://c"), processing("OurReader", reads=OUTPUT)),
        (processing("OurWriter", writes=OUTPUT), processing("OurReader", reads=WRITTEN), later),
        (processing("OurReader", reads=OUTPUT, writes=joined("s3://b", RUN, "train-clean")),),
        (branching("OurCheck", holding_out(), else_steps=[processing("OurReader", reads=OUTPUT)]),),
        (processing("OurOther", reads="s3://b2/k"), processing("OurReader", reads="s3://b")),
        (processing("OurOther", reads="s3://b/k/2"), processing("OurReader", reads="s3://b/k")),
        (processing("OurOther", reads=joined("s3://b/k", RUN)), processing("OurReader", reads="s3://b/k")),
        (processing("OurOther", reads="s3://b/k-2/"), listed),
        (holding_out(), processing("OurReader", reads=held)),
    ):
        with added(document["Steps"], *steps):
            yield


# -- what a job begins with --------------------------------------------------------------------------------------------

RUN_PY = "/opt/ml/processing/code/run.py"
PYTHON = {"ContainerEntrypoint": ["python3", RUN_PY]}
CALLED = {"ContainerEntrypoint": ["python3"], "ContainerArguments": [RUN_PY, "--fast"]}
SPECIFICATION = "Arguments.AppSpecification"


@fault("entry-point", "warning")
def a_script_that_no_input_brings(document: Document) -> Places:
    for code in (None, "s3://b/code/other.py", "s3://${Token[TOKEN.1]}/other.py"):
        with added(document["Steps"], processing("OurJob", code=code, entrypoint=PYTHON)):
            yield "OurJob", f"{SPECIFICATION}.ContainerEntrypoint[1]"
    with added(document["Steps"], processing("OurJob", reads="s3://b/in", entrypoint=CALLED)):
        yield "OurJob", f"{SPECIFICATION}.ContainerArguments[0]"


@near("entry-point")
def a_script_that_an_input_may_bring(document: Document) -> Iterator[None]:
    for code in ("s3://b/code/run.py", "s3://b/code/", "s3://b/run.py.d", get("Execution.PipelineArn"), LOOKED_UP):
        for entrypoint in (PYTHON, CALLED):
            with added(document["Steps"], processing("OurJob", code=code, entrypoint=entrypoint)):
                yield
    for words in (["python3", "/app/run.py"], ["bash", "-c", f"cat {RUN_PY}"], ["python3", "-m", "run"]):
        with added(document["Steps"], processing("OurJob", entrypoint={"ContainerEntrypoint": words})):
            yield
    elsewhere = processing("OurJob", reads="s3://b/in", entrypoint=PYTHON)
    elsewhere["Arguments"]["ProcessingInputs"][0]["S3Input"]["LocalPath"] = get("Execution.PipelineName")
    with added(document["Steps"], elsewhere):
        yield


SPECIFIED = {"TrainingImage": OF_AWS, "TrainingInputMode": "File"}
IN_TRAINING = "Arguments.AlgorithmSpecification.TrainingImage"


@fault("framework-script", "warning")
def a_framework_without_a_script(document: Document) -> Places:
    for more in ({}, {"HyperParameters": {"depth": "3"}}, {"Environment": {"A": "b"}}):
        with added(document["Steps"], training("OurJob", AlgorithmSpecification=SPECIFIED, **more)):
            yield "OurJob", IN_TRAINING
    repository = OF_AWS.rpartition("/")[2]
    for registry in ("${Token[0:Images]}", "${Token[AWS::AccountId]}.dkr.ecr.${Token[AWS::Region]}.amazonaws.com"):
        image = {**SPECIFIED, "TrainingImage": f"{registry}/{repository}"}
        with added(document["Steps"], training("OurJob", AlgorithmSpecification=image)):
            yield "OurJob", IN_TRAINING


@near("framework-script")
def a_framework_with_a_script(document: Document) -> Iterator[None]:
    own_entry = {**SPECIFIED, "ContainerEntrypoint": ["/bin/bash", "/opt/ml/input/data/code/train.sh"]}
    algorithm = {**SPECIFIED, "TrainingImage": OF_AWS.replace("scikit-learn", "xgboost")}
    for more in (
        {"AlgorithmSpecification": SPECIFIED, "HyperParameters": {"sagemaker_program": "train.py"}},
        {"AlgorithmSpecification": SPECIFIED, "Environment": {"SAGEMAKER_PROGRAM": "train.py"}},
        {"AlgorithmSpecification": own_entry},
        {"AlgorithmSpecification": algorithm},
        {"AlgorithmSpecification": {**SPECIFIED, "TrainingImage": "${Token[0:Images]}/sagemaker-xgboost:1.7-1"}},
        {"AlgorithmSpecification": {**SPECIFIED, "TrainingImage": "${Token[0:Image]}"}},
    ):
        with added(document["Steps"], training("OurJob", **more)):
            yield


# -- what a training writes, and a model reads -----------------------------------------------------------------------

ARTIFACTS = {"Get": "Steps.OurTraining.ModelArtifacts.S3ModelArtifacts"}
AS_FILES = {"S3DataSource": {"S3Uri": ARTIFACTS, "S3DataType": "S3Prefix", "CompressionType": "None"}}
AS_ARCHIVE = {"S3DataSource": {"S3Uri": ARTIFACTS, "S3DataType": "S3Object", "CompressionType": "Gzip"}}


def model(**data: Any) -> dict[str, Any]:
    return step("OurModel", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE, **data}})


def package(**data: Any) -> dict[str, Any]:
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    specification = {"Containers": [{"Image": IMAGE, **data}], **types}
    return step("OurPackage", "RegisterModel", {"ModelPackageGroupName": "g", "InferenceSpecification": specification})


def writing(compression: Any) -> dict[str, Any]:
    output: dict[str, Any] = {"S3OutputPath": "s3://b/models"}
    return training(
        "OurTraining", OutputDataConfig=output if compression is GONE else output | {"CompressionType": compression}
    )


@fault("model-compression")
def a_model_of_another_compression(document: Document) -> Places:
    for compression, data, member in (
        ("NONE", {"ModelDataUrl": ARTIFACTS}, "ModelDataUrl"),
        ("GZIP", {"ModelDataSource": AS_FILES}, "ModelDataSource.S3DataSource.S3Uri"),
        (GONE, {"ModelDataSource": AS_FILES}, "ModelDataSource.S3DataSource.S3Uri"),
    ):
        with added(document["Steps"], writing(compression), model(**data)):
            yield "OurModel", f"Arguments.PrimaryContainer.{member}"
        with added(document["Steps"], writing(compression), package(**data)):
            yield "OurPackage", f"Arguments.InferenceSpecification.Containers[0].{member}"


@near("model-compression")
def a_model_of_the_same_compression(document: Document) -> Iterator[None]:
    for compression, data in (
        ("NONE", {"ModelDataSource": AS_FILES}),
        ("GZIP", {"ModelDataUrl": ARTIFACTS}),
        (GONE, {"ModelDataUrl": ARTIFACTS}),
        ("GZIP", {"ModelDataSource": AS_ARCHIVE}),
    ):
        for reader in (model, package):
            with added(document["Steps"], writing(compression), reader(**data)):
                yield


FILE_SYSTEM = {
    "FileSystemId": "fs-12345678",
    "FileSystemType": "EFS",
    "DirectoryPath": "/",
    "FileSystemAccessMode": "ro",
}
OF_FILES = [{"ChannelName": "files", "DataSource": {"FileSystemDataSource": FILE_SYSTEM}}]
for types, place in JOB_PLACES:
    rule("file-system", types, place).fault(
        "files_without_a_network",
        "InputDataConfig[0].DataSource.FileSystemDataSource",
        InputDataConfig=OF_FILES,
        VpcConfig=GONE,
    )


@near("file-system")
def files_in_a_network(document: Document) -> Iterator[None]:
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    with added(document["Steps"], training("OurJob", InputDataConfig=OF_FILES, VpcConfig=network)):
        yield


# -- what a job runs on ------------------------------------------------------------------------------------------------

for types, place in JOB_PLACES:
    (
        rule("spot-checkpoints", types, place, "warning")
        .fault("lost_work", "EnableManagedSpotTraining", EnableManagedSpotTraining=True, CheckpointConfig=GONE)
        .near("spot_with_checkpoints", EnableManagedSpotTraining=True, CheckpointConfig=CHECKPOINTS)
        .near("no_spot", EnableManagedSpotTraining=False, CheckpointConfig=GONE, StoppingCondition={})
    )

for types, place in JOB_PLACES:
    settings = "HyperParameters" if types == "Training" else "StaticHyperParameters"
    PROGRAM = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": '"s3://b/c.tar.gz"'}
    TORCHRUN = {**PROGRAM, "sagemaker_torch_distributed_enabled": "true"}
    PARALLEL = {**PROGRAM, "sagemaker_distributed_dataparallel_enabled": "true"}
    MPI = {**PROGRAM, "sagemaker_mpi_enabled": "true"}
    CLUSTER = {"InstanceCount": 2, "VolumeSizeInGB": 30}
    CPU, A100, TRAINIUM = (
        {**CLUSTER, "InstanceType": kind} for kind in ("ml.m5.large", "ml.p4d.24xlarge", "ml.trn1.2xlarge")
    )
    DISTRIBUTED = settings + ".sagemaker_{}_enabled"
    OWN_TYPE = {"HyperParameterTuningResourceConfig": GONE} if types == "Tuning" else {}
    (
        rule("distribution", types, place, "warning")
        .fault(
            "torchrun_without_gpus",
            DISTRIBUTED.format("torch_distributed"),
            ResourceConfig=CPU,
            **{settings: TORCHRUN, **OWN_TYPE},
        )
        .fault(
            "torchrun_of_a_shell_script",
            DISTRIBUTED.format("torch_distributed"),
            ResourceConfig=A100,
            **{settings: {**TORCHRUN, "sagemaker_program": '"train.sh"'}, **OWN_TYPE},
        )
        .fault(
            "two_launchers",
            DISTRIBUTED.format("mpi"),
            ResourceConfig=A100,
            **{settings: {**TORCHRUN, **MPI}, **OWN_TYPE},
        )
        .fault(
            "mpi_on_trainium",
            DISTRIBUTED.format("mpi"),
            ResourceConfig=TRAINIUM,
            **{settings: MPI, **OWN_TYPE},
        )
        .fault(
            "data_parallel_elsewhere",
            DISTRIBUTED.format("distributed_dataparallel"),
            ResourceConfig={**CLUSTER, "InstanceType": "ml.g5.12xlarge"},
            **{settings: PARALLEL, **OWN_TYPE},
        )
        .near("torchrun_on_gpus", ResourceConfig=A100, **{settings: TORCHRUN, **OWN_TYPE})
        .near("torchrun_on_trainium", ResourceConfig=TRAINIUM, **{settings: TORCHRUN, **OWN_TYPE})
        .near("data_parallel", ResourceConfig=A100, **{settings: PARALLEL, **OWN_TYPE})
        .near("data_parallel_by_torchrun", ResourceConfig=A100, **{settings: {**TORCHRUN, **PARALLEL}, **OWN_TYPE})
        .near("mpi_on_processors", ResourceConfig=CPU, **{settings: MPI, **OWN_TYPE})
        .near(
            "torchrun_that_is_off",
            ResourceConfig=CPU,
            **{settings: {**TORCHRUN, "sagemaker_torch_distributed_enabled": "false"}, **OWN_TYPE},
        )
    )

ALGORITHM = {"TrainingImage": OF_AWS.replace("scikit-learn", "xgboost"), "TrainingInputMode": "File"}
ROUNDS = {"num_round": "5", "learning_rate": "0.2", "objective": "reg:squarederror", "eval_metric": "rmse,mae"}


def channels(*names: Any) -> list[dict[str, Any]]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://b/channels/"}
    return [{"ChannelName": name, "DataSource": {"S3DataSource": source}} for name in names]


def _of_another_image(job: dict[str, Any]) -> bool:
    """Whether nothing is found of the job yet: of those of a tuning nothing is."""
    tuned = "HyperParameterTuningResourceConfig" in job or "StaticHyperParameters" in job
    return tuned or "xgboost" not in str(job.get("AlgorithmSpecification"))


for types, place in JOB_PLACES:
    settings = "HyperParameters" if types == "Training" else "StaticHyperParameters"
    BUILT_IN = {
        "AlgorithmSpecification": ALGORITHM,
        "InputDataConfig": channels("train"),
        "HyperParameterRanges": {"IntegerParameterRanges": []},
        "Environment": GONE,
    }
    if types == "Training":
        BUILT_IN["HyperParameterRanges"] = GONE
    tested = rule("hyperparameter", types, place, "warning")
    for number, (name, value) in enumerate(
        (
            ("max_dept", "4"),
            ("num_round", "-3"),
            ("eta", "x"),
            ("learning_rate", "2"),
            ("objective", "reg:squared"),
            ("eval_metric", "rmse,mea"),
        )
    ):
        given = {**BUILT_IN, settings: {**ROUNDS, name: value}}
        tested.fault(f"hyperparameter_{number}", f"{settings}.{name}", **given)
    (
        tested.fault("no_rounds", settings, _of_another_image, **{**BUILT_IN, settings: {"eta": "0.1"}})
        .fault("no_hyperparameters", settings, _of_another_image, **{**BUILT_IN, settings: GONE})
        .fault(
            "a_channel_of_another_name",
            "InputDataConfig[1].ChannelName",
            **{**BUILT_IN, settings: ROUNDS, "InputDataConfig": channels("train", "validatoin")},
        )
        .fault(
            "no_channel_of_training",
            "InputDataConfig",
            _of_another_image,
            **{**BUILT_IN, settings: ROUNDS, "InputDataConfig": channels("validation")},
        )
        .fault(
            "no_channel",
            "InputDataConfig",
            _of_another_image,
            **{**BUILT_IN, settings: ROUNDS, "InputDataConfig": GONE},
        )
        .near("what_the_algorithm_takes", **{**BUILT_IN, settings: ROUNDS})
        .near("an_obsolete_name", **{**BUILT_IN, settings: {**ROUNDS, "silent": "0"}})
        .near(
            "what_is_only_known_at_run_time", **{**BUILT_IN, settings: {**ROUNDS, "eta": get("Execution.PipelineArn")}}
        )
        .near("a_script_in_the_image", **{**BUILT_IN, settings: PROGRAM, "InputDataConfig": channels("any")})
        .near(
            "a_channel_that_is_only_known_at_run_time",
            **{**BUILT_IN, settings: ROUNDS, "InputDataConfig": channels(LOOKED_UP)},
        )
    )


KEEP = "Arguments.ResourceConfig.KeepAlivePeriodInSeconds"


@fault("warm-pool", "warning")
def instances_that_no_other_step_can_take(document: Document) -> Places:
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
    with added(document["Steps"], training("OurFirst", of=KEPT)):
        for more in (
            {"RoleArn": f"{ROLE}2"},
            {"VpcConfig": network},
            {"EnableNetworkIsolation": True},
            {"of": {**KEPT, "VolumeSizeInGB": 40}},
        ):
            second = training("OurSecond", **{"of": KEPT, **more}, depends_on=["OurFirst"])
            with added(document["Steps"], second):
                yield "OurSecond", KEEP


@fault("warm-pool", "warning")
def instances_that_are_kept_long(document: Document) -> Places:
    with added(document["Steps"], training("OurFirst", of={**KEPT, "KeepAlivePeriodInSeconds": 3601})):
        yield "OurFirst", KEEP


@near("warm-pool")
def instances_that_another_step_takes(document: Document) -> Iterator[None]:
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
    turned = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-2", "subnet-1"]}
    first = training("OurFirst", of={**KEPT, "KeepAlivePeriodInSeconds": 3600}, VpcConfig=network)
    with added(document["Steps"], first):
        yield
        for more in (
            {"VpcConfig": turned, "EnableNetworkIsolation": False},
            {"VpcConfig": network, "RoleArn": get("Execution.PipelineArn")},
            {"VpcConfig": network, "of": {**KEPT, "InstanceType": "ml.m5.xlarge"}, "RoleArn": f"{ROLE}2"},
        ):
            with added(document["Steps"], training("OurSecond", **{"of": KEPT, **more}, depends_on=["OurFirst"])):
                yield
        with added(document["Steps"], training("OurSecond", of=KEPT, RoleArn=f"{ROLE}2")):  # at once, for the next run
            yield


KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
VOLUMES = (
    ("Processing ClarifyCheck QualityCheck", "Arguments.ProcessingResources.ClusterConfig"),
    ("Transform", "Arguments.TransformResources"),
    *((types, f"{place}.ResourceConfig") for types, place in JOB_PLACES[:2]),
)
for types, place in VOLUMES:
    (
        rule("volume-key", types, place, "warning")
        .fault("a_key_for_own_disks", "VolumeKmsKeyId", InstanceType="ml.g5.xlarge", VolumeKmsKeyId=KEY)
        .near("own_disks_without_a_key", InstanceType="ml.g5.xlarge", VolumeKmsKeyId=GONE)
        .near("a_key_for_a_volume", InstanceType="ml.m5.xlarge", VolumeKmsKeyId=KEY)
    )


@fault("volume-key", "warning")
def a_key_for_own_disks_of_variants_and_parameters(document: Document) -> Places:
    for one, holder, _ in holders(document, ("EndpointConfig",), "Arguments"):
        variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
        with all_changed(holder, {"ProductionVariants": [variant], "KmsKeyId": KEY}):
            yield one["Name"], "Arguments.KmsKeyId"
    declared = {"Name": "OurType", "Type": "String", "DefaultValue": "ml.m5d.large"}
    resources = {"InstanceType": get("Parameters.OurType"), "VolumeKmsKeyId": KEY}
    with added(document["Parameters"], declared), added(document["Steps"], training("OurJob", of=resources)):
        yield "OurJob", "Arguments.ResourceConfig.VolumeKmsKeyId"


(
    rule("additional-model-data", "Model", "Arguments.PrimaryContainer|Arguments.Containers.*", "warning")
    .fault("more_data", "AdditionalModelDataSources", AdditionalModelDataSources=[])
    .near("no_more_data", AdditionalModelDataSources=GONE)
)
