"""`avow.yaml`, what a maintainer writes, read with all errors and their places."""
