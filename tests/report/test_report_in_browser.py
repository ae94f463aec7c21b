"""Reports in headless Chromium: nothing runs, nothing is fetched, everything fits and is told.

Each test of what does not happen has a page beside it on which it does.
"""

from __future__ import annotations

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import browser
import pytest
from people import specification, survey

import mpi

pytestmark = pytest.mark.skipif(
    browser.program() is None or browser.os.name != "posix",
    reason="no Chromium is installed (Debian: apt-get install chromium)",
)
_RAN = "window.ran === 1"


class _Counting(SimpleHTTPRequestHandler):
    """A server of one folder that remembers what it was asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder and its server, on this machine only."""
    folder = tmp_path_factory.mktemp("site")
    handler = lambda *words: _Counting(*words, directory=folder)  # noqa: E731
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tab(tmp_path):
    with browser.Browser(tmp_path / "browser") as opened:
        yield opened


def address(server, name):
    server.asked.clear()
    return f"http://127.0.0.1:{server.server_port}/{name}"


def fetched(server, name):
    """What was asked for beside the page, and the icon that browsers look for by themselves."""
    return sorted(set(server.asked) - {f"/{name}", "/favicon.ico"})


def outside(tab):
    """Requests of the page for anything but itself and what is in it."""
    requests = [event["request"]["url"] for event in tab.of("Network.requestWillBeSent")]
    others = [url for url in requests if not url.startswith("data:")]
    return [url for url in others if not url.endswith((".html", "/favicon.ico"))]


def attacks(port):
    """Labels that would set a mark or fetch something if they were obeyed."""
    there = f"http://127.0.0.1:{port}"
    return (
        f'=HYPERLINK("{there}/formula";"x")',
        "<script>window.ran=1</script>",
        f'"><img src=x onerror="window.ran=1;fetch(\'{there}/error\')">',
        f"<img src={there}/image>",
        f"<style>@import url({there}/style)</style>",
        f"<link rel=stylesheet href={there}/link>",
        f"<iframe src={there}/frame></iframe>",
        f'<meta http-equiv="refresh" content="0;url={there}/refresh">',
        "' autofocus onfocus='window.ran=1",
        "</style></title><script>window.ran=1</script>",
    )


@pytest.fixture(scope="module")
def attacked(site):
    """A report whose every label is an attack."""
    folder, server = site
    labels = attacks(server.server_port)
    spec = specification(title=labels[1], first=labels[2])
    profiles = mpi.tabulate(survey(labels), spec, by="region")
    about = {"title": labels[9], "source": labels[3], "names": {"region": labels[2]}}
    mpi.html_report(profiles, folder / "report.html", **about)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_no_script_of_a_label_runs_and_nothing_is_fetched(attacked, site, tab):
    _, server = site
    tab.open(address(server, "report.html"))
    assert server.asked[0] == "/report.html"
    assert tab.value(_RAN) is False
    assert fetched(server, "report.html") == []
    assert outside(tab) == []
    assert not tab.of("Page.javascriptDialogOpening")
    assert not tab.of("Runtime.exceptionThrown")
    # its own style and pictures do not offend its policy; a server may lack an icon
    logged = [event["entry"] for event in tab.of("Log.entryAdded")]
    assert [e["text"] for e in logged if "favicon" not in e.get("url", "")] == []
    assert tab.value("document.scripts.length + document.querySelectorAll('iframe').length") == 0


def test_the_same_labels_would_be_obeyed_on_a_page_without_escapes(site, tab):
    folder, server = site
    labels = [text for text in attacks(server.server_port) if "refresh" not in text]
    body = "".join(f'<p title="{text}">{text}</p>' for text in labels)
    (folder / "naive.html").write_text(f"<!DOCTYPE html><body>{body}", encoding="utf-8")
    tab.open(address(server, "naive.html"))
    assert tab.value(_RAN) is True
    assert "/image" in fetched(server, "naive.html")
    assert outside(tab)


