"""All of a pipeline that a reviewer should see, in names that two assemblies share."""
