"""What runners share: requests, simulated waits, output parameters and jobs."""
