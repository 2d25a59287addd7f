"""What comes before the services: who may send requests, who sent this one, and whether it is intact.

Nothing in this package knows moto: a request is checked as it came, by the rules of AWS or of browsers.
"""
