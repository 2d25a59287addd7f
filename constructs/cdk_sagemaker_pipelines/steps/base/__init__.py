"""What all steps have: their envelope, their fields, the scopes that they are in and the requests that they make."""
