"""What S3 makes of a request: whether there is one thing that it asks for, and whether the local AWS does that.

moto looks at subresources in an order of its own, and takes what it does not know for the whole bucket or object: a
request for two of them, or for an unknown one, would be judged as one thing and carried out as another.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from moto.core.request import Request

from .front.refusal import Refused
from .s3_actions import copied

_OF_BUCKETS = {
    "GET": {
        *("accelerate", "acl", "cors", "encryption", "inventory", "lifecycle", "location", "logging", "notification"),
        *("object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication", "tagging"),
        *("list-type", "uploads", "versioning", "versions", "website"),
    },
    "PUT": {
        *("accelerate", "acl", "cors", "encryption", "inventory", "lifecycle", "logging", "notification"),
        *("object-lock", "ownershipControls", "policy", "publicAccessBlock", "replication", "tagging", "versioning"),
        "website",
    },
    "DELETE": {
        *("cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock", "replication"),
        *("tagging", "website"),
    },
    "POST": {"delete"},
}
_OF_OBJECTS = {
    "GET": {"acl", "attributes", "legal-hold", "tagging", "uploadId"},
    "PUT": {"acl", "legal-hold", "retention", "tagging", "uploadId"},
    "DELETE": {"tagging", "uploadId"},
    "POST": {"restore", "select", "uploadId", "uploads"},
}
"""The subresources that moto knows, by method."""
SUBRESOURCES = frozenset[str]().union(
    *_OF_BUCKETS.values(),
    *_OF_OBJECTS.values(),
    ("abac", "analytics", "annotation", "intelligent-tiering", "metadataAnnotationTable", "metadataConfiguration"),
    ("metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "renameObject", "requestPayment"),
    ("session", "torrent"),
)
"""What a query may ask for besides the bucket or object itself."""
_COPY_SOURCE = "HTTP_X_AMZ_COPY_SOURCE"


def check(request: Request, bucket: Any) -> None:
    """Raises ``Refused`` for what is not one thing that the local AWS does.

    ``bucket``: moto's, None if it does not exist. The source of a copy is left in the one spelling that all read alike.
    """
    key = request.path.lstrip("/").partition("/")[2]
    given = [name for name in request.args if name in SUBRESOURCES and not (key and name == "list-type")]
    if len(given) > 1:
        raise Refused(400, "InvalidArgument", f"Conflicting query string parameters: {', '.join(given)}")
    done = (_OF_OBJECTS if key else _OF_BUCKETS).get(request.method, set())
    if given and given[0] not in done:
        raise Refused(501, "NotImplemented", f"the local AWS does not offer this: s3 {request.method} with {given[0]}")
    repeated = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if repeated:
        raise Refused(400, "InvalidArgument", f"the request has several values of {repeated[0][:100]}")
    if request.method == "PUT" and "uploadId" in request.args and not request.args.get("partNumber"):
        raise Refused(400, "InvalidArgument", "a part is uploaded with a partNumber")
    if request.method == "POST" and not key and not given and (request.args or not request.form.get("key")):
        raise Refused(400, "MalformedPOSTRequest", "the body is not an upload form with a key, or there is a query")
    upload = None if bucket is None else bucket.multiparts.get(request.args.get("uploadId"))
    if upload is not None and upload.key_name != key:
        text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted"
        raise Refused(404, "NoSuchUpload", f"{text} or completed.")
    source = request.headers.get("x-amz-copy-source")
    if source:
        place, name, version = copied(source)
        if not place or not name:
            text = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            raise Refused(400, "InvalidArgument", text)
        end = f"?versionId={quote(version, safe='')}" if version else ""
        request.environ[_COPY_SOURCE] = f"{place}/{quote(name, safe='/~')}{end}"
