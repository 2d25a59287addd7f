"""The built-in XGBoost algorithm, without its image: what its container does, with the package of the same name."""
