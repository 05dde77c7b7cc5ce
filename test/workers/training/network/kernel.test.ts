import { createRandom } from '../../../../core/base/random.ts';
import { type Encoding } from '../../../../core/model/artifact.ts';
import { type NetworkPlan } from '../../../../core/recipes/recipe.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { startAdam, type TrainingState } from '../../../../workers/training/network/checkpoint.ts';
import { type Engine, type EngineParts } from '../../../../workers/training/network/engine.ts';
import { createKernelEngine, type KernelOptions } from '../../../../workers/training/network/kernel/engine.ts';
import { placesOf } from '../../../../workers/training/network/kernel/places.ts';
import { outputsOf, type LossShape } from '../../../../workers/training/network/loss.ts';
import { createNetwork, initialise } from '../../../../workers/training/network/network.ts';
import { createTensorEngine } from '../../../../workers/training/network/tensorflow/engine.ts';
import { layoutOf, NO_LEVEL, type RecordLayout, type Records } from '../../../../workers/training/rows/records.ts';
import { repository } from '../../../support/processes/programs.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const kernelFolder = join(repository, 'workers/training/network/kernel');
const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  scripts: { kernel: string };
};
const asc = join(repository, 'node_modules/assemblyscript/bin/asc.js');

const RATE = 0.01;
const aNumber = { kind: 'number', transform: 'identity', median: 0, mean: 0, deviation: 1 } as const;
const numbers = (count: number, flagMissing = false): Encoding[] =>
  Array.from({ length: count }, (_, i) => ({ ...aNumber, column: `x${i}`, flagMissing }));
const category = (levels: number): Encoding => ({
  kind: 'category',
  column: `of ${levels}`,
  levels: Array.from({ length: levels }, (_, i) => String(i)),
});
const pieces = (count: number, flagMissing = false): Encoding => ({
  kind: 'pieces',
  column: `in ${count}`,
  median: 0,
  edges: Array.from({ length: count + 1 }, (_, i) => i),
  flagMissing,
});
const hour: Encoding = { kind: 'hour', column: 'hour' };

interface Shape {
  encodings: Encoding[];
  hidden: number[];
  members?: number;
  rows: number;
  loss: LossShape;
  dropout?: number;
}

/** Sizes up to some multiples of what is done at once. */
const aShape: fc.Arbitrary<Shape> = fc
  .record({
    encodings: fc
      .array(
        fc.oneof(
          fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()).map(([count, flag]) => numbers(count, flag)),
          fc.integer({ min: 1, max: 9 }).map((levels) => [category(levels)]),
          fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()).map(([count, flag]) => [pieces(count, flag)]),
          fc.constant([hour]),
        ),
        { minLength: 1, maxLength: 5 },
      )
      .map((columns) => columns.flat()),
    hidden: fc.array(fc.integer({ min: 1, max: 21 }), { maxLength: 3 }),
    members: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
    rows: fc.integer({ min: 1, max: 90 }),
    loss: fc.oneof(
      fc.constant('entropy' as const),
      fc.constantFrom(0.1, 1, Infinity).map((squaredUpTo) => ({ squaredUpTo })),
      fc.integer({ min: 3, max: 19 }).map((classes) => ({ classes })),
    ),
    dropout: fc.constantFrom(0, 0.4),
  })
  // Members share hidden layers.
  .map((shape) => ({ ...shape, members: shape.hidden.length === 0 ? 0 : shape.members }));

