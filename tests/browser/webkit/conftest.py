"""WebKitGTK's own small browser. It has no WebRTC, so nothing but what says so runs in it."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browser.conftest import PATIENCE

DRIVER = shutil.which("WebKitWebDriver")
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))


@pytest.fixture(scope="session")
def webkit(display: str) -> Iterator[WebKitGTK]:
    """A window of it."""
    if DRIVER is None or not BROWSERS:
        pytest.skip("there is no WebKitGTK here: `make browser` installs Debian's package for it")
    options = Options()
    options.binary_location = str(BROWSERS[-1])
    options.add_argument("--automation")
    service = Service(DRIVER, env={**os.environ, "DISPLAY": display})
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        driver = WebKitGTK(options=options, service=service)  # it warns of what it does itself
    driver.set_script_timeout(PATIENCE / 1000)
    yield driver
    driver.quit()
