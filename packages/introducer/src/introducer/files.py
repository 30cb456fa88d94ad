"""How many files this process may have open: each connection is one."""

import contextlib
import sys

if sys.platform != "win32":  # which has no such limit
    import resource


def allow_files(wanted: int) -> int | None:
    """Let this process have so many files open, as far as the system lets it.

    :returns: how many it may have, if that is fewer
    """
    if sys.platform == "win32":
        return None
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed >= wanted:
        return None
    reachable = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    with contextlib.suppress(OSError, ValueError):  # some systems have another limit besides
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, most))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if allowed >= wanted else allowed
