"""`make check` notices what is longer than CONTRIBUTING allows."""

from pathlib import Path

from scripts import code_limits as limits


def test_a_function_may_have_fifty_lines_and_no_more() -> None:
    fits = "def fits():\n" + "    pass\n" * 49
    assert list(limits.too_long(fits)) == []
    assert list(limits.too_long("\n" + fits + "    pass\n")) == [":2: fits has 51 lines, over 50"]


def test_methods_and_functions_in_functions_are_looked_at() -> None:
    source = "class A:\n    async def b(self):\n" + "        pass\n" * 50
    assert list(limits.too_long(source)) == [":2: b has 51 lines, over 50"]


def test_a_table_above_a_function_does_not_count() -> None:
    source = "@table(\n" + "    1,\n" * 60 + ")\ndef a():\n    pass\n"
    assert list(limits.too_long(source)) == []


def test_a_file_may_have_four_hundred_lines_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    module = tmp_path / "src" / "a.py"
    module.write_text("a = 1\n" * 400)
    assert limits.main(tmp_path) == 0
    module.write_text("a = 1\n" * 401)
    assert limits.main(tmp_path) == 1
