#!/usr/bin/env python3
"""Writes src/cli/third_party.txt: every crate inside the program with its licence and copyright
lines, then each licence text once.  --check compares instead of writing."""
import json, pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src/cli/third_party.txt"
STANDARD = {  # licence -> words that only its text has
    "Apache-2.0": "Apache License",
    "BSD-2-Clause": "Redistributions in binary form must reproduce",
    "BSD-3-Clause": "Neither the name",
    "CC0-1.0": "CC0 1.0 Universal",
    "ISC": "Permission to use, copy, modify, and/or distribute",
    "MIT": "Permission is hereby granted, free of charge",
    "MPL-2.0": "Mozilla Public License Version 2.0",
    "Unicode-3.0": "UNICODE LICENSE V3",
    "Unlicense": "free and unencumbered software",
    "Zlib": "This software is provided 'as-is'",
    "BSL-1.0": "Boost Software License",
}


def crates():
    tree = subprocess.run(
        ["cargo", "tree", "--locked", "-e", "normal", "--target", "all", "--prefix", "none",
         "-f", "{p}"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = set()
    for line in tree.splitlines():
        parts = line.split()
        if len(parts) >= 2:
            wanted.add((parts[0], parts[1].lstrip("v")))
    meta = json.loads(subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout)
    found = [p for p in meta["packages"]
             if (p["name"], p["version"]) in wanted and p["name"] != "pt-stem"]
    return sorted(found, key=lambda p: (p["name"], p["version"]))


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    for path in sorted(folder.iterdir()):
        if re.match(r"(?i)(licen[cs]e|copying|notice|unlicense|copyright)", path.name) and path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace")


def main():
    lines, bodies, licences = [], {}, set()
    for package in crates():
        licence = package.get("license") or "see its licence file"
        lines.append(f"{package['name']} {package['version']}  {licence}")
        seen = set()
        for text in texts(package):
            for name, mark in STANDARD.items():
                if mark.lower() in re.sub(r"\s+", " ", text).lower():
                    if name not in bodies or len(text) < len(bodies[name]):
                        bodies[name] = text
            for line in text.splitlines():
                line = line.strip(" *#/")
                if re.match(r"(?i)copyright (\(c\)|©|\d|the )", line) and "[yyyy]" not in line and line not in seen:
                    seen.add(line)
                    lines.append(f"    {line}")
        licences.update(n for n in STANDARD if n in licence)
    out = ["THIRD-PARTY LICENCES", "",
           "PT-STEM contains the crates below, each under the licence named beside it. Where a crate",
           "offers several, PT-STEM uses it under the most permissive. The texts follow the list.", ""]
    out += lines
    for name in sorted(licences):
        if name in bodies:
            body = re.sub(r"(?im)^\s*copyright (\(c\)|©).*$", "", bodies[name]) if name in ("MIT", "ISC", "BSD-3-Clause", "BSD-2-Clause", "Zlib") else bodies[name]
            out += ["", "=" * 78, name, "=" * 78, "", body.replace("\r\n", "\n").strip()]
    text = "\n".join(line.rstrip() for line in "\n".join(out).split("\n")) + "\n"
    if "--check" in sys.argv:
        if not OUT.exists() or OUT.read_text(encoding="utf-8") != text:
            sys.exit("src/cli/third_party.txt is out of date: run .ci/licenses.py")
        return
    OUT.write_text(text, encoding="utf-8")
    missing = licences - bodies.keys()
    print(f"{len(lines)} lines, texts of {', '.join(sorted(licences & bodies.keys()))}; missing {missing or 'none'}")


main()
