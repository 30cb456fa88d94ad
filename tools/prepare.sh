#!/usr/bin/env bash
# Installs what is missing for the work on this project, and says what it cannot install.
#
#   tools/prepare.sh venv       makes .venv, a virtual environment without packages yet
#   tools/prepare.sh npm        checks that npm is there
#   tools/prepare.sh browser    makes sure of a Chromium, of Xvfb on Linux, and of a Firefox and a
#                               WebKit if it can
#   tools/prepare.sh hosts      makes sure of what tests with several hosts use, if root runs them
#
# Debian packages are installed only by root or where `sudo -n` works: it never asks for a password.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

give_up() {
    printf '!! %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

may_install() {
    have apt-get && { [ "$(id -u)" -eq 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

# install_debian PACKAGE...: false if we may not, or if apt cannot
install_debian() {
    may_install || return 1
    say "Installing Debian packages: $*"
    local log
    log=$(mktemp)
    if as_root apt-get update -qq >"$log" 2>&1 </dev/null &&
        as_root apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
        rm -f "$log"
    else
        tail -n 5 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

new_enough() {
    have "$1" && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

venv() {
    local python version
    python=$(find_python) || give_up "Python 3.11 or newer is needed and was not found." \
        "Install it (Debian 12 and newer: apt-get install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian keeps these two modules of the standard library in a package of their own.
        install_debian "python$version-venv" && "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            give_up "$python cannot make virtual environments: its modules venv and ensurepip are missing." \
                "Install them: sudo apt-get install python$version-venv"
    fi
    say "Making .venv with Python $version"
    "$python" -m venv --clear .venv
}

npm_there() {
    have npm || install_debian npm ||
        give_up "npm is needed and was not found." "Install Node.js 18 or newer (Debian: sudo apt-get install npm)."
}

playwright_has_chromium() {
    .venv/bin/python - <<'PYTHON' 2>/dev/null
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

# Only some tests use these two, and not every system has such packages: each comes by itself, and last.
firefox() {
    [ "$(uname -s)" = Linux ] || return 0
    have firefox-esr || install_debian firefox-esr ||
        say "Tests in a stock Firefox are skipped: firefox-esr is missing"
}

webkit() {
    [ "$(uname -s)" = Linux ] || return 0
    have WebKitWebDriver || install_debian webkit2gtk-driver ||
        say "Tests in WebKit are skipped: webkit2gtk-driver is missing"
}

browser() {
    chromium_there
    firefox
    webkit
}

chromium_there() {
    local missing=()
    have chromium || missing+=(chromium)
    if [ "$(uname -s)" = Linux ]; then
        have Xvfb || missing+=(xvfb)
        have xauth || missing+=(xauth)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    install_debian "${missing[@]}" && return 0
    case " ${missing[*]} " in *" xvfb "* | *" xauth "*)
        give_up "Missing for the tests in a real browser: ${missing[*]}" \
            "Install them: sudo apt-get install ${missing[*]}" \
            "Without a browser \`make quick\` runs all other tests."
        ;;
    esac
    if playwright_has_chromium; then
        say "There is no chromium here: the tests use the browser that Playwright installed"
    else
        give_up "Missing for the tests in a real browser: ${missing[*]}" \
            "Debian: sudo apt-get install ${missing[*]}" \
            "Elsewhere: .venv/bin/playwright install --with-deps chromium" \
            "Without a browser \`make quick\` runs all other tests."
    fi
}

# Runs an installation of coturn. Debian starts a service as soon as it is installed, and at each
# start of the machine; the tests start a TURN server of their own, and nobody asked for another one.
without_its_service() {
    local systemd="" status=0
    have systemctl && systemd=$(systemctl is-system-running 2>/dev/null) || true
    case "$systemd" in
    running | degraded | starting | initializing) ;;
    *) systemd="" ;;
    esac
    [ -z "$systemd" ] || systemctl --quiet mask --runtime coturn.service
    "$@" || status=1
    if [ -n "$systemd" ]; then
        [ "$status" -ne 0 ] || systemctl --quiet disable coturn.service
        systemctl --quiet unmask --runtime coturn.service
    fi
    return "$status"
}

hosts() {
    # Where no network namespaces can be made these tests are skipped, and say so.
    [ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] && unshare --net true 2>/dev/null || return 0
    local missing=()
    have ip || missing+=(iproute2)
    have turnserver || missing+=(coturn)
    [ ${#missing[@]} -gt 0 ] || return 0
    case " ${missing[*]} " in
    *" coturn "*) without_its_service install_debian "${missing[@]}" ;;
    *) install_debian "${missing[@]}" ;;
    esac || say "Tests with several hosts that need one of these are skipped: ${missing[*]}"
}

case "${1:-}" in
venv) venv ;;
npm) npm_there ;;
browser) browser ;;
hosts) hosts ;;
*) give_up "Usage: tools/prepare.sh venv|npm|browser|hosts" ;;
esac
