"""The project's own TOML reader beside Python's tomllib: the same values, the same refusals, on random documents.

toml-json, a program of the tests, prints what the reader of the policies makes of a file. The documents come from a fixed
seed, which is printed: what fails once fails again.
"""

import json
import math
import os
import pathlib
import random
import subprocess
import tomllib

import pytest

from program import binary

SEED = 20_261_130
DOCUMENTS = int(400 * float(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")))
CHARACTERS = "ab0_-.\"'\\#[]{}=,:\n\r\t TZeExn+é\u2028\U0001f600\x7f\x01"


def readings(texts, folder):
    """What the reader makes of each text: plain values with the places of keys, or None where it refuses."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.toml")
        paths[-1].write_bytes(text.encode())
    program = binary().parent / "toml-json"
    assert program.exists(), f"{program} is missing: swift build"
    lines = []
    for start in range(0, len(paths), 1000):
        words = [program, *paths[start:start + 1000]]
        lines += subprocess.run(words, stdout=subprocess.PIPE, check=True, timeout=300).stdout.decode().split("\n")[:-1]
    assert len(lines) == len(texts)
    return [json.loads(line) for line in lines]


def plain(entry, lines):
    """A value as tomllib would give it; asserts that each key is where the reader says."""
    kind, value, line, column = entry
    if kind == "table":
        for key, key_line, key_column, _ in value:
            check_key(key, lines[key_line - 1][key_column - 1:])
        return {key: plain(inner, lines) for key, _, _, inner in value}
    rest = lines[line - 1][column - 1:]
    if kind == "array":
        assert rest.startswith("[") or all(inner[0] == "table" for inner in value)
        return [plain(inner, lines) for inner in value]
    if kind == "string":
        assert rest[0] in "\"'"
        return value
    if kind == "boolean":
        assert rest.startswith("true" if value else "false")
        return value
    if kind == "integer":
        return int(value)
    if kind == "float":
        return float(value)
    assert kind == "moment" and rest.startswith(value)
    return tomllib.loads(f"x = {value}")["x"]


def check_key(key, rest):
    """Asserts that a text begins with a spelling of the key."""
    if rest[0] not in "\"'":
        assert rest.startswith(key)


def expected(text):
    """What tomllib makes of a text; None where it refuses. Of byte order marks, which TOML 1.1 allows, it knows nothing."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError, OverflowError, ValueError):
        return None


def same(left, right):
    """Whether two values are equal, with their types; NaN equals NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and math.isnan(left):
        return math.isnan(right)
    return left == right and str(left) == str(right)


def has_big_integer(value):
    """Whether an integer anywhere needs more than 64 bits, which TOML lets a reader refuse."""
    if isinstance(value, dict):
        return any(map(has_big_integer, value.values()))
    if isinstance(value, list):
        return any(map(has_big_integer, value))
    return isinstance(value, int) and not -2**63 <= value < 2**63


def compare(texts, folder):
    """Holds the reader to tomllib; answers how many documents both take and both refuse."""
    taken = refused = 0
    for text, entry in zip(texts, readings(texts, folder)):
        wanted = expected(text)
        if entry[0] == "error":
            assert wanted is None or has_big_integer(wanted), f"seed {SEED}: refused, {entry[1:]}:\n{text!r}"
            assert entry[1] and entry[2] <= text.count("\n") + 1
            refused += 1
        else:
            assert wanted is not None, f"seed {SEED}: taken as {entry}:\n{text!r}"
            # A carriage return is no character of a line's own.
            found = plain(entry, text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
            assert same(found, wanted), f"seed {SEED}: {found!r}\nis not {wanted!r}:\n{text!r}"
            taken += 1
    return taken, refused


class Writer:
    """Writes random documents, nearly always right ones, in every spelling that TOML has."""

    def __init__(self, chance):
        self.chance = chance

    def document(self):
        """A document of some headers and keys."""
        lines = []
        for _ in range(self.chance.randrange(1, 12)):
            kind = self.chance.randrange(8)
            if kind == 0:
                lines.append(f"[{self.blank()}{self.key()}{self.blank()}]")
            elif kind == 1:
                lines.append(f"[[{self.blank()}{self.key()}]]")
            elif kind == 2:
                lines.append(self.chance.choice(["", "# comment é", "\t"]))
            else:
                lines.append(f"{self.key()}{self.blank()}={self.blank()}{self.value(3)}")
            lines[-1] += self.chance.choice(["", "", "", " # c", "\t"])
        return self.chance.choice(["\n", "\n", "\r\n"]).join(lines) + self.chance.choice(["", "\n"])

    def blank(self):
        return self.chance.choice(["", " ", "\t", "  "])

    def key(self):
        parts = [self.chance.choice(list("abcdefgh") + ["a-b", "1", '"a"', "'b'", '"\\u00e9"', "'x y'", '""'])
                 for _ in range(self.chance.choice([1, 1, 1, 2, 3]))]
        return self.chance.choice([".", ".", " . "]).join(parts)

    def value(self, depth):
        kind = self.chance.randrange(9 if depth else 7)
        if kind < 2:
            return self.string()
        if kind == 2:
            return self.integer()
        if kind == 3:
            return self.floating()
        if kind == 4:
            return self.chance.choice(["true", "false"])
        if kind == 5:
            return self.moment()
        if kind == 6:
            return '"15b3:1003"'
        count = self.chance.randrange(4)
        if kind == 7:
            gap = self.chance.choice([" ", "", "\n", " # c\n", "\r\n  "])
            values = f",{gap}".join(self.value(depth - 1) for _ in range(count))
            return f"[{gap}{values}{',' if count and self.chance.random() < .3 else ''}{gap}]"
        return "{" + ", ".join(f"{self.key()} = {self.value(depth - 1)}" for _ in range(count)) + "}"

    def string(self):
        kind = self.chance.randrange(4)
        letters = ["a", "é", "\U0001f600", " ", "\t", "#", "=", "]"]
        if kind in (0, 2):
            letters += ["\\n", "\\t", "\\\"", "\\\\", "\\u00e9", "\\U0001F600", "\\b", "\\f", "\\r", "\\u0000", "'"]
        else:
            letters += ["\\", '"']
        if kind >= 2:
            letters += ["\n", "\r\n", "\"" if kind == 2 else "'"]
        if kind == 2:
            letters += ["\\\n", "\\ \n  \n"]
        text = "".join(self.chance.choice(letters) for _ in range(self.chance.randrange(8)))
        quotes = ['"', "'", '"""', "'''"][kind]
        return quotes + text + quotes

    def integer(self):
        number = self.chance.choice([0, 7, 12, 1000, 2**63 - 1, self.chance.getrandbits(40)])
        form = self.chance.randrange(5)
        if form == 0:
            return self.chance.choice([f"{number:#x}", f"0x{number:X}", f"{number:#o}", f"{number:#b}"])
        if form == 1:
            return f"{number:_}"
        return self.chance.choice(["", "+", "-"]) + str(number)

    def floating(self):
        return self.chance.choice(["", "+", "-"]) + self.chance.choice([
            "inf", "nan", "0.0", "1.5", "1e6", "1E-7", "6.02_2e+2_3", "0e0", "1_000.000_1", "9.9e400",
            repr(self.chance.random()), repr(self.chance.random() * 10**self.chance.randrange(-300, 300)),
        ])

    def moment(self):
        day = f"{self.chance.randrange(1, 9999):04}-{self.chance.randrange(1, 13):02}-{self.chance.randrange(1, 30):02}"
        time = f"{self.chance.randrange(24):02}:{self.chance.randrange(60):02}:{self.chance.randrange(60):02}"
        time += self.chance.choice(["", ".5", ".123456", ".000001"])
        zone = self.chance.choice(["", "Z", "+01:30", "-23:59", "z"])
        return self.chance.choice([day, time, day + self.chance.choice("T t") + time + zone])


def damaged(text, chance):
    """The text with up to three characters dropped, added, changed, or lines exchanged."""
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(text) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:place] + chance.choice(CHARACTERS) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + 1:]
        elif kind == 2:
            text = text[:place] + chance.choice(CHARACTERS) + text[place + 1:]
        else:
            lines = text.split("\n")
            chance.shuffle(lines)
            text = "\n".join(lines)
    return text


def test_random_documents_have_the_values_that_tomllib_reads(tmp_path):
    print(f"seed {SEED}")
    writer = Writer(random.Random(SEED))
    taken, refused = compare([writer.document() for _ in range(DOCUMENTS)], tmp_path)
    assert taken > DOCUMENTS / 3 and refused > DOCUMENTS / 50, (taken, refused)


def test_damaged_documents_are_taken_or_refused_as_by_tomllib(tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED + 1)
    writer = Writer(chance)
    taken, refused = compare([damaged(writer.document(), chance) for _ in range(DOCUMENTS * 2)], tmp_path)
    assert taken > DOCUMENTS / 10 and refused > DOCUMENTS / 2, (taken, refused)


@pytest.mark.parametrize("folder", ["Tests/PolicyFilesTests/corpus", "packaging/examples"])
def test_the_files_of_the_project_are_read_as_by_tomllib(folder, tmp_path):
    project = pathlib.Path(__file__).resolve().parents[2]
    texts = [path.read_text(encoding="utf-8") for path in sorted((project / folder).rglob("*.toml"))]
    taken, _ = compare(texts, tmp_path)
    assert taken >= 5
