"""The resources of the app that tokens stand for: what a definition names and CDK knows more of."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnParameter, CfnResource, Fn, Stack, Token, Tokenization
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

from ..language import Definition, PipelineError
from ..language.later import later_pattern
from ..language.tokens import STRING_TOKEN, has_string_token, unnumbered
from .models import names
from .references import FORMS, snake

_POINT = "AWS::S3::AccessPoint"
_ACCESS_POINT = later_pattern(r"arn:[^/]*:s3:[^/:]*:[^/:]*:accesspoint[:/][^:/]+")


def role_behind(arn: Any) -> iam.Role | None:
    """The role that an ARN is of; None for one that exists already."""
    resource = _resource_behind(arn)
    role = resource.node.scope if isinstance(resource, iam.CfnRole) else None
    return role if isinstance(role, iam.Role) else None


def models_behind(definition: Definition) -> dict[str, str]:
    """The roles' ARNs of the models of the app that steps name, by their names."""
    found = {}
    for name in names(definition):
        resource = _resource_behind(name)
        if isinstance(resource, sagemaker.CfnModel) and resource.execution_role_arn is not None:
            found[name] = resource.execution_role_arn
    return found


def owner_behind(text: str) -> Any:
    """The construct of the app that a name, an ARN or a URL is of, if it is one reference and nothing else."""
    resource = _resource_behind(text)
    return resource.node.scope if isinstance(resource, CfnResource) else None


def bucket_resource(owner: Any, name: str) -> Any:
    """The resource of a bucket of the app; None of one that exists already.

    ``owner``: the bucket's construct, or the resource; where it is neither, or an import, ``name`` shows the resource.
    """
    kind = type(owner)
    if hasattr(kind, "bucket_encryption"):
        return owner
    own = owner.node.default_child if hasattr(kind, "bucket_arn") else None
    return own or _resource_behind(name)


def key_on(resource: Any) -> str | None:
    """The key that the resource of a bucket names, whoever wrote it there, such as an aspect."""
    rules = getattr(getattr(resource, "bucket_encryption", None), "server_side_encryption_configuration", None)
    for rule in rules if isinstance(rules, list) else ():
        key = getattr(getattr(rule, "server_side_encryption_by_default", None), "kms_master_key_id", None)
        if key is not None:
            return str(key)
    return None


def told(text: str, stack: Stack) -> str:
    """What a text turns out to be, as ``Place.told`` has it. ``stack``: where it is."""
    if not _is_of_cdk(text):
        return text
    resource, attribute = _reference_behind(text)
    form = FORMS.get(resource.cfn_resource_type) if isinstance(resource, CfnResource) else None
    if form is None or attribute not in form.gives:
        return _plain(text, stack)
    home = Stack.of(resource)
    name = getattr(resource, snake(form.named_by), None) if form.named_by else None
    if not name or not home.resolve(name):  # CDK has a token for a name that nobody gave
        return Token.as_string(resource.get_att(form.attribute)) if form.attribute else text
    # of which nothing is known that is known here alone
    region, account = (
        known if has_string_token(there) else there
        for there, known in ((home.region, stack.region), (home.account, stack.account))
    )
    return f"arn:{stack.partition}:" + form.arn.format(
        place=f"{region}:{account}", account=account, path=getattr(resource, "path", None) or "/", name=told(name, home)
    )


def _plain(text: str, stack: Stack) -> str:
    """The text with literal texts in place of tokens that stand for them, or begin with them."""
    tokens = list(dict.fromkeys(STRING_TOKEN.findall(text)))
    values = dict(zip(tokens, stack.resolve(tokens), strict=True))
    return STRING_TOKEN.sub(lambda match: _joined(values[match[0]], stack) or _alias(match[0]), text)


def _alias(token: str) -> str:
    """The name of the KMS alias that a token refers to; another token, or one of a name with tokens, as it is.

    Source: with its flag ``@aws-cdk/aws-kms:aliasNameRef`` CDK refers to aliases in their ARNs.
    """
    resource, attribute = _reference_behind(token)
    is_alias = isinstance(resource, CfnResource) and resource.cfn_resource_type == "AWS::KMS::Alias" and not attribute
    name = Stack.of(resource).resolve(getattr(resource, "alias_name", None)) if is_alias else None
    return name if isinstance(name, str) else token


