// Reports every object below a request body that takes members it does not name.
// `custom_fields` is the one open bag; a map says what its values are and names no member.
function walk(schema, trail, seen, found) {
  if (!schema || typeof schema !== "object" || seen.has(schema)) return;
  seen.add(schema);
  const here = trail.length ? trail.join(".") : "the body";
  if (schema.allOf && schema.unevaluatedProperties !== false) found.push(`${here} is an allOf, which cannot be closed`);
  const map = schema.additionalProperties && typeof schema.additionalProperties === "object";
  const object = schema.properties || schema.type === "object" || (Array.isArray(schema.type) && schema.type.includes("object"));
  if (object && !map && schema.additionalProperties !== false && trail.at(-1) !== "custom_fields") {
    found.push(`${here} takes unknown members: close it (deny_unknown_fields)`);
  }
  if (map && schema.properties) found.push(`${here} is a map and a structure at once`);
  for (const [name, part] of Object.entries(schema.properties ?? {})) walk(part, [...trail, name], seen, found);
  for (const key of ["items", "additionalProperties"]) walk(schema[key], [...trail, key], seen, found);
  for (const key of ["oneOf", "anyOf", "prefixItems"]) for (const part of schema[key] ?? []) walk(part, trail, seen, found);
}

export default (schema) => {
  const found = [];
  walk(schema, [], new Set(), found);
  return found.map((message) => ({ message }));
};
