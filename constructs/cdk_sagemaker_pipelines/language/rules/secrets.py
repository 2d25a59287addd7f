"""Rules over secrets in plain text: whoever may describe the pipeline, an execution or a job can read them.

The service accepts them, and a value may be a dummy, so they are warnings, to be acknowledged with a reason. ``secret``
is judged by the form of the value, ``secret-name`` only by the name of its field. No finding shows the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..findings import Finding
from ..later import later_pattern
from ..tokens import STRING_TOKEN, has_string_token, is_token
from .subject import Subject
from .values import Text

ADVICE = (
    "anyone who may describe the pipeline or its jobs can read it; keep it in Secrets Manager and let the job fetch it"
)


class Form(NamedTuple):
    """What a kind of secret looks like; ``mark`` is part of each one, and fast to look for."""

    mark: str
    words: str
    pattern: str  # compiled when a text has the mark, which is seldom


_REST = r"(?![A-Za-z0-9])"
FORMS = (
    *(Form(mark, "an AWS access key ID", rf"(?<![A-Za-z0-9]){mark}[A-Z2-7]{{16}}{_REST}") for mark in ("AKIA", "ASIA")),
    *(Form(mark, "an AWS session token", rf"{mark}[A-Za-z0-9+/=]{{60,}}") for mark in ("IQoJb3JpZ2lu", "FwoGZXIvYXdz")),
    Form("PRIVATE KEY", "a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY"),
    *(Form(f"gh{kind}_", "a GitHub token", rf"gh{kind}_[A-Za-z0-9]{{36,}}") for kind in "pousr"),
    Form("github_pat_", "a GitHub token", r"github_pat_\w{22,}"),
    Form("glpat-", "a GitLab token", r"glpat-[\w\-]{20,}"),
    Form("xox", "a Slack token", r"xox[abeprs]-\d[\w\-]{9,}"),
    Form("hooks.slack.com/", "a Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/\w+/\w+/\w+"),
    Form("hf_", "a Hugging Face token", rf"(?<!\w)hf_[A-Za-z0-9]{{30,}}{_REST}"),
    Form("sk-", "an API key", r"(?<![\w\-])sk-(?:[A-Za-z0-9]{40,}|(?:proj|ant|svcacct)-[\w\-]{40,})"),
    Form("_live_", "a Stripe key", r"(?<!\w)[rs]k_live_[A-Za-z0-9]{20,}"),
    Form("dapi", "a Databricks token", rf"(?<![A-Za-z0-9])dapi[0-9a-f]{{32}}{_REST}"),
    Form("SG.", "a SendGrid key", r"(?<!\w)SG\.[\w\-]{16,}\.[\w\-]{16,}"),
    Form("AIza", "a Google API key", rf"(?<!\w)AIza[\w\-]{{35}}{_REST}"),
    Form("npm_", "an npm token", rf"(?<!\w)npm_[A-Za-z0-9]{{36}}{_REST}"),
    Form("pypi-AgE", "a PyPI token", r"pypi-AgE[\w\-]{50,}"),
    Form("eyJ", "a JSON Web Token", r"(?<![\w\-])eyJ[\w\-]{10,}\.eyJ[\w\-]{10,}\.[\w\-]{10,}"),
    Form("://", "a URL with a password", r"(?<=[A-Za-z0-9+.\-])://[^\s/:@]*:(?![<{$*])[^\s/@]{3,}@[^\s]"),
    Form("ccountKey=", "a connection string with a key", r"[Aa]ccountKey=[A-Za-z0-9+/=]{40,}"),
    Form("{{resolve:s", "a secret that CloudFormation resolves", r"\{\{resolve:(?:secretsmanager|ssm-secure):"),
)
_ANY_MARK = later_pattern("|".join(re.escape(form.mark) for form in FORMS))


def secrets(subject: Subject) -> Iterator[Finding]:
    """No key, token or password is in the definition."""
    forms = {text: form for text in subject.values.distinct if (form := _known_form(text)) is not None}
    before: Text | None = None
    names: dict[int, str] = {}
    for one in subject.values.texts:
        form = forms.get(one.text)
        if form is not None:
            yield _finding(form, one)
            continue
        if one.part in ("Key", "Name"):
            names[id(one.around)] = one.text
        named = _named(one, names, before.text if before is not None and before.around is one.around else "")
        before = one
        if named is not None and is_secret_name(named[0]) and _is_value(*named):
            told = f"the name {named[0]!r} suggests a secret, and its value is in plain text here: {ADVICE}"
            yield Finding("secret-name", told, one.step, one.location.where, "warning")


def secrets_behind(said: Callable[[str], Iterable[str]]) -> Callable[[Subject], Iterator[Finding]]:
    """As ``secrets``, of what tokens turn out to be. ``said``: the literal texts in the value of a token."""

    def rule(subject: Subject) -> Iterator[Finding]:
        forms = {text: form for text in subject.values.distinct if (form := behind(text)) is not None}
        for one in subject.values.texts if forms else ():
            if one.text in forms:
                yield _finding(forms[one.text], one)

    def behind(text: str) -> Form | None:
        if not has_string_token(text) or _known_form(text) is not None:
            return None
        return _known_form(STRING_TOKEN.sub(lambda match: "".join(said(match[0])) or match[0], text))

    return rule


def _finding(form: Form, one: Text) -> Finding:
    told = f"it looks like {form.words}, which is in plain text here: {ADVICE}"
    return Finding("secret", told, one.step, one.location.where, "warning")


def _known_form(text: str) -> Form | None:
    if len(text) < 16 or not _ANY_MARK.search(text):
        return None
    return next((form for form in FORMS if form.mark in text and re.search(form.pattern, text)), None)


def _named(one: Text, names: dict[int, str], previous: str) -> tuple[str, str] | None:
    """The name that a text is given for, and the value: in a map, in a pair, or in a command's options."""
    _, around, part, text = one
    if isinstance(part, int):
        if around is not None and around.part == "EnumValues":
            return names.get(id(around.around), ""), text
        exported = _EXPORT.search(text)
        if exported:
            return exported[1], exported[2]
        name, equals, value = text.partition("=")
        if equals and _OPTION.fullmatch(name):
            return name.lstrip("-"), value
        return (previous.lstrip("-"), text) if previous.startswith("--") and not text.startswith("-") else None
    if part in ("Value", "DefaultValue"):
        return names.get(id(around), ""), text
    return part, text


