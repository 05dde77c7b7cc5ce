import { aJob, analyticsOf, columns, makeRows, type SplitRows } from '../../support/data/training-data.ts';
import { repository } from '../../support/processes/programs.ts';
import { loadTensorflow, type Tensors } from '../../../adapters/training/tensors.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { LABEL, TIME, type Row, type Value } from '../../../core/data/data.ts';
import { type ColumnChunk } from '../../../core/data/chunks.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { compileScorer, parseTrainedModel } from '../../../core/model/scorer.ts';
import { candidateSchema, recipesFor, type RecipeName } from '../../../core/recipes/index.ts';
import { DAY } from '../../../core/time/time.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { train } from '../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const recipes = join(repository, 'test/support/recipes');
function sha256Of(file: string): string {
  return createHash('sha256')
    .update(readFileSync(join(recipes, file)))
    .digest('hex');
}

/** Options that keep a recipe's training short, yet long enough to be resumed. A new recipe has to be added. */
const short: Record<RecipeName, object> = {
  baseline: {},
  logistic: { epochs: 3, batchSize: 128 },
  linear: { epochs: 3, batchSize: 128 },
  mlp: { epochs: 3, batchSize: 128, hidden: [8] },
  tabm: { epochs: 3, batchSize: 128, hidden: [8, 8], members: 4 },
  boosted: { trees: 25, rows: 0.8, columns: 0.8 },
  symmetric: { trees: 25, rows: 0.8, columns: 0.8, depth: 4 },
  forest: { trees: 25, leaves: 16 },
  ensemble: {},
  own: { file: 'wide.ts', sha256: sha256Of('wide.ts'), epochs: 3, batchSize: 128 },
};
const names = Object.keys(short) as RecipeName[];
/** Each recipe with each kind of label that it takes. */
const cases = names.flatMap((name) =>
  (['binary', 'number', 'class'] as const).flatMap((kind) => (recipesFor(kind).includes(name) ? [{ name, kind }] : [])),
);
const inWords: Record<LabelKind, string> = { binary: '', number: ' of numbers', class: ' of classes' };
const UNTIL = '2026-03-01T00:00:00.000Z';
const CLASSES = ['south', 'north', 'east'];

const codes: Record<LabelKind, string> = {
  binary: 'LABEL_ONE_CLASS',
  number: 'LABEL_CONSTANT',
  class: 'LABEL_CLASS_MISSING',
};

