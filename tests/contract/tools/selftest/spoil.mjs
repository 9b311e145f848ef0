// Spoils a good document in one place at a time and expects the linters to name the rule that guards that place.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const good = readFileSync("selftest/good.json", "utf8");
const list = (d) => d.paths["/v1/things"].get;
const create = (d) => d.paths["/v1/things"].post;
const update = (d) => d.paths["/v1/things/{thing_id}"].patch;
const schemas = (d) => d.components.schemas;

const spoiled = {
  "house-operation-id": (d) => (list(d).operationId = "Things_list"),
  "house-operation-complete": (d) => list(d).tags.push("things2"),
  "house-operation-complete 2": (d) => delete list(d).tags,
  "house-one-scope": (d) => delete list(d).security,
  "house-one-scope 2": (d) => (list(d).security = [{ bearer: ["things:read", "things:update"] }]),
  "house-one-scope 3": (d) => (list(d).security = [{}]),
  "house-security-said": (d) => delete d.paths["/health/live"].get.security,
  "house-problem": (d) => (list(d).responses["400"] = { description: "Bad.", content: { "application/json": {} } }),
  "house-problem 2": (d) => (d.components.responses.Problem.content["application/problem+json"].schema = { $ref: "#/components/schemas/Thing" }),
  "house-problem-response": (d) => (d.components.responses.Problem.content = {}),
  "house-no-inline-schema": (d) => (create(d).requestBody.content["application/json"].schema = { type: "object", additionalProperties: false }),
  "house-write-body-closed": (d) => delete schemas(d).NewThing.additionalProperties,
  "house-write-body-closed 2": (d) => delete schemas(d).Place.additionalProperties,
  "house-string-bounded": (d) => delete schemas(d).NewThing.properties.name.maxLength,
  "house-string-bounded 2": (d) => delete schemas(d).Thing.properties.note.maxLength,
  "house-string-bounded 3": (d) => (schemas(d).Thing.properties.number.pattern = "^[A-Z]+$"),
  "house-string-bounded 4": (d) => delete list(d).parameters[1].schema.maxLength,
  "house-list-bounded": (d) => delete schemas(d).NewThing.properties.labels.maxItems,
  "house-list-bounded 2": (d) => delete schemas(d).ThingPage.properties.data.maxItems,
  "house-list-shape": (d) => (schemas(d).ThingPage.required = ["data"]),
  "house-list-shape 2": (d) => list(d).parameters.pop(),
  "house-list-shape 3": (d) => (list(d).operationId = "getThings"),
  "house-if-match": (d) => update(d).parameters.pop(),
  "house-if-match 2": (d) => delete update(d).responses["428"],
  "path-segment-plural": (d) => (d.paths["/v1/thing"] = { get: list(d) }),
  "rule/property-snake": (d) => (schemas(d).Thing.properties.thingName = { type: "boolean" }),
  "response-contains-header": (d) => delete create(d).responses["201"].headers,
};

const run = (command, args) => {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: "pipe" });
  } catch (failed) {
    return `${failed.stdout}${failed.stderr}`;
  }
};

mkdirSync("out/selftest", { recursive: true });
const files = {};
for (const [at, [name, spoil]] of Object.entries(Object.entries({ good: () => {}, ...spoiled }))) {
  const document = JSON.parse(good);
  spoil(document);
  files[name] = `out/selftest/${at.padStart(3, "0")}.json`;
  writeFileSync(files[name], JSON.stringify(document, null, 2));
}
const paths = Object.values(files);
const found = [
  run("npx", ["redocly", "lint", ...paths, "--config", "redocly.yaml", "--format", "github-actions", "--max-problems", "10000"]),
  run("npx", ["spectral", "lint", ...paths, "--ruleset", ".spectral.yaml", "--format", "text"]),
].join("\n");

let wrong = 0;
const lines = found.split("\n").filter((line) => /^::|:\d+:\d+ (error|warning)/.test(line));
for (const [name, file] of Object.entries(files)) {
  const rule = name.split(" ")[0];
  const hits = lines.filter((line) => line.includes(file));
  const fine = name === "good" ? hits.length === 0 : hits.some((line) => line.includes(rule));
  if (fine) continue;
  wrong += 1;
  console.log(`WRONG ${name}:`);
  for (const line of hits) console.log(`  ${line}`);
}
console.log(`${Object.keys(files).length} documents, ${wrong} judged wrongly`);
process.exit(wrong ? 1 : 0);
