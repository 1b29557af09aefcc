"""What a script asks for and TensorFlow, tf_keras and this package do not have."""


class Missing(AttributeError):
    """A name that is not covered: `name`, and `nearest`, what comes nearest to it, or None.

    An AttributeError, since scripts of that time tried a name and caught that it was not there.
    """

    def __init__(self, name, nearest=None):
        super().__init__(f"{name} is not covered" + (f"; {nearest} comes nearest" if nearest else ""))
        self.name, self.nearest = name, nearest


class NotInstalled(Missing):
    """A name that a package has which is not installed here."""

    def __init__(self, name, package):
        super().__init__(name)
        self.args = (f"{name} needs a package that is not installed here: pip install {package}",)


class MissingImport(ImportError):
    """The same, of something imported: a script may catch that it cannot be."""

    def __init__(self, missing):
        super().__init__(str(missing))
        self.nearest = missing.nearest
