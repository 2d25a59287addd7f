"""Whether a request is one that the service would take, before any of its operations sees it.

Requests are judged by botocore's service models: types and required members for every service, patterns, lengths,
ranges and values for those that are our own. What the installed botocore does not know passes: a newer service may well
have it.
"""
