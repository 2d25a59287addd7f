"""Checks whether the service would accept a request, before any of its operations sees it.

Requests are checked against botocore's service models: types and required members for every service; patterns, lengths,
ranges and values for our own. What the installed botocore does not know passes: a newer service may well have it.
"""
