import { aJob, analyticsOf, anMlp, makeRows, type SplitRows } from '../../../support/data/training-data.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { ensembleOf } from '../../../../core/model/kinds/averaging.ts';
import { type ModelArtifact, type TrainedModel } from '../../../../core/model/artifact.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { type Candidate, candidateSchema } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mlp = anMlp({ epochs: 30 });
const tabm = candidateSchema.parse({ kind: 'tabm', name: 'tabm', epochs: 4, batchSize: 128, hidden: [8], members: 4 });

describe('a network that starts from the weights of another', () => {
  let tensors: Tensors;
  let folder: string;
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'wasm' });
    folder = await mkdtemp(join(tmpdir(), 'perennial-warm-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const earlier: SplitRows = { train: makeRows(2000, 11), selection: makeRows(700, 12) };
  /** The same relation, other rows. */
  const later: SplitRows = { train: makeRows(2000, 13), selection: makeRows(700, 14) };

  async function run(splits: SplitRows, job: Partial<TrainingJob> = {}, insistsOnTensorflow = false) {
    const checkpoints: string[] = [];
    /** After each epoch, on the selection split. */
    const losses: number[] = [];
    const model = await train(aJob({ folder: await mkdtemp(join(folder, 'job-')), candidate: mlp, ...job }), {
      analytics: analyticsOf(splits),
      tensors: async () => tensors,
      insistsOnTensorflow,
      memoryLimitMb: 1024,
      events: {
        progress: ({ done, selectionLoss }) => void (done > losses.length && losses.push(selectionLoss!)),
        checkpoint: (file) => checkpoints.push(file),
        log: () => {},
        check: () => {},
      },
    });
    return { model, checkpoints, losses };
  }
  /** Registered, as a training finds it. */
  async function startFrom(model: TrainedModel, candidate: Candidate, name = 'champion') {
    const registered = {
      format: 1,
      pipeline: 'p',
      revision: 'r',
      trainingRun: 't',
      candidate: candidate.name,
    } as const;
    const artifact = { ...model, ...registered, calibration: { slope: 1, intercept: 0 }, threshold: null };
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(artifact satisfies ModelArtifact));
    return { file, sha256: name, network: candidate.name };
  }

  for (const [engine, insists] of [
    ['our kernel', false],
    ['TF.js', true],
  ] as const)
    it(`needs fewer epochs for the same relation, by ${engine}`, async () => {
      const candidate = anMlp({ epochs: insists ? 3 : 6, learningRate: 0.005 });
      const from = await startFrom((await run(earlier, { candidate }, insists)).model, candidate);
      const { losses: cold } = await run(later, { candidate }, insists);
      const { losses: warm } = await run(later, { candidate, startFrom: from }, insists);
      const needed = warm.findIndex((loss) => loss <= Math.min(...cold)) + 1;
      assert.ok(needed > 0 && needed < cold.length, `cold: ${cold.join(' ')}; warm: ${warm.join(' ')}`);
    });

  it('reads columns as the other did, whatever its own rows are like', async () => {
    const { model } = await run(earlier);
    const abroad = makeRows(2000, 15);
    abroad.columns['country'] = abroad.columns['country']!.map(() => 'es');
    abroad.columns['east'] = abroad.columns['east']!.map((value) => 100 * Number(value));
    const warm = await run({ ...later, train: abroad }, { startFrom: await startFrom(model, mlp) });
    assert.deepEqual(warm.model.encodings, model.encodings);
  });

  for (const candidate of [anMlp({ epochs: 4 }), tabm])
    it(`says at first what the other said of a number on another scale (${candidate.kind})`, async () => {
      const asNumbers = (mean: number, deviation: number, { train, selection }: SplitRows): SplitRows => {
        const scaled = (rows: NonNullable<SplitRows['train']>) => ({
          ...rows,
          columns: {
            ...rows.columns,
            [LABEL]: rows.columns[LABEL]!.map((label, i) => mean + deviation * (Number(label) + Number(rows.columns['east']![i]))), // prettier-ignore
          },
        });
        return { train: scaled(train!), selection: scaled(selection!) };
      };
      const number = { labelKind: 'number', metric: 'rmse', candidate } as const;
      const { model } = await run(asNumbers(500, 20, earlier), number);
      // One step that moves nothing.
      const still = { ...candidate, epochs: 1, learningRate: 1e-12, dropout: 0 } as Candidate;
      const from = await startFrom(model, candidate);
      const warm = await run(asNumbers(520, 30, later), { ...number, candidate: still, startFrom: from });
      assert.notDeepEqual(warm.model.target, model.target);
      const [before, after] = [model, warm.model].map((each) => [...compileScorer(each).scoreChunk(makeRows(50, 16))]);
      for (const [i, score] of before!.entries())
        assert.ok(Math.abs(score - after![i]!) < 0.01, `${score}: ${after![i]}`);
    });

  it('makes the same model when it is resumed, and takes no checkpoint of a training from nothing', async () => {
    const from = await startFrom((await run(earlier)).model, mlp);
    const whole = await run(later, { startFrom: from });
    const resumed = await run(later, { startFrom: from, resumeFrom: whole.checkpoints[1]! });
    const strange = await run(later, { startFrom: from, resumeFrom: (await run(later)).checkpoints[1]! });
    const weights = ({ model }: { model: TrainedModel }) => (model.kind === 'network' ? model.layers : null);
    assert.deepEqual(weights(resumed), weights(whole));
    assert.deepEqual(weights(strange), weights(whole));
  });

  it('may be a member of an average', async () => {
    const [first, second] = [(await run(earlier)).model, (await run(earlier, { candidate: tabm })).model];
    assert.ok(first.kind === 'network' && second.kind === 'tabm');
    const members = [
      { candidate: 'mlp', model: first, scorer: compileScorer(first), weight: 0.4 },
      { candidate: 'tabm', model: second, scorer: compileScorer(second), weight: 0.6 },
    ];
    const average = await startFrom(ensembleOf(members, first.probe.rows, 1), mlp, 'average');
    const alone = await startFrom(first, mlp);
    const [ofAverage, ofOne] = [await run(later, { startFrom: average }), await run(later, { startFrom: alone })];
    assert.deepEqual(
      [...compileScorer(ofAverage.model).logitChunk(makeRows(50, 16))],
      [...compileScorer(ofOne.model).logitChunk(makeRows(50, 16))],
    );
  });
});
