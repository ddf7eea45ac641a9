"""White space around tags, newlines, and the options about them."""
import itertools

from generate import case

LINES = [
    "a\n  {% if true %}\n    b\n  {% endif %}\nc\n",
    "  {% for x in [1, 2] %}\n  {{ x }}\n  {% endfor %}\n",
    "a {%- if true -%} b {%- endif -%} c",
    "a\n  {%- if true %}\n b\n{% endif -%}\n  c\n\n",
    "a {{- 1 -}} b\n {{- 2 }}\n{{ 3 -}}\n d",
    "  {# c #}\nx {# c #} y\n{#- c -#}\nz\n",
    "x\n  {%+ if true %}\n  y\n  {%+ endif +%}\nz",
    "  {%+ if true +%}\n  y{% endif %}  \n",
    "{% if true %}\n\n\nx{% endif %}\n\n",
    "a\r\nb\rc\r\n{{ 1 }}\r\n",
    "a\n", "a\n\n", "\n", "", "a\r\n", "\n\na",
    "{% raw %}\n x\n{% endraw %}\ny", "  {%- raw -%}\n x \n{%- endraw -%}\n y",
    "  {% raw %}{{ x }}{% endraw %}\n  z", "x  {%+ raw %} y {%+ endraw +%}\nz",
    "{% set x %}\n  a\n{% endset %}\n[{{ x }}]",
    "\t{% if true %}\t\n\tx\n\t{% endif %}\t\ny",
    "a{% if true %}\nb{% endif %}\nc{% if true %} {% endif %}\nd",
    "  {{ 1 }}\n  {{ 2 }}  \n  {%- if true %} {% endif %}",
    "{% for x in [1, 2, 3] -%}\n  {{ x }}\n{%- endfor %}",
    "\u00a0{%- if true -%}\u2003x\u00a0{%- endif %}",
    "{# a #}\n{# b #}\n  {# c #}  \nd", "a\n  {# c #}\n  {# d #} b\n", "{#+ c +#}\nx", "  {#+ c #}\nx",
    "x {{+ 1 }} y", "{{ 1 }}\n{{ 2 }}\n", "{%if true%}\n{%endif%}\n{%if true-%}\n\n a{%endif%}",
    "{% macro m() %}\n  x\n{% endmacro %}\n[{{ m() }}]\n", "{% block b %}\n x\n{% endblock %}\n.",
    "  {% block b %}{% endblock %}\n  {% block c %}\n  {% endblock %}\n",
    "a\u2028  {% if true %}x{% endif %}", "a\x0b{%- if true %}x{% endif %}",
    "{{ 'a\nb' }}", "{{ 'a\\\nb' }}", "{{ 'a\r\nb' }}|", "a  \n{%- if true %}b{%- endif %}  \n",
]


def cases():
    for source in LINES:
        for trim, lstrip, keep in itertools.product((False, True), repeat=3):
            options = {}
            if trim:
                options["trim_blocks"] = True
            if lstrip:
                options["lstrip_blocks"] = True
            if keep:
                options["keep_trailing_newline"] = True
            yield case(source, **options)
