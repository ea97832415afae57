# python3 enrich.py keys.json
import json
import sys

with open(sys.argv[1]) as f:
    keys = json.load(f)
write = sys.stdout.write
encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
for line in sys.stdin:
    event = json.loads(line)
    for role in ("src", "dest", "dvc"):
        value = event.get(role)
        if value is None:
            continue
        for field, text in keys.get(value.lower(), {}).items():
            event[role + "_" + field] = text
    write(encode(event) + "\n")
