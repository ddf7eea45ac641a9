"""Templates as they stand in front of mail."""
from generate import case

LAYOUT = """<!DOCTYPE html>
<html>
<body style="font-family: sans-serif">
{% block header %}<h1>{{ org.name }}</h1>{% endblock %}
{% block content %}{% endblock %}
{% block footer %}
<p style="color: #888">{{ org.name }}{% if org.address %}, {{ org.address }}{% endif %}{% for l in org.links if l.url %}
 | <a href="{{ l.url }}">{{ l.title|default(l.url) }}</a>{% endfor %}</p>
{% endblock %}
</body>
</html>
"""
MACROS = """{% macro button(url, text='Open') -%}
<a class="btn" href="{{ url }}">{{ text }}</a>
{%- endmacro %}
{% macro money(amount, currency='EUR') -%}
{{ '%.2f'|format(amount) }} {{ currency }}
{%- endmacro %}
{% macro rows(items) %}{% for i in items %}{{ caller(i, loop) }}{% endfor %}{% endmacro %}
"""
ORDER = """{% extends "layout.html" %}
{% from "macros.html" import button, money, rows %}
{% block header %}{{ super() }}<h2>Order {{ order.number }}</h2>{% endblock %}
{% block content %}
<p>Dear {{ customer.name|title }},</p>
<table>
{% call(line, loop) rows(order.lines) %}
  <tr class="{{ loop.cycle('odd', 'even') }}"><td>{{ loop.index }}</td><td>{{ line.name }}</td>
  <td>{{ line.qty }} &times; {{ money(line.price) }}</td><td>{{ money(line.qty * line.price) }}</td></tr>
{% endcall %}
</table>
{% set ns = namespace(total=0) %}
{%- for line in order.lines %}{% set ns.total = ns.total + line.qty * line.price %}{% endfor %}
<p>Total: {{ money(ns.total) }}{% if order.discount %} ({{ (order.discount * 100)|round|int }} % off){% endif %}</p>
{{ button(order.url) }}
{% endblock %}
"""
WELCOME = "Hi {{ partner.name }},\n\nThanks for joining {{ org.name }}.{% if partner.plan %} Your plan: {{ partner.plan|capitalize }}.{% endif %}\n"
DIGEST = """{% set by = tasks|groupby('project') -%}
{% for project, items in by %}
{{ project|upper }} ({{ items|length }})
{{ '-' * (project|length + 4) }}
{% for t in items|sort(attribute='due') -%}
{{ '%2d. %-20s %s'|format(loop.index, t.title|truncate(20, true, '..', 0), t.due) }}
{% else %}nothing
{% endfor %}{% endfor %}
{{ tasks|selectattr('done')|list|length }} of {{ tasks|length }} done{{ ', well done!' if tasks|rejectattr('done')|list|length == 0 }}
"""
RESET = """{{ user.name|default('there', true) }}, use this link within {{ minutes }} minute{{ 's' if minutes != 1 }}:
{{ base ~ '/reset?' ~ {'token': token, 'mail': user.email}|urlencode }}
{#- never say whether the account exists -#}
{% if ip is defined %}
Asked for from {{ ip }}.{% endif %}"""
SUBJECT = "{{ org.name }}: {% if count == 0 %}nothing new{% elif count == 1 %}1 new message{% else %}{{ count }} new messages{% endif %}"
TREE = """{% for c in comments recursive %}{{ '> ' * loop.depth0 }}{{ c.author }}: {{ c.text }}
{% if c.replies %}{{ loop(c.replies) }}{% endif %}{% endfor %}"""

ORG = {"name": "ACME & Söhne", "address": "1 Main St", "links": [{"url": "https://acme.example/?a=1&b=2", "title": "Shop"}, {"url": ""}, {"url": "https://x.example"}]}
LINES = [{"name": "Widget <large>", "qty": 2, "price": 9.99}, {"name": "Gadget", "qty": 1, "price": 100}, {"name": 'Cable 5" & plug', "qty": 10, "price": 0.333}]
TASKS = [{"project": "web", "title": "Fix the login page on small screens", "due": "2026-12-01", "done": True},
         {"project": "api", "title": "Rate limits", "due": "2026-11-20", "done": False},
         {"project": "Web", "title": "Logo", "due": "2026-11-25", "done": True}]
COMMENTS = [{"author": "a", "text": "first", "replies": [{"author": "b", "text": "re", "replies": [{"author": "c", "text": "re re"}]}]},
            {"author": "d", "text": "last", "replies": []}]


def cases():
    files = {"layout.html": LAYOUT, "macros.html": MACROS}
    for discount in (None, 0, 0.15):
        for lines in (LINES, [], LINES * 7):
            context = {"org": ORG, "customer": {"name": "o'brien <x>"}, "order": {"number": 1001, "lines": lines, "discount": discount, "url": "https://x/?o=1&k=2"}}
            for options in ({"autoescape": True}, {}, {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True},
                            {"strict": True, "autoescape": True}, {"keep_trailing_newline": True}):
                yield case(ORDER, context, files, **options)
    for plan in (None, "gold", ""):
        for name in ("Ann", "<script>", "Łukasz"):
            for on in (True, False):
                yield case(WELCOME, {"org": ORG, "partner": {"name": name, "plan": plan}}, autoescape=on)
    yield case(WELCOME, {"org": {"name": "x"}}, strict=True)
    yield case(WELCOME, {"org": {"name": "x"}})
    for n in range(4):
        yield case(DIGEST, {"tasks": TASKS[:n]})
        yield case(DIGEST, {"tasks": TASKS[:n]}, trim_blocks=True)
        yield case(SUBJECT, {"org": ORG, "count": n})
    for minutes in (1, 30):
        for user in ({"name": "Ann", "email": "ann+x@example.com"}, {"name": "", "email": "é@example.com"}, {"email": "a@b"}):
            yield case(RESET, {"user": user, "minutes": minutes, "base": "https://x.example", "token": "a/b=c"})
            yield case(RESET, {"user": user, "minutes": minutes, "base": "https://x.example", "token": "t", "ip": "::1"})
    yield case(TREE, {"comments": COMMENTS})
    yield case(TREE, {"comments": COMMENTS}, trim_blocks=True)
    yield case(TREE, {"comments": []})
