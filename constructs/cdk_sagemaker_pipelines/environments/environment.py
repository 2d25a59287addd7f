"""An environment: an account and a region, and what is different there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..language import PipelineError
from ..language.documentation import documented
from ..language.later import later_function
from ..language.no_value import NoValue
from ..properties.regions import dns_suffix, partition
from .faults import KEYS, faults
from .named import Named

if TYPE_CHECKING:
    import aws_cdk as cdk
    from constructs import Construct, IConstruct

    from ..steps.base.job_defaults import JobDefaults

# what needs CDK, and knows this module
_environment_of = later_function(f"{__package__}.staging", "environment_of")
_job_defaults = later_function(f"{__package__}.staging", "job_defaults")
_stage = later_function(f"{__package__}.staging", "stage")
DEFAULT_QUALIFIER = "hnb659fds"
"""That of ``cdk bootstrap`` without a ``--qualifier``."""
_MAPPINGS = {
    "parameters": "parameter",
    "instance_types": "instance type",
    "quotas": "quota",
    "tags": "tag",
}


@documented
@dataclass(frozen=True, kw_only=True)
class Environment(NoValue):
    """An account and a region in which an app is deployed, and what is different there.

    ```python
    prod = Environment(name="Prod", account="444455556666", region="eu-west-1", parameters={"MaxMse": 2.5})
    stack = cdk.Stack(prod.stage(cdk.App()), "Training")
    ```

    ``Environments.load`` reads them from a file. Values by name answer with the closest name where there is none.

    Raises:
        PipelineError: A value that cannot be; the message has everything that is wrong.
    """

    name: str
    """The name of the environment, such as ``Prod``, and by default of its stage."""
    account: str
    """The number of the account, 12 digits."""
    region: str
    """The name of the region, such as ``eu-west-1``."""
    qualifier: str | None = None
    """The qualifier of ``cdk bootstrap --qualifier``. Default: CDK's own."""
    permissions_boundary: str | None = None
    """The name or the ARN of the managed policy that bounds all roles. Default: none."""
    vpc: str | None = None
    """The id of the VPC that jobs and models join. Default: none."""
    subnets: tuple[str, ...] = ()
    """The ids of the subnets of ``vpc``, at most 16."""
    key: str | None = None
    """The ARN of the KMS key for outputs, volumes and artifacts. Default: none."""
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """Values for ``Pipeline.defaults``, by the names of parameters."""
    instance_types: Mapping[str, str] = field(default_factory=dict)
    """Instance types by a name of yours, for your code to read. Where there are some, pipelines in the stage may use
    no others."""
    quotas: Mapping[str, int] = field(default_factory=dict)
    """How many instances there may be at once, by the name in Service Quotas, such as
    ``ml.m5.xlarge for training job usage``. What a pipeline in the stage can have at once must fit into them."""
    executions: int | None = None
    """How many executions of a pipeline must fit into ``quotas`` at the same time. Default: 1."""
    max_instance_hours: float | None = None
    """How many instance-hours one execution of a pipeline in the stage may take. Default: any number."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The tags of all resources in the stage."""

    _file = ""
    """The name of the file that it was read from, for messages."""

    def __post_init__(self) -> None:
        given = {key: value for key in KEYS if (value := getattr(self, key)) is not None and value != ()}
        found = [f"{'.'.join(map(str, path))}: {text}" if path else text for path, text in faults(self.name, given)]
        if found:
            raise PipelineError("\n".join(f"Environment {self.name!r}: {text}" for text in found))
        values: dict[str, Any] = {"subnets": tuple(self.subnets)}
        for key, kind in _MAPPINGS.items():
            values[key] = Named(getattr(self, key), whose=f"environment {self.name!r}", kind=kind)
        self.__dict__.update(values)

    @property
    def partition(self) -> str:
        """The partition of the region, such as ``aws-cn``."""
        return partition(self.region)

    @property
    def url_suffix(self) -> str:
        """The domain of the partition's services, such as ``amazonaws.com.cn``."""
        return dns_suffix(self.region)

    @property
    def permissions_boundary_arn(self) -> str | None:
        """The ARN of the policy that bounds all roles, also where it was given by name."""
        given = self.permissions_boundary
        if given is None or given.startswith("arn:"):
            return given
        return f"arn:{self.partition}:iam::{self.account}:policy/{given}"

    @staticmethod
    def of(scope: IConstruct) -> Environment:
        """The environment in whose stage a construct is.

        Args:
            scope: The construct, such as a stack or a pipeline.

        Raises:
            PipelineError: A construct outside of such stages.
        """
        found: Environment = _environment_of(scope)
        return found

    def stage(self, scope: Construct, construct_id: str | None = None) -> cdk.Stage:
        """A stage with the account, the region, the qualifier, the permissions boundary and the tags.

        Pipelines in it take the network and the key as their ``job_defaults``, unless they are given others. What is
        said of instance types, quotas and instance-hours holds for all of them, as a ``ComputePolicy`` of the stage.

        Args:
            scope: The construct in which the stage is made: the app, or a stage of it.
            construct_id: The id of the stage. Default: the environment's name.
        """
        made: cdk.Stage = _stage(self, scope, construct_id)
        return made

    def job_defaults(self, scope: Construct) -> JobDefaults | None:
        """The network and the key for the pipelines of a stack; None where the environment has neither.

        To add to them: ``replace(environment.job_defaults(stack), isolation=True)``, with ``dataclasses.replace``.

        Args:
            scope: The stack, or a construct in it, into which the VPC and the key are imported.
        """
        found: JobDefaults | None = _job_defaults(self, scope)
        return found