def test_the_policy_stops_what_would_get_past_the_escapes(attacked, site, tab):
    folder, server = site
    there = f"http://127.0.0.1:{server.server_port}"
    added = (
        f"<script>window.ran=1</script><img src={there}/image onerror=window.ran=1>"
        f"<iframe src={there}/frame></iframe><link rel=stylesheet href={there}/link>"
        f"<style>body{{background:url({there}/background)}}</style></body>"
    )
    (folder / "added.html").write_text(attacked.replace("</body>", added), encoding="utf-8")
    tab.open(address(server, "added.html"))
    assert tab.value(_RAN) is False
    assert fetched(server, "added.html") == []
    assert len(tab.of("Log.entryAdded")) >= 3


@pytest.fixture(scope="module")
def report(site):
    """A report as offices make them."""
    folder, _ = site
    people = mpi.datasets.synthetic_survey(1500)
    profiles = mpi.tabulate(people, "colombia-dane", by=["area", "region"])
    mpi.html_report(profiles, folder / "demo.html", k="1/2")
    return folder / "demo.html"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_no_wider_than_the_screen_with_everything_unfolded(report, tab, width):
    tab.open(report.as_uri(), width)
    tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.value("document.documentElement.scrollWidth") <= width
    wide = "[...document.images].filter(i => i.getBoundingClientRect().right > innerWidth).length"
    assert tab.value(wide) == 0
    drawn = "[...document.images].every(i => i.complete && i.naturalWidth > 300)"
    assert tab.value(drawn) is True
    assert tab.value("document.images.length") >= 6
    # pictures for telephones are narrow ones; tables scroll in a box of their own
    widest = tab.value("Math.max(...[...document.images].map(i => i.width))")
    assert widest <= 390 if width == 390 else widest > 600
    scrolls = "[...document.querySelectorAll('.scroll')].some(s => s.scrollWidth > s.clientWidth)"
    assert tab.value(scrolls) is True or width > 390


def test_the_style_sheet_is_in_force(report, tab):
    tab.open(report.as_uri())
    assert tab.value("getComputedStyle(document.querySelector('h1')).overflowWrap") == "anywhere"


def test_a_keyboard_reaches_links_tables_and_folds_and_shows_where_it_is(report, tab):
    tab.open(report.as_uri())
    stops = []
    for _ in range(40):
        for kind in ("rawKeyDown", "keyUp"):
            key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            tab.ask("Input.dispatchKeyEvent", type=kind, **key)
        stops.append(
            tab.value(
                "(e => [e.tagName, e.className, getComputedStyle(e).outlineStyle,"
                " e.getBoundingClientRect().left >= 0])(document.activeElement)"
            )
        )
    assert stops[0][:2] == ["A", "skip"]
    assert stops[0][3] is True
    assert {tag for tag, *_ in stops} >= {"A", "SUMMARY", "DIV"}
    assert {outline for tag, _, outline, _ in stops if tag != "BODY"} == {"solid"}


def test_a_reader_is_told_what_every_picture_shows(report, tab):
    tab.open(report.as_uri())
    nodes = tab.ask("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in nodes if not node.get("ignored")]
    images = [node for node in shown if node["role"]["value"] == "image"]
    assert len(images) == tab.value("document.images.length")
    for node in images:
        assert len(node["name"]["value"]) > 60
    roles = {node["role"]["value"] for node in shown}
    assert roles >= {"banner", "navigation", "main", "contentinfo", "table", "rowheader"}


def test_paper_shows_what_is_folded_and_no_navigation(report, tab):
    tab.open(report.as_uri())
    fold = "document.querySelector('details.folded table')"
    seen = f"{fold}.checkVisibility({{contentVisibilityAuto: true}}) && {fold}.offsetHeight > 0"
    assert tab.value(seen) is False
    tab.ask("Emulation.setEmulatedMedia", media="print")
    assert tab.value(seen) is True
    assert tab.value("getComputedStyle(document.querySelector('nav')).display") == "none"
