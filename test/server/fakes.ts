import { categoryBins, hourBins, makeBinning, scoreBins, type Binning } from '../../core/data/profiles/binning.ts';
import { type Row } from '../../core/data/data.ts';
import { type LabelFact } from '../../core/data/labels/labels.ts';
import { type Outcome } from '../../core/data/labels/outcomes.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type ModelArtifact } from '../../core/model/artifact.ts';
import { parsePipeline, type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Prediction, type PredictionLog, type ServedCounts } from '../../core/data/predictions/prediction-log.ts';
import { instant } from '../../core/time/time.ts';
import { addTallies, type ArmTally, type ShadowScore, type Tally } from '../../core/rollout/evidence/tally.ts';
import { type CurrentTraffic } from '../../core/rollout/traffic.ts';
import { type Registered } from '../../server/serving/traffic/taking-up.ts';
import { buildApp, type PredictionServer, type ServerParts } from '../../server/app.ts';
import { predictionsIn } from '../support/shipments.ts';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

export const NOW = '2026-03-01T12:30:00.000Z';

export const aPipeline = (name = 'fraud'): Pipeline =>
  parsePipeline(
    {
      name,
      source: {
        kind: 'postgres',
        connection: { env: 'FRAUD_DB_URL' },
        table: 'transactions',
        key: 'transaction_id',
        time: 'occurred_at',
        entity: 'card_id',
      },
      columns: {
        amount: { kind: 'number', min: 0 },
        distance: { kind: 'number', nulls: 0.1 },
        device: { kind: 'category', levels: ['phone', 'web'] },
        is_online: { kind: 'boolean' },
        hour: { kind: 'hour' },
      },
      label: {
        name: 'is_fraud',
        facts: {
          kind: 'postgres',
          connection: { env: 'FRAUD_DB_URL' },
          table: 'chargebacks',
          key: 'transaction_id',
          value: 'is_fraud',
          observedAt: 'observed_at',
        },
        maturesAfter: '7 days',
        whenAbsent: 0,
      },
      candidates: [{ kind: 'logistic', name: 'logistic' }],
      gates: { metric: 'averagePrecision', margin: 0.01 },
    },
    'the test',
  );

export const aRow = (changes: Row = {}): Row => ({
  amount: 10,
  distance: 1,
  device: 'phone',
  is_online: true,
  ...changes,
});

export const aPrediction = (changes: Partial<Prediction> = {}): Prediction => ({
  id: '0d4f6c6e-6e0b-4f6e-9a55-0c1e3f0f7a01',
  pipeline: 'fraud',
  version: 1,
  key: 'a',
  entity: null,
  time: NOW,
  row: aRow(),
  score: 0.9,
  decision: true,
  servedAt: NOW,
  ...changes,
});

