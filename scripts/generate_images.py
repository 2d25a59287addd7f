"""Writes properties/image_data.json: the registries and tags of SageMaker's framework and algorithm images.

Run it with the Python of an environment that has the SageMaker SDK, and no other package of this repository:
``python -m venv X && X/bin/pip install sagemaker==2.257.7 && X/bin/python scripts/generate_images.py``.
The facts come from the SDK's folder ``image_uri_config`` (Apache-2.0, Amazon.com) and the partitions from botocore.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "constructs/cdk_sagemaker_pipelines/properties/image_data.json"

FRAMEWORKS = (
    *("xgboost", "sklearn", "pytorch", "tensorflow", "mxnet", "chainer", "autogluon", "pytorch-smp"),
    *("huggingface", "huggingface-llm", "djl-lmi", "sagemaker-tritonserver", "sparkml-serving"),
    *("spark", "clarify", "model-monitor", "debugger", "data-wrangler", "sagemaker-distribution"),
    *("blazingtext", "image-classification", "object-detection", "semantic-segmentation", "seq2seq"),
    *("linear-learner", "kmeans", "knn", "pca", "ntm", "factorization-machines", "randomcutforest"),
    *("object2vec", "ipinsights", "forecasting-deepar", "lda"),
    *("coach-mxnet", "coach-tensorflow", "ray-pytorch", "ray-tensorflow", "vw"),
)
WITHOUT_SCOPES = {"eia"}  # Elastic Inference was discontinued

# image_uris.py of the SDK, not its data: tags of Graviton images that follow no rule
ARM_TAGS = {
    ("xgboost", "1.5-1"): "1.5-1-arm64",
    ("xgboost", "1.3-1"): "1.3-1-arm64",
    ("sklearn", "1.0-1"): "1.0-1-arm64-cpu-py3",
}


def generate() -> str:
    """The text of the table."""
    folder = Path(str(distribution("sagemaker").locate_file("sagemaker/image_uri_config")))
    registries: list[dict[str, str]] = []
    families: dict[str, list[dict[str, Any]]] = {}
    for framework in FRAMEWORKS:
        config = json.loads((folder / f"{framework}.json").read_text(encoding="utf-8"))
        for scope, table in _scopes(config):
            for name, normal in _tables(framework, scope, table, registries):
                _add(families.setdefault(name, []), scope, normal)
    return _lines(
        {
            "source": f"image_uri_config of sagemaker {version('sagemaker')} (Apache-2.0); scripts/generate_images.py",
            "registries": registries,
            "images": dict(sorted(families.items())),
        }
    )


def _scopes(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for scope in config.get("scope", config):
        if scope not in WITHOUT_SCOPES:
            yield scope, config if "scope" in config else config[scope]


def _tables(
    framework: str, scope: str, table: dict[str, Any], registries: list[dict[str, str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The table of a framework in a uniform shape; Hugging Face has one for each framework below it."""

    def images(number: str, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """The images of a version: one, or one for each version of Python."""
        found = [entry] if "repository" in entry else list(entry.values())
        versions = [entry.get("py_versions")] if "repository" in entry else [[py] for py in entry]
        return [
            _image(framework, scope, number, item, py_versions, table.get("processors"), registries)
            for item, py_versions in zip(found, versions, strict=True)
        ]

    aliases = table.get("version_aliases", {})
    if framework != "huggingface":
        numbers = {number: images(number, entry) for number, entry in table["versions"].items()}
        yield framework, {"aliases": aliases, "versions": numbers}
        return
    for base in ("pytorch", "tensorflow"):
        normal: dict[str, Any] = {"aliases": {}, "versions": {}}
        for number, entry in table["versions"].items():
            bases = {name: name for name in entry if name != "version_aliases"} | entry.get("version_aliases", {})
            typed = [number, *(alias for alias, target in aliases.items() if target == number)]
            for name, target in bases.items():
                if not name.startswith(base):
                    continue
                full = f"{target.removeprefix(base)}-transformers{number}"
                normal["versions"][full] = images(full, entry[target])
                for one in typed:
                    alias = f"{name.removeprefix(base)}-transformers{one}"
                    if alias != full:
                        normal["aliases"][alias] = full
        yield f"huggingface-{base}", normal


def _image(
    framework: str,
    scope: str,
    number: str,
    entry: dict[str, Any],
    py_versions: list[str] | None,
    processors: list[str] | None,
    registries: list[dict[str, str]],
) -> dict[str, Any]:
    if entry["registries"] not in registries:
        registries.append(entry["registries"])
    image: dict[str, Any] = {
        "registry": registries.index(entry["registries"]),
        "repository": entry["repository"],
        "tag": entry.get("tag_prefix"),
        "processors": processors or entry.get("processors"),
        "py_versions": py_versions,
        "suffixes": entry.get("container_version"),
    }
    if scope == "inference_graviton":
        if (framework, number) in ARM_TAGS:
            image |= {"tag": ARM_TAGS[framework, number], "processors": None, "py_versions": None}
        elif image["suffixes"]:
            image["suffixes"] = {key: f"{value}-sagemaker" for key, value in image["suffixes"].items()}
    if framework == "spark":
        image["py_version_is_optional"] = True
    if framework == "sagemaker-tritonserver":
        image["unnamed_processor"] = "gpu"
    return {key: value for key, value in image.items() if value is not None}


def _add(tables: list[dict[str, Any]], scope: str, normal: dict[str, Any]) -> None:
    """Adds a table, or adds the scope to an identical table."""
    if not normal["versions"]:
        return
    for table in tables:
        if {key: table[key] for key in normal} == normal:
            table["scopes"].append(scope)
            return
    tables.append({"scopes": [scope], **normal})


def _lines(document: dict[str, Any]) -> str:
    """JSON with one line per entry, so that a newer SDK produces a readable diff."""
    blocks = []
    for key, value in document.items():
        if isinstance(value, str):
            blocks.append(f'"{key}":{_compact(value)}')
        elif isinstance(value, list):
            blocks.append(f'"{key}":[\n' + ",\n".join(map(_compact, value)) + "\n]")
        else:
            blocks.append(
                f'"{key}":{{\n' + ",\n".join(f"{_compact(k)}:{_compact(v)}" for k, v in value.items()) + "\n}"
            )
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
