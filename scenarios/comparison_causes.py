"""What two runs were asked otherwise, as their manifests tell it, each setting with the rules it comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from allocator.policy_files import load, shipped
from allocator.policy_listing import list_settings
from scenarios.document import Document
from scenarios.overrides import OWN_PATHS, POLICY
from scenarios.shipped import FILE

SETTING, INPUT, POLICY_FILE, PROGRAM = "setting", "input", "policy_file", "program"
"""The kinds of differences: a setting by its path, a data file, a file of the policy, the program itself."""

TOTAL = "quota.plan_mu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that was asked otherwise. `path` is a dotted path, or a file's name; values are as written."""

    kind: str
    path: str
    before: str  # "" where there is none
    after: str
    rules: tuple[str, ...] = ()
    overridden: bool = False  # set by `--set` or the scenario's [set], in one of the two

    @property
    def group(self) -> str:
        """What changes only together: the shares of one table, which are parts of a whole; all data files."""
        if self.kind == INPUT:
            return INPUT
        return self.path.rpartition(".")[0] if self.path.startswith(f"{POLICY}shares.") else self.path

    @property
    def comes_with_policy(self) -> bool:
        """Whether the choice of another policy alone brings this difference with it."""
        return self.kind == POLICY_FILE or (self.path.startswith(POLICY) and not self.overridden)


def differences(base: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Everything asked otherwise, the settings first, by path.

    A `scenario.toml` of other bytes counts only where no setting differs: all that it says stands in the manifest.
    """
    asked = [*settings_apart(base, other), *files_apart("policy_files", POLICY_FILE, base, other)]
    files = list(files_apart("inputs", INPUT, base, other))
    data = [file for file in files if file.path != FILE]
    asked += files if not asked and not data else data
    versions = [manifest["tool"]["version"] for manifest in (base, other)]
    if versions[0] != versions[1]:
        asked.append(Difference(kind=PROGRAM, path=base["tool"]["name"], before=versions[0], after=versions[1]))
    return tuple(asked)


def settings_apart(base: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    """What sets the scenario, every setting of the policy, and overrides of what is no plain setting."""
    before, after = spoken(base), spoken(other)
    cites = dict(cited(other["policy"]["name"])) | dict(cited(base["policy"]["name"]))
    overridden = base["overrides"].keys() | other["overrides"].keys()
    for path in dict.fromkeys([*before, *after]):
        if before.get(path, "") != after.get(path, ""):
            yield Difference(
                kind=SETTING,
                path=path,
                before=before.get(path, ""),
                after=after.get(path, ""),
                rules=cites.get(path, ()),
                overridden=any(path == each or path.startswith(f"{each}.") for each in overridden),
            )


def spoken(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """Dotted path -> value of everything a manifest says was asked."""
    own = {
        TOTAL: manifest["total_plan_mu"],
        "year": str(manifest["year"]),
        "as_of": manifest["as_of"],
        "policy": manifest["policy"]["name"],
    }
    if manifest["plan_submitted"] != manifest["as_of"]:
        own["pricing.plan_submitted"] = manifest["plan_submitted"]
    rest = {path: text for path, text in manifest["overrides"].items() if path not in OWN_PATHS}
    return own | manifest["settings"] | {path: text for path, text in rest.items() if path not in manifest["settings"]}


def files_apart(key: str, kind: str, base: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    """Files of another content, or that only one of the two has; hashes are cut to twelve digits."""
    before, after = ({file["name"]: file["sha256"][:12] for file in each[key]} for each in (base, other))
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield Difference(kind=kind, path=name, before=before.get(name, ""), after=after.get(name, ""))


@cache
def cited(policy: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Setting -> the rules of its table as the shipped policy cites them; as the default one does for any other."""
    known = load(policy if policy in shipped() else Document.model_fields["policy"].default).policy
    return tuple((row["setting"], tuple(row["cite"].split(", "))) for row in list_settings(known) if row["cite"])
