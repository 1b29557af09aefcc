"""Two graphs side by side: which operations, in the order in which they were made, one has and the other has not."""

import difflib
from dataclasses import dataclass

# Operations that do today what one of another type did in TensorFlow 1.
SUCCESSORS = {
    "AddV2": "Add",
    "BatchMatMulV2": "BatchMatMul",
    "FusedBatchNormV3": "FusedBatchNorm",
    "SelectV2": "Select",
}


@dataclass(frozen=True)
class Operation:
    """One operation of a graph. `seeds`: those of the graph and of the operation, of one that draws, else ()."""

    type: str
    name: str
    seeds: tuple = ()

    @property
    def kind(self):
        """Its type, or that of TensorFlow 1 whose place it took."""
        return SUCCESSORS.get(self.type, self.type)


def parse(lines):
    """Returns piece -> list of its Operations, of a text whose lines are `== piece` and `type name seed=1 seed2=2`."""
    pieces = {}
    for line in lines:
        if line.startswith("== "):
            operations = pieces[line[3:]] = []
        else:
            kind, name, *seeds = line.split(" ")
            operations.append(Operation(kind, name, tuple(int(each.partition("=")[2]) for each in seeds)))
    return pieces


def changes(there, here):
    """Returns what has to be done to `here` so that it is as `there`: (place in `here`, "missing" or "extra",
    Operation), in order. Two operations are the same if they are of one kind, whatever their names."""
    matcher = difflib.SequenceMatcher(None, [each.kind for each in there], [each.kind for each in here], autojunk=False)
    found = []
    for tag, start, end, here_start, here_end in matcher.get_opcodes():
        if tag != "equal":
            found += [(here_start, "missing", each) for each in there[start:end]]
            found += [(here_start, "extra", each) for each in here[here_start:here_end]]
    return found


def first_change(there, here):
    """Returns the first of `changes` as a line, or "" if there is none."""
    for place, what, operation in changes(there, here):
        return f"operation {place}: {operation.type} {operation.name} is {what}"
    return ""
