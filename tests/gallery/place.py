"""Where the gallery is deployed."""

ACCOUNT, REGION = "111122223333", "eu-west-1"
