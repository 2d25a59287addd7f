"""The instances of constructs that are no pipelines, such as endpoints, for whoever limits them."""

from __future__ import annotations

from typing import NamedTuple

from constructs import IConstruct

from ..undo import undoing


class Instances(NamedTuple):
    """Instances of one type, which a construct names outside of any definition."""

    construct: IConstruct
    type: str

    def told(self, text: str) -> str:
        """What is wrong with them, with the construct and its field."""
        return f"{type(self.construct).__name__} '{self.construct.node.path}': instance_type: {text}"


def other_instances(root: IConstruct) -> list[Instances]:
    """All of an app, in the order of their construction; kept on its root construct."""
    found: list[Instances] = root.__dict__.setdefault("_sagemaker_instances", [])
    return found


def register(construct: IConstruct, instance_type: str) -> None:
    """Registers the instances of a construct."""
    known, one = other_instances(construct.node.root), Instances(construct, instance_type)
    known.append(one)
    undoing(lambda: known.remove(one))
