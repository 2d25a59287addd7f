"""What is known about SageMaker's instance types: their GPUs, and whether they have local disks.

Source: EC2's ``DescribeInstanceTypes``, and for p2, p3 and p6e-gb200 the pages of the EC2 user guide.
"""

from __future__ import annotations

from .later import later_pattern

_FOUR_SIZES = {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8}
_G = {"xlarge": 1, "2xlarge": 1, "4xlarge": 1, "8xlarge": 1, "16xlarge": 1}
_G7 = {"2xlarge": 1, "4xlarge": 1, "8xlarge": 1, "12xlarge": 2, "24xlarge": 4, "48xlarge": 8}

GPUS = {
    "g4dn": {**_G, "12xlarge": 4},
    "g5": {**_G, **_FOUR_SIZES},
    "g6": {**_G, **_FOUR_SIZES},
    "g6e": {**_G, **_FOUR_SIZES},
    "g7": _G7,
    "g7e": _G7,
    "gr6": {"4xlarge": 1, "8xlarge": 1},
    "p2": {"xlarge": 1, "8xlarge": 8, "16xlarge": 16},
    "p3": {"2xlarge": 1, "8xlarge": 4, "16xlarge": 8},
    "p3dn": {"24xlarge": 8},
    "p4d": {"24xlarge": 8},
    "p4de": {"24xlarge": 8},
    "p5": {"4xlarge": 1, "48xlarge": 8},
    "p5e": {"48xlarge": 8},
    "p5en": {"48xlarge": 8},
    "p6-b200": {"48xlarge": 8},
    "p6-b300": {"48xlarge": 8},
    "p6e-gb200": {"36xlarge": 4},
}
"""The GPUs of an instance, by family and size."""

# general purpose, compute, memory, storage; Trainium, Inferentia and Gaudi are accelerators, but not GPUs
_WITHOUT_GPU = later_pattern(r"ml\.(?:(?:c|d|i|m|r|t|x|dl|eia|inf|trn)\d[a-z0-9-]*|geospatial)\.[a-z0-9]+")
_OWN_DISKS = later_pattern(r"ml\.(?:[a-z]+\d+[a-z]*d|g[5-9]|gr\d|p[5-9]|i\d|trn\d|dl1)")


def gpus(instance_type: str) -> int | None:
    """The GPUs of an instance such as ``ml.g5.12xlarge``; None for a type that is not known here."""
    family, _, size = instance_type.removeprefix("ml.").partition(".")
    if instance_type.startswith("ml.") and size in GPUS.get(family, {}):
        return GPUS[family][size]
    return 0 if _WITHOUT_GPU.fullmatch(instance_type) else None


def has_own_disks(instance_type: str) -> bool:
    """Whether its storage is local: encrypted by its hardware, so that no key can be given for it."""
    return _OWN_DISKS.match(instance_type) is not None
