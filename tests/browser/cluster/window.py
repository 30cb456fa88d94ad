"""A window of an app, mostly the todo list, as a person uses it: through the page only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.console import collect
from tests.browser.processes import kill

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page


class Window:
    """One origin's window. It can be closed, killed and opened again; what is stored stays."""

    def __init__(self, context: BrowserContext, origin: str, app: str = "todo") -> None:
        self.origin = origin
        self.app = app
        self.errors: list[str] = []
        self._context = context
        self._page: Page | None = None

    # --- the window itself ---------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The open page."""
        assert self._page is not None, f"{self.origin} is closed"
        return self._page

    @property
    def is_open(self) -> bool:
        return self._page is not None

    def open(self, fragment: str = "") -> None:
        """Open a new tab at this address; it need not be ready."""
        assert self._page is None
        page = self._context.new_page()
        collect(page, self.errors)
        self._page = page
        page.goto(f"{self.origin}/{self.app}/{fragment}", wait_until="commit")

    def come_back(self, context: BrowserContext, fragment: str) -> None:
        """Open it in its browser, which has ended with all windows, and was started again."""
        self._context, self._page = context, None
        self.open(fragment)

    def close(self) -> None:
        """Close the window as a person does: the page is told that it ends."""
        self.page.close(run_before_unload=False)
        self._page = None

    def kill(self) -> None:
        """Kill the renderer: the page is told nothing, nor is anybody else."""
        kill(self.page)
        self._page = None

    def reload(self) -> None:
        """Reload, and do not wait for the member."""
        self.page.reload(wait_until="commit")

    def wait_for(self, state: str) -> None:
        """Wait until the shell says that it is in this state."""
        self.page.wait_for_selector(f"html[data-raft={state}]", state="attached")

    @property
    def fragment(self) -> str:
        """What the address ends with, from the # on."""
        _, mark, fragment = self.page.url.partition("#")
        return mark + fragment

    def by_id(self, name: str) -> Locator:
        """The element with this `data-testid`."""
        return self.page.get_by_test_id(name)

    # --- the cluster ---------------------------------------------------------------------------

    def start_cluster(self, durability: str = "") -> list[str]:
        """Found a cluster, kept where the page proposes or there; its links for the others."""
        self.wait_for("home")
        if durability:
            self.by_id(f"durability-{durability}").check()
        self.by_id("start").click()
        self.wait_for("waiting")
        links = self.by_id("member-link")
        expect(links.first).to_be_visible()
        addresses = [link.get_attribute("href") for link in links.all()]
        return [address for address in addresses if address]

    def follow(self, link: str) -> None:
        """Open this window at a link that another one gave."""
        assert link.startswith(self.origin), (link, self.origin)
        self.open("#" + link.partition("#")[2])

    def fact(self, name: str) -> str:
        """What this member says of itself now ("term", "role", "leader", ...)."""
        panel = self.by_id("panel-toggle")
        if panel.get_attribute("aria-expanded") == "true":
            panel.click()  # twice a second is too seldom here; it is drawn as it is opened
        panel.click()
        return self.by_id(name).inner_text()

    @property
    def role(self) -> str:
        return self.by_id("role").inner_text()

    def expect_safe(self) -> None:
        """This member sees a cluster that goes on when any one member fails."""
        expect(self.by_id("safety")).to_contain_text("any one may fail")

    # --- the list ------------------------------------------------------------------------------

    @property
    def items(self) -> Locator:
        """The titles shown."""
        return self.page.locator(".todo-list li .view label")

    @property
    def titles(self) -> list[str]:
        return self.items.all_inner_texts()

    @property
    def pending(self) -> Locator:
        """Items whose write is not acknowledged."""
        return self.page.locator(".todo-list li.pending")

    @property
    def acknowledged(self) -> list[str]:
        """Titles of items that are written, as this window knows."""
        return self.page.locator(".todo-list li:not(.pending):not(.failed) label").all_inner_texts()

    def type(self, title: str) -> None:
        """Type a new item and press Enter."""
        field = self.page.locator(".new-todo")
        field.fill(title)
        field.press("Enter")

    def add(self, title: str) -> None:
        """Type a new item and wait until it is written."""
        self.type(title)
        expect(self.items.filter(has_text=title)).to_have_count(1)
        expect(self.pending).to_have_count(0)

    def clear(self) -> None:
        """Remove all items, of which none may be pending."""
        active = self.page.locator(".todo-list li:not(.completed)")
        if active.count():
            self.page.locator(".toggle-all").dispatch_event("click")
            expect(active).to_have_count(0)
        if self.titles:
            self.page.locator(".clear-completed").dispatch_event("click")
        self.expect_titles()

    def expect_titles(self, *titles: str) -> None:
        """Wait until exactly these are shown and written."""
        expect(self.items).to_have_text(list(titles))
        expect(self.pending).to_have_count(0)