/** What holds the kernel to the bits that it gave before. */
const shapes: (Shape & { name: string })[] = [
  { name: 'one number, no hidden layer', encodings: numbers(1), hidden: [], rows: 1, loss: 'entropy' },
  { name: 'levels alone', encodings: [category(5), category(2)], hidden: [3], rows: 130, loss: 'entropy' },
  { name: 'numbers between levels', encodings: [category(3), ...numbers(2, true), hour, category(7), ...numbers(4)], hidden: [9, 4], rows: 67, loss: 'entropy' }, // prettier-ignore
  { name: 'whole fours', encodings: numbers(8), hidden: [16, 8, 4], rows: 256, loss: { squaredUpTo: 1 } },
  { name: 'odd sizes', encodings: [...numbers(5), hour], hidden: [7, 13, 1], rows: 301, loss: { squaredUpTo: Infinity } }, // prettier-ignore
  { name: 'a wide layer', encodings: numbers(30), hidden: [65, 33], rows: 129, loss: { squaredUpTo: 0.1 } },
  { name: 'pieces', encodings: [pieces(6), ...numbers(1), pieces(1, true)], hidden: [5], rows: 33, loss: 'entropy' },
  { name: 'members', encodings: [pieces(5), category(3), ...numbers(2, true), pieces(1), hour], hidden: [9, 4], members: 3, rows: 67, loss: 'entropy' }, // prettier-ignore
  { name: 'members with whole fours', encodings: [pieces(8)], hidden: [8], members: 4, rows: 64, loss: { squaredUpTo: Infinity } }, // prettier-ignore
  { name: 'one member', encodings: [category(4), pieces(3)], hidden: [5, 6], members: 1, rows: 9, loss: { squaredUpTo: 0.5 } }, // prettier-ignore
  { name: 'more members than rows', encodings: [pieces(7), ...numbers(5)], hidden: [33, 12, 5], members: 9, rows: 5, loss: 'entropy' }, // prettier-ignore
  { name: 'batches in slices', encodings: [...numbers(20), category(9)], hidden: [70, 40], rows: 700, loss: 'entropy' },
  { name: 'slices of members', encodings: [pieces(16), ...numbers(3)], hidden: [40, 24], members: 5, rows: 150, loss: { classes: 3 } }, // prettier-ignore
];

const inSlices = ({ name }: { name: string }): boolean => name.includes('slices');

const planOf = (hidden: number[], plan: Partial<NetworkPlan> = {}): NetworkPlan => ({
  kind: 'network',
  hidden,
  dropout: 0,
  l2: 0,
  decay: 0,
  schedule: 'steady',
  patience: 3,
  leastSteps: 0,
  style: 'sums',
  members: 0,
  epochs: 1,
  batchSize: 512,
  learningRate: 0.01,
  ...plan,
});

function aState(layout: RecordLayout, plan: NetworkPlan, seed: number, outputs = 1): TrainingState {
  const random = createRandom(seed);
  const network = createNetwork(layout.width, plan, outputs);
  initialise(network, [-0.4, 0.3, -1].slice(0, outputs), random);
  const { parameters } = network;
  for (let i = 0; i < parameters.length; i++) parameters[i]! += random.normal(0, 0.1);
  const best = { epoch: 0, loss: Infinity, parameters };
  return { epoch: 0, encodings: [], target: null, rows: 0, parameters, adam: startAdam(parameters.length), best, seconds: 0 }; // prettier-ignore
}

function fillPool(
  pool: Records,
  { numbers, pieces, stretches, words }: RecordLayout,
  rows: number,
  seed: number,
  classes = 2,
): void {
  const random = createRandom(seed);
  for (let row = 0; row < rows; row++) {
    let at = row * words;
    pool.numbers[at++] = random.integer(classes);
    for (let i = 0; i < numbers.length; i++) pool.numbers[at++] = random.normal();
    for (const [start, end] of pieces) pool.numbers[at++] = random.uniform() * (end - start);
    let before = 0;
    for (const [start, end] of stretches) {
      pool.levels[at++] = random.uniform() < 0.2 ? NO_LEVEL : before + random.integer(end - start);
      before += end - start;
    }
  }
}

const shuffled = (rows: number, seed: number): Uint32Array =>
  Uint32Array.from(createRandom(seed).shuffle(Array.from({ length: rows }, (_, i) => i)));

/** The gradient, from what Adam remembers after its first step. */
function gradientOf(engine: Engine, state: TrainingState, places: Uint32Array, seed: number) {
  const stepped = { ...state, parameters: state.parameters.slice(), adam: startAdam(state.parameters.length) };
  engine.load(stepped);
  engine.startEpoch(createRandom(seed));
  const loss = engine.train(places, RATE);
  engine.save(stepped);
  return { loss, gradient: stepped.adam.first.map((first) => first * 10), parameters: stepped.parameters };
}

function assertClose(got: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(got.length, expected.length);
  for (const [i, value] of got.entries())
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `number ${i} is ${value}, not ${expected[i]}`);
}

