#!/usr/bin/env bash
# Writes the goldens and the table of images anew with the SageMaker Python SDK, in an environment of its own.
# SDK_PYTHON=<python> takes one that has the SDK already. Arguments go to make.py: --check compares and writes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ -z "${SDK_PYTHON:-}" ]; then
  SDK_PYTHON=build/sagemaker-sdk/bin/python
  if [ ! -x "$SDK_PYTHON" ]; then
    python3 -m venv build/sagemaker-sdk
    "$SDK_PYTHON" -m pip install --quiet 'sagemaker==2.257.7'
  fi
fi
if [ "${1:-}" != --check ]; then
  "$SDK_PYTHON" scripts/generate_images.py
  "$SDK_PYTHON" tests/goldens/make_image_uris.py
fi
"$SDK_PYTHON" tests/goldens/make.py "$@"