describe('every recipe', () => {
  let tensors: Tensors;
  let folder: string;
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'wasm' });
    folder = await mkdtemp(join(tmpdir(), 'perennial-contract-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const withNulls = (rows: number, seed: number): ColumnChunk => {
    const chunk = makeRows(rows, seed);
    for (const name of ['east', 'country', 'online'])
      chunk.columns[name] = chunk.columns[name]!.map((value, row): Value => (row % 7 === 3 ? null : value));
    return chunk;
  };
  const usual: SplitRows = { train: withNulls(450, 1), selection: withNulls(150, 2) };

  /** What an ensemble averages is trained before it. */
  async function membersOf(
    splits: SplitRows,
    { folds, recency }: Partial<TrainingJob>,
  ): Promise<Pick<TrainingJob, 'members'>> {
    const members: NonNullable<TrainingJob['members']> = [];
    for (const candidate of [labelKind === 'number' ? 'linear' : 'logistic', 'boosted'] as const) {
      const file = join(await mkdtemp(join(folder, 'member-')), 'trained.json');
      await writeFile(
        file,
        JSON.stringify((await run(candidate, splits, { ...(recency && { recency }), ...(folds && { folds }) })).model),
      );
      members.push({ candidate, file });
    }
    return { members };
  }

  let labelKind: LabelKind = 'binary';
  async function run(name: RecipeName, splits: SplitRows = usual, job: Partial<TrainingJob> = {}, check = () => {}) {
    const classes = labelKind === 'class' ? CLASSES : undefined;
    const checkpoints: string[] = [];
    const candidate = candidateSchema.parse({ kind: name, name, ...short[name] });
    const own = await mkdtemp(join(folder, 'job-'));
    const members = name === 'ensemble' ? await membersOf(splits, job) : {};
    const model = await train(aJob({ folder: own, labelKind, classes, candidate, ...members, ...job }), {
      analytics: analyticsOf(told[labelKind](splits)),
      tensors: async () => tensors,
      recipeRoots: [recipes],
      events: { progress: check, checkpoint: (file) => checkpoints.push(file), log: () => {}, check },
      memoryLimitMb: 1024,
    });
    return { model, checkpoints };
  }
  /** Rows of label 1 keep it; of the others a part is of a third class. */
  const inClasses = (splits: SplitRows): SplitRows =>
    Object.fromEntries(
      Object.entries(splits).map(([split, chunk]) => [
        split,
        changed(chunk, LABEL, (row) => {
          const label = Number(chunk.columns[LABEL]![row]);
          return label === 0 && Number(chunk.columns['hour']![row]) % 2 === 1 ? 2 : label;
        }),
      ]),
    );
  /** Rows get labels that hardly two of them share, if they have not all the same. */
  const inNumbers = (splits: SplitRows): SplitRows =>
    Object.fromEntries(
      Object.entries(splits).map(([split, chunk]) => {
        const { [LABEL]: labels, east } = chunk.columns as Record<string, (number | null)[]>;
        if (new Set(labels).size < 2) return [split, chunk];
        return [split, changed(chunk, LABEL, (row) => 100 + 10 * labels![row]! + (east![row] ?? 0))];
      }),
    );
  const told: Record<LabelKind, (splits: SplitRows) => SplitRows> = {
    binary: (splits) => splits,
    number: inNumbers,
    class: inClasses,
  };
  const scores = (model: TrainedModel): number[] => [...compileScorer(model).scoreChunk(withNulls(200, 3))];
  const refusal = async (training: Promise<unknown>): Promise<UserError> => {
    const reason: unknown = await training.then(
      () => assert.fail('it was trained'),
      (error: unknown) => error,
    );
    assert.ok(reason instanceof UserError, String(reason));
    return reason;
  };
  const changed = (chunk: ColumnChunk, column: string, value: (row: number) => Value): ColumnChunk => ({
    ...chunk,
    columns: { ...chunk.columns, [column]: chunk.columns[column]!.map((_value, row) => value(row)) },
  });

  it('is one that this suite trains', () => {
    assert.deepEqual(names.toSorted(), [...new Set([...recipesFor('binary'), ...recipesFor('number')])].sort());
  });

  for (const { name, kind } of cases)
    describe(`such as ${name}${inWords[kind]}`, () => {
      let first: Awaited<ReturnType<typeof run>>;
      before(async () => {
        labelKind = kind;
        first = await run(name);
      });

      it('gives equal models for equal seeds', async () => {
        const { model } = await run(name);
        assert.deepEqual({ ...model, trainedWith: 0 }, { ...first.model, trainedWith: 0 });
      });

      it('gives the model of an uninterrupted training when it is resumed, also from a checkpoint that was cut', async () => {
        if (name === 'baseline' || name === 'ensemble') return assert.deepEqual(first.checkpoints, []);
        assert.ok(first.checkpoints.length >= 2);
        const whole = await readFile(first.checkpoints[1]!);
        const cut = join(folder, `cut-${name}-${kind}`);
        await writeFile(cut, whole.subarray(0, whole.length / 2));
        for (const resumeFrom of [first.checkpoints[0]!, cut]) {
          const { model } = await run(name, usual, { resumeFrom });
          assert.deepEqual({ ...model, trainedWith: 0 }, { ...first.model, trainedWith: 0 });
        }
      });

      it('is measured in folds by models that did not learn from what they score, learns from all rows, and is resumed halfway', async () => {
        const folds = { count: 3, by: 'key', declared: true } as const;
        const few = { train: withNulls(150, 1), selection: withNulls(50, 2) };
        const { model, checkpoints } = await run(name, few, { folds });
        const { outOfFold, ...trainedWith } = model.trainedWith;
        assert.deepEqual([outOfFold!.rows, trainedWith.rows, trainedWith.folds], [200, 200, 3]);
        assert.ok(Object.values(outOfFold!).filter(Number.isFinite).length > 3);
        const half = Math.floor(checkpoints.length / 2);
        const again = await run(name, few, { folds, resumeFrom: checkpoints[half] ?? null });
        assert.deepEqual({ ...again.model, trainedWith: 0 }, { ...model, trainedWith: 0 });
        assert.deepEqual(again.model.trainedWith.outOfFold, outOfFold);
        const left = Math.max(0, checkpoints.length - half - 1);
        // Of boosted trees, folds whose models were lost with the first attempt are trained again.
        if (name === 'boosted' || name === 'symmetric') {
          assert.ok(again.checkpoints.length >= left && again.checkpoints.length < checkpoints.length);
        } else assert.equal(again.checkpoints.length, left);
        compileScorer(parseTrainedModel(JSON.stringify(model)));
      });

      it('is scored as training scored it, also after it was stored', () => {
        const stored = parseTrainedModel(JSON.stringify(first.model));
        const scorer = compileScorer(stored);
        for (const [i, row] of stored.probe.rows.entries()) {
          const width = stored.classes?.length ?? 1;
          const logit = Math.max(...stored.probe.logits.slice(i * width, (i + 1) * width));
          assert.ok(Math.abs(scorer.logit(row) - logit) <= 1e-5 * Math.max(1, Math.abs(logit)), `${i}: ${logit}`);
        }
      });

      it('scores nulls, levels that it never saw and values far out with a finite number', () => {
        const scorer = compileScorer(first.model);
        const row: Row = { east: 0.3, north: -0.2, country: 'nl', online: true, hour: 7 };
        for (const column of Object.keys(columns))
          for (const value of [null, 'atlantis', 1e300, -1e300, -1, 2 ** 40] as Value[])
            assert.ok(Number.isFinite(scorer.score({ ...row, [column]: value })), `${column}: ${String(value)}`);
        assert.ok(Number.isFinite(scorer.score({})));
        assert.equal(scorer.logit({ ...row, country: 'atlantis' }), scorer.logit({ ...row, country: null }));
      });

      // What is constant follows no relation.
      if (name !== 'baseline' && (kind === 'binary' || name === 'linear'))
        it('follows what holds recently when old rows count less', async () => {
          const aged = (chunk: ColumnChunk, isOld: (row: number) => boolean): ColumnChunk => ({
            ...chunk,
            columns: {
              ...chunk.columns,
              [TIME]: Array.from({ length: chunk.rows }, (_, row) => Date.parse(UNTIL) - (isOld(row) ? 20 : 1) * DAY),
              [LABEL]: chunk.columns['north']!.map((north, row): Value => (Number(north) > 0 === isOld(row) ? 1 : 0)),
            },
          });
          const splits = {
            train: aged(makeRows(900, 1), (row) => row % 3 > 0),
            selection: aged(makeRows(300, 2), () => false),
          };
          const longer = 'epochs' in short[name] && { epochs: 20, learningRate: 0.03 };
          const candidate = candidateSchema.parse({ kind: name, name, ...short[name], ...longer });
          const { model } = await run(name, splits, { candidate, recency: { halfLife: '3 days', until: UNTIL } });
          const { score } = compileScorer(model);
          const at = (north: number): number => score({ east: 0.3, north, country: 'nl', online: true, hour: 7 });
          assert.ok(at(-1.5) - at(1.5) > 0.1, `${at(-1.5)} below, ${at(1.5)} above`);
          assert.ok(name === 'ensemble' || model.trainedWith.rows! < 400, `${model.trainedWith.rows} rows`);
        });

      if (name !== 'ensemble')
        it('learns again as long as it did, from the rows of all splits', async () => {
          const all = { ...usual, calibration: withNulls(100, 5), holdout: withNulls(200, 6) };
          const refit = first.model.trainedWith;
          const { model, checkpoints } = await run(name, all, { refit });
          for (const resumeFrom of checkpoints.slice(0, 1)) {
            const resumed = await run(name, all, { refit, resumeFrom });
            assert.deepEqual({ ...resumed.model, trainedWith: 0 }, { ...model, trainedWith: 0 });
          }
          const { rows, trees, penalty, epochs } = model.trainedWith;
          assert.deepEqual({ rows, trees, penalty }, { rows: 900, trees: refit.trees, penalty: refit.penalty });
          // A line is fitted until it is best, whatever the passes.
          assert.ok(penalty !== undefined || epochs === refit.epochs, `${epochs} epochs, not ${refit.epochs}`);
          assert.notDeepEqual(scores(model), scores(first.model));
        });

      it('is refused when all labels are the same, in words', async () => {
        const one = { ...usual, train: changed(usual.train!, LABEL, () => 1) };
        const { code, message } = await refusal(run(name, one));
        assert.equal(code, codes[kind]);
        assert.match(message, /450 rows of the train split/);
        const none = { ...usual, train: makeRows(0, 1) };
        assert.equal((await refusal(run(name, none))).code, 'TOO_FEW_ROWS');
      });

      if (kind === 'number')
        it('is refused when a label that is a number is too large to be told apart from infinity, in words', async () => {
          for (const split of ['train', 'selection'] as const) {
            const far = { ...usual, [split]: changed(usual[split]!, LABEL, (row) => (row === 7 ? -1e200 : row % 10)) };
            const { code, message } = await refusal(run(name, far));
            assert.equal(code, 'LABEL_TOO_LARGE');
            assert.match(message, new RegExp(`1 of the ${far[split]!.rows} rows of the ${split} split`));
          }
        });

      it('learns in spite of columns that tell nothing', async () => {
        const dull: Record<string, (row: number) => Value> = {
          north: () => 5,
          country: () => null,
          east: () => null,
          online: () => true,
        };
        const splits = Object.fromEntries(
          Object.entries(usual).map(([split, chunk]) => [
            split,
            Object.entries(dull).reduce((now, [column, value]) => changed(now, column, value), chunk),
          ]),
        );
        assert.ok(scores((await run(name, splits)).model).every(Number.isFinite));
      });

      it('learns from a row of each label', async () => {
        const each = changed(makeRows(3, 4), LABEL, (row) => (kind === 'class' ? row % 2 : Number(row > 0)));
        const three = changed(each, 'hour', (row) => Number(row === 2));
        assert.ok(scores((await run(name, { train: three, selection: three })).model).every(Number.isFinite));
      });

      // The baseline is done before anybody could ask.
      if (name !== 'baseline')
        it('ends when it is told to', async () => {
          const cancelled = new Error('cancelled');
          let told = 0;
          const check = (): void => {
            told++;
            throw cancelled;
          };
          await assert.rejects(run(name, usual, {}, check), cancelled);
          assert.equal(told, 1);
        });
    });
});
