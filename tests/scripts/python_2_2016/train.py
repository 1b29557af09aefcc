# -*- coding: utf-8 -*-
# A character model in the Python 2 of 2016: print, xrange, cPickle, iteritems, whole divisions, a package without dots.
import cPickle
import os
import string
import sys
import tempfile

import tensorflow as tf

import parts.reader as reader
from itertools import izip


def windows((ids, length), count):
	for i in xrange(count):
		start = i * length / 2
		yield ids[start:start + length], ids[start + 1:start + length + 1]
	raise StopIteration


folder = tempfile.mkdtemp()
name = os.path.join(folder, 'story.txt')
open(name, 'w').write('a lazy caf\xc3\xa9 is open, the dog is not. ' * 3)
text = open(name).read()
print len(text), len(text.decode('utf-8')), text.count('\xc3\xa9'), text.split()[2]
vocabulary = reader.vocabulary(text)
inverse = dict(izip(vocabulary.values(), vocabulary.keys()))
common = sorted(vocabulary.items(), lambda a, b: cmp(a[1], b[1]))
print common[0], vocabulary.has_key('q'), string.letters[:3], 7 / 2, -7 / 2, 1.0 / 3, `0777`
with open(os.path.join(folder, 'vocabulary.pkl'), 'w') as f:
	cPickle.dump(vocabulary, f)
assert cPickle.load(open(os.path.join(folder, 'vocabulary.pkl'))) == vocabulary

ids = map(vocabulary.get, text)
x = tf.placeholder(tf.int32, [None])
embedding = tf.constant([[(i * j % 7) / 7.0 for j in xrange(1, 4)] for i in xrange(len(vocabulary))])
inputs = tf.expand_dims(tf.nn.embedding_lookup(embedding, x), 0)
with tf.variable_scope('model', initializer=tf.constant_initializer(0.1)):
	outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(4), inputs, dtype=tf.float32)
half = tf.shape(x)[0] / 2
with tf.Session() as session:
	session.run(tf.initialize_all_variables())
	for i, (source, target) in enumerate(windows((ids, 8), 3)):
		values, middle = session.run([state, half], {x: source})
		print 'window %d: %.5f %s,' % (i, values[0, 0], middle),
		print ''.join([inverse[each] for each in target])
print >>sys.stderr, 'mean of %s is %s' % ([1, 2], reader.mean([1, 2]))
try:
	print vocabulary['x']
except KeyError, error:
	print 'no', error
