"""tools/prepare.sh says what is missing and how to get it, where it may not install it itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PREPARE = Path(__file__).resolve().parents[2] / "tools/prepare.sh"
BASH = shutil.which("bash") or "/bin/bash"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs with next to nothing in it: no apt, no sudo, no browser, no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cat", "dirname", "env", "id", "mktemp", "rm", "tail"):
        imitate(folder, name, f'exec {shutil.which(name)} "$@"')
    imitate(folder, "uname", "echo Linux")
    return folder


def imitate(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join((f"#!{BASH}", *lines, "")))
    path.chmod(0o755)


def prepare(bare: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the script: it works on the repository around it, and this one is in use."""
    script = bare.parent / "repository/tools/prepare.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(PREPARE, script)
    return subprocess.run(
        [BASH, str(script), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(bare), "HOME": os.fspath(bare.parent)},
        stdin=subprocess.DEVNULL,
    )


def test_without_an_order_it_explains_itself(bare: Path) -> None:
    result = prepare(bare)
    assert result.returncode == 1
    assert "Usage: tools/prepare.sh venv|npm|browser|hosts" in result.stderr


def test_missing_debian_packages_are_named(bare: Path) -> None:
    result = prepare(bare, "browser")
    assert result.returncode == 1
    assert "sudo apt-get install chromium xvfb xauth" in result.stderr
    assert "make quick" in result.stderr


def test_only_what_is_missing_is_named(bare: Path) -> None:
    for name in ("Xvfb", "xauth"):
        imitate(bare, name)
    result = prepare(bare, "browser")
    assert result.returncode == 1
    assert "Missing for the tests in a real browser: chromium\n" in result.stderr
    assert "playwright install" in result.stderr


def test_nothing_is_done_when_nothing_is_missing(bare: Path) -> None:
    imitate(bare, "id", "echo 0")
    browsers = ("chromium", "firefox-esr", "WebKitWebDriver", "Xvfb", "xauth")
    for name in (*browsers, "npm", "unshare", "ip", "turnserver"):
        imitate(bare, name)
    for order in ("browser", "npm", "hosts"):
        result = prepare(bare, order)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_npm_is_asked_for(bare: Path) -> None:
    result = prepare(bare, "npm")
    assert result.returncode == 1
    assert "sudo apt-get install npm" in result.stderr


def test_an_old_python_is_not_taken(bare: Path) -> None:
    imitate(bare, "python3", "exit 1")
    result = prepare(bare, "venv")
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed" in result.stderr


def test_missing_modules_of_debians_python_are_named(bare: Path) -> None:
    imitate(
        bare,
        "python3",
        'case "$2" in *version_info\\<*|*"< (3, 11)"*) exit 0 ;; *ensurepip*) exit 1 ;; esac',
        "echo 3.11",
    )
    result = prepare(bare, "venv")
    assert result.returncode == 1
    assert "sudo apt-get install python3.11-venv" in result.stderr


def test_with_root_it_installs_and_says_so(bare: Path) -> None:
    imitate(bare, "id", "echo 0")
    log = bare.parent / "log"
    imitate(bare, "apt-get", f'echo "$*" >> {log}')
    result = prepare(bare, "browser")
    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        "== Installing Debian packages: chromium xvfb xauth\n"
        "== Installing Debian packages: firefox-esr\n"
        "== Installing Debian packages: webkit2gtk-driver\n"
    )
    installed = [line for line in log.read_text().splitlines() if "install" in line]
    assert installed[0].endswith("chromium xvfb xauth")
    assert installed[1].endswith("firefox-esr")
    assert installed[2].endswith("webkit2gtk-driver")


@pytest.mark.parametrize(
    "program, package, browser",
    [
        ("firefox-esr", "firefox-esr", "a stock Firefox"),
        ("WebKitWebDriver", "webkit2gtk-driver", "WebKit"),
    ],
)
def test_without_another_browser_its_tests_are_skipped_and_that_is_said(
    bare: Path, program: str, package: str, browser: str
) -> None:
    for name in {"chromium", "Xvfb", "xauth", "firefox-esr", "WebKitWebDriver"} - {program}:
        imitate(bare, name)
    result = prepare(bare, "browser")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"== Tests in {browser} are skipped: {package} is missing\n"


@pytest.mark.parametrize("user, allowed", [("1000", "exit 0"), ("0", "exit 1")])
def test_for_hosts_nothing_is_installed_where_there_can_be_none(
    bare: Path, user: str, allowed: str
) -> None:
    imitate(bare, "id", f"echo {user}")
    imitate(bare, "unshare", allowed)
    imitate(bare, "apt-get", "exit 1")
    imitate(bare, "sudo")
    result = prepare(bare, "hosts")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_hosts_need_is_missed_by_some_tests_only(bare: Path) -> None:
    imitate(bare, "id", "echo 0")
    imitate(bare, "unshare")
    result = prepare(bare, "hosts")
    assert result.returncode == 0
    assert "are skipped: iproute2 coturn\n" in result.stdout


@pytest.mark.parametrize("state, systemd", [("degraded", True), ("offline", False)])
def test_the_service_of_coturn_is_never_started(bare: Path, state: str, systemd: bool) -> None:
    for name in ("ip", "unshare"):
        imitate(bare, name)
    imitate(bare, "id", "echo 0")
    log = bare.parent / "log"
    imitate(bare, "apt-get", f'echo "$*" >> {log}')
    asked = f'[ "$1" = is-system-running ] && echo {state} && exit 1'
    imitate(bare, "systemctl", f'{asked}; echo "$*" >> {log}')
    result = prepare(bare, "hosts")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "== Installing Debian packages: coturn\n"
    quiet = ["--quiet mask --runtime", "--quiet disable", "--quiet unmask --runtime"]
    mask, disable, unmask = (f"{order} coturn.service" for order in quiet)
    installed = ["update -qq", "install -y -qq --no-install-recommends coturn"]
    expected = [mask, *installed, disable, unmask] if systemd else installed
    assert log.read_text().splitlines() == expected
