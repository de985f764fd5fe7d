"""`python -m punai` is the `punai` command."""

from punai.cli import main

main()
