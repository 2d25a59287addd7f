"""The arguments of the commands that read files."""

from __future__ import annotations

from pathlib import Path

from .common import EXECUTION, AddCommand, account, as_json, parameters, width

FORMATS = ("text", "svg", "mermaid", "dot")
SUFFIXES = {".svg": "svg", ".mmd": "mermaid", ".dot": "dot", ".txt": "text", ".json": "json"}
"""The format of a picture, by the end of its file's name."""
SOURCE = (
    "a definition (JSON), a template, a cdk.out directory, - for standard input, git:REV:PATH for one of these in a "
    "commit, aws:NAME or a name alone for a deployed pipeline"
)
FILE = "a definition (JSON), a template, a cdk.out directory, or - for standard input"


def draw(add: AddCommand) -> None:
    """``smpipe draw``."""
    draw = add(
        "draw",
        help="draw the graphs of pipelines",
        description="Draw the graphs of pipelines: of all that the source holds. Above 60 boxes, steps that are alike, "
        "in a row or inside others are drawn as one, and the picture says so.",
    )
    draw.add_argument(
        "source",
        help=f"{SOURCE}, even if a folder without templates has the same name",
    )
    draw.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    draw.add_argument(
        "--execution",
        nargs="?",
        const="",
        metavar="ID",
        help="of the deployed pipeline: draw what became of its steps in this execution, by ID or display name; "
        "without a value in the latest",
    )
    draw.add_argument("--format", choices=FORMATS, help="default: that of the file's name with --out, else text")
    as_json(draw, "the graph, without folding anything,")
    draw.add_argument("--out", metavar="FILE", help=f"write to this file: {', '.join(SUFFIXES)}")
    draw.add_argument("--whole", action="store_true", help="draw each step, however many there are")
    width(draw)
    account(draw)


def check(add: AddCommand) -> None:
    """``smpipe check``."""
    check = add(
        "check",
        help="find what is wrong in a pipeline",
        description="Find what is wrong in pipeline definitions, whoever wrote them: a line for each finding, "
        "'file: step: code: text'. The exit code is 0 without errors (warnings do not count unless --strict is "
        "given), 1 with errors, 2 when something could not be read.",
    )
    check.add_argument("sources", nargs="+", metavar="FILE", help=SOURCE)
    as_json(check, "the findings")
    check.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    account(check)


def diff(add: AddCommand) -> None:
    """``smpipe diff``."""
    diff = add(
        "diff",
        help="show what differs between two pipelines",
        description="Show what differs in meaning between two pipelines: parameters, steps, their arguments, their "
        "place and what they wait for. The exit code is 0 when nothing differs, 1 when something does, 2 when "
        "something could not be read.",
    )
    diff.add_argument("old", metavar="OLD", help=SOURCE)
    diff.add_argument("new", metavar="NEW", help="the same")
    diff.add_argument("--pipeline", metavar="NAME", help="which one, where a source holds several")
    form = diff.add_mutually_exclusive_group()
    as_json(form, "the difference")
    form.add_argument("--markdown", action="store_true", help="print a comment for a pull request")
    diff.add_argument(
        "--prices",
        metavar="FILE",
        help="the price of an hour by instance type, as JSON ('smpipe prices pull' writes it): also show what an "
        "execution can cost at most",
    )
    width(diff)
    account(diff)


def prices(add: AddCommand) -> None:
    """``smpipe prices``."""
    prices = add(
        "prices",
        help="write what instances cost",
        description="Ask AWS's Pricing API what an hour of each instance type costs on demand in a region, in US "
        "dollars, for 'smpipe diff --prices'.",
    )
    prices.add_argument("action", choices=["pull"], help="pull: ask for them now")
    prices.add_argument("--out", metavar="FILE", help="default: standard output")
    as_json(prices, "them, which it does anyway,")
    account(prices)


