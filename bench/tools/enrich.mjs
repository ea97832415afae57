// node enrich.mjs keys.json
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const keys = new Map(Object.entries(JSON.parse(readFileSync(process.argv[2], "utf8"))));
let out = [];
let size = 0;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const event = JSON.parse(line);
  for (const role of ["src", "dest", "dvc"]) {
    const found = keys.get(event[role]?.toLowerCase());
    for (const field in found) event[role + "_" + field] = found[field];
  }
  const text = JSON.stringify(event);
  out.push(text);
  size += text.length;
  if (size > 1 << 18) {
    process.stdout.write(out.join("\n") + "\n");
    out = [];
    size = 0;
  }
}
if (out.length) process.stdout.write(out.join("\n") + "\n");
