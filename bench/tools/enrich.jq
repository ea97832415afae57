# jq -c --slurpfile keys keys.json -f enrich.jq
reduce ("src", "dest", "dvc") as $role (.;
  ($keys[0][(.[$role] // "") | ascii_downcase] // {}) as $found
  | reduce ($found | to_entries[]) as $f (.; .[$role + "_" + $f.key] = $f.value))
