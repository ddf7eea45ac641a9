"""Text: code points, case of all scripts, repr."""
from generate import case

TEXTS = ["", "a", "Hello World", "hELLO wORLD", "straße", "ŒUVRE œuvre", "ΑΣ ΣΑΣ σας", "ǆ Ǆ ǅ", "ﬁn", "İstanbul",
         "été À LA", "日本語", "a-b (c) [d] {e} <f>", "it's o'clock", "tab\there", "line\nbreak\r\nx", "  padded  ",
         "‘quoted’", "x\u0085y\u2028z", "e\u0301", "\U0001F600 smile", "ᾳ ᾼ", "123abc", "ŉ", "ß", "ʻokina", "10th-place"]


def cases():
    for t in TEXTS:
        c = {"s": t}
        yield case("{{ s|upper }}|{{ s|lower }}|{{ s|title }}|{{ s|capitalize }}", c)
        yield case("{{ s.upper() }}|{{ s.lower() }}|{{ s.title() }}|{{ s.capitalize() }}", c)
        yield case("{{ s.swapcase() }}|{{ s.casefold() }}|{{ s|length }}|{{ s|wordcount }}", c)
        yield case("{{ [s] }}|{{ s|reverse }}|{{ s[1:4] }}|{{ s[-2:] }}|{{ s|list }}", c)
        yield case("{{ s|trim }}|{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}|{{ s|trim('xah ') }}", c)
        yield case("{{ s.split() }}|{{ s.rsplit() }}|{{ s.splitlines() }}|{{ s.splitlines(true) }}", c)
        yield case("{{ s.isalpha() }} {{ s.isdigit() }} {{ s.isalnum() }} {{ s.isupper() }} {{ s.islower() }}"
                   " {{ s.istitle() }} {{ s.isspace() }} {{ s.isidentifier() }} {{ s.isascii() }}"
                   " {{ s.isprintable() }} {{ s.isdecimal() }} {{ s.isnumeric() }}", c)
        yield case("{{ s|truncate(5) }}|{{ s|truncate(6, true) }}|{{ s|truncate(5, false, '…', 0) }}", c)
        yield case("{{ s|center(14) }}|{{ s.center(13, '*') }}|{{ s.ljust(9) }}|{{ s.rjust(9) }}|{{ s.zfill(9) }}", c)
        yield case("{{ s|urlencode }}|{{ s|tojson }}|{{ s|escape }}|{{ s|indent(2, true) }}", c)
        yield case("{{ s.find('l') }} {{ s.rfind('l') }} {{ s.count('l') }} {{ s.replace('l', 'LL') }}", c)
        yield case("{{ s is lower }} {{ s is upper }} {{ s is string }} {{ s.expandtabs(4) }}", c)
        yield case("{{ '%s|%10s|%-10s|%.3s|%r'|format(s, s, s, s, s) }}", c)
        yield case("{{ '{}|{:>8}|{:<8}|{:^8}|{:.2}|{!r}|{:*^9}'.format(s, s, s, s, s, s, s) }}", c)
        yield case("{{ s ~ s }}|{{ s * 2 }}|{{ s == s|lower }}|{{ s < 'm' }}", c)
