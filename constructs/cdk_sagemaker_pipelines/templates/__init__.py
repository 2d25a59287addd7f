"""CloudFormation templates: their YAML, the schemas of their resources, and what starts pipelines."""
