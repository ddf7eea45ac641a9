#!/bin/sh
# mailq-template with files: what it renders, how its options change it, what it says of faults.
. "${0%/*}/lib.sh"

template() {
	cat >"$work/t.html"
}

echo '{"name": "ann <o'\''neill>", "lines": [{"n": "a"}, {"n": "b"}]}' >context.json
template <<'end'
Hi {{ name|title }}!
{% for l in lines %}
  {{ loop.index }}. {{ l.n }}
{% endfor %}
end
ok 'renders a file with a context' mailq-template render --template t.html --context context.json
is 'as Jinja2 does' "$(cat out)" "Hi Ann <O'neill>!

  1. a

  2. b"
ok 'renders with a context that stands there' mailq-template render --template t.html --context "$(cat context.json)"
is 'the same' "$(cat "$work/out")" "$(mailq-template render --template t.html --context context.json)"
ok 'renders standard input' sh -c 'mailq-template render --context context.json <t.html'
prints 'the same' "Ann <O'neill>"
ok 'takes an empty context for none' mailq-template render --template t.html
is 'where all is undefined' "$(cat out)" 'Hi !'

ok 'escapes on demand' mailq-template render --template t.html --context context.json --autoescape on
prints 'what HTML would read' 'Ann &lt;O&#39;neill&gt;'
exits 64 'knows two words for that' mailq-template render --autoescape maybe

ok 'trims blocks' mailq-template render --template t.html --context context.json --trim-blocks \
	--lstrip-blocks --keep-trailing-newline
is 'and keeps the last newline' "$(cat out; echo .)" "Hi Ann <O'neill>!
  1. a
  2. b
."

exits 65 'is strict on demand' mailq-template render --template t.html --strict
says 'says where and what' "t.html:1: 'name' is undefined"
printf 'one\n\n{{ 1 / 0 }}' | template
exits 65 'a fault while rendering' mailq-template render --template t.html
is 'is FILE:LINE: message' "$(cat err)" 't.html:3: division by zero'
is 'and nothing is printed' "$(cat out)" ''
echo '{"a": }' >bad.json
exits 65 'a context that is no JSON' mailq-template render --template t.html --context bad.json
says 'says which' 'bad.json: byte 7'
echo '[1]' >list.json
exits 65 'a context that is no object' mailq-template render --template t.html --context list.json
says 'says what it is' 'list.json: the context is a list, not an object'
exits 66 'a template that is not there' mailq-template render --template nowhere.html

mkdir parts
echo '<{% block body %}{% endblock %}>' >parts/base.html
echo '{% set x = 1 %}{{ 1 / 0 }}' >parts/broken.html
echo secret >secret
ln -s ../secret parts/link
echo '{% extends "base.html" %}{% block body %}{{ name }}{% endblock %}' | template
ok 'finds other templates' mailq-template render --template t.html --context context.json --templates parts
is 'in the directory' "$(cat out)" "<ann <o'neill>>"
exits 65 'and only there' mailq-template render --template t.html
says 'says which it missed' "t.html:1: template 'base.html' not found"
for name in ../secret /etc/passwd ./base.html link '' .hidden parts/; do
	echo "{% include '$name' %}" | template
	exits 65 "does not reach '$name'" mailq-template render --template t.html --templates parts
done
echo '{% include "broken.html" %}' | template
exits 65 'a fault in another template' mailq-template render --template t.html --templates parts
says 'is told by its own name' 'broken.html:1: division by zero'

echo '{{ x|nothing }}' >wrong1.html
echo '{% if x %}' >wrong2.html
exits 65 'checks for filters that are not there' mailq-template check --template wrong1.html
says 'and says which' "wrong1.html:1: no filter named 'nothing'"
exits 65 'checks syntax' mailq-template check --template wrong2.html
says 'and says where' "wrong2.html:1: unexpected end of template, expected 'elif'"
ok 'is silent where nothing is wrong' mailq-template check --template t.html
is 'on both' "$(cat out err)" ''
ok 'checks standard input' sh -c 'echo "{{ x }}" | mailq-template check --template -'

exits 64 'needs a command' mailq-template
exits 64 'that it knows' mailq-template play
exits 64 'a file or a stored one' mailq-template render --template t.html tpl_welcome

done_testing
