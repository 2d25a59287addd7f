"""A step that runs a processing job."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ...assets import S3Location, Script, SourceDir, StagedCode
from ...language import (
    Expression,
    JsonGet,
    Key,
    PipelineError,
    PropertyFile,
    StepReference,
    StringLike,
)
from ...language.errors import has_no
from ...language.no_value import NoValue
from ...language.unsupported_operations import Unknown
from ...properties.processing import ProcessingProperties
from ..base.field_checks import TextOrPlace, entries, folder_name, items, literal, of_type, text_or_s3_uri
from ..base.request import ContainerJobStep
from .processing_job import INPUT, input_of, is_feature_group, output_of, processing_job

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    from ...assets import Image
    from ...iam.trust import Trust
    from ...language import BooleanLike, CacheConfig, IntegerLike, RetryPolicy
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope
    from .datasets import Dataset, FeatureGroupOutput
    from .processing_job import ProcessingInput, ProcessingOutput


_CODE = f"{INPUT}/code"


class ProcessingStep(ContainerJobStep):
    """Runs a container over data in S3, to prepare it, to evaluate a model, and so on.

    ```python
    prepare = ProcessingStep(
        pipeline, "Prepare",
        image=Image.sklearn("1.2-1"), script=Script("jobs/prepare.py"), instance_type="ml.m5.large",
        inputs={"raw": S3Location(bucket, "raw/")}, outputs=["train", "test"],
    )
    ```

    The script reads its inputs from ``/opt/ml/processing/input/<name>`` and writes its outputs to
    ``/opt/ml/processing/output/<name>``.

    API: [CreateProcessingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html).
    Source: [Processing step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-processing).
    """

    type = "Processing"
    _image_use = "processing"

    script: Script | SourceDir | None = None
    """The code that the container runs. Default: ``container_entrypoint``, or else the image's own entry point."""
    container_entrypoint: Sequence[StringLike | S3Location] | None = None
    """The container's command instead of a script; at most 100 texts of 256 characters."""
    container_arguments: Sequence[TextOrPlace] = ()
    """The arguments of the command; at most 100 texts of 256 characters.

    An ``S3Location`` is passed as its URI; see ``reads``.
    """
    inputs: Mapping[str, ProcessingInput | Dataset | S3Location | StringLike] | None = None
    """The inputs by name: locations in S3, ``ProcessingInput`` or datasets; at most 10, including the code."""
    outputs: Sequence[str] | Mapping[str, ProcessingOutput | FeatureGroupOutput | S3Location | StringLike] = ()
    """The names of the outputs, or destinations by name: locations in S3, ``ProcessingOutput`` or
    ``FeatureGroupOutput``."""
    property_files: Sequence[PropertyFile] = ()
    """JSON files in the outputs that other steps read; ``property_file(...)`` adds one as well."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            image: Image,
            instance_type: StringLike,
            script: Script | SourceDir | None = None,
            container_entrypoint: Sequence[StringLike | S3Location] | None = None,
            container_arguments: Sequence[TextOrPlace] = (),
            inputs: Mapping[str, ProcessingInput | Dataset | S3Location | StringLike] | None = None,
            outputs: Sequence[str] | Mapping[str, ProcessingOutput | FeatureGroupOutput | S3Location | StringLike] = (),
            property_files: Sequence[PropertyFile] = (),
            instance_count: IntegerLike = 1,
            volume_size_in_gb: IntegerLike = 30,
            role: iam.IRole | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            max_runtime: Duration | IntegerLike | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            encrypt_inter_container_traffic: BooleanLike | None = None,
            output_kms_key: kms.IKey | None = None,
            volume_kms_key: kms.IKey | None = None,
            job_defaults: JobDefaults | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs a container over data in S3, to prepare it, to evaluate a model, and so on.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param image: The container image that the job runs, such as ``Image.xgboost("1.7-1")``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
            :param script: The code that the container runs. Default: ``container_entrypoint``, or else the image's own
                entry point.
            :param container_entrypoint: The container's command instead of a script; at most 100 texts of 256
                characters.
            :param container_arguments: The arguments of the command; at most 100 texts of 256 characters.
            :param inputs: The inputs by name: locations in S3, ``ProcessingInput`` or datasets; at most 10, including
                the code.
            :param outputs: The names of the outputs, or destinations by name: locations in S3, ``ProcessingOutput`` or
                ``FeatureGroupOutput``.
            :param property_files: JSON files in the outputs that other steps read; ``property_file(...)`` adds one as
                well.
            :param instance_count: The number of instances that run the job.
            :param volume_size_in_gb: The size of the storage of each instance, in GB.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
            :param environment: The environment variables of the container, as texts by name. An ``S3Location`` is
                passed as its URI; see ``reads``.
            :param max_runtime: How long the job may run, a ``Duration`` or seconds. Default: the service's.
            :param vpc: The VPC that the instances join. Default: none of yours.
            :param vpc_subnets: The subnets to use. Default: the private ones of ``vpc``. Subnets that are given by id
                need no ``vpc``.
            :param security_groups: The security groups of the instances. Default: a new one, in which only they reach
                one another.
            :param enable_network_isolation: Whether the container is cut off from every network. Default: the
                service's, false.
            :param encrypt_inter_container_traffic: Whether traffic between the instances is encrypted. Default: the
                service's, false.
            :param output_kms_key: The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages
                contradict one another.
            :param volume_kms_key: The KMS key of the instances' storage. Default: a key of the service's own.
            :param job_defaults: The settings that apply where the step's own fields are not given. Default: the
                pipeline's.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param retry_policies: When a failed request is sent again, and how often. Default: those of the pipeline
                that the step supports.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        of_type(self.script, (Script, SourceDir), "script", "Script(...) or SourceDir(...)")
        self._outputs = self._given_outputs()
        if isinstance(self.outputs, tuple):
            self.__dict__["outputs"] = _OutputNames(self.outputs)
        if self.script is not None and self.container_entrypoint is not None:
            raise PipelineError("give script or container_entrypoint, not both")
        self._code: StagedCode | None = None
        if self.script is not None:
            self._code = self.host.workplace.staged(self.name, self.script.stage(self, "Code"))
        self._files: dict[str, PropertyFile] = {}
        for file in items(self.property_files, "property_files"):
            of_type(file, PropertyFile, "property_files", "PropertyFile(...)", optional=False)
            literal(file.name, "property_files: the name")
            literal(file.path, "property_files: the path")
            self._check_output(file.output_name)
            if file.name in self._files:
                raise PipelineError(f"property_files: two have the name {file.name!r}")
            self._files[file.name] = file

    def _given_outputs(self) -> dict[str, Any]:
        if isinstance(self.outputs, Mapping):
            given = dict(entries(self.outputs, "outputs"))
            for name, value in given.items():
                folder_name(name, "outputs: the name")
                if value is None:
                    raise PipelineError(
                        f"outputs[{name!r}] is None; write ProcessingOutput() for the default place, or outputs as a "
                        "list of names"
                    )
            return given
        names = [folder_name(name, "outputs: the name") for name in items(self.outputs, "outputs")]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise PipelineError(f"outputs: {twice[0]!r} occurs twice")
        return dict.fromkeys(names)

    # -- what others read

    @property
    def properties(self) -> ProcessingProperties:
        """The job's description, as expressions.

        API: [DescribeProcessingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html).
        """
        return ProcessingProperties(self.name, ())

    def output(self, name: str) -> Expression[str]:
        """The S3 URI of an output; steps that use it wait for this one.

        Args:
            name: The name of the output in ``outputs``.

        Raises:
            PipelineError: There is no such output; the message has the closest match.
        """
        with self.naming():
            self._check_output(name)
        return StepReference(self.name, ("ProcessingOutputConfig", "Outputs", Key(name), "S3Output", "S3Uri"))

    def property_file(self, output_name: str, path: str, *, name: str | None = None) -> PropertyFileReference:
        """A JSON file in an output, whose values conditions and other steps can read.

        Args:
            output_name: The name of the output that has the file.
            path: The path of the file, relative to the output.
            name: The name of the property file. Default: the output's name, followed by the file's if the output has
                several.

        Raises:
            PipelineError: There is no such output, or the name is taken.
        """
        with self.naming():
            self._check_output(output_name)
            literal(path, "property_file: the path")
            for file in self._files.values():
                if (file.output_name, file.path) == (output_name, path) and name in (None, file.name):
                    return PropertyFileReference(self.name, file)
            self.host.refuse_when_sealed("it cannot get a property file")
            if name is None:
                words = "".join(letter if letter.isalnum() else "-" for letter in path)
                name = output_name if output_name not in self._files else f"{output_name}-{words}"
            if name in self._files:
                raise PipelineError(f"property_file: the name {name!r} is taken by {self._files[name].path!r}")
            file = self._files[name] = PropertyFile(name, output_name, path)
        return PropertyFileReference(self.name, file)

    def _check_output(self, name: str) -> None:
        literal(name, "output: the name")
        if name not in self._outputs:
            raise PipelineError(f"it {has_no('output', name, self._outputs)}")
        if is_feature_group(self._outputs[name]):
            raise PipelineError(f"output {name!r} is a feature group, which has no URI and no files")

    # -- what is written

    def _more_keys(self) -> dict[str, Any]:
        files = [file.to_json() for file in self._files.values()]
        return {**super()._more_keys(), **({"PropertyFiles": files} if files else {})}

    def arguments(self) -> dict[str, Any]:
        outputs = {name: output_of(value) for name, value in self._outputs.items()}
        request = processing_job(self, self, self._container, inputs=self._inputs(), outputs=outputs)
        request["AppSpecification"] |= {
            "ContainerEntrypoint": self._entrypoint(),
            "ContainerArguments": self._texts(self.container_arguments, "container_arguments") or None,
        }
        return request

    def _entrypoint(self) -> Sequence[Any] | None:
        if self._code is None or self.script is None:
            given = self.container_entrypoint
            return None if given is None else self._texts(given, "container_entrypoint")
        if isinstance(self.script, Script):
            return [*self.script.command, f"{_CODE}/{self._code.file_name}"]
        return ["/bin/bash", "-c", _unpack(self._code, self.script), "run"]

    def _texts(self, values: Sequence[Any], what: str) -> list[Any]:
        work = self.host.workplace
        return [text_or_s3_uri(value, f"{what}[{index}]", work) for index, value in enumerate(items(values, what))]

    def _inputs(self) -> dict[str, ProcessingInput | Dataset]:
        given = {
            name: input_of(value)
            for name, value in entries(self.inputs, "inputs").items()
            if folder_name(name, "inputs: the name")
        }
        if self._code is not None:
            if "code" in given:
                raise PipelineError("inputs: 'code' is the name of the script's own input; choose another")
            given["code"] = input_of(self._code.uri)
        return given


class _OutputNames(tuple[str, ...]):
    """The names of outputs. Access by name is refused with a hint on how to get the output."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            raise TypeError(f"outputs has only the names; get the output's URI with .output({key!r})")
        return super().__getitem__(key)


