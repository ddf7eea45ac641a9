"""Specifications of % and of str.format."""
from generate import case

PERCENT = ["%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%#o", "%i", "%u", "%e", "%.2e", "%E", "%f", "%.0f", "%.1f",
           "%.10f", "%08.2f", "%+.1f", "%-9.2f|", "%g", "%.3g", "%G", "%#.3g", "%s", "%r", "%a", "%5s|", "%-5s|", "%.2s", "%c", "%%", "%5%", "%.3d",
           "%+08.3f", "%#X", "%ld", "%*d", "%.*f", "%-*d|", "%z", "%", "%(a)d", "%5.1f|", "% 05d", "%-05d|", "%+s", "%#.0f", "%010x"]
BRACES = ["{}", "{:d}", "{:5}|", "{:<5}|", "{:>5}|", "{:^5}|", "{:*^7}", "{:05}", "{:+}", "{: }", "{:-}", "{:,}", "{:_}", "{:x}", "{:X}", "{:#x}",
          "{:b}", "{:#b}", "{:o}", "{:e}", "{:.2e}", "{:f}", "{:.1f}", "{:.0f}", "{:g}", "{:.3g}", "{:n}", "{:%}", "{:.1%}", "{:,.2f}", "{:10,.2f}|",
          "{:010.2f}", "{:+.1f}", "{:=+6}", "{:0=6}", "{:.3}", "{:s}", "{:5s}|", "{:.2s}", "{:c}", "{!r}", "{!s:>6}|", "{:é^5}", "{:q}", "{:5.}",
          "{:,x}", "{:_x}", "{:_b}", "{:08,}", "{:010_}", "{:<05}|", "{:^05}|", "{:#.3g}", "{:#.0f}", "{0!a}", "{:>+8.2f}|", "{:12.3e}|"]
VALUES = [0, 5, -5, 65, 1234567, 10 ** 25, 2.5, -0.5, 0.1, 1e10, 1e-10, 123456.789, 1e100, True, None, "a", "héllo", [1]]


def cases():
    for value in VALUES:
        for spec in chosen(PERCENT, value):
            yield case("{{ f|format(x) }}", {"f": spec, "x": value})
        for spec in chosen(BRACES, value):
            yield case("{{ f.format(x) }}", {"f": spec, "x": value})
    for t in ("{{ '%*d'|format(5, 3) }}", "{{ '%-*d|'|format(5, 3) }}", "{{ '%*d|'|format(-5, 3) }}", "{{ '%.*f'|format(2, 3.14159) }}",
              "{{ '%*.*f|'|format(8, 2, 3.14159) }}", "{{ '%(a)s %(b)d'|format(a='x', b=2) }}", "{{ '%(a)s'|format(b=1) }}",
              "{{ '%(a)5.1f|'|format(a=1.25) }}", "{{ '%(a(b))s' % {'a(b)': 1} }}", "{{ '%(a' % {'a': 1} }}", "{{ '%s'|format(1, x=2) }}",
              "{{ '%s %s' % ('a',) }}", "{{ '%s' % none }}", "{{ '%s' % {'a': 1} }}", "{{ '%c%c'|format(233, 'é') }}", "{{ '%c'|format('ab') }}",
              "{{ '%5c|%-5c|'|format('a', 'b') }}", "{{ '%d'|format(1e20) }}", "{{ '%d'|format(3.99) }}", "{{ '%x'|format(3.5) }}",
              "{{ '%s'|format('%s') }}", "{{ '%.2f €'|format(3) }}", "{{ '€%.2f'|format('3'|float) }}", "{{ '%s' ~ 1 }}"):
        yield case(t)


def chosen(specs, value):
    """A third of the specifications for each value; every one meets several values."""
    start = VALUES.index(value)
    return [spec for i, spec in enumerate(specs) if (i + start) % 3 == 0]
