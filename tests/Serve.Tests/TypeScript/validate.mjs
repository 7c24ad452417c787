// Prints what two validators find wrong with an OpenAPI document, one problem a line; nothing when all is well.
// usage: node validate.mjs OPENAPI.json
import { createConfig, lint } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

const document = process.argv[2];
const { errors } = await new Validator().validate(document);
for (const error of [errors ?? []].flat()) {
  console.log(`schema: ${error.instancePath ?? ""} ${error.message ?? error}`);
}

const config = await createConfig({
  extends: ["recommended"],
  rules: {
    // Where it is served, under which licence and for whom is for those who run a server to say.
    "no-empty-servers": "off",
    "info-license": "off",
    "security-defined": "off",
    // Some questions cannot be asked wrongly, the protocol has chosen its paths, and tags only sort operations whose summaries say all.
    "operation-4xx-response": "off",
    "no-ambiguous-paths": "off",
    "tag-description": "off",
    "no-invalid-media-type-examples": "error",
    "no-invalid-schema-examples": "error",
    "no-invalid-parameter-examples": "error",
  },
});
for (const { ruleId, message, location } of await lint({ ref: document, config })) {
  console.log(`${ruleId}: ${location[0]?.pointer ?? ""} ${message.replaceAll("\n", " ")}`);
}
