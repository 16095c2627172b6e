"""``python -m cwxero_dagster.cli``: the same as ``cwxero``."""

import sys

from cwxero_dagster.cli import main

sys.exit(main())
