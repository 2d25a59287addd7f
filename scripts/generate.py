"""Writes what is generated: from botocore, cfn-lint, IAM's reference and steps' fields. ``python -m scripts.generate``.

Run it in the repository's folder.

The image table comes from the SageMaker SDK, in an environment of its own: see tests/goldens/README.md.
"""

from __future__ import annotations

from scripts import generate_actions, generate_properties, generate_regions, generate_service_model, generate_signatures

if __name__ == "__main__":
    generate_actions.write()
    generate_service_model.write()
    generate_properties.write()
    generate_regions.write()
    generate_signatures.write()
