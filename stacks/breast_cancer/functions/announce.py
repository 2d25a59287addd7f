"""Tells the world about a new model; a real one would post this somewhere."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """What is announced is also the step's output."""
    message = f"{event['version']} (AUC {event['auc']}) is {event['approval']}, says {event['reviewer']}"
    print(message)
    return {"message": message}
