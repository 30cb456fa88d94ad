"""The lock file from which Pyodide loads wheels: all of them, and nothing that is not served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyodide_lock import PyodideLockSpec
from pyodide_lock.spec import InfoSpec
from pyodide_lock.utils import add_wheels_to_spec

from raft_web.builder.errors import BuildError
from raft_web.builder.wheels import Target


def make_lock(target: Target, base: Path, wheels: Sequence[Path]) -> tuple[str, list[str]]:
    """The lock file's text, and the names of its packages. `wheels` lie under its folder, `base`.

    :raises BuildError: a wheel does not fit the page's Python, or one that is needed is missing
    """
    info = InfoSpec(
        version=target.pyodide,
        platform=target.platform,  # the shipped lock's own name for it does not match wheels' tags
        arch=target.arch,
        python=target.python,
        abi_version=target.abi,
    )
    empty = PyodideLockSpec(info=info, packages={})
    try:
        spec = add_wheels_to_spec(empty, list(wheels), base_path=base)
    except RuntimeError as error:
        raise BuildError(f"The wheels do not fit together: {error}") from None
    return spec.model_dump_json(indent=1) + "\n", sorted(spec.packages)
