"""The job of the pipeline in ``environments.py``: writes the text that it is given."""

import sys
from pathlib import Path

Path("/opt/ml/processing/output/text/text.txt").write_text(sys.argv[-1])
