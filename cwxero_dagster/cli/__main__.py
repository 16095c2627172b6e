"""``python -m cwxero_dagster.cli``: the same as ``cwxero``."""

import sys

from cwxero_dagster.cli.command import main

sys.exit(main())
