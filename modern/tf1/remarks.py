"""What a person is told: in words, with the arguments that change it as data."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Option:
    """An argument of `inspect` or `convert`, and the value that it would have: None if none is meant, ... if any."""

    name: str
    value: object = None


class Remark:
    """A sentence in pieces: words, the Options that it speaks of, and Remarks.

    As text it names the Options as a call from Python does, `dense=['none']`; report.py names them as flags.
    """

    def __init__(self, *pieces):
        self.pieces = pieces

    def __str__(self):
        return self.text(as_argument)

    def __repr__(self):
        return f"Remark({', '.join(map(repr, self.pieces))})"

    def text(self, shown):
        """Returns the sentence, each Option in it as the function `shown` shows it."""
        return "".join(
            piece if isinstance(piece, str) else piece.text(shown) if isinstance(piece, Remark) else shown(piece)
            for piece in self.pieces
        )

    @property
    def options(self):
        """{argument: value} of the Options that stand in it."""
        return {piece.name: piece.value for piece in self.pieces if isinstance(piece, Option)}


def as_argument(option):
    if option.value is None:
        return option.name
    return f"{option.name}={'...' if option.value is ... else repr(option.value)}"
