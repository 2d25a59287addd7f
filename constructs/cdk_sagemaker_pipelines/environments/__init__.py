"""The environments of an app: the accounts and regions in which it is deployed, and what differs between them."""

from .environment import Environment as Environment
from .environments import Environments as Environments
