"""Reads the score out of the model's archive."""

import json
import tarfile
from pathlib import Path

assert list(Path("/opt/ml/processing/best").glob("*.tar.gz"))
with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    found = archive.extractfile("alpha")
    assert found is not None
    score = float(found.read())
out = Path("/opt/ml/processing/report")
out.mkdir(parents=True, exist_ok=True)
(out / "report.json").write_text(json.dumps({"score": score}))
