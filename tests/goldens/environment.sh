#!/usr/bin/env bash
# Prints the Python that has the SageMaker Python SDK; makes its environment when there is none.
# environment.sh [2|3]: the SDK's major version, 2 when not given.
# SDK_PYTHON=<python> (SDK3_PYTHON for 3) takes one that has the SDK already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case "${1:-2}" in
  2) version=2.257.7 folder=build/sagemaker-sdk python=${SDK_PYTHON:-} ;;
  3) version=3.27.0 folder=build/sagemaker-sdk-3 python=${SDK3_PYTHON:-} ;;
  *) echo "environment.sh: $1 is no version of the SDK; allowed are 2 and 3" >&2; exit 2 ;;
esac
if [ -z "$python" ]; then
  python="$PWD/$folder/bin/python"
  if ! [ -x "$python" ] || ! "$python" -c 'import sagemaker' >/dev/null 2>&1; then
    python3 -m venv "$folder" >&2
    "$python" -m pip install --quiet "sagemaker==$version" >&2
  fi
fi
echo "$python"
