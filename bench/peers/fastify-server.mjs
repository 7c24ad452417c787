// A model behind Fastify, as the documentation of Fastify and onnxruntime-node has it. Infer requests with one input in JSON.
// usage: node fastify-server.mjs MODEL.onnx
import Fastify from "fastify";
import { InferenceSession, Tensor } from "onnxruntime-node";

const session = await InferenceSession.create(process.argv[2], { intraOpNumThreads: 1 });
const app = Fastify();

app.post("/v2/models/:model/infer", async (request) => {
  const [input] = request.body.inputs;
  const results = await session.run({ [input.name]: new Tensor("uint8", Uint8Array.from(input.data), input.shape) });
  return {
    model_name: request.params.model,
    outputs: Object.entries(results).map(([name, tensor]) => ({ name, datatype: "FP32", shape: tensor.dims, data: Array.from(tensor.data) })),
  };
});

console.log(`listening on ${await app.listen({ host: "127.0.0.1", port: 0 })}`);
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => process.exit(0));
}
