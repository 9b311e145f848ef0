// Reports every string, or every array, below a schema that has no end. Does not follow $ref: components are given too.
const fixed = new Set(["uuid", "date", "date-time", "time", "binary"]);
const anchored = /^\^(?!.*(?<!\\)[*+])(?!.*\{\d+,\}).*\$$/;

const is = (schema, type) => (Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type);

function bounded(schema, type) {
  if (type === "array") return schema.maxItems !== undefined;
  return (
    schema.maxLength !== undefined ||
    schema.enum !== undefined ||
    schema.const !== undefined ||
    fixed.has(schema.format) ||
    (schema.pattern !== undefined && anchored.test(schema.pattern))
  );
}

const wanted = { string: "maxLength", array: "maxItems" };

function walk(schema, path, type, found) {
  if (!schema || typeof schema !== "object") return;
  if (is(schema, type) && !bounded(schema, type)) {
    found.push({ message: `${type} without an end: add ${wanted[type]}`, path });
  }
  for (const key of ["properties", "patternProperties", "$defs"]) {
    for (const name of Object.keys(schema[key] ?? {})) walk(schema[key][name], [...path, key, name], type, found);
  }
  for (const key of ["items", "additionalProperties", "not", "if", "then", "else"]) {
    walk(schema[key], [...path, key], type, found);
  }
  for (const key of ["allOf", "oneOf", "anyOf", "prefixItems"]) {
    (schema[key] ?? []).forEach((part, at) => walk(part, [...path, key, at], type, found));
  }
}

export default (schema, { type }, context) => {
  const found = [];
  walk(schema, [...context.path], type, found);
  return found;
};
