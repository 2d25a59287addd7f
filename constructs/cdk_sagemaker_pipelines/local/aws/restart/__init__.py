"""How the local AWS goes on after a restart: what changed something is recorded, and repeated at the next start.

``recording`` keeps calls, ``restoring`` repeats them; ``stacks`` and ``executions`` are records. ``patching`` has moto
do the same again.
"""
