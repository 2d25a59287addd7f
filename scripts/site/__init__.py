"""The pages of the documentation site, from the documents and from the code: ``python -m scripts.site FOLDER``."""
