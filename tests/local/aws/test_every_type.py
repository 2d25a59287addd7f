"""Every type that the embedded CloudFormation deploys: created, the same after a restart, and gone with its stack."""

from __future__ import annotations

import importlib
import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from moto.backends import list_of_moto_modules
from moto.core.common_models import CloudFormationModel

from cdk_sagemaker_pipelines.local.aws import resources
from cdk_sagemaker_pipelines.local.aws.cloudformation.stacks import Stack
from cdk_sagemaker_pipelines.local.aws.resources.moto_models import MotoProvider

from .conftest import ACCOUNT, REGION
from .every_type import UNMADE
from .every_type import resources as every_type
from .moto_state import ENDED, everything, reachable, status
from .test_restart import Kept

REMEMBERED = {"AWS::EC2::SubnetRouteTableAssociation"}
"""Types that moto goes on to hold, and of which none of its calls tells any more."""


def archive() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr("a.txt", "a")
    return body.getvalue()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    made = Kept(tmp_path_factory.mktemp("kept") / "state")
    s3 = made.client("s3")
    s3.create_bucket(Bucket="given", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="given", Key="layer.zip", Body=archive())
    made.client("cloudformation").create_stack(
        StackName="every", TemplateBody=json.dumps({"Resources": every_type()}), DisableRollback=True
    )
    yield made
    made.aws.stop()


def stack(kept: Kept) -> Stack:
    """The stack, deleted or not."""
    (found,) = kept.aws._world.stacks(ACCOUNT, REGION)
    return found


def test_every_type_is_here() -> None:
    modelled = {"AWS::CloudFormation::Stack"}
    for name in list_of_moto_modules():
        importlib.import_module(f"moto.{name}")
    for model in CloudFormationModel.__subclasses__():
        kind = model.cloudformation_type()
        if isinstance(resources.provider_for(kind) if _is_deployed(kind) else None, MotoProvider):
            modelled.add(kind)
    deployed = {declared["Type"] for declared in every_type().values()} | {"AWS::CloudFormation::Stack"}
    assert deployed | UNMADE.keys() == modelled | resources._PROVIDERS.keys()


def _is_deployed(kind: str) -> bool:
    try:
        resources.provider_for(kind)
    except LookupError:
        return False
    return True


def test_every_type_comes_back(kept: Kept) -> None:
    (described,) = kept.client("cloudformation").describe_stacks(StackName="every")["Stacks"]
    assert (described["StackStatus"], described.get("StackStatusReason")) == ("CREATE_COMPLETE", None)
    before, ids = everything(), {name: one.physical_id for name, one in stack(kept).resources.items()}
    kept.restart()
    assert kept.aws.unrestored == ()
    after = everything()
    differences = {
        place: (before.get(place), after.get(place))
        for place in {*before, *after}
        if before.get(place, "missing") != after.get(place, "missing")
    }
    assert differences == {}
    assert {name: one.physical_id for name, one in stack(kept).resources.items()} == ids


def test_every_type_goes_with_its_stack(kept: Kept) -> None:
    models = {
        one.type: one.attributes.model for one in stack(kept).resources.values() if hasattr(one.attributes, "model")
    }
    assert len(models) > 50
    kept.client("cloudformation").delete_stack(StackName="every")
    failed = [event for event in stack(kept).events if event["ResourceStatus"] == "DELETE_FAILED"]
    assert {event["LogicalResourceId"]: event["ResourceStatusReason"] for event in failed} == {}
    there = reachable()
    left = {kind: status(model) for kind, model in models.items() if id(model) in there}
    assert {kind for kind, state in left.items() if state not in ENDED} == REMEMBERED
    before, held = stack(kept), everything()
    kept.restart()
    assert kept.aws.unrestored == ()
    assert everything().keys() == held.keys()
    assert stack(kept).status == before.status == "DELETE_COMPLETE"
