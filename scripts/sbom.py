"""Write what Crier is made of as a CycloneDX document: the locked packages of Python and of npm.

Its bytes follow from the lock files, the version and SOURCE_DATE_EPOCH alone.
"""

import base64
import json
import os
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def sbom(root: Path, version: str) -> str:
    """Return the document of the repository at `root` as JSON."""
    address = PackageURL("pypi", name="crier", version=version)
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{address}#{epoch}"),
        components=[*python_packages(root), *node_packages(root)],
    )
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    crier = component(address)
    crier.type = ComponentType.APPLICATION
    bom.metadata.component = crier
    bom.register_dependency(crier, bom.components)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)


def python_packages(root: Path) -> list[Component]:
    """Return what `requirements/main.txt` locks, with the hash of each file that it allows."""
    locked = (root / "requirements" / "main.txt").read_text().replace("\\\n", " ")
    found = []
    for line in locked.splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.partition("--hash")[0].strip())
            (pin,) = requirement.specifier
            made = component(PackageURL("pypi", name=requirement.name, version=pin.version))
            made.hashes = [
                HashType(alg=HashAlgorithm.SHA_256, content=h) for h in _HASH.findall(line)
            ]
            found.append(made)
    return found


def node_packages(root: Path) -> list[Component]:
    """Return what the built dashboard has in it: the lock of npm less what only builds."""
    locked = json.loads((root / "dashboard" / "package-lock.json").read_text())["packages"]
    found = {}
    for path, package in locked.items():
        if path and not (package.get("dev") or package.get("devOptional")):
            group, _, name = path.rpartition("node_modules/")[2].rpartition("/")
            address = PackageURL("npm", group or None, name, package["version"])
            algorithm, _, digest = package["integrity"].partition("-")
            made = component(address)
            kind = {"sha512": HashAlgorithm.SHA_512, "sha1": HashAlgorithm.SHA_1}[algorithm]
            made.hashes = [HashType(alg=kind, content=base64.b64decode(digest).hex())]
            found[str(address)] = made
    return list(found.values())


def component(address: PackageURL) -> Component:
    """Return a library of this address."""
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=str(address),
        group=address.namespace,
        name=address.name,
        version=address.version,
        purl=address,
    )
