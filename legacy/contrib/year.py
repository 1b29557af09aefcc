"""Which of its years a script is of, where what `tf.contrib` does depends on it: set once, before the script runs."""

# The versions that are told apart; "0.11" stands for all that came before 0.12, too.
VERSIONS = ("0.11", "0.12", *(f"1.{minor}" for minor in range(16)))

_script = {"first": VERSIONS[0], "last": VERSIONS[-1]}


def follow(first=VERSIONS[0], last=VERSIONS[-1]):
    """Says that the script is of one of the versions from `first` to `last`; of any, if it says neither."""
    _script.update(first=first, last=last)


def until(version):
    """Whether the script is of this version or an older one. False if that is not known."""
    return VERSIONS.index(_script["last"]) <= VERSIONS.index(version)


def since(version):
    """Whether the script is of this version or a newer one. False if that is not known."""
    return VERSIONS.index(_script["first"]) >= VERSIONS.index(version)