describe('the kernel that trains networks', () => {
  let tensors: Tensors;
  const engines: Engine[] = [];
  const kernelEngine = (parts: EngineParts, options: Partial<KernelOptions> = {}) => {
    const engine = createKernelEngine(parts, { threads: 1, log: assert.fail, ...options });
    engines.push(engine);
    return engine;
  };
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.end();
  });
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'cpu' });
  });

  it('is what its source compiles to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-kernel-'));
    try {
      await cp(kernelFolder, folder, { recursive: true });
      await rm(join(folder, 'kernel.wasm'));
      const [, arguments_] = /&& asc (.*)$/.exec(scripts.kernel) ?? [];
      await promisify(execFile)(process.execPath, [asc, ...arguments_!.split(' ')], { cwd: folder });
      const [compiled, kept] = [folder, kernelFolder].map((each) => readFile(join(each, 'kernel.wasm')));
      assert.ok((await compiled!).equals(await kept!), 'write it again: npm run kernel');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  /** Small ones of chance, and those that are cut in slices. */
  const eachShape = (check: (shape: Shape) => void): void => {
    for (const shape of shapes.filter(inSlices)) check(shape);
    fc.assert(fc.property(aShape, check), { seed: 1, numRuns: 36 });
  };

  it('learns as TF.js does, which takes some rows at once, from shapes of chance', () => {
    eachShape(({ encodings, hidden, members = 0, rows, loss }) => {
      const layout = layoutOf(encodings);
      const outputs = outputsOf(loss);
      const plan = planOf(hidden, { members, l2: 0.01, decay: 0.1 });
      const parts = { layout, plan, loss, rows };
      const engines = [kernelEngine(parts), createTensorEngine(tensors, parts, 32)];
      const learnt = engines.map((engine) => {
        const state = aState(layout, plan, 3, outputs);
        fillPool(engine.pool, layout, rows, 4, Math.max(2, outputs));
        const { gradient } = gradientOf(engine, state, shuffled(rows, 1), 5);
        engine.load(state);
        const losses = [1, 2, 3].map((seed) =>
          engine.train(shuffled(rows, seed).subarray(0, Math.ceil(rows / seed)), RATE),
        );
        engine.save(state);
        return { gradient, losses, state, total: engine.loss(rows), outputs: engine.outputs(rows) };
      }) as [Learnt, Learnt];
      const [ours, theirs] = learnt;
      assertClose(ours.gradient, theirs.gradient, 2e-6 + 1e-5 * Math.max(...theirs.gradient.map(Math.abs)));
      assertClose(Float32Array.from(ours.losses), Float32Array.from(theirs.losses), 1e-4);
      assertClose(ours.outputs, theirs.outputs, 2e-3);
      assert.ok(Math.abs(ours.total - theirs.total) < 1e-3 * Math.max(1, theirs.total));
      assert.equal(ours.state.adam.steps, 3);
    });
  });

  it('has the slopes that finite differences measure, with and without dropout, from shapes of chance', () => {
    eachShape(({ encodings, hidden, members = 0, rows, loss, dropout = 0.4 }) => {
      const layout = layoutOf(encodings);
      const outputs = outputsOf(loss);
      const engine = kernelEngine({ layout, plan: planOf(hidden, { members, dropout }), loss, rows });
      const state = aState(layout, planOf(hidden, { members }), 6, outputs);
      fillPool(engine.pool, layout, rows, 7, Math.max(2, outputs));
      const places = shuffled(rows, 8);
      const { gradient, loss: here } = gradientOf(engine, state, places, 9);
      const step = 1e-3;
      const lossAt = (place: number, value: number): number => {
        const moved = { ...state, parameters: state.parameters.slice() };
        moved.parameters[place] = value;
        return gradientOf(engine, moved, places, 9).loss;
      };
      const random = createRandom(10);
      for (let tried = 0; tried < 30; tried++) {
        const i = random.integer(gradient.length);
        const before = (here - lossAt(i, state.parameters[i]! - step)) / step;
        const after = (lossAt(i, state.parameters[i]! + step) - here) / step;
        // A step can pass the corner of a relu: then the slope is one of two.
        const tolerance = 5e-3 + 0.03 * Math.abs(before);
        const [low, high] = [Math.min(before, after) - tolerance, Math.max(before, after) + tolerance];
        const computed = gradient[i]!;
        assert.ok(low < computed && computed < high, `parameter ${i}: ${before} to ${after}, computed ${computed}`);
      }
    });
  });

  it('leaves out the share of units that dropout says, and what it computes stays the same on average', () => {
    const layout = layoutOf(numbers(6));
    const rows = 200;
    const lossWith = (dropout: number, seed: number): number => {
      const plan = planOf([64], { dropout });
      const engine = kernelEngine({ layout, plan, loss: { squaredUpTo: 1 }, rows });
      fillPool(engine.pool, layout, rows, 2);
      for (let row = 0; row < rows; row++) engine.pool.numbers[row * layout.words] = -1000; // the loss is linear
      return gradientOf(engine, aState(layout, plan, 1), shuffled(rows, 1), seed).loss - 999.5;
    };
    const mean = Array.from({ length: 40 }, (_, seed) => lossWith(0.5, seed)).reduce((a, b) => a + b) / 40;
    const whole = lossWith(0, 1);
    assert.notEqual(lossWith(0.5, 1), lossWith(0.5, 2));
    assert.ok(Math.abs(mean - whole) < 0.1, `${mean} on average, ${whole} with all units`);
  });

  it('gives the same weights, to the bit, on every machine and in every release', () => {
    const hash = createHash('sha256');
    for (const { encodings, hidden, members = 0, rows, loss } of shapes.filter((shape) => !inSlices(shape))) {
      const layout = layoutOf(encodings);
      const plan = planOf(hidden, { members, dropout: 0.25, l2: 0.01, decay: 0.1 });
      const engine = kernelEngine({ layout, plan, loss, rows });
      const state = aState(layout, plan, 3);
      fillPool(engine.pool, layout, rows, 4);
      engine.load(state);
      engine.startEpoch(createRandom(5));
      for (const seed of [1, 2, 3]) engine.train(shuffled(rows, seed), RATE);
      engine.save(state);
      hash.update(new Uint8Array(state.parameters.buffer)).update(String(engine.loss(rows)));
    }
    assert.equal(hash.digest('hex').slice(0, 16), 'dd70263176312255');
  });

  it('gives the same weights by any number of threads', async () => {
    for (const { encodings, hidden, members = 0, rows, loss } of shapes.filter(inSlices)) {
      const layout = layoutOf(encodings);
      const plan = planOf(hidden, { members, dropout: 0.25, l2: 0.01, decay: 0.1 });
      assert.ok(placesOf({ layout, plan, loss, rows, threads: 1 }).slices > 1);
      const learnt = [];
      for (const threads of [1, 2, 3]) {
        const engine = kernelEngine({ layout, plan, loss, rows }, { threads, always: true });
        await engine.started();
        const state = aState(layout, plan, 3, outputsOf(loss));
        fillPool(engine.pool, layout, rows, 4, Math.max(2, outputsOf(loss)));
        engine.load(state);
        engine.startEpoch(createRandom(5));
        const losses = [rows, rows, 40].map((some, i) => engine.train(shuffled(rows, i).subarray(0, some), RATE));
        engine.save(state);
        learnt.push({ losses, weights: state.parameters, outputs: engine.outputs(rows) });
      }
      assert.deepEqual(learnt[1], learnt[0]);
      assert.deepEqual(learnt[2], learnt[0]);
    }
  });

  it('takes back what it saved, to the bit', () => {
    const layout = layoutOf([category(5), ...numbers(3), hour]);
    const plan = planOf([6, 5]);
    const engine = kernelEngine({ layout, plan, loss: 'entropy', rows: 50 });
    fillPool(engine.pool, layout, 50, 1);
    const state = aState(layout, plan, 2);
    engine.load(state);
    engine.train(shuffled(50, 1), RATE);
    const saved = { ...state, parameters: state.parameters.slice() };
    engine.save(saved);
    const next = engine.train(shuffled(50, 2), RATE);
    engine.load(saved);
    assert.equal(engine.train(shuffled(50, 2), RATE), next);
  });
});

interface Learnt {
  gradient: Float32Array;
  losses: number[];
  state: TrainingState;
  total: number;
  outputs: Float32Array;
}
