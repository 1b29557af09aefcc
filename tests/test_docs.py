"""What the documents say can be followed: links, pictures, commands, the tests that they name; one table, not two."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from tests.parity import README_BLOCK

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("tests/*/*.md")]
TEXTS = {str(page.relative_to(ROOT)): page.read_text() for page in sorted(PAGES)}
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
# A line of a shell, or a program with flags in running text: `legacy/story_rnn.py --seed 1`.
COMMAND = re.compile(r"(?:\bpython |`(?=[\w/.]+ --))((?:legacy|modern)/[\w/]+\.py)([^`\n]*)")


def of_each_page(find):
    return pytest.mark.parametrize("page", [page for page, text in TEXTS.items() if find(text)])


def links(text):
    """Returns the addresses of the page's links and pictures that are none of the web's."""
    found = re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", text))
    return [address for address in found if not address.startswith(("https:", "http:"))]


def anchors(text):
    """Returns the addresses of the page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text):
    """Returns the page's commands that start a program: [(file, what follows it)]."""
    return [(file, shlex.split(rest)) for file, rest in COMMAND.findall(text.replace("\\\n", " "))]


def named_tests(text):
    return re.findall(r"`(tests/[\w/]+\.py|test_\w+)`", text)


@of_each_page(links)
def test_links_and_pictures_exist(page):
    for address in links(TEXTS[page]):
        file, _, anchor = address.partition("#")
        there = (ROOT / page).parent / file if file else ROOT / page
        assert there.exists(), address
        assert not anchor or anchor in anchors(there.read_text()), address


@of_each_page(commands)
def test_commands_name_programs_and_their_flags(page, capsys):
    for file, words in commands(TEXTS[page]):
        assert (ROOT / file).is_file(), file
        program = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        ask = [*words[:1], "--help"] if file == "modern/from_tf1.py" else ["--help"]
        with pytest.raises(SystemExit):
            program.main(ask)
        known = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", capsys.readouterr().out))
        for word in words:
            assert not word.startswith("--") or word in known, f"{file} {word}"
            assert not word.startswith("tests/") or (ROOT / word).is_file(), word


@of_each_page(named_tests)
def test_the_tests_that_a_page_names_exist(page):
    sources = "".join(source.read_text() for source in ROOT.glob("tests/**/test_*.py"))
    functions = set(re.findall(r"^def (test_\w+)\(", sources, flags=re.MULTILINE))
    for name in named_tests(TEXTS[page]):
        assert (ROOT / name).is_file() if "/" in name else name in functions, name


def test_the_readme_shows_rows_of_the_parity_page():
    (block,) = README_BLOCK.finditer(TEXTS["README.md"])
    section = TEXTS["docs/parity.md"].partition(f"\n## {block['program']}\n")[2].partition("\n## ")[0]
    rows = [re.split("  +", line) for line in section.splitlines()]
    for line in block["lines"].splitlines():
        assert re.split("  +", line) in rows, line
