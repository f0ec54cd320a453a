"""How Sphinx makes the site from these pages."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from cfl import __version__

project = "cfl"
author = "the authors of cfl"
copyright = "2026, the authors of cfl"  # noqa: A001 - Sphinx's name
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "from_code",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# A name in single backticks in a docstring is a link, where there is such a name.
default_role = "py:obj"
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc has them in words
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = "cfl"
html_static_path = ["_static"]
html_css_files = ["cfl.css"]
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
smartquotes_action = "qe"  # two hyphens are an option
pygments_style = "friendly"
pygments_dark_style = "github-dark"
