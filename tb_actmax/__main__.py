"""Runs the command as `python -m tb_actmax`."""

import sys

from tb_actmax.cli.main import main

sys.exit(main())