def quotas(add: AddCommand) -> None:
    """``smpipe quotas``."""
    quotas = add(
        "quotas",
        help="write how many instances the account may have",
        description="Ask Service Quotas how many instances of each type SageMaker lets the account have in a region, "
        "for the rules of a team: TeamRules(quotas=FILE).",
    )
    quotas.add_argument("action", choices=["pull"], help="pull: ask for them now")
    quotas.add_argument("--out", metavar="FILE", help="default: standard output")
    as_json(quotas, "them, which it does anyway,")
    account(quotas)


def explain(add: AddCommand) -> None:
    """``smpipe explain``."""
    explain = add(
        "explain",
        help="show what a pipeline's roles may do, and why",
        description="Show what the roles of pipelines may do: each permission, on what, and which field of which step "
        "needs it; what was granted in code; and what is only known at run time, so that it cannot be derived. "
        "With --used: which of them executions on the local AWS used, which they never did, and what they were not "
        "allowed. The exit code is 2 when something could not be read.",
    )
    which = explain.add_mutually_exclusive_group(required=True)
    which.add_argument("source", nargs="?", metavar="FILE", help=SOURCE)
    which.add_argument("--used", nargs="+", metavar="EXECUTION", help=f"on the local AWS: {EXECUTION}")
    explain.add_argument("--markdown", action="store_true", help="with --used: print Markdown")
    explain.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    as_json(explain)
    width(explain)
    account(explain)


def import_(add: AddCommand) -> None:
    """``smpipe import``."""
    command = add(
        "import",
        help="write a pipeline that was made elsewhere as code with typed steps",
        description="Write a pipeline that was made elsewhere, with the SageMaker SDK, in the console or in a "
        "template, as a stack of CDK with typed steps. The code is made and compared before it is written: it means "
        "the same as the definition. What has no field is in overrides, and a step that no class can express "
        "is a RawStep.",
    )
    command.add_argument("source", help=SOURCE)
    command.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    command.add_argument("--out", metavar="FILE", type=Path, help="the file to write; default: standard output")
    command.add_argument(
        "--format", choices=("python", "yaml"), default="python", help="yaml: for Pipeline.from_file; default: python"
    )
    as_json(command, "what was written")
    account(command)


def schema(add: AddCommand) -> None:
    """``smpipe schema``."""
    command = add(
        "schema",
        help="print the JSON Schema of pipelines in files",
        description="Print the JSON Schema of the YAML and TOML files that Pipeline.from_file reads, for editors.",
    )
    as_json(command, "it")


def environments(add: AddCommand) -> None:
    """``smpipe environments``."""
    command = add(
        "environments",
        help="list the accounts and regions of an app",
        description="List the environments of an app, and what each resolves to: the partition, how it is "
        "bootstrapped, the ARN of the permissions boundary, the network, and where its images come from. Nothing is "
        "asked of AWS.",
    )
    command.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="JSON, YAML or TOML; default: environments.json, .yaml or .toml here, or the context of cdk.json",
    )
    as_json(command, "them")


def init(add: AddCommand) -> None:
    """``smpipe init``."""
    command = add(
        "init",
        help="write a project to start from",
        description="Write a project to start from: a pipeline with the scripts of its jobs, tests, and workflows for "
        "GitHub. Nothing that exists is overwritten: the folder must be new or empty, but for .git, .venv and "
        "node_modules.",
    )
    command.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="FOLDER", help="default: the working directory"
    )
    command.add_argument("--name", help="of the stack, the pipeline and its models; default: the folder's name")
    as_json(command, "what was written")


def run(add: AddCommand) -> None:
    """``smpipe run``."""
    run = add(
        "run",
        help="play a pipeline through, without any AWS",
        description="Play a pipeline through in the engine alone: no AWS, no jobs. Every step succeeds at once, unless "
        "a file of outcomes says otherwise; so it shows which steps run for which parameters and results. The exit "
        "code is 0 when the execution succeeds, else 1.",
    )
    run.add_argument("source", metavar="FILE", help=FILE)
    run.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    run.add_argument("--outcomes", metavar="FILE", type=Path, help="how steps end, as for 'smpipe local --outcomes'")
    parameters(run)
    as_json(run)
