"""The instances of an EMR cluster: groups of one type, or fleets of several types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ...language import Expression, IntegerLike, PipelineError, StringLike
from ...language.documentation import documented
from ...language.expressions import has_placeholder
from ...language.no_value import NoValue
from ..base.field_checks import entries, items, of_type, one_of, shown
from ..base.step import without_none

Market = Literal["ON_DEMAND", "SPOT"]
TimeoutAction = Literal["SWITCH_TO_ON_DEMAND", "TERMINATE_CLUSTER"]


@documented
@dataclass(frozen=True, kw_only=True)
class EmrInstanceGroup(NoValue):
    """Nodes of a cluster that are all of one instance type.

    ```python
    EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2)
    EmrInstanceGroup(instance_type="m5.xlarge", instance_count=4, market="SPOT")
    ```

    Raises:
        PipelineError: A value that EMR does not take.

    API: [InstanceGroupConfig](https://docs.aws.amazon.com/emr/latest/APIReference/API_InstanceGroupConfig.html).
    """

    instance_type: StringLike
    """The type of the instances, such as "m5.xlarge"."""
    instance_count: IntegerLike = 1
    """The number of instances. A primary group has 1, or 3 to survive the loss of one."""
    market: Market | None = None
    """"ON_DEMAND" or "SPOT". Default: on demand."""
    bid_price: StringLike | None = None
    """The most to pay for a spot instance, in US dollars per hour, as a text. Default: the on-demand price."""
    volume_size_in_gb: IntegerLike | None = None
    """The size of an additional volume (gp3) on each instance, in GB. Default: EMR's for the type."""
    name: str | None = None
    """The name of the group, at most 256 characters. Default: none."""

    def __post_init__(self) -> None:
        if self.market is not None:
            one_of(self.market, get_args(Market), "EmrInstanceGroup: market")
        count = self.instance_count
        if isinstance(count, bool) or (isinstance(count, int) and count < 1):
            raise PipelineError(f"EmrInstanceGroup: instance_count is {count!r}; allowed is at least 1")

    def to_json(self) -> dict[str, Any]:
        """The group in the members that have the same names in the API and in CloudFormation."""
        group: dict[str, Any] = without_none(
            {
                "Name": self.name,
                "InstanceType": self.instance_type,
                "InstanceCount": self.instance_count,
                "Market": self.market,
                "BidPrice": self.bid_price,
                "EbsConfiguration": _volume(self.volume_size_in_gb),
            }
        )
        return group


@documented
@dataclass(frozen=True, kw_only=True)
class EmrInstanceFleet(NoValue):
    """Nodes of a cluster of several instance types, from which EMR uses what is available.

    ```python
    EmrInstanceFleet(instance_types=["m5.xlarge", "m5a.xlarge"], on_demand=1)
    EmrInstanceFleet(instance_types={"m5.xlarge": 1, "m5.2xlarge": 2}, spot=4, spot_timeout_in_minutes=10)
    ```

    Raises:
        PipelineError: A value that EMR does not take.

    API: [InstanceFleetConfig](https://docs.aws.amazon.com/emr/latest/APIReference/API_InstanceFleetConfig.html).
    """

    instance_types: Sequence[str] | Mapping[str, int]
    """The types of the instances, at most 5, or 30 with an allocation strategy. A dict says how many units each counts.
    """
    on_demand: IntegerLike | None = None
    """The number of units of on-demand instances. A primary fleet has one unit in total."""
    spot: IntegerLike | None = None
    """The number of units of spot instances. A primary fleet has one unit in total."""
    spot_timeout_in_minutes: IntegerLike | None = None
    """How long to wait for spot instances, in minutes, 5 to 1440. Default: the service's."""
    spot_timeout_action: TimeoutAction = "SWITCH_TO_ON_DEMAND"
    """What to do if they are not there in time: "SWITCH_TO_ON_DEMAND" or "TERMINATE_CLUSTER"."""
    spot_allocation_strategy: str | None = None
    """How spot instances are chosen, such as "price-capacity-optimized"; needs ``spot_timeout_in_minutes``. Default:
    the service's."""
    volume_size_in_gb: IntegerLike | None = None
    """The size of an additional volume (gp3) on each instance, in GB. Default: EMR's for the type."""
    name: str | None = None
    """The name of the fleet, at most 256 characters. Default: none."""

    def __post_init__(self) -> None:
        one_of(self.spot_timeout_action, get_args(TimeoutAction), "EmrInstanceFleet: spot_timeout_action")
        if isinstance(self.instance_types, Expression) or not self.instance_types:
            raise PipelineError("EmrInstanceFleet: instance_types needs at least one type")
        if self.on_demand is None and self.spot is None:
            raise PipelineError("EmrInstanceFleet: give on_demand or spot, the number of units to start")
        if self.spot_allocation_strategy is not None and self.spot_timeout_in_minutes is None:
            raise PipelineError("EmrInstanceFleet: spot_allocation_strategy needs spot_timeout_in_minutes too")

    def to_json(self) -> dict[str, Any]:
        """The fleet in the members that have the same names in the API and in CloudFormation."""
        volume = _volume(self.volume_size_in_gb)
        types = (
            entries(self.instance_types, "EmrInstanceFleet: instance_types")
            if isinstance(self.instance_types, Mapping)
            else dict.fromkeys(items(self.instance_types, "EmrInstanceFleet: instance_types"))
        )
        spot = None
        if self.spot_timeout_in_minutes is not None:
            spot = {
                "TimeoutDurationMinutes": self.spot_timeout_in_minutes,
                "TimeoutAction": self.spot_timeout_action,
                "AllocationStrategy": self.spot_allocation_strategy,
            }
        fleet: dict[str, Any] = without_none(
            {
                "Name": self.name,
                "TargetOnDemandCapacity": self.on_demand,
                "TargetSpotCapacity": self.spot,
                "InstanceTypeConfigs": [
                    {"InstanceType": name, "WeightedCapacity": weight, "EbsConfiguration": volume}
                    for name, weight in types.items()
                ],
                "LaunchSpecifications": spot and {"SpotSpecification": spot},
            }
        )
        return fleet


Instances = EmrInstanceGroup | EmrInstanceFleet


@dataclass(frozen=True)
class Nodes:
    """The nodes of a cluster: all groups, or all fleets."""

    primary: Instances
    core: Instances | None
    tasks: tuple[Instances, ...]

    @staticmethod
    def checked(primary: Any, core: Any, tasks: Any) -> Nodes:
        """Creates the nodes; raises ``PipelineError`` if they do not fit together."""
        example = "EmrInstanceGroup(instance_type='m5.xlarge') or EmrInstanceFleet(...)"
        kinds = (EmrInstanceGroup, EmrInstanceFleet)
        of_type(primary, kinds, "primary", example, optional=False)
        of_type(core, kinds, "core", example)
        for index, task in enumerate(items(tasks, "tasks")):
            of_type(task, kinds, f"tasks[{index}]", example, optional=False)
            if core is None:
                raise PipelineError("tasks need a core group or fleet, which holds the cluster's files")
        if len({type(each) for each in (primary, core, *tasks) if each is not None}) > 1:
            raise PipelineError("primary, core and tasks must all be EmrInstanceGroup or all be EmrInstanceFleet")
        count = primary.instance_count if isinstance(primary, EmrInstanceGroup) else None
        if isinstance(count, int) and count not in (1, 3):
            raise PipelineError(f"primary: instance_count is {count}; allowed are 1 and 3")
        if isinstance(primary, EmrInstanceFleet):
            units = [0 if unit is None else unit for unit in (primary.on_demand, primary.spot)]
            if all(isinstance(unit, int) for unit in units) and sorted(units) != [0, 1]:
                raise PipelineError("primary: give on_demand=1 or spot=1, a fleet has one primary node")
            if len(tasks) > 1:
                raise PipelineError("tasks: there is at most one fleet of task nodes; give it more instance_types")
        return Nodes(primary, core, tuple(tasks))

    @property
    def fleets(self) -> bool:
        """Whether the nodes are fleets."""
        return isinstance(self.primary, EmrInstanceFleet)

    def refuse_expressions(self) -> None:
        """Raises ``PipelineError`` for values that are only known when a pipeline runs, since the cluster is older."""
        each = [("primary", self.primary), ("core", self.core)]
        each += [(f"tasks[{index}]", task) for index, task in enumerate(self.tasks)]
        for what, nodes in each:
            for name, value in vars(nodes).items() if nodes is not None else ():
                if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
                    raise PipelineError(
                        f"{what}: {name} {shown(value)} must be literal, since the cluster is created before any run"
                    )

    def request(self) -> dict[str, Any]:
        """The nodes as ``RunJobFlow`` expects them."""
        key, role = ("InstanceFleets", "InstanceFleetType") if self.fleets else ("InstanceGroups", "InstanceRole")
        each = [("MASTER", self.primary), ("CORE", self.core), *(("TASK", task) for task in self.tasks)]
        return {key: [{role: name, **nodes.to_json()} for name, nodes in each if nodes is not None]}

    def resource(self) -> dict[str, Any]:
        """The nodes as CloudFormation expects them."""
        kind = "Fleet" if self.fleets else "Group"
        return {
            f"MasterInstance{kind}": self.primary.to_json(),
            f"CoreInstance{kind}": self.core and self.core.to_json(),
            f"TaskInstance{kind}s": [task.to_json() for task in self.tasks] or None,
        }


def _volume(size: Any) -> dict[str, Any] | None:
    if size is None:
        return None
    specification = {"VolumeType": "gp3", "SizeInGB": size}
    return {"EbsBlockDeviceConfigs": [{"VolumeSpecification": specification, "VolumesPerInstance": 1}]}
