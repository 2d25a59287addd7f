"""Stands in for the person who reviews a model; a real one would be sent the token, and answer with it."""

from typing import Any


def handler(inputs: dict[str, Any]) -> dict[str, str]:
    """Approves very good models at once and leaves others to be approved in the registry."""
    print(f"the evaluation is at {inputs['report']}")
    approval = "Approved" if float(inputs["auc"]) >= 0.97 else "PendingManualApproval"
    return {"approval": approval, "reviewer": "an automatic colleague"}
