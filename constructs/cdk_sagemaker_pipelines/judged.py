"""What of a pipeline is judged with CDK at hand: the wildcards of its permissions, and whom its definition names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from .iam import wildcards
from .iam.places import Place
from .iam.trust import Given, Name, untrusted
from .inventory import Inventory
from .language import Definition, Finding
from .language.rendering import lines
from .language.rules import Rule, Subject
from .properties.image_uris import is_aws_account
from .text import said


def rules(
    definition: Definition, place: Place, given: Mapping[str, Given], mine: Collection[str], app: Inventory
) -> list[Rule]:
    """The rules, to be run with the others.

    ``given``: what was written as the service takes it, by the step's name. ``mine``: the names of what constructs have
    bound to the pipeline already; what else the ``app`` has is looked for when it is asked for.
    """
    values = said(lines(definition.json), app.stack)

    def known(name: Name) -> bool:
        of_aws = name.kind == "image" and is_aws_account(name.account)
        return of_aws or name.text in mine or app.has(name)

    def names(subject: Subject) -> Iterator[Finding]:
        finding = untrusted(subject.definition, place, given, known)
        if finding is not None:
            yield finding

    return [wildcards.rule(place, lambda token: values.get(token, ())), names]
