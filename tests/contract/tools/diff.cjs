// Lists breaking changes between two OpenAPI documents; exit code 1 when there is one nobody accepted.
//   node diff.cjs OLD NEW [ACCEPTED]     ACCEPTED: one printed line each, reviewed with the change; # starts a comment
const { apiDiff } = require("api-smart-diff");
const fs = require("fs");

const [before, after] = process.argv.slice(2, 4).map((file) => JSON.parse(fs.readFileSync(file)));
const accepted = new Set(
  (process.argv[4] && fs.existsSync(process.argv[4]) ? fs.readFileSync(process.argv[4], "utf8") : "").split("\n").map((line) => line.trim()),
);

// A client may always meet fewer kinds of refusal.
const harmless = (change) => change.action === "remove" && /\/responses\/[45]\d\d$/.test(change.path.join("/"));
const breaking = apiDiff(before, after)
  .filter((change) => change.type === "breaking" && !harmless(change))
  .map((change) => `BREAKING ${change.action} ${change.path.join("/")}`);

// Generated clients are called by operationId, which the difference above takes for a mere label.
const names = (document) =>
  new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, operation]) => operation && operation.operationId)
        .map(([method, operation]) => [`${method} ${path}`, operation.operationId]),
    ),
  );
const now = names(after);
for (const [operation, name] of names(before)) {
  if (now.has(operation) && now.get(operation) !== name) breaking.push(`BREAKING rename ${operation} ${name} ${now.get(operation)}`);
}

const open = breaking.filter((line) => !accepted.has(line));
for (const line of open) console.log(line);
console.log(`${breaking.length} breaking changes, ${breaking.length - open.length} of them accepted`);
process.exit(open.length ? 1 : 0);
