"""Bodies signed chunk by chunk, against the examples of AWS's own pages."""

from __future__ import annotations

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cdk_sagemaker_pipelines.local.aws.front.chunks import check_chunks
from cdk_sagemaker_pipelines.local.aws.front.refusal import Refused

STAMP, SCOPE = "20130524T000000Z", "20130524/us-east-1/s3/aws4_request"
DATA = (b"a" * 65536, b"a" * 1024, b"")
PLAIN = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html: of the header, then of each chunk."""
TRAILED = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
"""https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html"""
TRAILER = b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
TRAILER_SIGNATURE = b"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def sign(text: str) -> str:
    auth = SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "s3", "us-east-1")
    request = AWSRequest("PUT", "https://s3.amazonaws.com/")
    request.context["timestamp"] = STAMP
    return str(auth.signature(text, request))


def body(signatures: tuple[str, ...], data: tuple[bytes, ...] = DATA, end: bytes = b"\r\n") -> bytes:
    chunks = [
        f"{len(chunk):x};chunk-signature={signature}\r\n".encode() + (chunk + b"\r\n" if chunk else b"")
        for chunk, signature in zip(data, signatures[1:], strict=True)
    ]
    return b"".join(chunks) + end


def check(content: bytes, seed: str, *, trailer: bool = False) -> None:
    check_chunks(content, seed, STAMP, SCOPE, sign=sign, trailer=trailer)


def test_the_example_of_the_documentation_is_accepted() -> None:
    check(body(PLAIN), PLAIN[0])
    check(body(PLAIN, end=b""), PLAIN[0])


def test_the_example_with_a_trailer_is_accepted() -> None:
    end = TRAILER + b"x-amz-trailer-signature:" + TRAILER_SIGNATURE + b"\r\n\r\n"
    check(body(TRAILED, end=end), TRAILED[0], trailer=True)


@pytest.mark.parametrize(
    "broken",
    [
        body(PLAIN, (b"a" * 65535 + b"b", *DATA[1:])),
        body((PLAIN[0], PLAIN[2], PLAIN[1], PLAIN[3])),
        body((PLAIN[0], PLAIN[3]), (b"",)),
        body(PLAIN)[:60000],
        body(PLAIN) + b"more",
        body((PLAIN[0], PLAIN[1], PLAIN[3]), (DATA[0], b"")),
        b"",
        b"10000\r\n" + DATA[0] + b"\r\n0\r\n\r\n",
        b"-1;chunk-signature=" + PLAIN[1].encode() + b"\r\n",
        b"f" * 20 + b";chunk-signature=" + PLAIN[1].encode() + b"\r\n",
    ],
    ids=["byte", "order", "only-the-end", "cut", "longer", "left-out", "empty", "unsigned", "negative", "huge"],
)
def test_a_change_in_transit_is_noticed(broken: bytes) -> None:
    with pytest.raises(Refused):
        check(broken, PLAIN[0])


@pytest.mark.parametrize(
    "end",
    [
        TRAILER + b"\r\n",
        TRAILER.replace(b"s", b"t") + b"x-amz-trailer-signature:" + TRAILER_SIGNATURE + b"\r\n\r\n",
        b"x-amz-trailer-signature:" + TRAILER_SIGNATURE + b"\r\n\r\n",
        TRAILER + b"more:1\r\nx-amz-trailer-signature:" + TRAILER_SIGNATURE + b"\r\n\r\n",
        b"\r\n",
    ],
    ids=["unsigned", "changed", "left-out", "more", "none"],
)
def test_a_changed_trailer_is_noticed(end: bytes) -> None:
    with pytest.raises(Refused):
        check(body(TRAILED, end=end), TRAILED[0], trailer=True)
