"""A local AWS in an environment that also holds the SageMaker SDK, as users may install them, until its input ends.

Arguments: region and account. Prints the variables that lead a client to it, as a line of JSON.
"""

from __future__ import annotations

import json
import sys

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

with EmbeddedAws(*sys.argv[1:]) as aws:
    print(json.dumps(aws.environment()), flush=True)
    sys.stdin.read()
