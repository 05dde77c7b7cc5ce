import { createBinnings } from '../../../adapters/postgres/data/binnings.ts';
import { createCrowd } from '../../../adapters/postgres/crowd.ts';
import { connect, migrate, type Database } from '../../../adapters/postgres/database.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import {
  type Binning,
  booleanBins,
  categoryBins,
  hourBins,
  makeBinning,
  makeBins,
} from '../../../core/data/profiles/binning.ts';
import { parsePipeline } from '../../../core/declaration/pipeline.ts';
import { type Prediction } from '../../../core/data/predictions/prediction-log.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { startPostgres, type Postgres } from '../../../local/stack/postgres.ts';
import fraud from '../../../pipelines/fraud.ts';
import { createFraudSimulator } from '../../../pipelines/fraud/simulate.ts';
import { predictionId } from '../../../server/serving/answers/prediction-id.ts';
import { createCountKeeper } from '../../../server/shipping/served-counts.ts';
import { folderPerTest } from '../../support/folders.ts';
import { shipmentOf } from '../../support/shipments.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const row = { hour_of_day: 12 };

describe('the WAL that Postgres writes for a shipped prediction @slow', () => {
  const folder = folderPerTest();
  let postgres: Postgres;
  let database: Database;

  // A cluster as people run one: the tests' own writes no whole pages after a checkpoint.
  beforeEach(async () => {
    const { port } = await freePort(31_500 + (process.pid % 1_000));
    const logFile = join(folder(), 'postgres.log');
    postgres = await startPostgres({ folder: join(folder(), 'cluster'), port, logFile });
    database = connect(postgres.url('postgres'));
    await migrate(database);
  });
  afterEach(async () => {
    await database.end();
    await postgres.stop();
  });

  it('is less than 1 KB for the columns of fraud, counts included', async () => {
    const rows = transactions();
    await createPipelines(database).apply(parsePipeline(fraud, 'fraud.ts'), 'test');
    await createBinnings(database).record('fraud', binningOf(rows).columns);
    const served = server(database);
    const busy = { perSecond: 100, seconds: 60 };
    await served.minute(predictions(rows, busy)); // the first makes partitions
    await database.query('checkpoint');
    const atHundred = await walOf(database, () => served.minute(predictions(rows, { ...busy, minute: 1 })));
    const atTwo = await walOf(database, () =>
      served.minute(predictions(rows, { perSecond: 2, seconds: 60, minute: 2 })),
    );
    // oxlint-disable-next-line no-console -- the figures of docs/benchmarks.md
    console.log(
      `        WAL per prediction: ${Math.round(atHundred / 6_000)} bytes at 100 a second, ${Math.round(atTwo / 120)} at 2`,
    );
    const [logged] = await createCrowd(database).predictions(['fraud'], '2026-01-01T00:00:00.000Z');
    assert.equal(logged?.count, 12_120);
    assert.ok(atHundred / 6_000 < 1_000, `${atHundred} bytes for 6,000 predictions`);
    assert.ok(atTwo / 120 < 2_000, `${atTwo} bytes for 120 predictions`);
  });
});

async function walOf(database: Database, work: () => Promise<void>): Promise<number> {
  const at = async () => Number((await database.query("select pg_current_wal_insert_lsn() - '0/0' as at")).rows[0].at);
  const before = await at();
  await work();
  return (await at()) - before;
}

/** Ships twice a second and counts once a minute, as the server does. */
function server(database: Database) {
  const log = createPredictionLog(database);
  const counts = createCountKeeper('server');
  return {
    async minute(shipments: Prediction[][]): Promise<void> {
      for (const shipment of shipments) await log.append(shipmentOf(shipment));
      while ((await log.countShipped(counts.stage)) > 0) counts.keep();
    },
  };
}

const transactions = (): Record<string, unknown>[] =>
  [...createFraudSimulator({ seed: 7, perDay: 20_000 }).between('2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z')]
    .map(({ transaction }) => ({ ...transaction }))
    .slice(0, 6_000);

function predictions(
  rows: Record<string, unknown>[],
  { perSecond, seconds, minute = 0 }: { perSecond: number; seconds: number; minute?: number },
): Prediction[][] {
  const perShipment = perSecond / 2;
  return Array.from({ length: seconds * 2 }, (_, shipment) =>
    Array.from({ length: perShipment }, (_, i): Prediction => {
      const at = new Date(START + minute * 60_000 + shipment * 500 + (i * 500) / perShipment).toISOString();
      const { transaction_id: key, card_id: entity, occurred_at: _at, ...features } = rows[shipment * perShipment + i]!;
      const answer = { score: Math.random() / 10, decision: false };
      return { id: predictionId(Date.parse(at)), pipeline: 'fraud', version: 1, key: String(key), entity: String(entity), time: at, row: { ...features, ...row } as Prediction['row'], ...answer, servedAt: at }; // prettier-ignore
    }),
  );
}

function binningOf(rows: Record<string, unknown>[]): Binning {
  const binsOf = (name: string, { kind }: { kind: string }) => {
    if (kind === 'boolean') return booleanBins();
    if (kind === 'hour') return hourBins();
    if (kind === 'number') return makeBins(Float64Array.from(rows.map((each) => Number(each[name] ?? NaN))));
    const levels = [...new Set(rows.map((each) => String(each[name])))];
    return categoryBins(levels.map((level) => ({ level, rows: 1 })));
  };
  return makeBinning(
    Object.fromEntries(Object.entries(fraud.columns).map(([name, column]) => [name, binsOf(name, column)])),
  );
}
