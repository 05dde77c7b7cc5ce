import { aJob, anMlp, makeRows, smallSplits, writeTable, writeTrainingSet } from '../../support/data/training-data.ts';
import { repository } from '../../support/processes/programs.ts';
import { onWasm } from '../../support/steps/wasm.ts';
import { LABEL, SPLIT, TIME } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { candidateSchema } from '../../../core/recipes/index.ts';
import { type Progress } from '../../../core/base/progress.ts';
import { type TrainingProgress } from '../../../workers/training/protocol.ts';
import { createProcessTrainer } from '../../../workers/training/trainer-process.ts';
import { bytesPerRow } from '../../../workers/training/trees/blocks.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const endless = anMlp({ epochs: 1000, learningRate: 1e-6, hidden: [64, 64] }); // improves a little for ever

describe('training in a child process @slow', () => {
  let root: string;
  let trainingSet: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'perennial-trainer-'));
    trainingSet = join(root, 'training.parquet');
    await writeTrainingSet(smallSplits(), trainingSet);
  });
  after(() => rm(root, { recursive: true, force: true }));

  const folder = (): Promise<string> => mkdtemp(join(root, 'job-'));
  const job = async (changes: Partial<Parameters<typeof aJob>[0]> = {}) =>
    aJob({ folder: await folder(), trainingSet, ...changes });
  const attentive = (changes: Partial<Progress & { onCheckpoint(file: string): Promise<void> }> = {}) => ({
    signal: new AbortController().signal,
    onProgress: () => {},
    onCheckpoint: async () => {},
    ...changes,
  });
  const reasonOf = (training: Promise<unknown>): Promise<Error> =>
    training.then(
      () => assert.fail('the training ended well'),
      (reason: unknown) => reason as Error,
    );

  it('trains from Parquet, and hands over progress, checkpoints and a model that scores', async () => {
    const [progress, checkpoints]: [TrainingProgress[], string[]] = [[], []];
    const model = await createProcessTrainer(onWasm).train(
      await job(),
      attentive({
        onProgress: (detail) => progress.push(detail as TrainingProgress),
        onCheckpoint: async (file) => void (existsSync(file) && checkpoints.push(file)),
      }),
    );
    assert.equal(model.trainedWith.rows, 4000);
    assert.deepEqual(
      model.encodings.find(({ column }) => column === 'online'),
      {
        kind: 'category',
        column: 'online',
        levels: ['false', 'true'],
      },
    );
    assert.equal(progress.at(-1)!.done, 6);
    assert.ok(progress.at(-1)!.rowsPerSecond > 0 && progress.at(-1)!.selectionLoss! < 0.6);
    assert.ok(checkpoints.length > 0);
  });

  it('trains trees from Parquet without TF.js, a checkpoint every ten', async () => {
    const checkpoints: string[] = [];
    const candidate = candidateSchema.parse({ kind: 'boosted', name: 'boosted', trees: 30 });
    const model = await createProcessTrainer(onWasm).train(
      await job({ candidate }),
      attentive({ onCheckpoint: async (file) => void checkpoints.push(basename(file)) }),
    );
    assert.deepEqual(
      model.encodings.map(({ kind, column }) => `${column}: ${kind}`),
      ['east: value', 'north: value', 'country: level', 'online: level', 'hour: value'],
    );
    assert.equal(model.trainedWith.backend, 'none');
    assert.ok(checkpoints.length > 0 && checkpoints.every((file) => /^checkpoint-[123]0\.json$/.test(file)));
  });

  it("trains by a recipe of the pipeline's own from its folder, and refuses where that has another file", async () => {
    const recipeRoots = [join(repository, 'test/support/recipes')];
    const sha256 = createHash('sha256').update(await readFile(join(recipeRoots[0]!, 'wide.ts'))).digest('hex'); // prettier-ignore
    const own = (hash: string) => candidateSchema.parse({ kind: 'own', name: 'wide', file: 'wide.ts', sha256: hash, epochs: 1 }); // prettier-ignore
    const trainer = createProcessTrainer({ ...onWasm, recipeRoots });
    const { trainedWith } = await trainer.train(await job({ candidate: own(sha256) }), attentive());
    assert.deepEqual([trainedWith.backend, trainedWith.rows], ['wasm', 4000]);
    const refused = await reasonOf(trainer.train(await job({ candidate: own('0'.repeat(64)) }), attentive()));
    // A UserError is not retried: no retry would bring the file.
    assert.ok(refused instanceof UserError && refused.code === 'RECIPE_MISSING', String(refused));
    assert.ok(refused.message.includes(`wide.ts has ${sha256}`), refused.message);
  });

  it('continues from a checkpoint of a child that was killed', async () => {
    const first = await job();
    const abort = new AbortController();
    let checkpoint = '';
    const cut = createProcessTrainer(onWasm).train(
      first,
      attentive({
        signal: abort.signal,
        onCheckpoint: async (file) => {
          checkpoint = file;
          abort.abort(new Error('moved to another worker'));
        },
      }),
    );
    await assert.rejects(cut, /moved to another worker/);
    const resumed = await createProcessTrainer(onWasm).train(await job({ resumeFrom: checkpoint }), attentive());
    const whole = await createProcessTrainer(onWasm).train(await job(), attentive());
    const layersOf = (model: TrainedModel) => (model.kind === 'network' ? model.layers : assert.fail(model.kind));
    assert.deepEqual(layersOf(resumed), layersOf(whole));
  });

  it('kills the child in the midst of its training when it is cancelled, within five seconds', async () => {
    const abort = new AbortController();
    let cancelled = Infinity;
    const { trainer, pid } = tracked();
    const training = trainer.train(
      await job({ candidate: endless }),
      attentive({
        signal: abort.signal,
        onCheckpoint: async () => {
          cancelled = performance.now();
          abort.abort(new Error('cancelled by a person'));
        },
      }),
    );
    await assert.rejects(training, /cancelled by a person/);
    assert.ok(performance.now() - cancelled < 5_000);
    assert.equal(isAlive(pid()), false);
  });

  it('starts no child when it is cancelled before', async () => {
    const { trainer, pid } = tracked();
    await assert.rejects(
      trainer.train(await job(), attentive({ signal: AbortSignal.abort(new Error('too late')) })),
      /too late/,
    );
    assert.throws(pid);
  });

  it('reports a child killed from outside as a failure that can be retried', async () => {
    const { trainer, pid } = tracked();
    const training = trainer.train(
      await job({ candidate: endless }),
      attentive({ onCheckpoint: async () => void process.kill(pid(), 'SIGKILL') }),
    );
    const error = await reasonOf(training);
    assert.ok(!(error instanceof UserError));
    assert.match(error.message, /"mlp" \(pid \d+\) was killed by SIGKILL/);
  });

  it('brings the code and the words of a failure from the child', async () => {
    const oneClass = makeRows(300, 4);
    oneClass.columns[LABEL] = oneClass.columns[LABEL]!.map(() => 1);
    const file = join(root, 'one-class.parquet');
    await writeTrainingSet({ ...smallSplits(), train: oneClass }, file);
    const error = await reasonOf(createProcessTrainer(onWasm).train(await job({ trainingSet: file }), attentive()));
    assert.ok(error instanceof UserError && error.code === 'LABEL_ONE_CLASS', String(error));
    assert.match(error.message, /300 rows of the train split have label 1/);
  });

  it('ends a training that grows above its memory limit', async () => {
    const trainer = createProcessTrainer({ ...onWasm, memoryLimitMb: 100 });
    const error = await reasonOf(trainer.train(await job({ candidate: endless }), attentive()));
    assert.ok(error instanceof UserError && error.code === 'TRAINING_OUT_OF_MEMORY', String(error));
    assert.match(error.message, /100 MB/);
  });

  it('learns from ten times its memory limit in as much memory as from three times', async () => {
    const [limitMb, classes] = [256, Array.from({ length: 100 }, (_, place) => `class ${place}`)];
    // Where rows lie together, each has a score, a gradient and a hessian for every class.
    const rowBytes = bytesPerRow(1, classes.length);
    const peak = join(root, 'peak.cjs');
    await writeFile(peak, `process.on('exit', () => require('fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS / 1024)));`); // prettier-ignore
    const peaks: number[] = [];
    for (const times of [3, 10]) {
      const [rows, file, log] = [Math.ceil((times * limitMb * 2 ** 20) / rowBytes), join(root, `${times}.parquet`), [] as string[]]; // prettier-ignore
      await writeTable(
        `select case when i % 11 = 0 then 'selection' else 'train' end as ${SPLIT}, timestamp '2026-01-01' as ${TIME},
           i * 7919 % 100003 / 1e5 as east, (i * 7919 % 100003 / 1e3)::int % 100 as ${LABEL} from range(${rows}) rows(i)`,
        file,
      );
      const here = await job({
        trainingSet: file,
        columns: { east: { kind: 'number', nulls: 0 } },
        labelKind: 'class',
        classes,
        candidate: candidateSchema.parse({ kind: 'boosted', name: 'boosted', trees: 2, leaves: 3 }),
      });
      const environment = { ...process.env, NODE_OPTIONS: `--require ${peak}`, PEAK: join(here.folder, 'peak') };
      const trainer = createProcessTrainer({ tensorflow: {}, environment, memoryLimitMb: limitMb, log: (line) => log.push(line) }); // prettier-ignore
      const { trainedWith } = await trainer.train(here, attentive());
      assert.equal(trainedWith.rows, rows - Math.ceil(rows / 11));
      assert.match(log.join(), /boosted on \d+ blocks of rows in turn/);
      peaks.push(Number(await readFile(environment.PEAK, 'utf8')));
    }
    const [three = 0, ten = 0] = peaks;
    assert.ok(ten <= limitMb && ten - three < limitMb / 4, `${three} MB, then ${ten} MB`);
  });

  it('says what a child said that could not even start', async () => {
    const entry = join(await folder(), 'broken.mjs');
    await writeFile(entry, `throw new Error('no such library');`);
    const error = await reasonOf(createProcessTrainer({ ...onWasm, entry }).train(await job(), attentive()));
    assert.match(error.message, /exited with code 1[^]*no such library/);
  });

  it('tells each how many others train when it begins, also once some have ended', async () => {
    const entry = join(await folder(), 'ending.mjs');
    await writeFile(
      entry,
      `process.once('message', ({ threads }) => process.send({ kind: 'failed', code: null, message: String(threads) }, () => process.exit(0)));`,
    );
    const trainer = createProcessTrainer({ ...onWasm, entry, threads: (others) => 8 - others });
    const train = async (of: Awaited<ReturnType<typeof job>>) =>
      (await reasonOf(trainer.train(of, attentive()))).message;
    const [one, other] = [await job(), await job()]; // made before, so that both are there at once
    assert.deepEqual((await Promise.all([train(one), train(other)])).toSorted(), ['7', '8']);
    assert.equal(await train(await job()), '8');
  });

  describe('whose native TF.js crashes', () => {
    /** A child that tells this before it crashes, unless it is told not to take the native package. */
    async function crashingAfter(...said: string[]) {
      const entry = join(await folder(), 'crashing.mjs');
      await writeFile(
        entry,
        `process.once('message', async ({ tensorflow: { nativeFailed } }) => {
           const tell = (message) => new Promise((sent) => process.send(message, sent));
           if (nativeFailed) {
             await tell({ kind: 'failed', code: null, message: 'trained without: ' + nativeFailed });
             process.exit(0);
           }
           for (const kind of ${JSON.stringify(said)}) await tell({ kind, progress: {} });
           process.kill(process.pid, 'SIGSEGV');
         });`,
      );
      return createProcessTrainer({ tensorflow: {}, environment: process.env, entry });
    }

    it('trains without it when it crashed while it was loaded, whatever the child told before', async () => {
      const trainer = await crashingAfter('progress', 'loading');
      const error = await reasonOf(trainer.train(await job(), attentive()));
      assert.equal(error.message, 'trained without: a process that loads it ends by SIGSEGV');
    });

    it('fails when it crashed before or after', async () => {
      for (const said of [['progress'], ['loading', 'loaded', 'progress']]) {
        const error = await reasonOf((await crashingAfter(...said)).train(await job(), attentive()));
        assert.match(error.message, /was killed by SIGSEGV/);
      }
    });
  });

  it('trains on while checkpoints cannot be stored, and keeps no file but the newest and the one that it hands over', async () => {
    const [log, there]: [string[], boolean[]] = [[], []];
    const here = await job();
    await createProcessTrainer({ ...onWasm, log: (line) => log.push(line) }).train(
      here,
      attentive({
        onCheckpoint: async (file) => {
          there.push(existsSync(file));
          throw new Error('the store is away');
        },
      }),
    );
    assert.ok(log.some((line) => line.includes('the store is away')));
    assert.ok(there.length > 0 && there.every(Boolean));
    assert.deepEqual(
      (await readdir(here.folder)).filter((name) => name.startsWith('checkpoint')),
      ['checkpoint-6.json'],
    );
  });

  it('leaves no child behind when the parent is killed', async () => {
    const parentFile = join(await folder(), 'parent.mts');
    const [trainer, wasm] = ['../../../workers/training/trainer-process.ts', '../../support/steps/wasm.ts'].map(
      (path) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url))),
    );
    await mkdir(join(root, 'parent-job'));
    const request = { ...(await job({ candidate: endless })), folder: join(root, 'parent-job') };
    await writeFile(
      parentFile,
      `import { createProcessTrainer } from ${trainer};
       import { onWasm } from ${wasm};
       await createProcessTrainer({ ...onWasm, log: (line) => process.send?.(line) }).train(${JSON.stringify(request)}, {
         signal: new AbortController().signal,
         onProgress: () => {},
         onCheckpoint: async (file) => void process.send?.(file),
       });`,
    );
    const parent = fork(parentFile, [], {
      execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
    });
    const said: string[] = [];
    parent.on('message', (words: string) => void said.push(words));
    await until(() => said.some((words) => words.includes('checkpoint-'))); // it is in the midst of training
    const child = Number(/process (\d+)/.exec(said.join('\n'))![1]);
    assert.ok(isAlive(child));
    parent.kill('SIGKILL');
    await until(() => !isAlive(child));
  });
});

/** A trainer, and the pid that its log names. */
function tracked() {
  let found: number | undefined;
  const trainer = createProcessTrainer({
    ...onWasm,
    log: (line) => (found ??= Number(/process (\d+)/.exec(line)?.[1]) || undefined),
  });
  return {
    trainer,
    pid: (): number => {
      assert.ok(found, 'no process was logged');
      return found;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'not so within a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
