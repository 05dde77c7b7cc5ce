import { createBinnings } from '../../adapters/postgres/data/binnings.ts';
import { connect, migrate } from '../../adapters/postgres/database.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../adapters/postgres/predictions/prediction-log.ts';
import { createTallies } from '../../adapters/postgres/rollout/tallies.ts';
import { buildApp } from '../../server/app.ts';
import { exampleArtifact, exampleBinning, examplePipeline } from './example.ts';
import { createHash } from 'node:crypto';
import { pino } from 'pino';

// Our prediction server as it runs for users: real spool, real prediction log. Only the traffic does not come from
// Postgres.
const [databaseUrl = '', dataFolder = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
const database = connect(databaseUrl);
await migrate(database);
const pipeline = examplePipeline();
const bytes = new TextEncoder().encode(exampleArtifact());
const sha256 = createHash('sha256').update(bytes).digest('hex');
const createdAt = new Date().toISOString();
await createPipelines(database).apply(pipeline, 'bench');
await createBinnings(database).record('bench', exampleBinning().columns);
const version = { pipeline: 'bench', version: 1, revision: 'r1', objectKey: 'model', sha256, createdAt };
const { app, grpc } = await buildApp({
  traffic: {
    list: async () => [
      {
        pipeline: 'bench',
        generation: 1,
        champion: 1,
        arms: [{ version: 1, share: 1 }],
        shadow: null,
        previous: null,
        changedAt: createdAt,
      },
    ],
  },
  modelVersions: { get: async () => version },
  pipelines: { list: async () => [{ name: 'bench', revision: 'r1' }], declaration: async () => pipeline },
  predictions: createPredictionLog(database),
  tallies: createTallies(database),
  labels: { record: async () => 0 },
  outcomes: { record: async () => 0 },
  store: { get: async () => bytes },
  clock: { now: () => new Date(), millisecondsUntil: () => 0 },
  feed: null,
  dataFolder,
  replica: 'bench',
  keys: [],
  logger: pino({ level: 'warn' }, pino.destination(2)),
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ address, grpcPort: await grpc.listen('127.0.0.1', 0) });
