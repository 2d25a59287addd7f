"""The environments of an app: the accounts and regions in which it is deployed, and what differs between them."""
