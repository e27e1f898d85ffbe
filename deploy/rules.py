"""What the schemas of Kubernetes do not check: selectors that select, commands that are in the image, settings that exist.

Arguments: rendered manifests. Says every mistake and fails if there is one.
"""

import pathlib
import re
import sys

import yaml

root = pathlib.Path(__file__).parent.parent
rendered = pathlib.Path(sys.argv[1])
objects = [found for found in yaml.safe_load_all(rendered.read_text()) if found]
mistakes = []


def of(*kinds):
    return [found for found in objects if found["kind"] in kinds]


def name(found):
    return f"{found['kind']}/{found['metadata']['name']}"


def labels(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def selected(labels_wanted):
    return [name(w) for w in of("Deployment", "Job") if labels_wanted.items() <= labels(w).items()]


def expect(truth, message):
    if not truth:
        mistakes.append(message)


def selects_own(found, wanted):
    service = found["metadata"]["labels"]["app.kubernetes.io/name"]
    expect(wanted and selected(wanted) == [f"Deployment/{service}-server"], f"{name(found)} selects {selected(wanted or {})}")


for found in of("Service"):
    selects_own(found, found["spec"].get("selector"))
for found in of("PodDisruptionBudget", "Deployment"):
    selects_own(found, found["spec"].get("selector", {}).get("matchLabels"))
for found in of("NetworkPolicy"):
    wanted = found["spec"]["podSelector"].get("matchLabels")
    if wanted:
        selects_own(found, wanted)
for found in of("Deployment"):
    for constraint in found["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
        selects_own(found, constraint.get("labelSelector", {}).get("matchLabels"))

dockerfile = (root / "deploy/Dockerfile").read_text()
for found in of("Deployment", "Job"):
    pod = found["spec"]["template"]["spec"]
    for container in pod["containers"]:
        ports = {port["name"] for port in container.get("ports", [])} | {port["containerPort"] for port in container.get("ports", [])}
        for probe in (container[key] for key in container if key.endswith("Probe")):
            for action in ("grpc", "httpGet"):
                expect(action not in probe or probe[action]["port"] in ports, f"{name(found)} probes a port that it does not open")
        expect(f"dist{container['command'][0]} " in dockerfile + " ", f"{name(found)}: {container['command'][0]} is not in the image")
        closed = container["securityContext"]
        expect(pod["securityContext"]["runAsNonRoot"] and closed["readOnlyRootFilesystem"], f"{name(found)} is too free")

sources = [root / "services/kit/src/config.rs", *root.glob("services/*/src/lib.rs"), root / "services/kit/src/service/command.rs"]
source = "\n".join(path.read_text() for path in sources)
known = set(re.findall(r'"(XIANGTU_\w+)"', source))
needed = set(re.findall(r'required\(\s*"(XIANGTU_\w+)"', source))
settings = {key for found in of("ConfigMap") for key in found["data"]}
stated = set(re.findall(r"XIANGTU_\w+", (root / "deploy/README.md").read_text()))
for unknown in (settings | stated) - known:
    mistakes.append(f"no service reads {unknown}")
for missing in needed - settings - stated:
    mistakes.append(f"{missing} is required and neither set nor named among the secrets")

print("\n".join(mistakes), end="\n" if mistakes else "")
sys.exit(bool(mistakes))
