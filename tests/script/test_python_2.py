"""Scripts of Python 2: told by what they use, turned in memory, with the lines and the meaning that they had."""

import ast
import builtins

import pytest

from legacy.script import builtins_2, modules_2, numpy_2015, text_2
from legacy.script.program import read_program
from legacy.script.python_2 import Signs
from legacy.script.source import as_it_was
from legacy.script.syntax_2 import to_python_3
from tests.script.processes import SCRIPTS, run, write

# What Python 2.7 with TensorFlow 0.12.1 itself printed.
PRINTED = """114 111 3 café
(' ', 0) False abc 3 -4 0.333333333333 511
window 0: 0.10469 4,  lazy ca
window 1: 0.14237 4, y café 
window 2: 0.11045 4, fé is o
no 'x'
"""  # noqa: W291


def test_a_program_prints_what_it_printed(tmp_path):
    finished = run(SCRIPTS / "python_2_2016" / "train.py", cwd=tmp_path)
    assert finished.stdout == PRINTED, finished.stderr
    told, mean = finished.stderr.splitlines()
    assert told.startswith("run.py: taken for Python 2: ") and told.endswith("; --python 3 says otherwise")
    assert mean == "mean of [1, 2] is 1"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("print 'a'", True),
        ("raise ValueError, 'a'", True),
        ("x = 0777", True),
        ("for i in xrange(3): pass", True),
        ("import cPickle", True),
        ("from itertools import izip", True),
        ("{}.iteritems()", True),
        ("{}.keys()[0]", True),
        ("import string; string.letters", True),
        ("print >>f, 1", True),
        ("'a'.decode('utf-8')", True),
        ("from six.moves import xrange\nxrange(3)", False),
        ("try:\n    import cPickle\nexcept ImportError:\n    import pickle as cPickle", False),
        ("import sys\nif sys.version_info[0] < 3:\n    range = xrange", False),
        ("import pandas\npandas.DataFrame().iteritems()", False),
        ("def reduce(x): return x\nreduce(1)", False),
        ("print('a')", False),
        ("import string; string.ascii_letters", False),
    ],
)
def test_what_tells(line, told, tmp_path):
    program = read_program(write(tmp_path, "script.py", f"{line}\n"))
    assert (program.python, program.told is not None) == ((2, True) if told else (3, False))


def test_a_module_beside_it_tells(tmp_path):
    write(tmp_path, "model.py", "\nimport Queue\n")
    script = write(tmp_path, "script.py", "import model\n")
    assert read_program(script).told == ("import Queue", "model.py, line 2")
    assert read_program(script, python=3).python == 3
    write(tmp_path, "Queue.py", "")  # the program's own
    assert read_program(script).told is None


def test_a_sign_needs_no_try_and_no_question():
    assert Signs(ast.parse("if six.PY2:\n    unicode\nelse:\n    str\n"), ()).found is None
    assert Signs(ast.parse("\n\nunicode('a')\n"), ()).found == ("unicode", 3)


# --- lines ---

LINES = '''def f((a, b), c):
    """A docstring
	with a tab."""
    if a:
\treturn a  # a tab is eight columns
    print "one", \\
        a
    raise ValueError, "here"


class Meta:
    __metaclass__ = type
    last = 1
'''  # noqa: W191


def test_lines_are_those_of_the_file():
    tree = to_python_3(LINES.encode(), "script.py")
    function, meta = tree.body
    assert (function.lineno, meta.lineno, meta.body[-1].lineno) == (1, 11, 13)
    assert [node.lineno for node in ast.walk(function) if isinstance(node, (ast.Return, ast.Raise))] in ([5, 8], [8, 5])
    assert ast.get_docstring(function, clean=False) == "A docstring\n\twith a tab."


def test_an_error_has_its_own_lines(tmp_path, run_here):
    script = write(tmp_path, "script.py", LINES + "\n\nf((0, 1), 2)\n")
    finished = run_here(script)
    assert finished.returncode == 1 and finished.stdout == "one 0\n"
    assert f'File "{script}", line 16, in <module>' in finished.stderr
    assert f'File "{script}", line 8, in f\n    raise ValueError, "here"\n' in finished.stderr


