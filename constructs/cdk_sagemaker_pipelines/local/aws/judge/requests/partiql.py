"""What the statements of PartiQL, DynamoDB's SQL, need: an action by their first word, on the table that they name.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .call import Call

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[\w:/-]+|\S""")
_BEFORE_THE_TABLE = {"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}
"""The word before the name of the table, by the first word of a statement."""


def asked(call: Call) -> Iterator[tuple[str, str]]:
    """The actions of the statements of a request, each with the ARN of its table, or of an index of that."""
    single = [call.values] if "Statement" in call.values else []
    for each in (*single, *(call.get("Statements", "TransactStatements") or ())):
        yield _asked(call, str(each.get("Statement", "")))


def _asked(call: Call, statement: str) -> tuple[str, str]:
    """Of a statement that cannot be read all tables are asked for; the service refuses it."""
    tokens = _TOKEN.findall(statement)
    words = [token.upper() for token in tokens]
    if words[:2] == ["EXISTS", "("]:
        tokens, words = tokens[2:], words[2:]
    verb = words[0] if words else ""
    before = _BEFORE_THE_TABLE.get(verb, "")
    action = f"dynamodb:PartiQL{verb.title() if before else 'Select'}"
    if before not in words:
        return action, "*"
    name, dot, index = (*tokens[words.index(before) + 1 :], "", "", "")[:3]
    table = name.strip('"')
    if not re.fullmatch(r"[\w:/.-]+", table):
        return action, "*"
    arn = table if table.startswith("arn:") else call.arn(f"table/{table}")
    return action, f"{arn}/index/{index.strip(chr(34))}" if dot == "." else arn
