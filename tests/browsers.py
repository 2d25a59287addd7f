"""The browser that tests drive: one that the machine has; none is fetched."""

from __future__ import annotations

import shutil

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "chrome")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)
"""The path of the first that is there."""
NO_BROWSER = f"there is no browser here; install one of {', '.join(BROWSERS)}"