def test_neither_python(tmp_path, run_here):
    script = write(tmp_path, "script.py", "print 'a'\nx = (\n")
    finished = run_here(script)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"run.py: {script}, line 1: Missing parentheses")


# --- meaning ---


def value(expression, codec=text_2.BYTES, **names):
    """Returns what an expression is in Python 2."""
    source = f"# coding: utf-8\nresult = {expression}\n".encode()
    module = to_python_3(source, "script.py")
    of_2 = numpy_2015.BUILTINS | builtins_2.NAMES | text_2.names_of(codec)
    names["__builtins__"] = vars(builtins) | of_2
    exec(compile(as_it_was(module, 2, codec), "script.py", "exec"), names)
    return names["result"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        # as Python 2.7 says
        ("7 / 2, -7 / 2, 7 / 2., True / 2", (3, -4, 3.5, 0)),
        ("str(0.1 + 0.2), str(1e16), str(2.0), `0.1 + 0.2`", ("0.3", "1e+16", "2.0", "0.30000000000000004")),
        ("'%s %s %r' % (1 / 3., 'a', 0.5), '{} {:.2f}'.format(1 / 3., 0.5)", ("0.333333333333 a 0.5", "0.333333333333 0.50")),
        ("map(None, [1, 2], [3]), map(lambda a: a, 'ab'), map(max, [1, 5], [4, 2])", ([(1, 3), (2, None)], ["a", "b"], [4, 5])),
        ("filter(str.isdigit, 'a1b2'), filter(None, (0, 1)), zip([1], [2])", ("12", (1,), [(1, 2)])),
        ("range(3) + range(1), {1: 2}.keys()[0], {1: 2}.items()", ([0, 1, 2, 0], 1, [(1, 2)])),
        ("sorted([1, 3, 2], lambda a, b: cmp(b, a)), sorted(['b', 'A'], key=str.lower)", ([3, 2, 1], ["A", "b"])),
        ("round(2.5), round(-0.5), round(1.25, 1)", (3.0, -1.0, 1.3)),
        ("'caf\\xc3\\xa9'.decode('utf-8'), len('caf\xe9'), len(u'caf\xe9'), u'\\xe9'.encode('utf-8')", ("café", 5, 4, "Ã©")),
        ("'\\xd6\\xd0'.decode('gbk'), u'\u4e2d'.encode('gbk')", ("\u4e2d", "ÖÐ")),
        ("'a-b'.translate(None, '-'), '6162'.decode('hex'), unicode('a'), isinstance(u'a', basestring)", ("ab", "ab", "a", True)),
        ("reduce(lambda a, b: a * b, xrange(1, 5)), unichr(97), long(3), 10L", (24, "a", 3, 10)),
    ],
)  # fmt: skip
def test_what_an_expression_was(expression, result):
    found = value(expression)
    assert found == result and list(map(type, found)) == list(map(type, result))


def test_arrays_and_tensors_of_integers_are_divided_whole(run_here, tmp_path):
    source = """
import numpy as np
import tensorflow as tf
a = np.array([7, 8])
b = a
b /= 2
with tf.Session() as session:
    print a, a / 2.0, np.array([7.0]) / 2, session.run([tf.constant(7) / 2, tf.constant(7.0) / 2]), session.run(tf.constant("x"))
"""
    # As Python 2.7 with NumPy 1.16 and TensorFlow 0.12.1.
    assert run_here(write(tmp_path, "script.py", source)).stdout == "[3 4] [1.5 2. ] [3.5] [3, 3.5] x\n"
    future = write(tmp_path, "script.py", "from __future__ import division\nprint 7 / 2\n")
    assert run_here(future).stdout == "3.5\n"


