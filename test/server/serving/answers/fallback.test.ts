import { parsePipeline, type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { SECOND } from '../../../../core/time/time.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { versionsOf } from '../../../../server/serving/serving.ts';
import { aFolder, aPipeline, aRow, aServer, aServingWorld, cleanUp, NOW, predict, stop, World } from '../../fakes.ts';
import { bringOnnx } from '../../../../core/brought/bring.ts';
import { type Row } from '../../../../core/data/data.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/brought/models.json', import.meta.url), 'utf8'),
) as Record<string, { columns: string[]; rows: Row[]; scores: number[]; onnx: string }>;
/** It was taught columns without nulls. */
const readable = { ...aPipeline().columns, distance: { kind: 'number', nulls: 0 } } as const;
const fail = (): number => {
  throw new RangeError('of 4711');
};
const slow = (): number => {
  const end = performance.now() + 3;
  while (performance.now() < end);
  return 0.5;
};

/** Version 2 is champion, version 1 was it before. The clock stands still until it is moved. */
class Trial {
  now = Date.parse(NOW);
  readonly world: World;
  server!: PredictionServer;

  constructor(world = aServingWorld()) {
    this.world = world;
  }

  async start(changes: Parameters<typeof aServer>[1] = {}): Promise<this> {
    const clock = { now: () => new Date(this.now), millisecondsUntil: () => 0 };
    this.server = await aServer(this.world, { clock, ...changes });
    return this;
  }

  modelOf(version: number) {
    return versionsOf(this.server.models.get('fraud')!.serving!).find(({ model }) => model.version === version)!.model;
  }

  /** Makes a version score in another way; returns how often it was asked, and how to undo it. */
  breaks(version: number, score: () => number) {
    const model = this.modelOf(version);
    const { score: whole } = model;
    const broken = { asked: 0, mend: () => void (model.score = whole) };
    model.score = () => {
      broken.asked++;
      return score();
    };
    return broken;
  }

  async versionOf(row: object = aRow()): Promise<number> {
    const { status, body } = await predict(this.server, row);
    assert.equal(status, 200, JSON.stringify(body));
    return body.version;
  }

  async metric(pattern: RegExp): Promise<void> {
    assert.match((await this.server.app.inject('/metrics')).body, pattern);
  }
}

async function aTrial(breaker: NonNullable<PipelineInput['serving']>['breaker'] = {}): Promise<Trial> {
  const world = new World();
  world.add(parsePipeline({ ...aPipeline(), serving: { breaker } }, 'the test'));
  world.promote(1);
  world.promote(2);
  return new Trial(world).start();
}

