"""The console, ``smpipe studio``: pages on this machine that show and change what AWS, or the local one, has.

Flask serves them. What a page shows comes from the functions of ``executions`` and ``review`` that the commands print.
"""
