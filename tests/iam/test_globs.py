"""How patterns relate: against all short texts, and for what stands for a name that is not known."""

from __future__ import annotations

import random
import re
from itertools import product

import pytest

from cdk_sagemaker_pipelines.iam.globs import Share, meet, plain, share, share_of_any, starred, symbols

ALL, SOME, NONE, UNKNOWN = Share.ALL, Share.SOME, Share.NONE, Share.UNKNOWN
LETTERS = "abz"  # 'z' stands in no pattern
TEXTS = ["".join(letters) for length in range(7) for letters in product(LETTERS, repeat=length)]


def matched(pattern: str) -> set[str]:
    """The texts that a pattern matches, by an engine that is not ours."""
    wanted = re.compile("".join({"*": ".*", "?": "."}.get(character, character) for character in pattern))
    return {text for text in TEXTS if wanted.fullmatch(text)}


def of(pattern: str, asked: str) -> Share:
    return share(symbols(pattern), symbols(asked))


def test_patterns_relate_as_the_texts_that_they_match() -> None:
    chance = random.Random(7)
    seen: set[Share] = set()
    for _ in range(400):
        pattern, asked = ("".join(chance.choices("ab*?", k=chance.randint(0, 4))) for _ in range(2))
        covered, wanted = matched(pattern), matched(asked)
        expected = ALL if wanted <= covered else SOME if wanted & covered else NONE
        found = of(pattern, asked)
        if "?" in pattern and found is SOME:  # where a star begins, '?' is not looked for
            expected = SOME if expected is ALL else expected
        assert found is expected, (pattern, asked)
        seen.add(expected)
    assert seen == {ALL, SOME, NONE}


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        ("a?", "a*", SOME),  # '?' is one character, not all that a star stands for
        ("a?*", "a*?", ALL),
        ("x${*}", "x*", SOME),
        ("x${*}", "x${*}", ALL),
        ("x?", "x${?}", ALL),
        ("x${$}", "x$", ALL),
        ("arn:aws:s3:::${Token[B]}/*", "arn:aws:s3:::${Token[B]}/raw*", ALL),
        ("arn:aws:s3:::${Token[B]}/*", "arn:aws:s3:::${Token[C]}/raw*", NONE),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::${Token[B]}/raw*", NONE),
        ("arn:aws:s3:::????/*", "arn:aws:s3:::${Token[B]}/raw*", UNKNOWN),  # how long a name is, nobody knows
        # how a name begins and ends that a deployment makes up, nobody knows
        ("arn:aws:s3:::abalone-*", "arn:aws:s3:::${Token[B]}", UNKNOWN),
        ("arn:aws:s3:::abalone-*", "arn:aws:s3:::${Token[B]}/raw/*", UNKNOWN),
        ("arn:aws:s3:::*-data/raw/*", "arn:aws:s3:::${Token[B]}/raw/*", UNKNOWN),
        ("arn:aws:s3:::?*", "arn:aws:s3:::${Token[B]}/raw/*", UNKNOWN),
        ("arn:aws:s3:::abalone-*/other", "arn:aws:s3:::${Token[B]}/raw", NONE),
        ("arn:aws:s3:::data/*/raw", "arn:aws:s3:::${Token[B]}/raw", NONE),
        ("arn:aws:s3:::${Token[C]}*", "arn:aws:s3:::${Token[B]}/raw", NONE),
        ("arn:aws:iam::1:role/abalone-*", "arn:aws:iam::1:role/x-${Token[B]}", NONE),
        ("arn:${P}:s3:::abalone-*", "arn:${P}:s3:::${Token[B]}/raw", UNKNOWN),
        ("arn:aws:s3:::*", "arn:aws:s3:::${Token[B]}/raw*", ALL),
        ("arn:aws:s3:::${Any}/*", "arn:aws:s3:::data/raw*", UNKNOWN),
        ("arn:aws:s3:::data/*", "arn:aws:s3:::${Any}/raw*", UNKNOWN),
        ("arn:aws:s3:::${Any}/raw*", "arn:aws:s3:::${Any}/raw/a", ALL),
        ("arn:aws:s3:::${Any}/raw*", "arn:aws:s3:::${Any}/other", NONE),
        ("arn:aws:kms:${R}:1:key/a", "arn:aws:kms:${R}:1:key/b", NONE),
        ("arn:aws:kms:eu:1:key/a", "arn:aws:kms:${R}:1:key/a", UNKNOWN),
        ("arn:aws:kms:*:1:key/a", "arn:aws:kms:${R}:1:key/a", ALL),
        ("arn:aws:s3:::${Any}", "arn:aws:s3:::${Token[B]}", UNKNOWN),  # a parameter may be the name itself
        ("arn:aws:s3:::${Any}-x", "arn:aws:s3:::${Token[B]}", UNKNOWN),
        # where a stack is, is no part of a name that its deployment makes up, but of names that people write
        ("arn:aws:s3:::logs-${AWS::AccountId}/*", "arn:aws:s3:::${Token[B]}/raw*", NONE),
        ("arn:aws:s3:::logs-${AWS::AccountId}", "arn:aws:s3:::${Token[B]}", NONE),
        ("arn:aws:s3:::${AWS::AccountId}-logs/*", "arn:aws:s3:::${Token[B]}/raw/*", NONE),
        ("arn:aws:s3:::${AWS::AccountId}", "arn:aws:s3:::${Token[B]}", NONE),
        ("arn:aws:s3:::${AWS::StackName}-logs/*", "arn:aws:s3:::${Token[B]}/raw/*", NONE),
        ("arn:aws:s3:::cdk-assets-${AWS::AccountId}-${AWS::Region}/*.py", "arn:aws:s3:::${Token[B]}/x/*", NONE),
        ("arn:aws:s3:::logs-${AWS::AccountId}-*/*", "arn:aws:s3:::${Token[B]}/raw/*", UNKNOWN),
        ("arn:aws:s3:::logs-${AWS::AccountId}/*", "arn:aws:s3:::logs-111122223333/raw/*", UNKNOWN),
        ("arn:aws:s3:::logs-111122223333/*", "arn:aws:s3:::logs-${AWS::AccountId}/raw/*", UNKNOWN),
        ("arn:aws:s3:::logs-${AWS::AccountId}/*", "arn:aws:s3:::logs-archive/raw/*", NONE),
        ("arn:aws:s3:::logs-${AWS::AccountId}/*", "arn:aws:s3:::logs-1111/raw/*", NONE),
        ("arn:aws:s3:::x-${AWS::AccountId}-*", "arn:aws:s3:::x-111122223333-${Token[B]}", UNKNOWN),
        ("arn:aws:s3:::x-${AWS::Region}/*", "arn:aws:s3:::x-eu-west-1/raw*", UNKNOWN),
        ("arn:aws:s3:::x-${AWS::Region}/*", "arn:aws:s3:::x-/raw*", NONE),
        ("arn:aws:s3:::x-${AWS::Region}", "arn:aws:s3:::x-eu-west-1/raw", NONE),  # it has no slash
        ("arn:aws:s3:::x-${AWS::Region}-y", "arn:aws:s3:::x-${AWS::AccountId}-y", UNKNOWN),
        ("arn:aws:s3:::x-${AWS::AccountId}", "arn:aws:s3:::x-????????????", UNKNOWN),
        ("arn:aws:s3:::x-${AWS::AccountId}", "arn:aws:s3:::x-???", NONE),
        ("arn:aws:kms:${AWS::Region}:1:key/a", "arn:aws:kms:eu-west-1:1:key/a", UNKNOWN),
        ("arn:aws:s3:::x-${AWS::AccountId}/*", "arn:aws:s3:::x-${AWS::AccountId}/raw*", ALL),
        ("arn:aws:s3:::x-${AWS::AccountId}/*", "arn:aws:s3:::y-${AWS::AccountId}/raw*", NONE),
    ],
)
def test_escapes_and_names(pattern: str, asked: str, expected: Share) -> None:
    assert of(pattern, asked) is expected


