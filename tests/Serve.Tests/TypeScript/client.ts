// What a program in TypeScript does with the server: the types come from its OpenAPI document, the requests go through openapi-fetch.
// usage: node client.js URL MODEL IMAGE.png
import { readFile } from "node:fs/promises";
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [url, reference, image] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url });
const path = { reference };

function answered<T>(result: { data?: T; error?: { error: string }; response: Response }): T {
  if (result.data === undefined) {
    throw new Error(`${result.response.status} ${result.error?.error}`);
  }
  return result.data;
}

const { ready } = answered(await client.GET("/v2/health/ready"));
const card = answered(await client.GET("/v1/models/{reference}", { params: { path } }));
const classified = answered(
  await client.POST("/v1/models/{reference}/classify", {
    params: { path, query: { top: 3 } },
    body: new Blob([await readFile(image)]),
    bodySerializer: (body) => body,
    headers: { "Content-Type": "image/png" },
  }),
);
if (!("predictions" in classified)) {
  throw new Error("one image was sent");
}

const [input] = card.inputs;
if (!input) {
  throw new Error(`${card.name} takes nothing`);
}
const shape = [1, ...input.shape.slice(1)];
const inferred = answered(
  await client.POST("/v2/models/{model}/infer", {
    params: { path: { model: card.name } },
    body: { inputs: [{ name: input.name, datatype: input.datatype, shape, data: Array<number>(shape.reduce((product, d) => product * d, 1)).fill(7) }] },
  }),
);
if (!("outputs" in inferred)) {
  throw new Error("raw tensors were not asked for");
}

const missing = await client.GET("/v1/models/{reference}", { params: { path: { reference: "missing" } } });

console.log(
  JSON.stringify({
    ready,
    card: { name: card.name, version: card.version },
    predictions: classified.predictions.map((prediction) => prediction.label),
    outputs: inferred.outputs.map((output) => ({ name: output.name, shape: output.shape, data: output.data })),
    missing: { status: missing.response.status, error: missing.error?.error },
  }),
);

// Never called: what the document does not have must not compile.
export const mistakes = [
  // @ts-expect-error a path that is not there
  () => client.GET("/v1/nothing"),
  // @ts-expect-error a model without a name
  () => client.GET("/v1/models/{reference}"),
  // @ts-expect-error an input without a shape
  () => client.POST("/v2/models/{model}/infer", { params: { path: { model: "m" } }, body: { inputs: [{ name: "x", datatype: "FP32" }] } }),
  // @ts-expect-error a number instead of a name
  (): number => card.name,
];
