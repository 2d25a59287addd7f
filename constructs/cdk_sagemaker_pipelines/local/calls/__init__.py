"""What AWS asks IAM for a step: the table of calls, with the values of one attempt.

The table is data, `iam/calls.json`; nothing that derives permissions reads it, so that what is derived is checked
against it and not against itself. What the calls name is read from the arguments of the step, as they are when it runs.
"""
