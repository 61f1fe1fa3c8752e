"""What a project already says about itself, read from its own files: pure readers, one per kind of source."""
