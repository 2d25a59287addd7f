"""Processing, and the processing jobs of checks: inputs and outputs.

Source: API shapes ``ProcessingInput``, ``ProcessingOutput``, ``ProcessingS3Input``. That two inputs cannot share a
path in the container is AWS Support's explanation of an empty ValidationException.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ....field import Field, repeated
from ....findings import Finding
from ....tokens import is_token
from ...over import over

SCRIPT = re.compile(r"/opt/ml/processing/.*\.(?:py|sh|R|jl|jar|ipynb)", re.IGNORECASE)
INTERPRETER = re.compile(r"(?:.*/)?(?:python[0-9.]*|ba?sh|Rscript|julia)")
JOBS = ("Processing", "ClarifyCheck", "QualityCheck")
ROOT = "/opt/ml/processing/"


@over(*JOBS)
def processing_sources(arguments: Field) -> Iterator[Finding]:
    """An input comes from one place, an output goes to one."""
    for item in arguments.at("ProcessingInputs").items():
        yield from item.exactly_one("processing-source", "S3Input", "DatasetDefinition")
    for item in arguments.at("ProcessingOutputConfig", "Outputs").items():
        yield from item.exactly_one("processing-source", "S3Output", "FeatureStoreOutput")
        if not item.has("FeatureStoreOutput"):
            continue
        managed = item.at("AppManaged")
        if not managed.given or managed.value is False:
            text = "an output to the feature store must be written by the job itself; set AppManaged to true"
            yield item.finding("feature-store-output", text)


@over(*JOBS)
def local_paths(arguments: Field) -> Iterator[Finding]:
    """What is copied into the container has a path there, which nothing else has."""
    paths = []
    for item in arguments.at("ProcessingInputs").items():
        managed = item.at("AppManaged")
        for source in (item.at("S3Input"), item.at("DatasetDefinition")):
            if not source.given:
                continue
            path = source.at("LocalPath")
            text = path.text
            if text is not None and not text.startswith(ROOT):
                yield path.finding("local-path", f"is {text!r}; needs a path below {ROOT}")
            if managed.given and managed.value is not False:
                continue
            if source.is_object and not path.given:
                yield source.finding("local-path", f"needs the member 'LocalPath', a path below {ROOT}")
            paths.append(path)
    yield from repeated("local-path", paths, "input at")
    for path in arguments.every("ProcessingOutputConfig", "Outputs[]", "S3Output", "LocalPath"):
        text = path.text
        if text and not text.startswith("/"):
            told = f"is {text!r}; needs the absolute path in the container, such as {ROOT}output"
            yield path.finding("local-path", told, "warning")


@over("Processing")
def entry_points(arguments: Field) -> Iterator[Finding]:
    """The script that a job starts comes with an input, unless it is in the image."""
    entrypoint = arguments.at("AppSpecification", "ContainerEntrypoint").items()
    first = arguments.at("AppSpecification", "ContainerArguments").items()[:1]
    called = entrypoint and INTERPRETER.fullmatch(entrypoint[-1].text or "")
    inputs = arguments.at("ProcessingInputs")
    paths = [
        (item, path)
        for item in inputs.items()
        for source in ("S3Input", "DatasetDefinition")
        for path in item.every(source, "LocalPath")
    ]
    if (inputs.given and not isinstance(inputs.value, list)) or any(path.text is None for _, path in paths):
        return  # what they contain, and where it goes, is only known at run time
    for script in (*entrypoint, *(first if called else ())):
        if script.text is None or not SCRIPT.fullmatch(script.text):
            continue
        folder, name = posixpath.split(posixpath.normpath(script.text))
        files = [_file(item) for item, path in paths if posixpath.normpath(str(path.text)) == folder]
        if not any(_holds(str(path.text), folder) for _, path in paths):
            text = f"is {script.text!r}, a file that no input contains; give an input with the LocalPath {folder!r}"
            yield script.finding("entry-point", f"{text}, or use an image that has it", "warning")
        elif files and all(files) and name not in files:
            text = f"is {script.text!r}, but the input there contains {files[0]!r}"
            yield script.finding("entry-point", text, "warning")


def _holds(folder: str, inner: str) -> bool:
    return f"{inner}/".startswith(f"{posixpath.normpath(folder)}/")


def _file(item: Field) -> str | None:
    """The script of an input that is a single file; what precedes its name may be unknown."""
    uri = item.at("S3Input", "S3Uri").value
    name = posixpath.basename(uri) if isinstance(uri, str) else ""
    return name if SCRIPT.fullmatch(f"{ROOT}{name}") and not is_token(name) else None


@over("Processing")
def streamed_compression(arguments: Field) -> Iterator[Finding]:
    """Only streamed inputs are decompressed; for Clarify's data the SDK says otherwise."""
    for source in arguments.every("ProcessingInputs[]", "S3Input"):
        compression, mode = source.at("S3CompressionType"), source.at("S3InputMode")
        if compression.value == "Gzip" and (not mode.given or mode.value == "File"):
            text = (
                "'Gzip' only works with the S3InputMode 'Pipe'; leave it out, and let the job decompress what it reads"
            )
            yield compression.finding("gzip-input", text)


@over(*JOBS)
def processing_names(arguments: Field) -> Iterator[Finding]:
    """References identify inputs and outputs by name, so a second one with the same name cannot be read."""
    inputs = arguments.every("ProcessingInputs[]", "InputName")
    outputs = arguments.every("ProcessingOutputConfig", "Outputs[]", "OutputName")
    yield from repeated("duplicate-name", inputs, "input", "warning")
    yield from repeated("duplicate-name", outputs, "output", "warning")
