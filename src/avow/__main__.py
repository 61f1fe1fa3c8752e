"""`python -m avow`."""

from avow.cli import main

main()
