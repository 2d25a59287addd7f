"""Whether IAM allows a request: policies, requests and the decision about them. Pure Python, without moto and AWS.

```python
policy = Policy.parse(document, "Read")
request = Request(Principal.session(role_arn, "job"), "s3:GetObject", object_arn, owner="111122223333")
verdict = decide(request, ApplicablePolicies(identity=(policy,), resource=bucket_policy))
if not verdict.allowed:
    print(verdict.message)  # User: ... is not authorized to perform: s3:GetObject on resource: ... because ...
```
"""

from .decision import ApplicablePolicies, decide
from .errors import PolicyError, UndecidedError
from .policy import EVERYTHING, Policy
from .principals import Principal
from .request import Request
from .verdict import Decision, Kind, Verdict

__all__ = [
    "ApplicablePolicies",
    "Decision",
    "EVERYTHING",
    "Kind",
    "Policy",
    "PolicyError",
    "Principal",
    "Request",
    "UndecidedError",
    "Verdict",
    "decide",
]
