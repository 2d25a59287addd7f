"""Steps that record lineage or clean up."""
