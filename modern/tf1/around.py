"""What stands around the cells, as far as it is placed."""

import dataclasses

from modern.tf1.remarks import Remark


@dataclasses.dataclass
class Surroundings:
    """What a checkpoint holds beside its cells: the variables without a place, and what was assumed of the others.

    shapes: variable's name -> shape, of all there are. left: the names of those that have found no place yet.
    graph: the checkpoint's Graph, or None. cells: those of all stacks there are, more than those that are looked at.
    assumed: Remarks. open: those of them that say what of the graph is not understood.
    """

    shapes: dict
    left: list
    graph: object = None
    cells: list = dataclasses.field(default_factory=list)
    assumed: list = dataclasses.field(default_factory=list)
    open: list = dataclasses.field(default_factory=list)

    @property
    def matrices(self):
        return [name for name in self.left if len(self.shapes[name]) == 2]

    @property
    def vectors(self):
        return [name for name in self.left if len(self.shapes[name]) == 1]

    def take(self, *names):
        """Takes variables that have found their place out of those that are left; None stands for no variable."""
        self.left = [name for name in self.left if name not in names]

    def give_back(self, *names):
        self.left = sorted({*self.left, *(name for name in names if name is not None)})

    def assume(self, *pieces):
        """Says, in a Remark's pieces, what was assumed."""
        self.assumed.append(Remark(*pieces))

    def leave_open(self, *pieces):
        """Says, in a Remark's pieces, what of the graph has found no place."""
        self.assume(*pieces)
        self.open.append(self.assumed[-1])
