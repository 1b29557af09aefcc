"""Records what the seeded script of 2017 in tests/scripts prints."""

import os
import subprocess
import sys

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")

if __name__ == "__main__":
    printed = subprocess.check_output([sys.executable, os.path.join(SCRIPTS, "seeded_2017.py")])
    with open(sys.argv[1].replace(".npz", ".txt"), "wb") as file:
        file.write(printed)
