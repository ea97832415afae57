// node duckdb.mjs keys.csv events.ndjson out.ndjson, with @duckdb/node-api installed in
// the same folder. Events remain JSON text; three joins find the fields to add.
import { DuckDBInstance } from "@duckdb/node-api";

const [keys, events, out] = process.argv.slice(2).map((p) => p.replaceAll("'", "''"));
const db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
const fields = ["priority", "bunit", "owner", "city", "country"];
const roles = ["src", "dest", "dvc"];
const added = roles.flatMap((r) => fields.map((f) => `'${r}_${f}', ${r}.${f}`)).join(", ");
const joins = roles.map((r) => `LEFT JOIN keys ${r} ON ${r}.key = lower(e.json->>'$.${r}')`).join("\n");
await db.run(`CREATE TABLE keys AS SELECT * FROM read_csv('${keys}', all_varchar = true, header = true)`);
await db.run(`COPY (
  SELECT json_merge_patch(e.json, json_object(${added}))::VARCHAR
  FROM read_ndjson_objects('${events}') e
  ${joins}
) TO '${out}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')`);
