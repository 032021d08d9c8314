"""Looks at what the program is made of and at what it ships: licences, known vulnerabilities, the SBOM, schemas.

    python .ci/supply.py licences            every locked runtime dependency has a licence of the list below
    python .ci/supply.py audit               no locked release has a known vulnerability, as far as the data can be had
    python .ci/supply.py sbom FILE PYTHON    CycloneDX, of what is installed for PYTHON, which must be exactly the runtime lock
    python .ci/supply.py schemas             deploy/ against the schemas of Kubernetes and Compose; queries as Prometheus reads them

Promises: what could not be looked at is said, and never counted as good. ``licences`` needs an environment with the runtime lock;
the others that of ``requirements/supply.txt`` (`make supply` makes both).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"
BIN = Path(sys.executable).parent

PERMISSIVE = (
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python HPND ISC MIT MIT-0 MIT-CMU PSF-2.0 Python-2.0 Unlicense Zlib"
)
"""Whoever passes the program on passes their notices on, and that is all."""
OF_FILES = "LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MPL-1.1 MPL-2.0"
"""Their own files stay free; a program that only uses them keeps its licence."""
ALLOWED = frozenset(f"{PERMISSIVE} {OF_FILES}".split())
"""SPDX identifiers (https://spdx.org/licenses/, 2026-11) that may stand beside Apache-2.0 in what we ship."""

NAMED = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "isc license (iscl)": "ISC",
    "lgpl-2.1-or-later": "LGPL-2.1-or-later",
    "mit license": "MIT",
    "mozilla public license 1.1 (mpl 1.1)": "MPL-1.1",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "dual license": "Apache-2.0 OR BSD-3-Clause",
}
"""What packages write where SPDX has an identifier; the words of their classifiers and of their older fields."""


def locked(lock: Path = LOCK) -> dict[str, str]:
    """Name -> release of everything in a lock that this Python on this system needs."""
    found = {}
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        requirement = Requirement(re.split(r"\s+--hash=", line.strip())[0])
        if requirement.marker is None or requirement.marker.evaluate():
            (pin,) = requirement.specifier
            found[canonicalize_name(requirement.name)] = pin.version
    return found


# ---------------------------------------------------------------- licences


def licence_of(about: metadata.PackageMetadata) -> str:
    """A package's licence as an SPDX expression, or the words it uses itself, or nothing."""
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    classified = [line.rsplit(" :: ", 1)[-1] for line in about.get_all("Classifier") or () if line.startswith("License :: OSI")]
    written = classified or [(about.get("License") or "").strip().splitlines()[0] if (about.get("License") or "").strip() else ""]
    return " OR ".join(NAMED.get(words.lower(), words) for words in written)


def allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves a way that the list allows: one side of each OR, both of each AND."""
    return any(
        all(part.split(" WITH ")[0].strip(" ()") in ALLOWED for part in side.split(" AND ")) for side in expression.split(" OR ")
    )


def licences() -> int:
    """Judge every locked runtime dependency."""
    found = {name: licence_of(metadata.metadata(name)) for name in sorted(locked())}
    for name, licence in found.items():
        print(f"{name:24} {licence or 'says nothing'}{'' if allowed(licence) else '   <- NOT ALLOWED'}")
    bad = [name for name, licence in found.items() if not allowed(licence)]
    print(f"{len(found)} runtime dependencies, {len(bad)} with a licence that is not on the list of .ci/supply.py")
    return 1 if bad else 0


# ---------------------------------------------------------------- vulnerabilities


def asked(lock: str) -> dict[str, Any] | None:
    """What pip-audit says of a lock; None if it could not ask at all."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "lock.txt"
        path.write_text(lock, encoding="utf-8")
        command = [str(BIN / "pip-audit"), "--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
        done = subprocess.run([*command, "--requirement", str(path)], capture_output=True, text=True, check=False)
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        return None


def verdict(answer: dict[str, Any] | None) -> tuple[int, int, list[str]]:
    """How many releases were judged, how many could not be, and a line for each vulnerability."""
    rows = [] if answer is None else answer["dependencies"]
    judged = [row for row in rows if "vulns" in row]
    bad = [f"{row['name']} {row['version']}: {flaw['id']}" for row in judged for flaw in row["vulns"]]
    return len(judged), len(rows) - len(judged), bad


def audit() -> int:
    """Ask about one release, and, if there is an answer, about all."""
    whole = LOCK.read_text(encoding="utf-8")
    first = re.split(r"\n(?=\S)", whole, maxsplit=1)[0] + "\n"
    judged, unjudged, bad = verdict(asked(first))
    if judged:
        judged, unjudged, bad = verdict(asked(whole))
    if not judged:
        print("NOT AUDITED: the index that is reached from here has no data of vulnerabilities. Run `make audit` where it has.")
        return 0
    print("\n".join(bad))
    print(f"{judged} releases judged, {unjudged} unknown to the index, {len(bad)} known vulnerabilities")
    return 1 if bad else 0


# ---------------------------------------------------------------- the SBOM


def sbom(target: str, python: str) -> int:
    """Write it, and hold it against the lock."""
    command = [str(BIN / "cyclonedx-py"), "environment", python, "--pyproject", str(ROOT / "pyproject.toml")]
    command += ["--mc-type", "application", "--spec-version", "1.6", "--output-reproducible", "--validate", "--output-file", target]
    subprocess.run(command, check=True)
    text = Path(target).read_text(encoding="utf-8")
    written = json.loads(text)
    found = {canonicalize_name(one["name"]): one["version"] for one in written["components"]}
    wrong = {name: (release, found.get(name)) for name, release in locked().items() if found.get(name) != release}
    more = sorted(found.keys() - locked().keys() - {"pip", "setuptools", "wheel", "watchlamp"})
    nameless = [one["name"] for one in written["components"] if not one.get("purl")]
    told = [one for one in written["components"] if one.get("licenses")]
    if wrong or more or nameless or str(ROOT) in text:
        print(f"the SBOM is not that of the lock: {wrong} {more} {nameless} names a path of this machine: {str(ROOT) in text}")
        return 1
    print(f"{target}: CycloneDX {written['specVersion']}, {len(found)} components, {len(told)} with their licences, valid")
    return 0


# ---------------------------------------------------------------- deploy/


def queries() -> Iterator[str]:
    """Every query of the alert rules and of the dashboard."""
    import yaml  # noqa: PLC0415  # only this verb needs it

    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    yield from (rule["expr"] for group in groups for rule in group["rules"])
    dashboard = json.loads((ROOT / "deploy/grafana/watchlamp.json").read_text(encoding="utf-8"))
    yield from (target["expr"].replace("$instance", ".+") for panel in dashboard["panels"] for target in panel["targets"])
    yield from (one["expr"] for one in dashboard["annotations"]["list"])


def schemas() -> int:
    """Everything in deploy/ that has a schema."""
    import promql_parser  # noqa: PLC0415  # likewise

    compose = [str(path) for path in sorted((ROOT / "deploy").glob("compose*.yaml"))]
    subprocess.run([str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", *compose], check=True)
    manifests = [str(path) for path in sorted((ROOT / "deploy").glob("kubernetes*.yaml"))]
    subprocess.run([str(BIN / "kubernetes-validate"), "--strict", *manifests], check=True)
    asked_for = list(queries())
    for query in asked_for:
        promql_parser.parse(query)
    print(f"{len(asked_for)} queries, all as Prometheus reads them")
    return 0


def main() -> int:
    """Do what the first word says."""
    verbs: dict[str, Callable[..., int]] = {"licences": licences, "audit": audit, "sbom": sbom, "schemas": schemas}
    return verbs[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
