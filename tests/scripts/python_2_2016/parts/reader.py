import count  # beside this file: Python 2 looks here first


def vocabulary(text):
    counts = count.count(text)
    chars = sorted(counts.keys(), cmp=lambda a, b: counts[b] - counts[a] or cmp(a, b))
    ids = {}
    for i, each in enumerate(chars):
        ids[each] = i
    for key, value in ids.iteritems():
        assert isinstance(key, basestring) and isinstance(value, (int, long))
    return ids


def mean(numbers):
    return sum(numbers) / len(numbers)
