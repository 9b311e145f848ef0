// A list is {data, page}; it takes limit and cursor, and only a list or a search answers an array named data.
const members = ["data", "page"];

export default (operation) => {
  const schema = operation?.responses?.["200"]?.content?.["application/json"]?.schema;
  if (!schema) return [];
  const name = operation.operationId ?? "";
  const found = [];
  if (schema.type === "array") found.push("a bare array cannot grow: answer {data, page}");

  const actions = /^list[A-Za-z]*Actions$/.test(name); // what may be done now is short and has no pages
  const list = /^(list|search)[A-Z]/.test(name) && !actions;
  if (list) {
    for (const member of members) {
      if (!(schema.required ?? []).includes(member) || !schema.properties?.[member]) found.push(`a list answers ${member}`);
    }
    const parameters = new Set((operation.parameters ?? []).map((parameter) => parameter.name));
    for (const parameter of name.startsWith("list") ? ["limit", "cursor"] : []) {
      if (!parameters.has(parameter)) found.push(`a list takes ${parameter}`);
    }
  } else if (schema.properties?.data?.type === "array" && schema.properties?.page) {
    found.push("an operation that answers {data, page} is named list… or search…");
  }
  return found.map((message) => ({ message }));
};
