"""Python 2 to Python 3, in memory: fissix (the lib2to3 that is still kept) reads the old syntax, its lines stay where they are.

Only syntax is turned here. What the same words meant in Python 2 is in rewrite_2.py and builtins_2.py.
"""

import ast
import difflib
import re
import tokenize
from io import BytesIO, StringIO

from fissix import refactor
from fissix.pgen2 import token as old_token
from fissix.pgen2 import tokenize as old_tokenize
from fissix.pgen2.parse import ParseError

FIXES = (
    "apply except exec funcattrs metaclass methodattrs ne next nonzero numliterals paren print raise repr sys_exc throw "
    "tuple_params"
)
# Python 2 had the statement `print` unless a module asked for the function.
TOOL = refactor.RefactoringTool([f"fissix.fixes.fix_{name}" for name in FIXES.split()])


def text_of(source):
    """Returns the text of a module's bytes, in the encoding that it declares; Python 2 took any bytes in comments."""
    try:
        encoding = tokenize.detect_encoding(BytesIO(source).readline)[0]
        text = source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        text = source.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def to_python_3(source, filename):
    """Returns the syntax tree of a module of Python 2, its lines those of the file.

    Raises SyntaxError: it is none.
    """
    text = with_blanks(text_of(source))
    if not text.endswith("\n"):
        text += "\n"  # fissix wants the last line to end
    try:
        tree = TOOL.refactor_string(text, filename)
    except (ParseError, old_tokenize.TokenError, IndentationError) as error:
        raise SyntaxError(f"neither Python 2 nor Python 3: {error}", (filename, 1, 0, "")) from None
    for leaf in tree.leaves():
        if re.match("[uU][rR]['\"]", leaf.value):
            leaf.value = leaf.value[1:]
        elif leaf.type == old_token.STRING and leaf.value[0] in "'\"bB" and "unicode_literals" not in text:
            leaf.value = re.sub(r"[^\x00-\x7f]", as_bytes, leaf.value)
    new = str(tree)
    module = ast.parse(new.encode(), filename)
    if new.count("\n") != text.count("\n") or "__metaclass__" in text:  # a line more and one less leave as many
        put_lines_back(module, text, new)
    return module


def as_bytes(match):
    """Returns a character of a text of bytes as escapes of its bytes, each marked as `surrogateescape` marks one, so that
    it differs from the escape of a byte that stood there; rewrite_2.py makes of them what they are."""
    return "".join(f"\\udc{byte:02x}" for byte in match[0].encode())


def with_blanks(text):
    """Returns the text with each indentation in blanks, a tab to the next eighth column, as Python 2 took it."""
    if "\t" not in text:
        return text
    inside = set()  # the lines that begin inside a string
    try:
        for kind, _, (first, _), (last, _), _ in old_tokenize.generate_tokens(StringIO(text).readline):
            if kind == old_tokenize.STRING:
                inside |= set(range(first + 1, last + 1))
    except (old_tokenize.TokenError, IndentationError):
        pass
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if at + 1 not in inside:
            rest = line.lstrip(" \t")
            lines[at] = line[: len(line) - len(rest)].expandtabs(8) + rest
    return "\n".join(lines)


def put_lines_back(module, old, new):
    """Gives the nodes of a tree the lines of `old`, where what was made of it has some more or less."""
    numbers, last = {}, 1
    matcher = difflib.SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
    for _, first, end, new_first, new_end in matcher.get_opcodes():
        for at in range(new_first, new_end):
            last = min(first + at - new_first, max(first, end - 1)) + 1
            numbers[at + 1] = last
    for node in ast.walk(module):
        if hasattr(node, "lineno"):
            node.lineno = numbers.get(node.lineno, last)
            node.end_lineno = max(node.lineno, numbers.get(node.end_lineno, last))