_OPTION = later_pattern(r"-{0,2}[A-Za-z][\w.\-]*")
_EXPORT = later_pattern(r"\bexport\s+([A-Za-z_]\w*)=[\"']?([^\s\"';&]+)")
_WORDS = later_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = ("password", "passwd", "passphrase", "pwd", "secret", "apikey", "credentials", "dbpass", "bearer")
_SECRET_KEYS = ("api", "access", "account", "auth", "private", "secret", "ssh")
_WITH_A_PASS = ("admin", "database", "db", "login", "mysql", "postgres", "redis", "root", "smtp", "user")
_NO_SECRET_TOKENS = (
    *("bos", "cls", "decoder", "end", "eos", "first", "image", "last", "mask", "max", "min", "next", "pad", "per"),
    *("client", "request", "sep", "special", "start", "stop", "unk"),
)
"""Tokens of language models and of repeated requests."""


@lru_cache(1024)
def is_secret_name(name: str) -> bool:
    """Whether a name such as ``DB_PASSWORD``, ``apiKey`` or ``hf-token`` suggests a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    *most, last = words
    if last == "token":
        return not (most and most[-1] in _NO_SECRET_TOKENS)
    if last == "pass":
        return bool(most) and most[-1] in _WITH_A_PASS
    return last.endswith(_SECRET) or (last == "key" and bool(most) and most[-1] in _SECRET_KEYS)


_NO_SECRETS = later_pattern(r"(?i)(true|false|none|null|yes|no|auto|default|enabled|disabled|required|optional)")
_ELSEWHERE = ("s3://", "arn:", "/", "./", "http://", "https://", "file:", "ssm:", "$", "{", "<", "[", "*", "xxx")
"""How values begin that refer to a secret, or are placeholders for one."""


def _is_value(name: str, text: str) -> bool:
    """Whether a text can be a secret itself, and not a switch, a placeholder or a reference to one."""
    if len(text) < 4 or is_token(text) or _NO_SECRETS.fullmatch(text) or text.lower().startswith(_ELSEWHERE):
        return False
    names_a_secret = "/" in text and text == text.lower()
    return not names_a_secret and text.lower() != name.lower()
