// Prints -1, 0 or 1 by npm's semver for each line `VERSION VERSION` of a file, and x where semver refuses one of them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const semver = createRequire(`${process.env.AVOW_INTEROP_DIR}/`)("semver");

for (const line of readFileSync(process.argv[2], "utf8").trimEnd().split("\n")) {
  const pair = line.split(" ");
  console.log(pair.every((version) => semver.valid(version)) ? semver.compare(...pair) : "x");
}
