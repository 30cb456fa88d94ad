"""`python -m raft_node`: the same as the command `raft-node`."""

import sys

from raft_node.cli import main

sys.exit(main())
