import { type Prediction } from '../../../core/data/predictions/prediction-log.ts';
import { compileScorer, parseArtifact } from '../../../core/model/scorer.ts';
import { type Instant } from '../../../core/time/time.ts';
import simulation from '../../../pipelines/fraud/simulation.ts';
import { createCountKeeper } from '../../../server/shipping/served-counts.ts';
import { type Rig } from '../steps/activities.ts';
import { SIMULATED } from '../steps/stages.ts';
import { shipmentOf } from '../shipments.ts';
import { randomUUID } from 'node:crypto';

export interface TrafficOptions {
  /** Who answers; the champion unless told. */
  version?: number;
  driftSince?: Instant;
  perDay?: number;
  replica?: string;
}

/** Lets a version answer all transactions of a stretch of time, and logs answers and counts as the server does. */
export async function serveTraffic(
  { ports }: Pick<Rig, 'ports'>,
  from: Instant,
  to: Instant,
  { version = 1, driftSince, perDay = 1_200, replica = 'server' }: TrafficOptions = {},
): Promise<Prediction[]> {
  const model = await ports.modelVersions.get('fraud', version);
  const artifact = parseArtifact(new TextDecoder().decode(await ports.store.get(model.objectKey)));
  const { score } = compileScorer(artifact);
  const world = simulation.create({ ...SIMULATED, perDay, driftSince: driftSince ?? null });
  const predictions = [...world.between(from, to)].map(({ row: { values, at } }): Prediction => {
    const { transaction_id: key, card_id: entity, occurred_at: _at, ...features } = values;
    const row = { ...features, hour_of_day: new Date(at).getUTCHours() };
    const answer = { score: score(row), decision: score(row) >= artifact.threshold! };
    return {
      id: randomUUID(),
      pipeline: 'fraud',
      version,
      key: String(key),
      entity: String(entity),
      time: at,
      row,
      ...answer,
      servedAt: at,
    };
  });
  const keeper = createCountKeeper(replica);
  await ports.log.append(shipmentOf(predictions));
  while ((await ports.log.countShipped(keeper.stage)) > 0) keeper.keep();
  return predictions;
}
