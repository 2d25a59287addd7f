"""Keys of accounts and sessions, and the body of a request, which is read once."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.front import keys as keys_module
from cdk_sagemaker_pipelines.local.aws.front.keys import Key, Keys
from cdk_sagemaker_pipelines.local.aws.front.refusal import Refused
from cdk_sagemaker_pipelines.local.aws.front.request import RAW_HEADERS, HttpRequest

SECRET = "0123456789abcdef"


def test_the_key_of_an_account_derives_from_the_secret_and_its_number() -> None:
    one, same, other = Keys(SECRET), Keys(SECRET), Keys(SECRET[::-1])
    key = one.of_account("111122223333")
    assert key == same.of_account("111122223333") == one.find("111122223333")
    assert (key.id, key.account, len(key.secret), key.token) == ("111122223333", "111122223333", 40, None)
    assert len({key.secret, one.of_account("111122223334").secret, other.of_account("111122223333").secret}) == 3
    assert SECRET not in key.secret


def test_every_start_has_its_own_secret() -> None:
    assert Keys().secret != Keys().secret
    assert len(Keys().secret) > 40


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="has 15 characters; it needs 16 or more"):
        Keys(SECRET[1:])


def test_sessions_belong_to_one_account_and_are_independent() -> None:
    keys = Keys(SECRET)
    one, two = keys.new_session("111122223333"), keys.new_session("111122223333")
    assert keys.find(one.id) == one
    assert len({one.id, two.id, one.secret, two.secret, one.token, two.token}) == 6
    assert (one.account, one.id[:4], len(one.id)) == ("111122223333", "ASIA", 20)
    assert Keys(SECRET).find(one.id) is None


def test_sessions_that_somebody_asked_for_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    now, dropped = [1000.0], list[Key]()
    monkeypatch.setattr(time, "time", lambda: now[0])
    keys = Keys(SECRET, dropped=dropped.append)
    short, long, held = (keys.new_session("111122223333", seconds) for seconds in (900, 3600, None))
    now[0] += 899
    assert keys.find(short.id) == short
    now[0] += 1
    assert keys.find(short.id) is None
    assert dropped == [short]
    now[0] += 1_000_000
    assert (keys.find(long.id), keys.find(held.id), dropped) == (None, held, [short, long])
    keys.drop(held.id)
    keys.drop(held.id)
    assert (keys.find(held.id), dropped) == (None, [short, long, held])


def test_there_are_so_many_sessions_that_expire_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "MOST_EXPIRING", 3)
    keys = Keys(SECRET)
    made = [keys.new_session("111122223333", seconds) for seconds in (400, 200, 300, 500, 600)]
    assert [keys.find(one.id) is not None for one in made] == [True, False, False, True, True]


def test_other_keys_are_looked_up() -> None:
    user = Key("AKIA", "111122223333", "secret")
    keys = Keys(SECRET, {"AKIA": user}.get)
    assert keys.find("AKIA") == user
    assert keys.find("AKIB") is keys.find("") is keys.find("11112222333") is None
    assert keys.find("\u0661" * 12) is None


def test_no_key_shows_its_secret() -> None:
    keys = Keys(SECRET)
    for key in (keys.of_account("111122223333"), keys.new_session("111122223333")):
        assert key.secret not in repr(key)
        assert (key.token or key.secret) not in f"{key}"


def request(content: bytes, **environ: Any) -> HttpRequest:
    told = {"REQUEST_METHOD": "PUT", "CONTENT_LENGTH": str(len(content)), "wsgi.input": io.BytesIO(content), **environ}
    return HttpRequest({RAW_HEADERS: [], **told})


def test_later_stages_get_the_bytes_that_were_read() -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "PUT", "CONTENT_LENGTH": "100000", "wsgi.input": io.BytesIO(b"x" * 100_000)
    }  # fmt: skip
    content = HttpRequest(environ).body()
    assert environ["wsgi.input_terminated"]
    assert environ["wsgi.input"].read() is content
    assert HttpRequest(environ).body() is content


def test_a_body_has_the_announced_length() -> None:
    assert request(b"abcdef", CONTENT_LENGTH="3").body() == b"abc"
    for length, status in (("7", 400), ("-1", 400), ("x", 400), ("\u0663", 400), ("999999999999", 413)):
        with pytest.raises(Refused) as caught:
            request(b"abcdef", CONTENT_LENGTH=length).body()
        assert caught.value.status == status


def test_a_body_of_unknown_length_is_limited() -> None:
    assert request(b"abc", **{"wsgi.input_terminated": True}).body(limit=3) == b"abc"
    with pytest.raises(Refused, match="more than 2 bytes"):
        request(b"abc", **{"wsgi.input_terminated": True}).body(limit=2)
    assert request(b"abc", **{"wsgi.input_terminated": True}).body(limit=None) == b"abc"
