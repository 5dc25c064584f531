"""The README's program, run as it stands there. Its commands are held against the binary by crates/cli/tests/readme.rs."""

import ast
import pathlib
import subprocess
import sys

README = pathlib.Path(__file__).parents[2] / "README.md"


def test_the_program_prints_what_the_readme_shows(tmp_path):
    text = README.read_text().split("$ cat whoami.py\n")[1]
    program, shown = text.split("\n\n$ keyway exec --sealed -- python whoami.py\n")
    (tmp_path / "whoami.py").write_text(program)
    printed = subprocess.run([sys.executable, "whoami.py"], cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    assert ast.literal_eval(printed) == ast.literal_eval(shown.split("\n")[0])
