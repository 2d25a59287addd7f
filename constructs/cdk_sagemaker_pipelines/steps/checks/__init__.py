"""Steps that check the quality, the bias or the explainability of data and models."""