def test_text_and_bytes_in_files(tmp_path, run_here):
    """Files are bytes; what is decoded is text; the same print leaves both as they look. A default encoding mixes them."""
    (tmp_path / "gbk.txt").write_bytes("中文\n".encode("gbk"))
    (tmp_path / "utf8.txt").write_bytes("中文\n".encode())
    source = """# -*- coding: utf-8 -*-
import csv, io, sys
{}
line = open('utf8.txt').readline().strip()
print len(line), len(line.decode('utf-8')), line, line.decode('utf-8'), line.decode('utf-8')[0] == u'中'
print open('gbk.txt').read().decode('gbk').strip() == u'中文', '中' in line, {{line: 1}}
with open('out.csv', 'wb') as f:
    csv.writer(f).writerow(['a', line])
print list(csv.reader(open('out.csv', 'rb')))[0][1], open('out.csv', 'U').read().endswith('\\n')
sys.stdout.write(line + '\\n')
"""
    script = write(tmp_path, "script.py", source.format(""))
    finished = run(script, cwd=tmp_path)
    head, second, *rest = finished.stdout.splitlines()
    assert head == "6 2 中文 中文 True" and second.startswith("True True {"), finished.stderr
    assert rest == ["中文 True", "中文"] and (tmp_path / "out.csv").read_bytes() == "a,中文\r\n".encode()
    write(tmp_path, "script.py", source.format("reload(sys); sys.setdefaultencoding('utf-8')"))
    assert run(script, cwd=tmp_path).stdout.splitlines()[1].startswith("True True {'中文': 1}")


def test_print_and_what_it_leaves(tmp_path, run_here):
    """A comma leaves a blank only if something follows on its line."""
    source = (
        "import sys\nprint 'a',\nprint 'b'\nprint 'c\\n',\nprint 'd',\nsys.stdout.write('e')\nprint\nprint ('f', 1)\n"
    )
    # As Python 2.7: no blank before what is written, none after the end of a line.
    assert run_here(write(tmp_path, "script.py", source)).stdout == "a b\nc\nd e\n('f', 1)\n".replace("d e", "de")


def test_modules_of_then(tmp_path, run_here):
    source = """
import cPickle, ConfigParser, Queue, StringIO, string, urllib, urllib2, urlparse, struct
from itertools import imap, izip
import pickle
print Queue.Queue, urllib.quote('a b'), urllib2.urlopen, urllib.urlretrieve, urlparse.urlparse('http://a/b').path
print string.join(['a', 'b'], '-'), 'a'.translate(string.maketrans('a', 'b')), list(izip('a', 'b')), list(imap(abs, [-1]))
print struct.unpack('>I', open('bytes', 'rb').read(4)), cPickle.loads(cPickle.dumps({'a': u'b'})), StringIO.StringIO('x').read()
print sorted(pickle.load(open('py2.pkl')).items())
"""
    (tmp_path / "bytes").write_bytes(b"\0\0\1\2")
    (tmp_path / "py2.pkl").write_bytes(
        b"\x80\x02}q\x00(U\x02\xc3\xa9q\x01K\x01U\x01bq\x02K\x02u."
    )  # Python 2.7's, protocol 2
    finished = run(write(tmp_path, "script.py", source), cwd=tmp_path)
    first, *rest = finished.stdout.splitlines()
    assert first.startswith("<class 'queue.Queue'> a%20b <function urlopen"), finished.stderr
    assert rest == ["a-b b [('a', 'b')] [1]", "(258,) {'a': 'b'} x", "[('b', 2), ('Ã©', 1)]".replace("Ã©", "é")]


def test_a_module_that_both_have_is_todays():
    assert modules_2.find_module("os") is None
    assert modules_2.find_module("urlparse").urlsplit("a://b").netloc == "b"


def test_beside_in_a_package(tmp_path, run_here):
    """Python 2 looks in a package first, unless the module says `absolute_import`."""
    write(tmp_path, "parts/__init__.py", "")
    write(tmp_path, "parts/words.py", "whose = 'the package s'\n")
    write(tmp_path, "words.py", "whose = 'the folder s'\n")
    write(tmp_path, "parts/old.py", "import words\nprint words.whose\n")
    write(tmp_path, "parts/new.py", "from __future__ import absolute_import\nimport words\nprint words.whose\n")
    script = write(tmp_path, "script.py", "import parts.old\nfrom parts import new\n")
    assert run_here(script).stdout == "the package s\nthe folder s\n"
