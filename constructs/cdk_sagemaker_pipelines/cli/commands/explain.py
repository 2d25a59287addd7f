"""``smpipe explain``: shows what the roles of pipelines may do, and why."""

from __future__ import annotations

import argparse
import json
import sys

from ...language import choices, did_you_mean
from ...review.explain.access import Explanation, explain, of_definition, of_stacks
from ...review.explain.as_json import as_json, json_shared
from ...review.explain.reasons import Pipeline
from ...review.explain.roles import Roles
from ...review.explain.text import shared, text, unused
from ...review.reading.files import Found, Unreadable
from ...review.reading.stacks import Template, linked
from .. import sources
from ..errors import CommandError
from ..output import text_width
from ..remote_sources import Account


def run(options: argparse.Namespace) -> int:
    """Prints the roles of each pipeline, or what of their permissions executions used."""
    if options.used:
        from ..used_permissions import show  # needs boto3, which explaining files does not

        return show(options)
    contents = sources.contents(options.source, Account.of(options))
    stacks = linked([content for content in contents if isinstance(content, Template)])
    found = [of_definition(content) if isinstance(content, Found) else content for content in contents]
    pipelines = [each for each in (*found, *of_stacks(stacks)) if isinstance(each, (Pipeline, Unreadable))]
    roles = Roles(stacks)
    explanations = explain([_readable(each) for each in pipelines], roles)
    if not explanations:
        raise CommandError(f"{options.source} holds no pipeline; run 'cdk synth' first")
    others = roles.unused({explained.role.arn for each in explanations for explained in each.roles})
    if options.pipeline:
        explanations, others = _chosen(explanations, options.pipeline, options.source), []
    sources.tell_errors(
        each
        for each in sources.definitions(contents, options.source)
        if isinstance(each, Found) and options.pipeline in (None, each.name, each.path)
    )
    if options.json:
        document = {
            "pipelines": [as_json(each) for each in explanations],
            "everybody": json_shared(roles.shared),
            "otherRoles": [role.path for role in others],
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    width = text_width(options.width)
    blocks = [text(each, width=width) for each in explanations]
    blocks += [shared(roles.shared, width=width)] if roles.shared else []
    blocks += [unused(others, width=width)] if others else []
    sys.stdout.write("\n\n".join("\n".join(block) for block in blocks) + "\n")
    return 0


def _readable(pipeline: Pipeline | Unreadable) -> Pipeline:
    if isinstance(pipeline, Unreadable):
        raise CommandError(str(pipeline))
    return pipeline


def _chosen(explanations: list[Explanation], name: str, source: str) -> list[Explanation]:
    wanted = [each for each in explanations if name in (each.pipeline.name, each.pipeline.path)]
    if not wanted:
        known = [each.pipeline.path for each in explanations]
        raise CommandError(f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}")
    return wanted
