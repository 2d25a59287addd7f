"""What the jobs of a pipeline have in common: said once, it holds for each step that does not say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration

from ...language import BooleanLike, Expression, IntegerLike, Parameter
from ...language.documentation import documented
from ...language.expressions import MISSING
from ...language.instance_types import has_own_disks
from ...language.no_value import NoValue
from .field_checks import kms_key, member, of_type, seconds
from .fields import Fields
from .network import Network

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms

DefaultOf = Callable[[Parameter[Any]], Any]
"""The default of a parameter in a pipeline."""


@documented
@dataclass(frozen=True, kw_only=True)
class JobDefaults(NoValue):
    """What nearly every job of a company needs, for ``Pipeline(job_defaults=...)``.

    ```python
    company = JobDefaults(network=vpc, key=key, isolation=True, encrypt_traffic=True, max_runtime=Duration.hours(4))
    pipeline = Pipeline(stack, "Pipeline", job_defaults=company)
    TrainingStep(pipeline, "Train", image=Image.xgboost("1.7-1"), instance_type="ml.m5.xlarge")
    ```

    It applies where the fields of a step are not given. A step that needs less takes ``job_defaults`` of its own, such
    as ``replace(company, network=None)``, with ``dataclasses.replace``. Jobs and models take what their requests have a
    place for; Job, EMR and raw steps and endpoints take none of it.

    Raises:
        PipelineError: A value of another type.
    """

    network: Network | ec2.IVpc | None = None
    """The VPC or ``Network`` that instances and models join. A step with a ``vpc`` takes nothing of it. Default: none.
    """
    key: kms.IKey | None = None
    """The KMS key of outputs and of the instances' storage. Default: none.

    Instances with local disks, which their hardware encrypts, take no key for their storage. As the pipeline's, it is
    also the key of the artifacts bucket that the pipeline creates.
    """
    isolation: BooleanLike | None = None
    """Whether containers are cut off from every network. Default: the service's, false."""
    encrypt_traffic: BooleanLike | None = None
    """Whether traffic between the instances of a job is encrypted. Default: the service's, false."""
    max_runtime: Duration | IntegerLike | None = None
    """How long a job may run, a ``Duration`` or seconds; also each training job of a tuning. Default: the service's.

    A transform has no such limit.
    """

    def __post_init__(self) -> None:
        if self.network is not None and not isinstance(self.network, Network):
            example = "Network(...) or a VPC such as ec2.Vpc.from_lookup(...)"
            member(self.network, "vpc_id", "JobDefaults: network", example)
        kms_key(self.key, "JobDefaults: key")
        for name in ("isolation", "encrypt_traffic"):
            of_type(
                getattr(self, name), (bool, Expression), f"JobDefaults: {name}", "a boolean or an expression of one"
            )
        if self.max_runtime is not None:
            seconds(self.max_runtime, "JobDefaults: max_runtime")

    def _fields(self) -> dict[str, Any]:
        """The fields of a step that have the same meaning."""
        return {
            "enable_network_isolation": self.isolation,
            "encrypt_inter_container_traffic": self.encrypt_traffic,
            "output_kms_key": self.key,
            "volume_kms_key": self.key,
            "max_runtime": self.max_runtime,
        }

    def _network(self) -> Mapping[str, Any]:
        network = self.network if self.network is None or isinstance(self.network, Network) else Network(self.network)
        return {} if network is None else vars(network)


class DefaultedFields(Fields):
    """Fields that the pipeline's ``job_defaults`` fill where they are not given."""

    job_defaults: JobDefaults | None = None
    """The settings that apply where the step's own fields are not given. Default: the pipeline's."""


def apply_defaults(
    given: DefaultedFields, of_pipeline: JobDefaults | None, overrides: Any, default_of: DefaultOf
) -> None:
    """Fills the fields that were not given. ``overrides``: those of the step, which can name other instances."""
    of_type(given.job_defaults, JobDefaults, "job_defaults", "JobDefaults(...)")
    defaults = given.job_defaults or of_pipeline
    if defaults is None:
        return
    values = {**defaults._fields(), **(defaults._network() if given.__dict__.get("vpc") is None else {})}
    if any(map(has_own_disks, _instance_types(given, overrides, default_of))):
        del values["volume_kms_key"]
    empty = [name for name in values if given.__dict__.get(name, MISSING) is None]
    given.__dict__.update({name: values[name] for name in empty})


def _instance_types(given: Fields, overrides: Any, default_of: DefaultOf) -> list[str]:
    """The instance types that are known; of a parameter the default."""
    fields = given.__dict__
    preferred = [getattr(each, "instance_type", None) for each in fields.get("instance_preferences") or ()]
    found = list(named_members(overrides, "InstanceType")) or [fields.get("instance_type"), *preferred]
    known = [default_of(value) if isinstance(value, Parameter) else value for value in found]
    return [value for value in known if isinstance(value, str)]


def named_members(value: Any, name: str) -> Iterator[Any]:
    """The values of all members of that name in a nested value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == name and item is not None:
                yield item
            else:
                yield from named_members(item, name)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from named_members(item, name)