class PropertyFileReference(NoValue, Unknown):
    """A JSON file that a processing step writes; ``step.property_file(...)`` returns it.

    ```python
    report: PropertyFileReference = evaluate.property_file("report", "evaluation.json")
    ConditionStep(pipeline, "CheckMse", condition=report.number("metrics.mse") <= 6.0)
    ```

    Args:
        step_name: The name of the step that writes the file.
        file: The declaration of the property file.
    """

    _instead = 'read a value in it: .number("metrics.mse"), .string(...) or .boolean(...)'

    def __init__(self, step_name: str, file: PropertyFile) -> None:
        self.name = file.name
        """The name of the property file, unique in its step."""
        self._file: StepReference[Any] = StepReference(step_name, get=f"Steps.{step_name}.PropertyFiles.{file.name}")

    def describe(self) -> str:
        return f"the property file {self.name!r}"

    def refuse(self, use: str, advice: str) -> NoReturn:
        """Raises ``TypeError``, since this use needs a value, not a file.

        Args:
            use: What cannot be done, for the message.
            advice: Not used: the message says how to read a value of the file.
        """
        raise TypeError(f"{self.describe()} is not a value, so {use}; {self._instead}")

    def __lt__(self, other: object) -> NoReturn:
        self.refuse("'<' cannot compare it", "")

    def __le__(self, other: object) -> NoReturn:
        self.refuse("'<=' cannot compare it", "")

    def __gt__(self, other: object) -> NoReturn:
        self.refuse("'>' cannot compare it", "")

    def __ge__(self, other: object) -> NoReturn:
        self.refuse("'>=' cannot compare it", "")

    if not TYPE_CHECKING:  # type checkers must only see the declared members

        def __getattr__(self, name: str) -> NoReturn:
            known = name.startswith("_") or name == "name"
            raise AttributeError(name if known else f"{self.describe()} has no {name!r}; {self._instead}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"

    def number(self, path: str) -> JsonGet[float]:
        """The number at a path of the file, as an expression.

        Args:
            path: Where it is in the file, such as ``metrics.mse`` or ``folds[0]['auc']``.
        """
        return JsonGet(path, property_file=self._file)

    def string(self, path: str) -> JsonGet[str]:
        """The text at a path of the file, as an expression.

        Args:
            path: Where it is in the file, such as ``metrics.mse`` or ``folds[0]['auc']``.
        """
        return JsonGet(path, property_file=self._file)

    def boolean(self, path: str) -> JsonGet[bool]:
        """The boolean at a path of the file, as an expression.

        Args:
            path: Where it is in the file, such as ``metrics.mse`` or ``folds[0]['auc']``.
        """
        return JsonGet(path, property_file=self._file)


def _unpack(code: StagedCode, source: SourceDir) -> str:
    """Unpacks the folder, installs its requirements and runs its entry point with the arguments that follow."""
    install = "[ ! -f requirements.txt ] || python3 -m pip install -r requirements.txt"
    run = shlex.join([*source.command, source.entry_point])
    script = f'cd {_CODE} && tar xzf {code.file_name} && {{ {install}; }} && exec {run} "$@"'
    if len(script) > 256:
        raise PipelineError(
            f"script: the start command has {len(script)} characters of 256; shorten entry_point "
            f"{source.entry_point!r} or its command"
        )
    return script
