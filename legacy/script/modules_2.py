"""The modules of Python 2's own library: by today's names, with what they had then."""

import hashlib
import importlib
import itertools
import pickle
import string
import struct
import subprocess
from io import BytesIO, StringIO

from fissix.fixes.fix_imports import MAPPING

from legacy.script.shown import Joined
from legacy.script.text_2 import File, raw, raw_bytes

# A module of Python 2 -> the modules that have its names today.
MODULES = {old: (new,) for old, new in MAPPING.items()} | {
    "md5": ("hashlib",),
    "sets": ("builtins",),
    "sha": ("hashlib",),
    "urllib": ("urllib.request", "urllib.parse", "urllib.error", "urllib"),
    "urllib2": ("urllib.request", "urllib.parse", "urllib.error"),
}


def load(file):
    """pickle.load; a pickle of Python 2 has its text as bytes."""
    return pickle.load(raw(file), encoding="latin-1")


def dump(value, file, protocol=0):
    """pickle.dump, into a file that was opened as text, too, as pickles were in Python 2."""
    return pickle.dump(value, raw(file), protocol)


def getoutput(command):
    return subprocess.getoutput(command)


def maketrans(old, new):
    return str.maketrans(old, new)


PICKLE = {
    "load": load,
    "loads": lambda text: pickle.loads(raw_bytes(text), encoding="latin-1"),
    "dump": dump,
    "dumps": lambda value, protocol=0: pickle.dumps(value, protocol).decode("latin-1"),
}


def hashing(name):
    """hashlib.md5 and the like, of bytes that are text here."""
    function = getattr(hashlib, name)
    return lambda text="", **kwargs: Hash(function(raw_bytes(text), **kwargs))


class Hash:
    """A hash of bytes that are text here."""

    def __init__(self, hashed):
        self.hashed = hashed

    def update(self, text):
        self.hashed.update(raw_bytes(text))

    def __getattr__(self, name):
        return getattr(self.hashed, name)


HASHES = {name: hashing(name) for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}

# What a module of then had, and today's has not, or has otherwise.
NAMES = {
    "cPickle": PICKLE,
    "pickle": PICKLE,
    "commands": {"getoutput": getoutput, "getstatusoutput": subprocess.getstatusoutput},
    "hashlib": HASHES,
    "md5": {"new": HASHES["md5"]} | HASHES,
    "sha": {"new": HASHES["sha1"]},
    "cStringIO": {"StringIO": StringIO},
    "itertools": {
        "ifilter": filter,
        "ifilterfalse": itertools.filterfalse,
        "imap": map,
        "izip": zip,
        "izip_longest": itertools.zip_longest,
    },
    "sets": {"Set": set, "ImmutableSet": frozenset},
    "string": {
        "atof": float,
        "atoi": int,
        "join": lambda words, by=" ": by.join(words),
        "letters": string.ascii_letters,
        "lowercase": string.ascii_lowercase,
        "maketrans": maketrans,
        "replace": lambda text, *args: text.replace(*args),
        "split": lambda text, *args: text.split(*args),
        "strip": lambda text, *args: text.strip(*args),
        "lower": str.lower,
        "upper": str.upper,
        "find": str.find,
        "zfill": str.zfill,
        "uppercase": string.ascii_uppercase,
    },
    "struct": {
        "pack": lambda *args: struct.pack(*args).decode("latin-1"),
        "unpack": lambda form, text: struct.unpack(form, raw_bytes(text)),
    },
    "StringIO": {"StringIO": StringIO, "BytesIO": BytesIO},
    "types": {
        "BooleanType": bool,
        "DictType": dict,
        "FloatType": float,
        "IntType": int,
        "ListType": list,
        "NoneType": type(None),
        "StringType": str,
        "StringTypes": (str,),
        "TupleType": tuple,
        "UnicodeType": str,
        "FileType": File,
    },
}


LOADED = {}


def find_module(name):
    """Returns the module of Python 2's library of that name, or None if it is today's."""
    if name not in MODULES and name not in NAMES:
        return None
    if name not in LOADED:
        today = [importlib.import_module(each) for each in MODULES.get(name, (name,))]
        LOADED[name] = Joined(name, NAMES.get(name, {}), today)
    return LOADED[name]
