def count(text):
    found = {}
    for each in text:
        found[each] = found.get(each, 0) + 1
    return found
