#!/usr/bin/env python3
"""Follows every relative link of the Markdown files: the file is there, and so is the heading.

Usage: check_links.py SOURCE
"""

import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def anchors(path):
    """The headings' anchors, as GitHub makes them."""
    out, seen = set(), {}
    for heading in re.findall(r"^#+ +(.+?) *#*$", FENCE.sub("", path.read_text()), re.MULTILINE):
        text = LINK.sub(lambda m: m.group(0)[1:m.group(0).index("]")], heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        out.add(anchor if seen[anchor] == 0 else f"{anchor}-{seen[anchor]}")
    return out


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=source, text=True, check=True,
                           capture_output=True).stdout.split()
    links = 0
    bad = []
    for name in names:
        path = source / name
        for target in LINK.findall(FENCE.sub("", path.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            file, _, anchor = target.partition("#")
            other = (path.parent / file).resolve() if file else path
            if not other.exists():
                bad.append(f"{name}: {target}: no such file")
            elif anchor and other.suffix == ".md" and anchor not in anchors(other):
                bad.append(f"{name}: {target}: no such heading in {other.name}")
    print("\n".join(bad + [f"{links} links in {len(names)} files, {len(bad)} of them lead nowhere"]))
    return 1 if bad or links == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
