"""What can be told of pipelines and their executions from the answers of the service, on AWS and on this machine alike.

Functions of answers, or of a client that is passed in; nothing here prints, waits or knows where the service runs.
"""
