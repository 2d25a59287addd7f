"""What each step type's JSON says in the fields of its class: the inverse of what the class writes."""
