"""``python -m halsync``."""

import sys

from halsync.cli.main import main

sys.exit(main())
