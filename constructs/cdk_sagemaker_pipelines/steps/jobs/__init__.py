"""Steps that run a job: processing, training, tuning, AutoML, batch transform and notebooks."""