const floats = (...values: number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64');

/** A model whose logit is the amount plus `bias`: sigmoid(bias) is its score at an amount of 0. */
export function anArtifact(pipeline: string, version: number, bias: number, target?: ModelArtifact['target']): string {
  const encodings: ModelArtifact['encodings'] = [
    {
      kind: 'number',
      column: 'amount',
      transform: 'identity',
      median: 12.3456,
      mean: 0,
      deviation: 1,
      flagMissing: false,
    },
    { kind: 'category', column: 'device', levels: ['phone', 'web'] },
  ];
  return JSON.stringify({
    format: 1,
    pipeline,
    revision: 'r1',
    trainingRun: `run-${version}`,
    candidate: 'logistic',
    encodings,
    kind: 'network',
    layers: [{ inputs: 3, units: 1, activation: 'linear', kernel: floats(1, 0, 0), bias: floats(bias) }],
    probe: { rows: [aRow({ amount: 2 }), aRow({ amount: -2 })], logits: [2 + bias, bias - 2] },
    trainedWith: { backend: 'test', tensorflow: '0', epochs: 1, rows: 2, seconds: 0 },
    calibration: { slope: 1, intercept: 0 },
    threshold: target ? null : 0.5,
    ...(target && { target }),
  } satisfies ModelArtifact);
}

/** The database and the store as the server sees them, to be broken at will. */
export class World {
  pipelines = new Map<string, Pipeline>();
  /** Declarations of other revisions than the applied one, "fraud/r2". */
  revisions = new Map<string, Pipeline>();
  traffics = new Map<string, CurrentTraffic>();
  versions = new Map<string, Registered>();
  objects = new Map<string, Uint8Array>();
  logged = new Map<string, Prediction>();
  labels = new Map<string, LabelFact>();
  outcomes = new Map<string, Outcome>();
  uncounted: Prediction[] = [];
  /** As the table keeps them: the last total of each key wins. */
  counts = new Map<string, ServedCounts>();
  /** What each process wrote of the versions under the traffic: the last totals win. */
  tallies = new Map<string, ArmTally>();
  shadowScores = new Map<string, ShadowScore>();
  binning: Binning = makeBinning({
    amount: { kind: 'number', edges: [5, 50] },
    device: categoryBins([
      { level: 'phone', rows: 2 },
      { level: 'web', rows: 1 },
    ]),
    hour: hourBins(),
    _score: scoreBins(),
  });
  /** How often somebody decided who serves: the database's clock. */
  private decisions = 0;
  /** What was asked of the database, in its order. */
  asked: string[] = [];
  databaseUp = true;
  storeUp = true;
  /** Objects that the store does not send until the promise resolves. */
  private held = new Map<string, Promise<void>>();
  /** Commits the next append or count and then fails, as when the connection dies before the answer. */
  loseNextAnswer = false;
  refuses: (prediction: Prediction) => boolean = () => false;
  clock = { now: () => new Date(NOW), millisecondsUntil: () => 0 };

  add(pipeline = aPipeline()): void {
    this.pipelines.set(pipeline.name, pipeline);
  }

  /** With a target the model estimates a number around its mean. */
  register(
    version: number,
    bias: number,
    pipeline = 'fraud',
    {
      target,
      revision = 'r1',
      positives = 20,
      changes = {},
    }: {
      target?: ModelArtifact['target'];
      revision?: string;
      positives?: number;
      /** Of the artifact. */
      changes?: object;
    } = {},
  ): void {
    const artifact = JSON.parse(anArtifact(pipeline, version, bias, target)) as object;
    const bytes = new TextEncoder().encode(JSON.stringify({ ...artifact, ...changes }));
    const objectKey = `models/${pipeline}/${version}.json`;
    this.objects.set(objectKey, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const evaluation = { challenger: { rows: 100, positives } };
    this.versions.set(`${pipeline}/${version}`, { version, revision, objectKey, sha256, createdAt: NOW, evaluation });
  }

  /** Registers and gives all traffic to a version. */
  promote(version: number, bias = version, pipeline = 'fraud'): void {
    if (!this.versions.has(`${pipeline}/${version}`)) this.register(version, bias, pipeline);
    this.decide(version, [{ version, share: 1 }], pipeline);
  }

  /** Lets registered versions share the traffic. */
  decide(champion: number, arms: CurrentTraffic['arms'], pipeline = 'fraud', shadow: number | null = null): void {
    const before = this.traffics.get(pipeline);
    this.traffics.set(pipeline, {
      pipeline,
      generation: (before?.generation ?? 0) + 1,
      changedAt: instant(Date.parse(NOW) + 1_000 * ++this.decisions),
      champion,
      arms,
      shadow,
      previous: before?.champion === champion ? before.previous : (before?.champion ?? null),
    });
  }

  corrupt(version: number, pipeline = 'fraud'): void {
    this.objects.set(`models/${pipeline}/${version}.json`, new TextEncoder().encode('{"format":1'));
  }

  /** Makes the store take requests for a version's artifact and answer none, until what is returned is called. */
  hold(version: number, pipeline = 'fraud'): () => void {
    let send = (): void => undefined;
    this.held.set(`models/${pipeline}/${version}.json`, new Promise((resolve) => (send = resolve)));
    return () => send();
  }

  ports(): Pick<
    ServerParts,
    'traffic' | 'modelVersions' | 'pipelines' | 'predictions' | 'tallies' | 'labels' | 'outcomes' | 'store' | 'clock'
  > {
    const ask = async <T>(answer: () => T, what = ''): Promise<T> => {
      if (what !== '') this.asked.push(what);
      if (!this.databaseUp) throw new UserError('DATABASE_UNREACHABLE', 'the database does not answer');
      return answer();
    };
    return {
      clock: this.clock,
      traffic: {
        list: (names) =>
          ask(
            () => [...this.traffics.values()].filter(({ pipeline }) => names?.includes(pipeline) ?? true),
            `traffic of ${names?.join() ?? 'all'}`,
          ),
      },
      modelVersions: {
        get: (pipeline, version) => ask(() => this.versions.get(`${pipeline}/${version}`)!),
      },
      pipelines: {
        list: () => ask(() => [...this.pipelines.keys()].map((name) => ({ name, revision: 'r1' })), 'pipelines'),
        declaration: ({ name, revision }) =>
          ask(() => this.revisions.get(`${name}/${revision}`) ?? this.pipelines.get(name)!, `declaration of ${name}`),
      },
      labels: {
        record: (pipeline, facts) =>
          ask(() => {
            const before = this.labels.size;
            for (const fact of facts)
              this.labels.set(JSON.stringify([pipeline, fact.key, fact.observedAt, fact.value]), fact);
            return this.labels.size - before;
          }),
      },
      outcomes: {
        record: (pipeline, outcomes) =>
          ask(() => {
            const before = this.outcomes.size;
            for (const one of outcomes) this.outcomes.set(JSON.stringify([pipeline, one]), one);
            return this.outcomes.size - before;
          }),
      },
      predictions: {
        append: async (shipment) => {
          const predictions = await predictionsIn(shipment).catch(refuse);
          return ask(() => this.append(predictions));
        },
        countShipped: (counting) => ask(() => this.countShipped(counting)),
      },
      tallies: {
        record: (replica, totals) =>
          ask(() => {
            this.asked.push(`tallies of ${totals.map(({ version }) => version).join()}`);
            for (const one of structuredClone(totals))
              this.tallies.set(JSON.stringify([one.pipeline, one.generation, one.version, replica]), one);
          }),
        keep: (scores) =>
          ask(() => {
            for (const score of scores) this.shadowScores.set(score.id, score);
          }),
      },
      store: {
        get: async (key) => {
          if (this.held.has(key)) this.asked.push(key);
          await this.held.get(key);
          const bytes = this.objects.get(key);
          if (!this.storeUp || !bytes) throw new UserError('OBJECT_MISSING', `${key} is not in the store`);
          return bytes;
        },
      },
    };
  }

  private append(batch: Prediction[]): number {
    if (batch.some((prediction) => this.refuses(prediction))) refuse();
    const fresh = batch.filter(
      ({ id }, i) => !this.logged.has(id) && batch.findIndex((other) => other.id === id) === i,
    );
    for (const prediction of fresh) this.logged.set(prediction.id, prediction);
    this.uncounted.push(...fresh);
    this.answer();
    return fresh.length;
  }

  private countShipped(counting: Parameters<PredictionLog['countShipped']>[0]): number {
    const some = this.uncounted.slice(0, 1_000);
    if (some.length === 0) return 0;
    for (const totals of structuredClone(
      counting({ predictions: some, counts: [] }, new Map([['fraud', this.binning]])),
    ))
      this.counts.set(
        [totals.pipeline, totals.version, totals.replica, totals.sequence, totals.hour].join(' '),
        totals,
      );
    this.uncounted = this.uncounted.filter((prediction) => !some.includes(prediction));
    this.answer();
    return some.length;
  }

  private answer(): void {
    if (!this.loseNextAnswer) return;
    this.loseNextAnswer = false;
    throw new Error('Connection terminated unexpectedly');
  }

  /** The tally of a version under the newest traffic, or an earlier generation, of all processes. */
  tallyOf(version: number, generation = this.traffics.get('fraud')!.generation): Tally | null {
    const found = [...this.tallies.values()].filter((one) => one.version === version && one.generation === generation);
    return found.length === 0 ? null : found.map(({ tally }) => tally).reduce(addTallies);
  }

  /** Rows counted in all totals together. */
  counted(): number {
    return [...this.counts.values()].reduce((sum, { profile }) => sum + profile.rows, 0);
  }
}

/** As Postgres does with values that it cannot hold. */
function refuse(): never {
  throw Object.assign(new Error('invalid input syntax'), { code: '22P02' });
}

const folders: string[] = [];
const servers = new Set<PredictionServer>();

export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-server-'));
  folders.push(folder);
  return folder;
}

/** A server over a world, with timers so slow that a test looks and ships when it wants to. */
export async function aServer(world: World, changes: Partial<ServerParts> = {}): Promise<PredictionServer> {
  const server = await buildApp({
    ...world.ports(),
    feed: null,
    dataFolder: changes.dataFolder ?? aFolder(),
    replica: 'test',
    keys: [],
    logger: pino({ level: 'silent' }),
    pollMs: 3_600_000,
    shipEveryMs: 3_600_000,
    countEveryMs: 3_600_000,
    tellEveryMs: 3_600_000,
    ...changes,
  });
  servers.add(server);
  return server;
}

/** A world with one pipeline, "fraud", served by version 1. */
export function aServingWorld(): World {
  const world = new World();
  world.add();
  world.promote(1);
  return world;
}

export async function stop(server: PredictionServer): Promise<void> {
  servers.delete(server);
  await server.app.close();
}

export async function cleanUp(): Promise<void> {
  for (const server of servers) await stop(server);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export async function predict(
  server: PredictionServer,
  payload: object | string = aRow(),
  pipeline = 'fraud',
  query = '',
) {
  const response = await server.app.inject({
    method: 'POST',
    url: `/predict/${pipeline}${query}`,
    headers: { 'content-type': 'application/json' },
    payload,
  });
  return { status: response.statusCode, body: JSON.parse(response.body) };
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited a minute in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
