// node.mjs SECONDS THREADS FOLDED MEMBER…: loads the files into Node's ONNX Runtime, runs the folded file and then its members one after the other on the same images, in turns,
// and prints the median time of a run in ms for batches of 1 and of 32, folded and members, and the largest difference of the folded probabilities from the members' mean.
import { createRequire } from 'node:module';
import path from 'node:path';

// The package lies where the caller says, and not beside this file.
const ort = createRequire(path.join(process.cwd(), 'package.json'))('onnxruntime-node');
const [seconds, threads, folded, ...members] = process.argv.slice(2);
const load = file => ort.InferenceSession.create(file, { intraOpNumThreads: Number(threads), graphOptimizationLevel: 'all' });
const [whole, ...parts] = await Promise.all([folded, ...members].map(load));
const shape = whole.inputMetadata[0].shape.slice(1);

function images(count) {
  const pixels = new Uint8Array(count * shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < pixels.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[i] = state >>> 24;
  }

  return new ort.Tensor('uint8', pixels, [count, ...shape]);
}

async function run(sessions, tensor) {
  const results = [];
  for (const session of sessions) {
    results.push((await session.run({ [session.inputNames[0]]: tensor }, ['probabilities'])).probabilities.data);
  }

  return results;
}

const median = times => times.sort((a, b) => a - b)[times.length >> 1];

async function measure(count) {
  const tensor = images(count);
  const times = [[], []];
  const end = performance.now() + 1000 * Number(seconds);
  for (let round = 0; round < 6 || performance.now() < end; round++) {
    for (const [index, sessions] of [[whole], parts].entries()) {
      const begin = performance.now();
      await run(sessions, tensor);
      if (round > 0) times[index].push(performance.now() - begin);
    }
  }

  return times.map(median);
}

const sample = images(32);
const [[mean], own] = [await run([whole], sample), await run(parts, sample)];
const difference = mean.reduce((worst, value, i) => Math.max(worst, Math.abs(value - own.reduce((sum, p) => sum + p[i], 0) / own.length)), 0);
const [[folded1, members1], [folded32, members32]] = [await measure(1), await measure(32)];
console.log([folded1, folded32, members1, members32].map(t => t.toFixed(4)).join(' '), difference.toExponential(2));
