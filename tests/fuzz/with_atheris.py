"""Coverage-guided fuzzing with Atheris, where it is installed: `python -m tests.fuzz.with_atheris FOLDER`.

FOLDER takes the corpus, to which Atheris adds what reaches new code: that of the containers, the OBUs and the
headers, which are Python. For the kernels, which are not, `python -m tests.fuzz` mutates tiles.
Options of libFuzzer may follow, such as -runs=100000 or -max_total_time=600.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.campaign import MAX_PIXELS


def main():
    import atheris

    from fuzz.corpus import corpus

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file in corpus():
        (folder / file.name.replace(" ", "-").replace("/", "-")).write_bytes(file.data)
    with atheris.instrument_imports(include=["cfl.av1", "cfl.container"]):
        from cfl.container import decoding
        from cfl.errors import CflError

    def one_input(data):
        try:
            for _ in decoding.decode(data, max_pixels=MAX_PIXELS):
                pass
        except CflError:
            pass

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
