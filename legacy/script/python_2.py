"""What tells a script of Python 2: what it uses, before it runs, or the error that it ends with in Python 3."""

import ast
import re

from fissix.fixes.fix_imports import MAPPING

NAMES = {
    "xrange",
    "raw_input",
    "unicode",
    "basestring",
    "long",
    "unichr",
    "reduce",
    "file",
    "execfile",
    "reload",
    "cmp",
}
MODULES = {*MAPPING, "md5", "sets", "sha", "urllib2"} - {"dbm", "repr", "thread", "Dialog"}  # what else has these names
METHODS = {"iteritems", "iterkeys", "itervalues", "has_key"}
ATTRIBUTES = {
    "itertools": {"ifilter", "imap", "izip", "izip_longest"},
    "os": {"getcwdu"},
    "string": {"atof", "atoi", "join", "letters", "lowercase", "maketrans", "replace", "split", "uppercase"},
    "sys": {"maxint", "setdefaultencoding"},
    "urllib": {"quote", "quote_plus", "unquote", "urlencode", "urlopen", "urlretrieve"},
}
LISTS = {"filter", "keys", "map", "values", "zip"}  # what these give is a list in Python 2 alone
ASKED = {"PY2", "PY3", "python_version", "version", "version_info", "hasattr", "IS_PY3", "IS_PY2"}
# What the views, iterators and generators of Python 3 answer to a script that takes them for lists.
TOLD = re.compile(
    r"'(dict_keys|dict_values|dict_items|map|zip|filter|range)' object (is not subscriptable|has no attribute 'sort'"
    r"|does not support item assignment)|object of type '(map|zip|filter)' has no len\(\)"
    r"|'\w+' object has no attribute 'next'|'str' object has no attribute 'decode'"
    r"|cannot import name '(izip|imap|ifilter|urlopen|urlretrieve|urlencode|maketrans)'"
)


class Signs(ast.NodeVisitor):
    """Finds what only Python 2 has: `found`, (what, line), or None. What a script only tries, or asks the version for, is
    left out, and so is what it defines itself."""

    def __init__(self, tree, beside):
        """beside: the names of the modules beside it."""
        self.found, self.beside = None, beside
        self.own = {
            each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        self.own |= {each.name for each in ast.walk(tree) if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
        self.own |= {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
        imports = [each for each in ast.walk(tree) if isinstance(each, (ast.Import, ast.ImportFrom))]
        self.own |= {(alias.asname or alias.name).partition(".")[0] for each in imports for alias in each.names}
        self.pandas = any(alias.name.partition(".")[0] == "pandas" for each in imports for alias in each.names)
        self.stars = any(alias.name == "*" for each in imports for alias in each.names)
        self.visit(tree)

    def say(self, what, node):
        if self.found is None or node.lineno < self.found[1]:
            self.found = what, node.lineno

    def visit_Try(self, node):
        for each in node.orelse + node.finalbody:
            self.visit(each)
        caught = {getattr(handler.type, "id", None) for handler in node.handlers}
        if not caught & {None, "Exception", "ImportError", "ModuleNotFoundError", "NameError", "AttributeError"}:
            for each in node.body:
                self.visit(each)

    def visit_If(self, node):
        asked = {getattr(each, "attr", None) or getattr(each, "id", None) for each in ast.walk(node.test)}
        if not asked & ASKED:
            self.generic_visit(node)

    visit_IfExp = visit_If

    def visit_Import(self, node):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if top in MODULES and top not in self.beside:
                self.say(f"import {top}", node)

    def visit_ImportFrom(self, node):
        if node.level or not node.module:
            return
        if node.module in MODULES and node.module not in self.beside:
            self.say(f"import {node.module}", node)
        for alias in node.names:
            if alias.name in ATTRIBUTES.get(node.module, ()):
                self.say(f"{node.module}.{alias.name}", node)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id in NAMES - self.own and not self.stars:
            self.say(node.id, node)

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.attr in ATTRIBUTES.get(node.value.id, ()):
            if node.value.id not in self.beside:
                self.say(f"{node.value.id}.{node.attr}", node)

    def visit_Call(self, node):
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(attr=name) if name in METHODS and len(node.args) == (name == "has_key"):
                if not self.pandas:
                    self.say(f".{name}()", node)
            case ast.Attribute(attr="decode", value=ast.Constant(value=str())):
                self.say("'...'.decode", node)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        match node.value:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name), args=[]) if name in LISTS:
                if name not in self.own and isinstance(node.slice, ast.Slice | ast.Constant):
                    self.say(f"{name}()[...]", node)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.RShift) and isinstance(node.left, ast.Name) and node.left.id == "print":
            self.say("print >>", node)


def calls_default_encoding(tree):
    """Whether a module mixes text and bytes on purpose: it sets the encoding by which one becomes the other."""
    return any(isinstance(node, ast.Attribute) and node.attr == "setdefaultencoding" for node in ast.walk(tree))


def told_by(error, of_script):
    """Returns what tells that the script is one of Python 2, or None.

    of_script: the script raised the error itself, not a library that it called.
    """
    match error:
        case NameError() if error.name in NAMES:
            return error.name
        case ModuleNotFoundError() if error.name in MODULES | {"urllib2"}:
            return f"import {error.name}"
        case AttributeError() if error.name in METHODS:
            return f".{error.name}"
        case AttributeError() if str(error).startswith("module 'urllib' has no attribute"):
            return f"urllib.{error.name}"
        case TypeError() | AttributeError() | ImportError() if of_script:
            found = TOLD.search(str(error))
            return found and found[0]
    return None
