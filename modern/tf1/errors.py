"""What a person who moves a checkpoint is told in one line."""


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""
