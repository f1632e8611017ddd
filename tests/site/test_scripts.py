"""Modules without comments: the same program, on the same lines."""

import subprocess

import pytest

from sporeprint_site.build import APP
from sporeprint_site.scripts import without_comments
from sporeprint_site.vendoring import node_and_npm

SITE = APP.parents[1]
MODULES = sorted(path.relative_to(APP).as_posix() for path in APP.rglob("*.js"))
LOOKALIKES = [
    (
        "const a = \"// no comment\"; const b = '/* nor  this */';",
        "const a=\"// no comment\";const b='/* nor  this */';",
    ),
    ("c = `// ${d /* gone */} /* text */ ${`${e} // text`}`;", "c=`// ${d } /* text */ ${`${e} // text`}`;"),
    ("f = /[/*]\\/\\/ x/g.test(g);", "f=/[/*]\\/\\/ x/g.test(g);"),
    ("h = i / 2 / j; k = (l) / m; n = o[0] / p;", "h=i / 2 / j;k=(l)/ m;n=o[0]/ p;"),
    ("return /\\/\\*/;", "return /\\/\\*/;"),
    ("q = a ? /'/ : b;", "q=a?/'/:b;"),
    ("r = `a\\`b // c`;", "r=`a\\`b // c`;"),
    ("s = `$ {t} $`;", "s=`$ {t} $`;"),
    ("u = v + +w - -x;", "u=v + +w - -x;"),
    ("y = async (z) => typeof z in aa;", "y=async(z)=>typeof z in aa;"),
]


@pytest.mark.parametrize(("line", "kept"), LOOKALIKES)
def test_what_only_looks_like_a_comment_or_a_needless_space_stays(line, kept):
    assert without_comments(line) == kept


def test_comments_and_indentation_go_and_every_line_stays_where_it_was():
    source = "/** What.\n * Why.\n */\nfunction a() {\n  // How.\n  return b /* c */+ d; // e\n}\n"
    assert without_comments(source) == "\n\n\nfunction a(){\n\nreturn b + d;\n}\n"


def test_a_comment_between_two_words_still_parts_them():
    assert without_comments("return/* a */b") == "return b"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_its_lines(module):
    source = (APP / module).read_text()
    assert without_comments(source).count("\n") == source.count("\n")


def test_every_module_is_the_same_program_without_its_comments(tmp_path):
    esbuild = SITE / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not esbuild.is_file():
        pytest.skip("esbuild, which compares the programs, comes with the browser packages (scripts/setup)")
    for name, change in (("before", str), ("after", without_comments)):
        for module in MODULES:
            target = tmp_path / name / module
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(change((APP / module).read_text()))
        _, _, environment = node_and_npm()
        files = [str(tmp_path / name / module) for module in MODULES]
        options = ["--minify-whitespace", "--legal-comments=none", f"--outdir={tmp_path / f'{name}-packed'}"]
        subprocess.run([esbuild, *files, *options], check=True, capture_output=True, env=environment)
    for module in MODULES:
        packed = [(tmp_path / f"{name}-packed" / module).read_text() for name in ("before", "after")]
        assert packed[0] == packed[1], module
