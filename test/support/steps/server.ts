import { buildApp, type PredictionServer } from '../../../server/app.ts';
import { type Rig } from './activities.ts';
import { pino } from 'pino';

/** A server of a rig's versions, which asks and ships only when it is told to. */
export async function serveRig(rig: Rig, dataFolder: string): Promise<PredictionServer> {
  const { traffic, modelVersions, pipelines, store, sharedClock, log: predictions } = rig.ports;
  return buildApp({
    traffic,
    modelVersions,
    pipelines,
    store,
    clock: await sharedClock.read(),
    predictions,
    tallies: { record: async () => undefined, keep: async () => undefined },
    labels: { record: async () => 0 },
    outcomes: { record: async () => 0 },
    feed: null,
    dataFolder,
    replica: 'test',
    keys: [],
    logger: pino({ level: 'silent' }),
    pollMs: 3_600_000,
    shipEveryMs: 3_600_000,
  });
}
