"""From a definition to something that a reviewer reads. Pure: a definition or a cdk.out goes in, text comes out."""
