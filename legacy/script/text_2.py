"""Text and bytes of a script of Python 2, what it prints, and its files.

Its text and its bytes were one type. Here both are str: bytes are the characters 0 to 255 that they are in Latin-1, so
that `len`, `decode` and `encode` give what they gave. A script that calls sys.setdefaultencoding("utf-8") mixes both on
purpose: its bytes are read as UTF-8 at once, and `decode` has nothing left to do.
"""

import builtins
import codecs
import io
import re
import string
import sys

BYTES, TEXT = ("latin-1", "strict"), ("utf-8", "surrogateescape")


# --- what is printed ---


def str_2(value=""):
    """str; a float has twelve digits, and bytes are text."""
    if type(value) is float:
        text = format(value, ".12g")
        return text if re.search("[^-0-9]", text) else f"{text}.0"
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def shown(value):
    """The value of a %s as Python 2 shows it."""
    return str_2(value) if isinstance(value, (float, bytes)) else value


def percent_2(text, values):
    """text % values; a float of a %s has twelve digits."""
    if "%s" in text:
        names = [each for each in re.findall(r"%[-+ #0-9.*]*([a-zA-Z%])", text) if each != "%"]
        if isinstance(values, tuple) and len(values) == len(names):
            values = tuple(shown(value) if name == "s" else value for value, name in zip(values, names))
        elif names == ["s"]:
            values = shown(values)
    return text % values


class Formatter(string.Formatter):
    def format_field(self, value, spec):
        return super().format_field(value if spec else shown(value), spec)


def format_2(text, *args, **kwargs):
    return Formatter().vformat(text, args, kwargs)


def printable(text):
    """The text of what is written: bytes that are UTF-8 become what they mean."""
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    if text.isascii():
        return text

    def meant(match):
        try:
            return match[0].encode("latin-1").decode()
        except UnicodeDecodeError:
            return match[0]

    return re.sub("[\x80-\xff]{2,}", meant, text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Output:
    """A stream on which both bytes and text can be written."""

    def __init__(self, stream):
        self.stream, self.softspace = stream, False

    def write(self, text):
        return self.stream.write(printable(text))

    def __getattr__(self, name):
        return getattr(self.stream, name)


def print_2(*values, sep=" ", end="\n", file=None):
    """print; `print x,` leaves a blank only if something follows on its line."""
    file = sys.stdout if file is None else file
    text = sep.join(map(str_2, values))
    blank = getattr(file, "softspace", False) and (values or end != "\n")
    keeps = end == " "  # print x,
    file.write((" " if blank else "") + text + ("" if keeps else end))
    try:
        file.softspace = keeps and not (text[-1:].isspace() and text[-1:] != " ")
    except AttributeError:
        if keeps:
            file.write(" ")


# --- text and bytes ---


class File(io.TextIOWrapper):
    """What open() gives: text is read and written as bytes are, and `buffer` has the bytes."""

    def write(self, text):
        return self.buffer.write(text) if isinstance(text, (bytes, bytearray)) else super().write(text)


def raw(file):
    """Returns the binary file under one that open() gave."""
    return file.buffer if isinstance(file, File) else file


def raw_bytes(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def names_of(codec):
    """Returns name -> value of the builtins whose bytes are text by `codec`, BYTES or TEXT."""
    encoding, errors = codec

    def open_2(name, mode="r", buffering=-1, **kwargs):
        if kwargs or isinstance(name, int):
            return builtins.open(name, mode, buffering, **kwargs)
        kind = ("r" if "r" in mode or "U" in mode else mode[0]) + ("+" if "+" in mode else "")
        file = builtins.open(name, f"{kind}b", buffering if buffering > 1 else -1)
        newline = None if "U" in mode else "\n"
        return File(file, encoding, errors, newline, write_through=True)

    def decode(text, *args, **kwargs):
        """text.decode(of, errors), of bytes; what is text already stays it."""
        return decoded(text, *args, **kwargs) if isinstance(text, str) else text.decode(*args, **kwargs)

    def decoded(text, encoding="ascii", errors="strict"):
        of = encoding
        if text.isascii() and of.lower() not in ("hex", "base64", "string_escape", "unicode_escape"):
            return text
        try:
            data = text.encode(*codec)
        except UnicodeEncodeError:
            return text
        if of.lower() in ("string_escape", "string-escape"):
            of = "unicode_escape"
        if codec == TEXT and codecs.lookup(of).name == "utf-8" and errors == "strict":
            return text
        found = codecs.decode(data, of, errors)
        return found if isinstance(found, str) else found.decode(*codec)

    def encode(text, *args, **kwargs):
        """text.encode(to, errors): bytes."""
        return encoded(text, *args, **kwargs) if isinstance(text, str) else text.encode(*args, **kwargs)

    def encoded(text, encoding="ascii", errors="strict"):
        to = encoding
        if codec == TEXT and to.lower() in ("utf-8", "utf8"):
            return text
        known = codecs.lookup(to)
        data = text.encode(to, errors) if known._is_text_encoding else codecs.encode(text.encode(*codec), to)
        return data.decode(*codec)

    def unicode_(value="", of="ascii", errors="strict"):
        return decode(value, of, errors) if isinstance(value, (str, bytes)) else str(value)

    class Unicode(type):
        def __instancecheck__(cls, value):
            return isinstance(value, str)

        def __call__(cls, *args):
            return unicode_(*args)

    return {
        "open": open_2,
        "file": open_2,
        "unicode": Unicode("unicode", (str,), {}),
        "__decode__": decode,
        "__encode__": encode,
    }


def translate(text, table, deleted=""):
    """text.translate(table, deleted)."""
    if not isinstance(text, str) or isinstance(table, dict):
        return text.translate(table)
    kept = "".join(each for each in text if each not in deleted)
    return kept if table is None else kept.translate(table)
