"""Puts inference code into a model archive; runs in the training job of a RepackModelStep.

The channel ``model`` holds the archive. The new one is made of what lies under SM_MODEL_DIR at the end.
"""

import os
import shutil
import sys
import tarfile
from pathlib import Path

channel, model = Path(os.environ["SM_CHANNEL_MODEL"]), Path(os.environ["SM_MODEL_DIR"])
archives = [path for path in channel.rglob("*") if path.is_file()]
if len(archives) != 1:
    sys.exit(f"one model archive is needed, found {sorted(path.name for path in archives)}")
with tarfile.open(archives[0]) as archive:
    if hasattr(tarfile, "data_filter"):  # Pythons before 3.12 have it only in late versions
        archive.extraction_filter = tarfile.data_filter
    archive.extractall(model)
shutil.rmtree(model / "code", ignore_errors=True)
shutil.copytree(Path(__file__).parent / "inference", model / "code")
