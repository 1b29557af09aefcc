"""`tf.contrib.learn.preprocessing`: words as numbers, and the files that such vocabularies were kept in.

Source: tensorflow/contrib/learn/python/learn/preprocessing/{text,categorical_vocabulary}.py, TensorFlow 1.15.
"""

import collections
import copyreg
import io
import json
import pickle
import re
import sys
import types
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

__all__ = ["ByteProcessor", "CategoricalVocabulary", "VocabularyProcessor", "tokenizer"]

WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+")


def tokenizer(iterator):
    """Yields the words of each text, a list."""
    for value in iterator:
        yield WORD.findall(value)


class ByteProcessor:
    """Texts as numbers of their bytes, UTF-8, uint8 [max_document_length], with zeros at the end."""

    def __init__(self, max_document_length):
        self.max_document_length = max_document_length

    def fit(self, x):
        pass

    def fit_transform(self, x):
        return self.transform(x)

    def transform(self, x):
        for document in x:
            document = document.encode("utf-8") if isinstance(document, str) else document
            numbers = np.frombuffer(document[: self.max_document_length], dtype=np.uint8)
            yield np.pad(numbers, (0, self.max_document_length - len(numbers)), "constant")

    def reverse(self, x):
        for data in x:
            document = np.trim_zeros(data.astype(np.int8), trim="b").tobytes()
            try:
                yield document.decode("utf-8")
            except UnicodeDecodeError:
                yield ""


class CategoricalVocabulary:
    """Words and their numbers, in the order in which they came; 0 is every word that is unknown."""

    def __init__(self, unknown_token="<UNK>", support_reverse=True):
        self._unknown_token, self._support_reverse, self._freeze = unknown_token, support_reverse, False
        self._freq = collections.defaultdict(int)
        self._begin()

    def _begin(self):
        self._mapping, self._reverse_mapping = {self._unknown_token: 0}, [self._unknown_token]

    def __len__(self):
        return len(self._mapping)

    def freeze(self, freeze=True):
        """From now on a new word is unknown."""
        self._freeze = freeze

    def get(self, category):
        """Returns a word's number; a new one gets the next."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category, count=1):
        """Counts a word."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency, max_frequency=-1):
        """Keeps the words that came more often than `min_frequency`, the most frequent first."""
        by_name = sorted(self._freq.items(), key=lambda each: (isinstance(each[0], str), each[0]))
        counted = sorted(by_name, key=lambda each: each[1], reverse=True)
        kept = [(word, count) for word, count in counted if count > min_frequency]
        kept = [(word, count) for word, count in kept if max_frequency <= 0 or count < max_frequency]
        self._begin()
        for word, _ in kept:
            self._mapping[word] = len(self._mapping)
            self._reverse_mapping.append(word)
        self._freq = dict(counted[: len(kept)])

    def reverse(self, class_id):
        """Returns the word of a number."""
        if not self._support_reverse:
            raise ValueError("This vocabulary wasn't initialized with support_reverse to support reverse() function.")
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Texts as numbers of their words, int64 [max_document_length], with zeros at the end.

    min_frequency: words that come as often or less are unknown. tokenizer_fn: texts -> their words, each a list.
    """

    def __init__(self, max_document_length, min_frequency=0, vocabulary=None, tokenizer_fn=None):
        self.max_document_length, self.min_frequency = max_document_length, min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents, unused_y=None):
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents, unused_y=None):
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents):
        for tokens in self._tokenizer(raw_documents):
            word_ids = np.zeros(self.max_document_length, np.int64)
            for place, token in enumerate(tokens[: self.max_document_length]):
                word_ids[place] = self.vocabulary_.get(token)
            yield word_ids

    def reverse(self, documents):
        for item in documents:
            yield " ".join(self.vocabulary_.reverse(class_id) for class_id in item)

    def save(self, filename):
        """Writes JSON; TensorFlow 1 wrote a pickle."""
        vocabulary = vars(self.vocabulary_)
        said = {
            "max_document_length": self.max_document_length,
            "min_frequency": self.min_frequency,
            "tokenizer": [self._tokenizer.__module__, self._tokenizer.__qualname__],
            "words": list(vocabulary["_mapping"]),
            "counts": list(vocabulary["_freq"].items()),
            "support_reverse": vocabulary["_support_reverse"],
            "freeze": vocabulary["_freeze"],
        }
        with tf.gfile.Open(filename, "w") as file:
            file.write(json.dumps(said))

    @classmethod
    def restore(cls, filename):
        """Returns what `save` wrote, or what TensorFlow 1 did: of a pickle only a vocabulary is read, and nothing that it
        names is called. Raises ValueError if it holds anything else."""
        with tf.gfile.Open(filename, "rb") as file:
            content = file.read()
        if content[:1] != b"{":
            return from_pickle(content)
        said = json.loads(content)
        vocabulary = CategoricalVocabulary(said["words"][0], said["support_reverse"])
        for word in said["words"][1:]:
            vocabulary.get(word)
        vocabulary._freq.update((word, count) for word, count in said["counts"])
        vocabulary.freeze(said["freeze"])
        return cls(said["max_document_length"], said["min_frequency"], vocabulary, loaded(*said["tokenizer"]))


def loaded(module, name):
    """Returns a function of the script's, or of a module in its folder, if it is there already; else the tokenizer of
    here."""
    main, found = sys.modules["__main__"], sys.modules.get(module)
    folder = Path(getattr(main, "__file__", None) or "nowhere").resolve().parent
    beside = Path(getattr(found, "__file__", None) or "/").resolve().is_relative_to(folder)
    value = getattr(found, name, None)
    return value if isinstance(value, types.FunctionType) and (module == "__main__" or beside) else tokenizer


class Named:
    """What a pickle names and a vocabulary does not need: never called."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Reader(pickle.Unpickler):
    """Reads a pickle's strings, numbers, lists and dictionaries, and the two classes above."""

    def find_class(self, module, name):
        own = {"VocabularyProcessor": VocabularyProcessor, "CategoricalVocabulary": CategoricalVocabulary}
        plain = {
            "defaultdict": collections.defaultdict,
            "int": int,
            "long": int,
            "object": object,
            "dict": dict,
            "list": list,
        }
        if name in own and module.startswith("tensorflow."):
            return own[name]
        if name in plain and module in ("collections", "builtins", "__builtin__"):
            return plain[name]
        if (module, name) in (("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor")):
            return copyreg._reconstructor
        return Named(module, name)


def from_pickle(content):
    try:
        found = Reader(io.BytesIO(content), encoding="utf-8", errors="surrogateescape").load()
        vocabulary = vars(found.vocabulary_)
    except (pickle.UnpicklingError, TypeError, AttributeError, EOFError, IndexError, KeyError):
        raise ValueError("this is no vocabulary that VocabularyProcessor saved") from None
    if not isinstance(found, VocabularyProcessor):
        raise ValueError("this is no vocabulary that VocabularyProcessor saved")
    vocabulary.setdefault("_reverse_mapping", sorted(vocabulary["_mapping"], key=vocabulary["_mapping"].get))
    if isinstance(found._tokenizer, Named):
        found._tokenizer = loaded(found._tokenizer.module, found._tokenizer.name)
    return found
