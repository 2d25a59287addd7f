"""Rules for the requests of the steps in `steps/emr`."""
