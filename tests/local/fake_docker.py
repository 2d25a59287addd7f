"""Stands in for the ``docker`` command: writes down how it is called, and plays the container as a process.

FAKE_DOCKER names a folder: ``calls`` gets a JSON list for each call; a container's program is the file there with the
name of its image, run with the variables of the container, ``ML``, where its /opt/ml is, and ``PORT``, if one is
published. What else a container is, is not played: no image, no user, no network. ``ps`` there is the answer of
``docker ps``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(os.environ["FAKE_DOCKER"])


def options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options of ``docker run`` and what follows them; each is written as --name=value or is a switch."""
    found: dict[str, str] = {}
    while words and words[0].startswith("--"):
        name, _, value = words.pop(0).partition("=")
        found[name] = value
    return found, words


def run(words: list[str]) -> int:
    """Plays ``docker run``."""
    given, (image, *arguments) = options(words)
    program = HERE / re.sub(r"\W", "_", image)
    if not program.is_file():
        sys.stderr.write(f"docker: Error response from daemon: pull access denied for {image}\n")
        return 125
    lines = Path(given["--env-file"]).read_text("utf-8").splitlines()
    (HERE / "environment.json").write_text(json.dumps(dict(line.split("=", 1) for line in lines)))
    (source,) = re.findall(r'"source=([^"]+)"', given["--mount"])
    command = [sys.executable, str(program), given.get("--entrypoint", ""), *arguments]
    environment = {**dict(line.split("=", 1) for line in lines), "ML": source, "PATH": os.environ["PATH"]}
    if "--publish" in given:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            environment["PORT"] = str(probe.getsockname()[1])
        (HERE / f"{given['--name']}.port").write_text(f"127.0.0.1:{environment['PORT']}\n")
    container = subprocess.Popen(command, env=environment, start_new_session=True)
    (HERE / given["--name"]).write_text(str(container.pid))
    signal.signal(signal.SIGTERM, lambda *_: None)  # as of a program that does not listen
    code = container.wait()
    return code if code >= 0 else 128 - code


def main(words: list[str]) -> int:
    """Plays one call."""
    with (HERE / "calls").open("a") as calls:
        calls.write(json.dumps(words) + "\n")
    command, *rest = words
    if command == "run":
        return run(rest)
    if command == "stop":
        os.kill(int((HERE / rest[-1]).read_text()), signal.SIGKILL)
    if command == "port" and (HERE / f"{rest[0]}.port").is_file():
        sys.stdout.write((HERE / f"{rest[0]}.port").read_text())
    if command == "ps" and (HERE / "ps").is_file():
        sys.stdout.write((HERE / "ps").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
