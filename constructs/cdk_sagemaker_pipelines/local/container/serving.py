"""Serves a model inside a batch transform's process: model_fn, input_fn, predict_fn and output_fn over files.

Run as a script by the job's interpreter; imports nothing from this package. The only argument is the path of a JSON
file:
{"code": directory, "module": name, "model_dir", "content_type", "accept", "joint": text after each answer,
"batches": [{"inputs": [path, ...], "output": path}]}. Functions that the module lacks are the scikit-learn container's
own; model_fn has no default. transform_fn, if there is one, replaces the last three.
Source of the defaults: sagemaker-scikit-learn-container and the encoders of sagemaker-training 5.1.4.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

TEXTS = ("text/csv", "application/json")


def decode(body: Any, content_type: str) -> Any:
    """Converts a request's body to an array; raises ``ValueError`` for a content type without a default."""
    import numpy

    if content_type == "text/csv":
        rows = csv.reader(io.StringIO(body), delimiter=",", quotechar='"', doublequote=True, strict=True)
        array = numpy.array(list(rows)).squeeze()
        try:
            return array.astype(None)
        except ValueError:
            return array
    if content_type == "application/json":
        return numpy.array(json.loads(body))
    if content_type == "application/x-npy":
        return numpy.load(io.BytesIO(body), allow_pickle=True)
    raise ValueError(unsupported(content_type, "input_fn"))


def encode(prediction: Any, accept: str) -> str | bytes:
    """Converts an answer to its body; raises ``ValueError`` for a content type without a default."""
    import numpy

    if accept == "text/csv":
        array = numpy.array(prediction)
        if array.ndim == 1:
            array = array.reshape(-1, 1)
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n", delimiter=",", quotechar='"', doublequote=True, strict=True)
        writer.writerows(array)
        return stream.getvalue()
    if accept == "application/json":
        return json.dumps(prediction, default=lambda value: value.tolist())
    if accept == "application/x-npy":
        buffer = io.BytesIO()
        numpy.save(buffer, prediction)
        return buffer.getvalue()
    raise ValueError(unsupported(accept, "output_fn"))


def unsupported(content_type: str, function: str) -> str:
    """What to do about a content type without a default."""
    known = "text/csv, application/json or application/x-npy"
    return f"content type {content_type!r} has no default; use {known}, or write an {function}"


def default_input_fn(body: Any, content_type: str) -> Any:
    """The scikit-learn container's own."""
    import numpy

    array = decode(body, content_type)
    return array.astype(numpy.float32) if content_type in TEXTS else array


def default_predict_fn(data: Any, model: Any) -> Any:
    """The scikit-learn container's own."""
    return model.predict(data)


def as_bytes(answer: Any) -> bytes:
    """The body of what output_fn returned: a string, bytes, a (body, content type) pair or a response object."""
    if isinstance(answer, tuple):
        answer = answer[0]
    if hasattr(answer, "get_data"):
        answer = answer.get_data()
    if isinstance(answer, str):
        return answer.encode("utf-8")
    return bytes(answer)


def transformer(module: ModuleType, model: Any) -> Callable[[Any, str, str], Any]:
    """The function that maps a body, its content type and the accepted one to an answer."""
    own = getattr(module, "transform_fn", None)
    if own is not None:
        return lambda body, content_type, accept: own(model, body, content_type, accept)
    read = getattr(module, "input_fn", default_input_fn)
    predict = getattr(module, "predict_fn", default_predict_fn)
    write = getattr(module, "output_fn", encode)
    return lambda body, content_type, accept: write(predict(read(body, content_type), model), accept)


def main(path: str) -> None:
    """Answers every payload that the file at ``path`` names."""
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    sys.path.insert(0, job["code"])
    module = importlib.import_module(job["module"])
    if not hasattr(module, "model_fn"):
        raise SystemExit(f"{module.__file__} has no model_fn(model_dir); it must load and return the model")
    transform = transformer(module, module.model_fn(job["model_dir"]))
    joint = job["joint"].encode("utf-8")
    for batch in job["batches"]:
        with open(batch["output"], "wb") as output:
            for payload in batch["inputs"]:
                with open(payload, "rb") as file:
                    body = file.read()
                content = body.decode("utf-8") if job["content_type"] in TEXTS else body
                answer = as_bytes(transform(content, job["content_type"], job["accept"]))
                if joint and answer.endswith(joint):
                    answer = answer[: -len(joint)]
                output.write(answer + joint)


if __name__ == "__main__":
    main(sys.argv[1])
