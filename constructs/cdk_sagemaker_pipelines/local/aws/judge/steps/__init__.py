"""What AWS itself asks of the roles of a pipeline for its steps, by the table of calls."""
