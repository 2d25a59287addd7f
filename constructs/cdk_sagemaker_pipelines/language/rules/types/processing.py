"""Processing, and the processing jobs of checks: inputs and outputs.

Source: API shapes ``ProcessingInput``, ``ProcessingOutput``, ``ProcessingS3Input``. That two inputs cannot have one
place in the container is what AWS's support answers to an empty ValidationException.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import Finding
from ..place import Place, over, repeated

JOBS = ("Processing", "ClarifyCheck", "QualityCheck")
ROOT = "/opt/ml/processing/"


@over(*JOBS)
def processing_sources(arguments: Place) -> Iterator[Finding]:
    """An input comes from one place, an output goes to one."""
    for item in arguments.at("ProcessingInputs").items():
        yield from item.exactly_one("processing-source", "S3Input", "DatasetDefinition")
    for item in arguments.at("ProcessingOutputConfig", "Outputs").items():
        yield from item.exactly_one("processing-source", "S3Output", "FeatureStoreOutput")
        managed = item.at("AppManaged")
        if item.at("FeatureStoreOutput").given and (not managed.given or managed.value is False):
            text = "an output to the feature store is for the job itself to write; set AppManaged to true"
            yield item.finding("feature-store-output", text)


@over(*JOBS)
def local_paths(arguments: Place) -> Iterator[Finding]:
    """What is copied into the container has a path there, and one of its own."""
    paths = []
    for item in arguments.at("ProcessingInputs").items():
        source, managed = item.at("S3Input"), item.at("AppManaged")
        path = source.at("LocalPath")
        if path.text is not None and not path.text.startswith(ROOT):
            yield path.finding("local-path", f"is {path.text!r}; needs a path below {ROOT}")
        if managed.given and managed.value is not False:
            continue
        if source.is_object and not path.given:
            yield source.finding("local-path", f"needs the member 'LocalPath', a path below {ROOT}")
        paths.append(path)
    yield from repeated("local-path", paths, "input at")
    for item in arguments.at("ProcessingOutputConfig", "Outputs").items():
        path = item.at("S3Output", "LocalPath")
        if path.text and not path.text.startswith("/"):
            text = f"is {path.text!r}; needs the whole path in the container, such as {ROOT}output"
            yield path.finding("local-path", text, "warning")


@over("Processing")
def streamed_compression(arguments: Place) -> Iterator[Finding]:
    """Only what is streamed is decompressed; of Clarify's data the SDK says otherwise."""
    for item in arguments.at("ProcessingInputs").items():
        source = item.at("S3Input")
        mode = source.at("S3InputMode")
        if source.at("S3CompressionType").text == "Gzip" and (not mode.given or mode.text == "File"):
            text = "'Gzip' is for the S3InputMode 'Pipe' only; leave it out, and let the job decompress what it reads"
            yield source.at("S3CompressionType").finding("gzip-input", text)


@over(*JOBS)
def processing_names(arguments: Place) -> Iterator[Finding]:
    """References tell inputs and outputs by their names, so a second one of a name cannot be read."""
    inputs = [item.at("InputName") for item in arguments.at("ProcessingInputs").items()]
    outputs = [item.at("OutputName") for item in arguments.at("ProcessingOutputConfig", "Outputs").items()]
    yield from repeated("duplicate-name", inputs, "input", "warning")
    yield from repeated("duplicate-name", outputs, "output", "warning")
