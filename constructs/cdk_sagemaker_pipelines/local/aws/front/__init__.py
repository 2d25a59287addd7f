"""What stands before the services: who may ask at all, who asks, and whether the request is whole.

Nothing in this room knows moto: a request is looked at as it came, by rules that are AWS's own or a browser's.
"""
