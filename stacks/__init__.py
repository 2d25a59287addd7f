"""Example stacks: what the tests and the demo deploy."""
