// Writes the TypeScript types of an OpenAPI document. Raw bodies are Blobs, as openapi-typescript's documentation has it.
// usage: node generate.mjs OPENAPI.json API.ts
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [document, output] = process.argv.slice(2);
const blob = ts.factory.createTypeReferenceNode(ts.factory.createIdentifier("Blob"));
const types = await openapiTS(await readFile(document, "utf8"), { transform: (schema) => (schema.format === "binary" ? blob : undefined) });
await writeFile(output, astToString(types));