def _joined(value: Any, stack: Stack) -> str:
    """A resolved value as a text; empty where it is made of more than texts, the place, parameters and buckets."""
    if isinstance(value, str):
        return value
    join = value.get("Fn::Join") if isinstance(value, dict) else None
    if join is None:
        return ""
    found = []
    for part in join[1]:
        ref = part.get("Ref") if isinstance(part, dict) else None
        if isinstance(part, str):
            found.append(part)
        elif ref is not None and (ref.startswith("AWS::") or ref in _parameters(stack)):
            found.append(Fn.ref(ref))
        else:
            bucket = _bucket(ref, stack) if ref is not None else None
            if bucket is None:
                return ""
            found.append(bucket)
    return str(join[0]).join(found)


def _parameters(stack: Stack) -> list[Any]:
    found = [one.logical_id for one in stack.node.find_all() if isinstance(one, CfnParameter)]
    return list(stack.resolve(found))


def _bucket(logical_id: str, stack: Stack) -> str | None:
    """The name of the bucket of the app with a logical id; None where several resources have it, maybe of other stacks.

    CDK resolves a reference to another stack's resource as if it were of this one, until it has put exports in between.
    """
    found = [
        one
        for one in stack.node.root.node.find_all()
        if isinstance(one, CfnResource) and Stack.of(one).resolve(one.logical_id) == logical_id
    ]
    # not by its class, whose module takes long to load
    is_bucket = len(found) == 1 and found[0].cfn_resource_type == "AWS::S3::Bucket"
    return str(found[0].ref) if is_bucket else None


def is_access_point(bucket_name: str) -> bool:
    """Whether a bucket's name is one that S3 gives to an access point, and leads to no ARN."""
    # not by its class, whose module takes long to load
    resource = _resource_behind(bucket_name)
    return isinstance(resource, CfnResource) and resource.cfn_resource_type == _POINT


def access_point_behind(name: str) -> str | None:
    """The ARN of the access point of the app whose ARN or alias a token is; None of something else.

    Raises ``PipelineError`` for its name, which is not one of a bucket.
    """
    resource, attribute = _reference_behind(name)
    if not isinstance(resource, CfnResource) or resource.cfn_resource_type != _POINT:
        return None
    if attribute not in ("Arn", "Alias"):
        raise PipelineError(
            f"the access point {resource.node.path} is in an S3 URI by its name, where S3 takes it for a bucket; "
            "write its attr_alias there"
        )
    home = Stack.of(resource)
    return f"arn:{home.partition}:s3:{home.region}:{home.account}:accesspoint/{resource.ref}"


def name_by_arn(arn: str, name: str) -> str:
    """What an imported bucket is called in a URI: its name; of an access point the ARN, which leads to it.

    CDK takes the ARN of an access point for that of a bucket named ``accesspoint``. Raises ``PipelineError`` for the
    ARN of something else.
    """
    if _ACCESS_POINT.fullmatch(arn):
        return arn.replace(":accesspoint:", ":accesspoint/")
    if arn.startswith("arn:") and ":::" not in arn:
        raise PipelineError(f"S3Location: {arn!r} is the ARN of neither a bucket nor an access point; give the bucket")
    return name


def _resource_behind(text: Any) -> Any:
    """The resource that a text refers to, if it is one reference and nothing else."""
    return _reference_behind(text)[0]


def _reference_behind(text: Any) -> tuple[Any, str]:
    """The resource, and the attribute that the text refers to; empty for ``Ref``."""
    token = Tokenization.reverse_string(text) if _is_of_cdk(text) else None
    reference: Any = token.first_token if token is not None and token.length == 1 else None
    name = str(getattr(reference, "display_name", ""))
    return getattr(reference, "target", None), "" if name == "Ref" else name


def _is_of_cdk(text: Any) -> bool:
    """Whether a text holds tokens with CDK's numbers: ``pipeline.definition`` has names, which CDK cannot look up."""
    return has_string_token(text) and unnumbered(text) != text
