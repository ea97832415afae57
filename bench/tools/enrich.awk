# mawk -v keys=keys.tsv -f enrich.awk
# This treats JSON as text: a "src" in a nested object or inside a string would match, too.
BEGIN {
    FS = "\t"
    split("priority bunit owner city country", field, " ")
    while ((getline line < keys) > 0) {
        split(line, cell, "\t")
        for (i = 1; i <= 5; i++) known[cell[1], i] = cell[i + 1]
        there[cell[1]] = 1
    }
    FS = "\n"
}
function add(role,    key, i, out) {
    if (!match($0, "\"" role "\":\"[^\"]*\"")) return ""
    key = tolower(substr($0, RSTART + length(role) + 4, RLENGTH - length(role) - 5))
    if (!(key in there)) return ""
    for (i = 1; i <= 5; i++)
        if (known[key, i] != "") out = out ",\"" role "_" field[i] "\":\"" known[key, i] "\""
    return out
}
{ print substr($0, 1, length($0) - 1) add("src") add("dest") add("dvc") "}" }
