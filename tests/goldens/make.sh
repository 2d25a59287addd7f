#!/usr/bin/env bash
# Writes the goldens and the table of images anew with two versions of the SageMaker Python SDK, each in an environment
# of its own. SDK_PYTHON and SDK3_PYTHON take one that has the SDK already.
# --check compares the goldens and writes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

sdk2=$(python3 tests/goldens/environment.py 2)
sdk3=$(python3 tests/goldens/environment.py 3)
if [ "${1:-}" != --check ]; then
  "$sdk2" scripts/generate_images.py
  "$sdk2" tests/goldens/make_image_uris.py
  "$sdk2" tests/goldens/make_image_regions.py
  "$sdk2" tests/goldens/make_names.py
  "$sdk3" tests/goldens/make_names.py
fi
different=0
for python in "$sdk2" "$sdk3"; do
  "$python" tests/goldens/make.py "$@" || different=1
done
exit $different
