"""Writes every file that is generated from botocore: ``python -m scripts.generate``, run in the repository's folder.

The image table comes from the SageMaker SDK, in an environment of its own: see tests/goldens/README.md.
"""

from __future__ import annotations

from scripts import generate_properties, generate_service_model

if __name__ == "__main__":
    generate_service_model.write()
    generate_properties.write()