def test_what_is_unlike_is_so_wherever_the_stack_is() -> None:
    chance = random.Random(11)
    region = "${AWS::Region}"
    seen: set[Share] = set()
    for _ in range(3000):
        pattern, asked = ("".join(chance.choices(["a", "-", "/", "*", "?", region], k=3)) for _ in range(2))
        found = of(pattern, asked)
        known = {of(*(text.replace(region, name) for text in (pattern, asked))) for name in ("a", "-", "aa", "a-a")}
        assert found is not NONE or known == {NONE}, (pattern, asked)
        assert found is not ALL or known == {ALL}, (pattern, asked)
        seen.add(found)
    assert {ALL, NONE, UNKNOWN} <= seen


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        ("arn:aws:logs:*", "arn:aws:logs:eu-west-1:1:log-group:a:*", ALL),
        ("arn:aws:logs:eu-*:1:*", "arn:aws:logs:eu-west-1:1:log-group:a:*", ALL),
        ("arn:aws:lambda:*:function:a", "arn:aws:lambda:eu-west-1:1:function:a", NONE),  # a star ends with its part
        ("arn:aws:s3:::data", "arn:aws:s3:::data/a", NONE),
        ("*", "*", ALL),
        ("arn:aws:s3:::*", "*", SOME),
    ],
)
def test_arns_are_compared_part_by_part(pattern: str, asked: str, expected: Share) -> None:
    assert of(pattern, asked) is expected


def test_of_several_patterns_each_counts_by_itself() -> None:
    asked = symbols("a*")
    assert share_of_any([symbols("b"), symbols("a*")], asked) is ALL
    assert share_of_any([symbols("b"), symbols("ab")], asked) is SOME
    assert share_of_any([symbols("b"), symbols("${Any}")], asked) is UNKNOWN
    assert share_of_any([symbols("b")], asked) is NONE
    assert share_of_any([], asked) is NONE


def test_a_plain_text_has_no_wildcards() -> None:
    assert share(plain("a*"), symbols("ab")) is NONE
    assert share(plain("a*"), plain("a*")) is ALL
    assert share(symbols("a*"), plain("a*")) is ALL
    assert share(plain("a${*}"), plain("a*")) is ALL


@pytest.mark.parametrize("one", ["", "a", "*", "ab", "a*", "*a", "a*b", "*ab*", "b*a*", "**"])
@pytest.mark.parametrize("other", ["", "b", "*", "ba", "b*", "*b", "b*a", "*ba*", "a*a"])
def test_patterns_that_some_text_is_like(one: str, other: str) -> None:
    assert meet(starred(one), starred(other)) == bool(matched(one) & matched(other))


def test_names_of_s3_may_hold_a_question_mark() -> None:
    assert not meet(starred("a?"), starred("ab*"))
    assert meet(starred("a?"), starred("a*"))
