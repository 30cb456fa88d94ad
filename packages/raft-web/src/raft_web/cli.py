"""The command `raft-web`: `build` makes a static site of apps, `serve` serves it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from raft_web.serve import SiteServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        return _serve(options)
    return _build(options)


def _build(options: argparse.Namespace) -> int:
    try:
        from raft_web.builder.errors import BuildError  # noqa: PLC0415
        from raft_web.builder.site import Options, build  # noqa: PLC0415
    except ModuleNotFoundError as error:
        print(
            f"raft-web: {error.name} is missing, which the extra raft-web[build] brings: "
            "pip install hatchling packaging",
            file=sys.stderr,
        )
        return 1
    try:
        build(
            Options(
                apps=tuple(options.apps),
                out=options.out,
                root=options.root,
                cache=options.cache,
                wheels=tuple(options.wheels),
                introducer=options.introducer,
                hosts=tuple(options.hosts),
                target_size=options.target_size,
            ),
            lambda line: print(f"raft-web: {line}", flush=True),
        )
    except BuildError as error:
        print(f"raft-web: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(options: argparse.Namespace) -> int:
    try:
        server = SiteServer(options.folder, options.host, options.port)
    except FileNotFoundError as error:
        print(f"raft-web: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = error.strerror or error
        print(
            f"raft-web: cannot listen on {options.host} port {options.port} ({reason}): "
            "choose another with --port",
            file=sys.stderr,
        )
        return 1
    print(f"raft-web: serving {options.folder} at http://localhost:{server.port}/; Ctrl-C ends it")
    sys.stdout.flush()
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="raft-web", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make a static site of apps")
    build.add_argument("apps", nargs="+", metavar="APP", help="an app's folder, or its name")
    build.add_argument("--out", type=Path, required=True, help="the folder of the site")
    build.add_argument(
        "--introducer",
        default="/v1",
        help="the introducer's WebSocket URL, where {hostname} stands for the page's host name; a "
        "path alone means the host that serves the page (default: %(default)s)",
    )
    build.add_argument(
        "--hosts",
        nargs="*",
        default=[],
        metavar="HOST",
        help="host names that serve the site, each the place of one member; the waiting room shows "
        "their links. Without a port they have that of the page",
    )
    build.add_argument(
        "--target-size", type=int, default=3, help="voters a cluster grows to (default: 3)"
    )
    build.add_argument(
        "--wheels",
        type=Path,
        nargs="*",
        default=[],
        metavar="PATH",
        help="wheels, or folders of them, to use before building or downloading any",
    )
    build.add_argument("--root", type=Path, help="the folder with package.json and packages/")
    build.add_argument(
        "--cache", type=Path, help="where wheels are kept (default: build/raft-web under the root)"
    )
    serve = commands.add_parser("serve", help="serve a site on this machine, to try it out")
    serve.add_argument("folder", type=Path, metavar="DIR", help="a site made by `raft-web build`")
    serve.add_argument("--host", default="127.0.0.1", help="(default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
