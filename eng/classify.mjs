// Sends image files to a server and prints its answers beside the labels that the files' names carry (0007-ankle-boot.png).
// Usage: node eng/classify.mjs URL MODEL FILE…
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const [url, model, ...files] = process.argv.slice(2);
if (!url || !model || files.length === 0) {
  console.error("usage: node eng/classify.mjs URL MODEL FILE…");
  process.exit(2);
}

const plain = (label) => label.toLowerCase().replace(/[^a-z0-9]+/g, "-");
console.log(`${"image".padEnd(24)} ${"true".padEnd(14)} ${"predicted".padEnd(14)} probability   queue / decode / infer ms`);
let right = 0;
for (const file of files) {
  const response = await fetch(`${url}/v1/models/${model}/classify?top=1`, {
    method: "POST",
    headers: { "content-type": "image/png" },
    body: await readFile(file),
  });
  const answer = await response.json();
  if (!response.ok) {
    console.error(`${file}: ${response.status} ${answer.error}`);
    process.exit(1);
  }

  const [best] = answer.predictions;
  const name = basename(file, ".png");
  const truth = name.slice(name.indexOf("-") + 1);
  const hit = plain(best.label) === truth;
  right += hit ? 1 : 0;
  const { queue, decode, infer } = answer.timings_ms;
  console.log(`${basename(file).padEnd(24)} ${truth.padEnd(14)} ${plain(best.label).padEnd(14)} ${(100 * best.probability).toFixed(1).padStart(9)} %${hit ? "  " : " ✗"} ${queue.toFixed(2)} / ${decode.toFixed(2)} / ${infer.toFixed(2)}`);
}

console.log(`${right} of ${files.length} right`);
