"""Build the page that runs wholly in its visitor's browser: `python .site/build.py OUT`, and put OUT on any web server.

Standard library only. Needs pip for the wheels of lock.txt, and with `--local` also npm. The folder holds the unmodified
dashboard.py and gd_core; index.html starts them with stlite (Streamlit on Pyodide).
"""

import argparse
import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STLITE = "1.9.2"  # carries Streamlit 1.62.0 and asks for exactly this Pyodide
PYODIDE = "0.29.3"
STLITE_CDN = f"https://cdn.jsdelivr.net/npm/@stlite/browser@{STLITE}/build/"
PYODIDE_CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
PYODIDE_CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
BALL = {"start": 1.0, "learning_rate": 0.05, "updates": 6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to make; it must not exist or be empty")
    parser.add_argument("--url", default="", help="where the folder will be found, for previews of links to it")
    parser.add_argument("--source", default="", help="where this repository is found, for visitors whose browser fails")
    parser.add_argument("--local", action="store_true", help="for a closed network: no file comes from elsewhere")
    parser.add_argument("--pyodide", type=Path, help=f"with --local: unpacked pyodide-{PYODIDE}.tar.bz2, if at hand")
    options = parser.parse_args()
    if options.out.exists() and any(options.out.iterdir()):
        raise SystemExit(f"{options.out} is not empty: name a new folder")
    collect_wheels(options.out / "wheels")
    missing: dict[str, str] = {}
    if options.local:
        collect_stlite(options.out / "stlite")
        missing = collect_pyodide(options.out, options.pyodide)
    write_site(options.out, options.url, options.source, options.local)
    if missing:
        raise SystemExit(advice(options.out, missing))
    print(f"{options.out} is complete. To try it: {Path(sys.executable).name} -m http.server -d {options.out}")


# The page's own files


def page_files() -> dict[str, Path]:
    """Return what the browser's Python gets: its path there -> the file here, dashboard.py first."""
    modules, parts = sorted((ROOT / "gd_core").rglob("*.py")), sorted((ROOT / ".page").iterdir())
    paths = [ROOT / "dashboard.py", *modules, *parts, ROOT / ".streamlit" / "config.toml"]
    return {path.relative_to(ROOT).as_posix(): path for path in paths}


def write_site(out: Path, url: str = "", source: str = "", local: bool = False) -> None:
    """Write everything that comes from this repository: the page's files, its picture and index.html."""
    files, digest = {}, hashlib.sha256()
    for name, path in page_files().items():
        files[name] = name.removeprefix(".")  # because uploads drop dot-files
        target = out / files[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        digest.update(path.read_bytes())
    shutil.copyfile(ROOT / ".github" / "dashboard.png", out / "preview.png")
    settings = {
        "entrypoint": "dashboard.py",
        "files": files,
        "version": digest.hexdigest()[
            :12
        ],  # asked for with every file, so that an old copy in a cache is never mixed in
        "wheels": [f"wheels/{name}" for name in wheel_names()],
        "distributed": ["narwhals", "packaging"],  # what Plotly needs and Pyodide has
        "stlite": "./stlite/stlite.js" if local else STLITE_CDN + "stlite.js",
        "pyodide": "./pyodide/pyodide.mjs" if local else PYODIDE_CDN + "pyodide.mjs",
    }
    fill = {
        "@settings@": json.dumps(settings, indent=1).replace("<", "\\u003c"),
        "@picture@": picture(),
        "@base@": html.escape(url.rstrip("/") + "/" if url else ""),
        "@commands@": html.escape(commands(source)),
    }
    text = (HERE / "index.html").read_text(encoding="utf-8")
    for mark, value in fill.items():
        text = text.replace(mark, value)
    (out / "index.html").write_text(text, encoding="utf-8")


def commands(source: str) -> str:
    """Return what runs the page on the visitor's own computer: where it comes from, and the README's own command."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    (run,) = [line for line in readme if line.endswith("streamlit run dashboard.py") and line.startswith("python3 ")]
    get = f"git clone {source} gradient-descent && cd gradient-descent" if source else "cd FOLDER-OF-THIS-PROJECT"
    return f"{get}\n{run}"


def picture() -> str:
    """Return the waiting picture as SVG: the lecture's cost curve 14/3 (w - 2)^2 and a ball that steps down it.

    Each update multiplies w - 2 by 1 - 2 * learning_rate * 14/3, where 14/3 is the mean of the lecture's squared inputs.
    """

    def at(w: float) -> tuple[float, float]:
        return round(20 + 280 * (w - 0.9) / 2.2, 2), round(150 - 130 * (14 / 3 * (w - 2) ** 2) / (14 / 3 * 1.1**2), 2)

    factor = 1 - 2 * BALL["learning_rate"] * 14 / 3
    steps = [2 + (BALL["start"] - 2) * factor**update for update in range(BALL["updates"] + 1)]
    curve = " ".join(f"{x},{y}" for x, y in (at(0.9 + 2.2 * part / 60) for part in range(61)))
    balls = [at(w) for w in steps]
    dots = "".join(f'<circle class="visited" cx="{x}" cy="{y}" r="3"/>' for x, y in balls)
    moves = ";".join(f"{x} {y}" for x, y in balls)
    return (
        '<svg viewBox="0 0 320 170" role="img" aria-label="A ball steps down the curve of the cost to the weight 2">'
        f'<polyline class="curve" points="{curve}"/>'
        f'<path class="path" d="M{" L".join(f"{x} {y}" for x, y in balls)}"/>{dots}'
        f'<circle class="ball" r="7"><animateTransform attributeName="transform" type="translate" dur="6s" values="{moves}" '
        'calcMode="discrete" repeatCount="indefinite"/></circle></svg>'
    )


# What comes from elsewhere


def wheel_names() -> list[str]:
    """Return the file names of the wheels that lock.txt pins; each is pure Python."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", (HERE / "lock.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [f"{name.replace('-', '_')}-{version}-py3-none-any.whl" for name, version in pins]


def collect_wheels(folder: Path) -> None:
    """Download the wheels of lock.txt; pip refuses one whose hash differs."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--platform=any", "--python-version=3.13"]
    command += ["--implementation=py", "--abi=none", f"--dest={folder}", f"--requirement={HERE / 'lock.txt'}"]
    if subprocess.run(command).returncode:
        raise SystemExit("pip could not download the wheels of .site/lock.txt, see above: nothing was built.")


def collect_stlite(folder: Path) -> None:
    """Unpack stlite from its npm package, without its source maps."""
    unpack_npm(f"@stlite/browser@{STLITE}", folder, "package/build/", lambda name: not name.endswith(".map"))


def unpack_npm(package: str, folder: Path, prefix: str, wanted) -> None:
    """Write the wanted files under prefix of an npm package into folder."""
    folder.mkdir(parents=True)
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("--local needs npm (it comes with Node.js) to download stlite and Pyodide: npm was not found.")
    packed = subprocess.run([npm, "pack", "--silent", package], cwd=folder, stdout=subprocess.PIPE, text=True)
    if packed.returncode:
        raise SystemExit(f"npm could not download {package}, see above.")
    archive = folder / packed.stdout.split()[-1]
    with tarfile.open(archive) as members:
        for member in members:
            name = member.name.removeprefix(prefix)
            if member.isfile() and member.name.startswith(prefix) and ".." not in name and wanted(name):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(members.extractfile(member).read())
    archive.unlink()


def collect_pyodide(out: Path, distribution: Path | None) -> dict[str, str]:
    """Collect Pyodide's core and the packages of its distribution that the page needs.

    Packages come from the folder `distribution` or, without one, from the CDN, and only with the hash that Pyodide's lock
    says. Returns what could not be had: file name -> hash.
    """
    folder = out / "pyodide"
    unpack_npm(f"pyodide@{PYODIDE}", folder, "package/", PYODIDE_CORE.__contains__)
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    needed = from_distribution([*(out / "stlite" / "wheels").glob("*.whl"), *(out / "wheels").glob("*.whl")], lock)
    missing = {}
    reachable = True
    for name, sha256 in needed.items():
        content = b""
        if distribution is not None:
            content = (distribution / name).read_bytes() if (distribution / name).is_file() else b""
        elif reachable:
            try:
                content = urllib.request.urlopen(PYODIDE_CDN + name, timeout=30).read()
            except OSError as error:
                print(f"{PYODIDE_CDN} cannot be reached from here: {error}", file=sys.stderr)
                reachable = False
        if hashlib.sha256(content).hexdigest() == sha256:
            (folder / name).write_bytes(content)
        else:
            missing[name] = sha256
    return missing


def from_distribution(wheels: list[Path], lock: dict) -> dict[str, str]:
    """Return the files that these wheels and micropip need from Pyodide's distribution: file name -> SHA-256.

    lock: the "packages" of pyodide-lock.json. Raises SystemExit when a requirement is in neither, so lock.txt is short of it.
    """
    known = {re.sub(r"[-_.]+", "-", name).lower(): package for name, package in lock.items()}
    brought = {wheel.name.split("-")[0].replace("_", "-").lower() for wheel in wheels}
    waiting = ["micropip", *(name for wheel in wheels for name in requirements(wheel))]
    found: dict[str, dict] = {}
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in brought or name in found:
            continue
        if name not in known:
            raise SystemExit(f".site/lock.txt lacks {name}: neither it nor Pyodide {PYODIDE} has it.")
        found[name] = known[name]
        waiting += known[name]["depends"]
    return {package["file_name"]: package["sha256"] for _, package in sorted(found.items())}


def requirements(wheel: Path) -> list[str]:
    """Return the names that a wheel requires always; its conditional ones are for extras, other systems and older Pythons."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    return [
        re.match(r"[\w.-]+", line.removeprefix("Requires-Dist: "))[0]
        for line in lines
        if line.startswith("Requires-Dist: ") and ";" not in line
    ]


def advice(out: Path, missing: dict[str, str]) -> str:
    """Return what a person has to do by hand for the files that could not be had."""
    lines = [f"  {name}  sha256:{sha256}" for name, sha256 in missing.items()]
    return "\n".join(
        [
            f"{out} is complete but for {len(missing)} files of Pyodide's distribution. Where the internet can be reached,",
            f"take pyodide-{PYODIDE}.tar.bz2 from the releases of pyodide on GitHub, unpack it, and either build again with",
            f"--pyodide FOLDER or copy these files into {out / 'pyodide'}:",
            *lines,
        ]
    )


if __name__ == "__main__":
    main()
