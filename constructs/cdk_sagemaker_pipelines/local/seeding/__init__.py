"""What exists outside of an app, created on a local AWS from a file: buckets with files, roles, keys, networks."""
