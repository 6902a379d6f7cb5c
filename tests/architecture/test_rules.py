"""A rule is a function call: rule, script, function and log share one name, keywords agree."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"^rule (\w+):\n((?:^(?:[ #].*)?\n)*)", re.M)
SECTION = re.compile(r"^    (\w+):(.*\n(?:^(?: {8}.*)?\n)*)", re.M)
KEYWORD = re.compile(r"^ {8}(\w+)=", re.M)
DEFINED = re.compile(r"^(?:def )?(\w+)(?:\(| = |, [A-Z])", re.M)
ALLOWED_IMPORTS = (
    "polytask.errors", "polytask.papers.", "polytask.pipeline.", "snakemake.", "pathlib", "json",
    "sys",
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    name: str
    sections: dict[str, str]

    def keywords(self, section: str) -> list[str]:
        return KEYWORD.findall(self.sections.get(section, ""))


FILES = sorted((ROOT / "workflow/rules").glob("*.smk"))
RULES = [
    Rule(name, dict(SECTION.findall(body)))
    for file in FILES
    for name, body in RULE.findall(file.read_text())
]
WITH_SCRIPT = pytest.mark.parametrize(
    "rule", [rule for rule in RULES if "script" in rule.sections], ids=lambda rule: rule.name
)


def main_function(script: Path) -> ast.FunctionDef:
    """The function that the last statement of the script hands to run_rule."""
    tree = ast.parse(script.read_text())
    last = tree.body[-1]
    assert ast.unparse(last).startswith("if __name__ == '__main__':\n    run_rule("), script
    called = ast.unparse(last.body[0].value.args[0])
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == called)


def script_of(rule: Rule) -> Path:
    return ROOT / "workflow/rules" / re.search(r'"(.+)"', rule.sections["script"])[1]


def test_there_are_rules() -> None:
    assert RULES


@WITH_SCRIPT
def test_script_function_and_log_are_called_like_the_rule(rule: Rule) -> None:
    assert script_of(rule).resolve() == ROOT / f"workflow/scripts/{rule.name}.py"
    assert main_function(script_of(rule)).name == rule.name
    assert re.search(rf'"logs/{rule.name}[/.]', rule.sections["log"])


@WITH_SCRIPT
def test_the_function_takes_what_the_rule_gives(rule: Rule) -> None:
    given = [word for section in ("input", "output", "params") for word in rule.keywords(section)]
    arguments = main_function(script_of(rule)).args
    taken = [argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]]
    assert sorted(taken) == sorted(word for word in given if word != "code")
    assert not arguments.defaults


@WITH_SCRIPT
def test_the_rule_reruns_when_its_code_changes(rule: Rule) -> None:
    named = re.escape(f'"{rule.name}.py"')  # argus_code adds files that are imported by name
    assert re.search(rf"code=(lambda wildcards: argus_)?code\(\s*{named}", rule.sections["input"])


@WITH_SCRIPT
def test_params_are_one_mapping(rule: Rule) -> None:
    assert rule.keywords("params") in ([], ["config"]), "Snakemake compares params as a set"


def test_every_script_belongs_to_a_rule() -> None:
    scripts = {file.stem for file in (ROOT / "workflow/scripts").glob("*.py")}
    assert scripts == {rule.name for rule in RULES if "script" in rule.sections}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_rule_file_says_what_goes_in_and_out_and_stays_light(file: Path) -> None:
    text = file.read_text()
    assert re.match(r"# .+\n(#.*\n)*?#\n# IN   .+\n(#.*\n)*?# OUT  .+\n", text)
    for module in re.findall(r"^(?:from|import) ([\w.]+)", text, re.M):
        assert module.startswith(ALLOWED_IMPORTS), f"{module} would slow every `snakemake -n`"


def test_the_snakefile_stays_a_table_of_contents() -> None:
    assert (ROOT / "Snakefile").read_text().count("\n") <= 45


@WITH_SCRIPT
def test_an_old_output_stays_until_the_new_one_is_there(rule: Rule) -> None:
    outputs = rule.sections["output"]
    assert len(rule.keywords("output")) == outputs.count("update("), "Snakemake deletes it first"


@WITH_SCRIPT
def test_parameters_are_given_with_their_keys(rule: Rule) -> None:
    params = rule.sections.get("params", "")
    assert not params or "given(" in params, "DVC would not see them change"
    assert "config[" not in params


@WITH_SCRIPT
def test_a_rule_asks_a_cluster_for_what_it_needs_or_takes_seconds(rule: Rule) -> None:
    asks = f'**asks("{rule.name}")' in rule.sections.get("resources", "")
    assert asks != ("localrule" in rule.sections)


def test_the_profile_is_found_from_the_root() -> None:
    assert (ROOT / "slurm").is_symlink()
    assert (ROOT / "slurm/config.yaml").samefile(ROOT / "workflow/profiles/slurm/config.yaml")


def test_no_two_rule_files_define_the_same_name():
    """Rule files share one namespace: the later one would silently take the other's place."""
    owners: dict[str, str] = {}
    for file in FILES:
        for name in DEFINED.findall(file.read_text()):
            assert owners.setdefault(name, file.name) == file.name, name
    assert {"rows.smk", "compare.smk"} <= set(owners.values())
