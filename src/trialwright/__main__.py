"""`python -m trialwright` is the `trialwright` command."""

from trialwright.cli.main import main

main()