describe('a version that does not answer', () => {
  afterEach(cleanUp);

  for (const { fault, score, after } of [
    { fault: 'throws', score: fail, after: [1, 1, 1, 1, 1] },
    { fault: 'finds no finite score', score: () => Infinity, after: [1, 1, 1, 1, 1] },
    { fault: 'takes longer than its latency budget', score: slow, after: [2, 2, 2, 2, 2] },
  ])
    it(`because it ${fault} rests after five rows, and the previous champion answers them`, async () => {
      const trial = await aTrial({ latencyBudgetMs: 1 });
      const broken = trial.breaks(2, score);
      const versions = [];
      for (let i = 0; i < 8; i++) versions.push(await trial.versionOf());
      assert.deepEqual(versions, [...after, 1, 1, 1]);
      assert.equal(broken.asked, 5);
      await trial.metric(/perennial_version_tripped\{pipeline="fraud",version="2"\} 1\n/);
      await trial.metric(/perennial_version_trips_total\{pipeline="fraud",version="2"\} 1\n/);
      await trial.metric(/perennial_stand_in_answers_total\{pipeline="fraud",version="2",by="1"\} [38]\n/);
    });

  it('may be a model from elsewhere, which stands in for another as well', async () => {
    const { columns: named, rows, scores, onnx } = golden['logistic']!;
    const withBrought = async (version: number): Promise<Trial> => {
      const world = new World();
      const pipeline = parsePipeline({ ...aPipeline(), columns: readable, serving: { breaker: {} } }, 'the test');
      world.add(pipeline);
      const { columns } = pipeline;
      const model = bringOnnx(Buffer.from(onnx, 'base64'), { file: 'a.onnx', columns, label: 'binary', named });
      world.register(version, 0, 'fraud', { changes: { candidate: 'brought', ...model } });
      world.promote(1);
      world.promote(2);
      return new Trial(world).start();
    };
    const { hour, ...values } = rows[0]!;
    const row = { ...values, occurred_at: `2026-03-01T0${hour}:10:00.000Z` };
    const trial = await withBrought(1);
    trial.breaks(2, fail);
    const { body } = await predict(trial.server, row);
    assert.deepEqual([body.version, body.score.toFixed(5)], [1, scores[0]!.toFixed(5)]);

    const champion = await withBrought(2);
    assert.equal((await predict(champion.server, row)).body.score.toFixed(5), scores[0]!.toFixed(5));
    champion.breaks(2, fail);
    for (let i = 0; i < 6; i++) assert.equal(await champion.versionOf(row), 1);
    await champion.metric(/perennial_version_tripped\{pipeline="fraud",version="2"\} 1\n/);
  });

  it('gets one row after its rest, and all of them once it answers that one', async () => {
    const trial = await aTrial();
    const broken = trial.breaks(2, fail);
    for (let i = 0; i < 6; i++) await trial.versionOf();
    trial.now += 60 * SECOND;
    assert.equal(await trial.versionOf(), 1);
    assert.equal(await trial.versionOf(), 1);
    assert.equal(broken.asked, 6, 'one row tried it');
    broken.mend();
    assert.equal(await trial.versionOf(), 1, 'it rests');
    trial.now += 60 * SECOND;
    assert.deepEqual([await trial.versionOf(), await trial.versionOf()], [2, 2]);
    await trial.metric(/perennial_version_tripped\{pipeline="fraud",version="2"\} 0\n/);
  });

  it('rests as declared', async () => {
    const trial = await aTrial({ failures: 2, rest: '5 seconds' });
    const broken = trial.breaks(2, fail);
    for (let i = 0; i < 3; i++) await trial.versionOf();
    assert.equal(broken.asked, 2);
    trial.now += 5 * SECOND;
    await trial.versionOf();
    assert.equal(broken.asked, 3);
  });

  it('trips under load at its fifth row, and no answer fails', async () => {
    const trial = await aTrial();
    const load = async () => Promise.all(Array.from({ length: 50 }, () => predict(trial.server, aRow())));
    await load();
    const broken = trial.breaks(2, () => (slow(), NaN));
    const answers = [...(await load()), ...(await load())];
    assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} by ${body.version}`)), new Set(['200 by 1']));
    assert.equal(broken.asked, 5);
  });

  it('keeps its state when the traffic changes', async () => {
    const trial = await aTrial();
    const broken = trial.breaks(2, fail);
    for (let i = 0; i < 5; i++) await trial.versionOf();
    trial.world.register(3, 3);
    trial.world.decide(2, [{ version: 2, share: 1 }], 'fraud', 3);
    await trial.server.watch.look();
    assert.equal(await trial.versionOf(), 1);
    assert.equal(broken.asked, 5);
  });

  it('and only shares the traffic leaves its rows to the champion, and all of them count as failed', async () => {
    const trial = new Trial();
    trial.world.promote(2);
    trial.world.register(3, 3);
    trial.world.decide(2, [{ version: 2, share: 0.5 }, { version: 3, share: 0.5 }]); // prettier-ignore
    await trial.start();
    trial.breaks(3, fail);
    const rows = Array.from({ length: 100 }, (_, i) => aRow({ card_id: `card-${i}` }));
    const { body } = await predict(trial.server, { rows });
    assert.deepEqual(new Set(body.predictions.map(({ version }: { version: number }) => version)), new Set([2]));
    await trial.server.tallying.tell();
    const [champion, canary] = [trial.world.tallyOf(2)!, trial.world.tallyOf(3)!];
    assert.ok(canary.units > 30);
    assert.deepEqual([canary.failed, canary.scores.count, champion.failed], [canary.units, 0, 0]);
    assert.equal(champion.units + canary.units, 100, 'rows that it answers for others are no evidence about it');
  });

  it('is not blamed for a row that no version can score', async () => {
    const trial = await aTrial();
    const nowhere = [trial.breaks(1, () => NaN), trial.breaks(2, () => NaN)];
    for (let i = 0; i < 10; i++) await predict(trial.server, aRow());
    for (const version of [1, 2])
      await trial.metric(new RegExp(`perennial_version_trips_total\\{pipeline="fraud",version="${version}"\\} 0\n`));
    for (const { mend } of nowhere) mend();
    assert.equal(await trial.versionOf(), 2);
  });

  it("leaves rows to the previous version, by that version's declaration", async () => {
    const { columns, ...rest } = aPipeline() as PipelineInput;
    const trial = new Trial();
    const narrow = { ...rest, columns: { ...columns, merchant: { kind: 'category' } } } as PipelineInput;
    trial.world.revisions.set('fraud/r0', parsePipeline(narrow, 'the test'));
    trial.world.register(2, 2, 'fraud', { revision: 'r0' });
    trial.world.promote(2);
    trial.world.promote(3);
    const dataFolder = aFolder();
    await trial.start({ dataFolder });
    for (const restarted of [false, true]) {
      if (restarted) {
        await stop(trial.server);
        trial.world.databaseUp = trial.world.storeUp = false;
        await trial.start({ dataFolder });
      }
      trial.breaks(3, fail);
      const row = aRow({ merchant: 'm1' });
      const { body } = await predict(trial.server, row);
      assert.equal(body.version, 2);
      trial.world.databaseUp = true;
      await trial.server.shipper.ship();
      assert.equal(trial.world.logged.get(body.id)!.row['merchant'], 'm1', 'logged as that version reads it');
      assert.notEqual(await trial.versionOf(), 2, 'a row without the column does not fit it');
    }
  });

  describe('and is the first one', () => {
    it('leaves rows that it fails at to the mean label, and is tried each time, since nothing is better', async () => {
      const trial = await new Trial().start();
      const broken = trial.breaks(1, fail);
      for (let i = 0; i < 8; i++) {
        const { status, body } = await predict(trial.server, aRow());
        const { id: _id, ...answer } = body;
        assert.deepEqual([status, answer], [200, { score: 0.2, decision: false, threshold: 0.5, version: 0, pipeline: 'fraud' }]); // prettier-ignore
      }
      assert.equal(broken.asked, 8);
      await trial.metric(/perennial_version_tripped\{pipeline="fraud",version="1"\} 1\n/);
      broken.mend();
      assert.equal(await trial.versionOf(), 1);
      await trial.metric(/perennial_version_tripped\{pipeline="fraud",version="1"\} 0\n/);
    });

    it('leaves them to the mean of the labels where they are numbers, also after a restart', async () => {
      const trial = new Trial(new World());
      trial.world.add(parsePipeline(numbers(), 'the test'));
      trial.world.register(1, 1, 'fraud', { target: { mean: 70, deviation: 3 }, positives: 0 });
      trial.world.promote(1);
      const dataFolder = aFolder();
      await trial.start({ dataFolder });
      await stop(trial.server);
      trial.world.databaseUp = trial.world.storeUp = false;
      await trial.start({ dataFolder });
      trial.breaks(1, fail);
      const { body } = await predict(trial.server, aRow());
      const { id: _id, ...answer } = body;
      assert.deepEqual(answer, { score: 70, version: 0, pipeline: 'fraud' });
    });

    it('is reported where no mean label is known', async () => {
      const trial = new Trial(new World());
      trial.world.add();
      trial.world.register(1, 1);
      delete trial.world.versions.get('fraud/1')!.evaluation;
      trial.world.promote(1);
      await trial.start();
      trial.breaks(1, fail);
      const { status, body } = await predict(trial.server, aRow());
      assert.deepEqual([status, body.error.code], [500, 'MODEL_INVALID']);
    });
  });
});

/** The pipeline with a label that is a number. */
const numbers = (): PipelineInput => {
  const { label, ...rest } = aPipeline() as PipelineInput;
  const { whenAbsent: _, ...others } = label;
  return {
    ...rest,
    label: { ...others, kind: 'number' },
    candidates: [{ kind: 'linear', name: 'linear' }],
    gates: { metric: 'rmse', margin: 1 },
  };
};
