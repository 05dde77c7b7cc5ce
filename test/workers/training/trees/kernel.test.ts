import { createRandom } from '../../../../core/base/random.ts';
import { createLearner, type TreeRules } from '../../../../core/trees/learner.ts';
import { classLoss, logLoss } from '../../../../core/trees/losses.ts';
import { createPlainEngine, type EngineShape } from '../../../../core/trees/plain-engine.ts';
import { emptyTable, setBin, type BinTable, type TreeColumn } from '../../../../core/trees/table.ts';
import { addTrees } from '../../../../core/trees/tree.ts';
import { type TreeEngine } from '../../../../core/trees/engine.ts';
import { createForeman, help, hireCrew } from '../../../../workers/training/crew/crew.ts';
import { createKernelEngine } from '../../../../workers/training/trees/kernel/engine.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const kernelFolder = join(repository, 'workers/training/trees/kernel');

const ROWS = 20_000;
const BINS = 60;
/** Ten numbers, of which one may only go up, and two columns of levels: what fills three words. */
const columns: TreeColumn[] = Array.from({ length: 12 }, (_, place) =>
  place >= 10
    ? { kind: 'level', levels: BINS - 1 }
    : {
        kind: 'value',
        cuts: Float32Array.from({ length: BINS - 2 }, (_cut, i) => i),
        direction: place === 0 ? 'up' : null,
      },
);
const rules: TreeRules = {
  leaves: 24,
  depth: 12,
  minRows: 20,
  minHessian: 1e-3,
  l2: 0.5,
  symmetric: false,
  columnsPerSplit: 0.7,
  rate: 0.3,
  rowShare: 0.9,
  columnShare: 0.3, // so few that a tree leaves out all columns of a word
  boosted: true,
};

/** Grows some trees, and returns them with what they say of each row. */
function learn(engine: TreeEngine, table: BinTable, classes: number, own = rules) {
  const random = createRandom(3);
  const labels = new Float32Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const bins = columns.map((_, place) => {
      const bin = random.integer(BINS);
      setBin(table, place, row, bin);
      return bin;
    });
    const chance = Math.sin(bins[10]!) + (bins[0]! + bins[1]! * Math.sign(bins[2]! - 30)) / BINS;
    labels[row] =
      classes === 1 ? Number(random.normal() < chance) : Math.floor(2 * random.uniform() + Number(chance > 0.5));
  }
  const scores = new Float64Array(ROWS * classes);
  const next = createLearner(columns, engine, own, classes === 1 ? logLoss : classLoss(classes), classes);
  const trees = [1, 2, 3, 4, 5].flatMap((seed) => next({ table, labels, scores }, createRandom(seed)));
  return { trees, scores };
}

const thread = pathToFileURL(join(kernelFolder, 'thread.js'));

describe('the kernel that grows trees', () => {
  const shape = (classes: number): EngineShape => ({ columns, rows: ROWS, classes, rules });

  for (const classes of [1, 3])
    it(`gives the bits of plain sums, whatever the number of threads${classes > 1 ? ', of classes too' : ''}`, async () => {
      const plain = learn(createPlainEngine(shape(classes)), emptyTable(columns.length, ROWS), classes);
      assert.ok(plain.trees.every(({ leaves }) => leaves.length === rules.leaves));
      for (const threads of [1, 2, 3]) {
        const log: string[] = [];
        const crew = hireCrew(thread, threads - 1, (line) => log.push(line));
        const engine = createKernelEngine(shape(classes), { crew, always: true });
        await crew.started();
        try {
          assert.deepEqual(learn(engine, engine.table, classes), plain, `${threads} threads`);
        } finally {
          await engine.end();
        }
        assert.deepEqual(log, []);
      }
    });

  it('adds each tree to the scores of all rows, also of those that it did not learn from', async () => {
    const engine = createKernelEngine(shape(1));
    const { trees, scores } = learn(engine, engine.table, 1);
    const walked = new Float64Array(ROWS);
    addTrees(trees, 0, engine.table, walked, 1);
    assert.deepEqual(scores, walked);
    await engine.end();
  });

  it('gives the bits of plain sums where all leaves of a level are split alike', async () => {
    const own = { ...rules, symmetric: true, depth: 6, leaves: 64 };
    const plain = learn(createPlainEngine({ ...shape(1), rules: own }), emptyTable(columns.length, ROWS), 1, own);
    assert.ok(plain.trees.every(({ leaves }) => leaves.length > 16));
    const engine = createKernelEngine({ ...shape(1), rules: own });
    assert.deepEqual(learn(engine, engine.table, 1, own), plain);
    await engine.end();
  });

  it('takes the memory of one that ended, and finds nothing in it', async () => {
    const engineOf = (rows: number) => createKernelEngine({ ...shape(1), rows });
    const first = engineOf(ROWS);
    const memory = first.table.words[0]!.buffer;
    for (const word of first.table.words) word.fill(7);
    await first.end();
    const second = engineOf(ROWS);
    assert.equal(second.table.words[0]!.buffer, memory);
    assert.ok(second.table.words.every((word) => word.every((bins) => bins === 0)));
    await second.end();
    const larger = engineOf(3 * ROWS);
    assert.ok(larger.table.words.every((word) => word.length === 3 * ROWS && word.every((bins) => bins === 0)));
    await larger.end();
  });

  it('is what its source compiles to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-kernel-'));
    try {
      await cp(kernelFolder, folder, { recursive: true });
      await rm(join(folder, 'kernel.wasm'));
      const { scripts } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { scripts: Record<string, string> }; // prettier-ignore
      const [, arguments_] = /&& asc (.*)$/.exec(scripts['kernel:trees']!) ?? [];
      const asc = join(repository, 'node_modules/assemblyscript/bin/asc.js');
      await promisify(execFile)(process.execPath, [asc, ...arguments_!.split(' ')], { cwd: folder });
      const [compiled, kept] = [folder, kernelFolder].map((each) => readFile(join(each, 'kernel.wasm')));
      assert.ok((await compiled!).equals(await kept!), 'write it again: npm run kernel:trees');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('fails as a whole when a task fails, and hands out nothing after its end', () => {
    const claims = new Int32Array(new SharedArrayBuffer(64));
    const done: number[] = [];
    const foreman = createForeman(claims, (task) => {
      if (task === 7) throw new Error('broken');
      done.push(task);
    });
    foreman.handOut(5);
    assert.deepEqual(
      done.sort((a, b) => a - b),
      [0, 1, 2, 3, 4],
    );
    assert.throws(() => foreman.handOut(8), /broken/);
    foreman.end();
    help(claims, () => assert.fail('there is nothing left to do'));
  });
});
