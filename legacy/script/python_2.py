"""What tells a script of Python 2, by the error that it ends with in Python 3."""

import re

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
}
MODULES = {"cPickle", "StringIO", "cStringIO", "urllib2", "Queue", "ConfigParser", "HTMLParser", "Tkinter"}
METHODS = {"iteritems", "iterkeys", "itervalues", "has_key"}
LINES = r"print\b|exec\b|.*\bexcept .*,|raise .*,|.*<>|.*`|.*\b0\d+\b|.*\b\d+L\b|.*\bur['\"]"
# What the views, iterators and generators of Python 3 answer to a script that takes them for lists.
LISTS = re.compile(
    r"'(dict_keys|dict_values|dict_items|map|zip|filter|range)' object (is not subscriptable|has no attribute 'sort'"
    r"|does not support item assignment)|object of type '(map|zip|filter)' has no len\(\)"
    r"|'\w+' object has no attribute 'next'"
    r"|cannot import name '(izip|imap|ifilter|urlopen|urlretrieve|urlencode|maketrans)'"
)


def told_by(error, of_script):
    """Returns what tells that the script is one of Python 2, or None.

    of_script: the script raised the error itself, not a library that it called.
    """
    match error:
        case SyntaxError():
            text = (error.text or "").strip()
            return text if re.match(LINES, text) or isinstance(error, TabError) else None
        case NameError() if error.name in NAMES:
            return error.name
        case ModuleNotFoundError() if error.name in MODULES:
            return f"import {error.name}"
        case AttributeError() if error.name in METHODS:
            return f".{error.name}"
        case AttributeError() if str(error).startswith("module 'urllib' has no attribute"):
            return f"urllib.{error.name}"
        case TypeError() | AttributeError() | ImportError() if of_script:
            found = LISTS.search(str(error))
            return found and found[0]
    return None
