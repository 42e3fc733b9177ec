"""Markdown for the report."""


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]) + "\n"


def number(value, digits=1):
    return "" if value is None else f"{value:.{digits}f}"


def ratio(above, below):
    return "" if above is None or below is None else f"{above / below:.1f}"
