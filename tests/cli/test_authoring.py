"""An author's way: new, lint, verify, schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import LAB, Home

Write = Callable[..., Path]


def test_a_sound_lab_is_proved(home: Home) -> None:
    result = home.run("verify", str(home.lab), "--output", "json")
    document = result.document
    assert (result.code, document["holds"]) == (0, True), document
    assert sorted(proof["case"] for proof in document["proofs"]) == [
        "black",
        "half",
        "solution",
        "solution",
        "untouched",
    ]


def test_a_vacuous_check_an_unsolved_task_and_a_wrong_mistake_are_found(home: Home, write_lab: Write) -> None:
    write_lab(
        {
            "lab.yaml": LAB.replace(
                "kind: ConfigMap, name: one, match: {data: {color: __color__}}", "kind: ConfigMap, name: given"
            ),
            "solution/commands.sh": "kubectl create configmap one\n",
        }
    )
    result = home.run("verify", str(home.lab))
    assert result.code == 1
    assert "task one has full marks though nobody did anything" in result.out
    assert "the solution fails task two" in result.out
    assert "it does not fail task one" in result.out


def test_a_solution_that_fails_tells_the_line(home: Home, write_lab: Write) -> None:
    write_lab({"solution/commands.sh": "true\nkubectl get pod nothing\n"})
    result = home.run("verify", str(home.lab))
    assert result.code == 1
    assert "commands.sh, line 2: `kubectl get pod nothing` ended with code 1" in result.out


def test_a_missing_solution_is_the_authors(home: Home) -> None:
    (home.lab / "solution/commands.sh").unlink()
    result = home.run("verify", str(home.lab))
    assert result.code == 1
    assert "the lab has no solution" in result.err
    assert "solution/commands.sh" in result.err


def test_an_unknown_key_names_the_nearest_with_its_line(home: Home, write_lab: Write) -> None:
    write_lab({"lab.yaml": LAB.replace("      hints: [The same", "      hint: [The same")})
    result = home.run("start", str(home.lab))
    assert result.code == 2
    assert "lab.yaml:25: spec.tasks[1]: unknown key 'hint'; did you mean 'hints'?" in result.err


def test_a_yaml_bomb_is_refused(home: Home, write_lab: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    write_lab({"lab.yaml": "\n".join(lines)})
    result = home.run("verify", str(home.lab))
    assert result.code == 1
    assert "once aliases are expanded" in result.err


def test_a_new_lab_loads_and_has_nothing_to_remark(home: Home, tmp_path: Path) -> None:
    assert home.run("new", "probes", "--number", "14", "--in", str(tmp_path)).code == 0
    assert home.run("lint", str(tmp_path / "kubernetes/14-probes")).code == 0
    assert home.run("new", "probes", "--number", "14", "--in", str(tmp_path)).code == 2


def test_a_new_lab_is_proved(home: Home, tmp_path: Path) -> None:
    home.run("new", "probes", "--in", str(tmp_path))
    result = home.run("verify", str(tmp_path / "kubernetes/01-probes"))
    assert result.code == 0, result.out


def test_the_schema_is_json(home: Home) -> None:
    document = json.loads(home.run("schema").out)
    assert document["$defs"]["Check"]["required"] == ["name"]
    assert json.loads(home.run("schema", "mistake").out)["title"] == "Mistake"
