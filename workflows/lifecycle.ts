import { type Trained } from '../activities/lifecycle/lifecycle.ts';
import { versionName } from '../core/base/ids.ts';
import { type Instant } from '../core/time/time.ts';
import { attributes, type LoopInput } from './messages.ts';
import { momentOf } from './run/moment.ts';
import { type MonitoringResult } from './monitoring.ts';
import { type PredictionResult } from './prediction.ts';
import { isBackfilled } from './run/priority.ts';
import { askOnSchedule, awaitTraining } from './steps/steps.ts';
import { endedFromOutside, rootMessage } from './run/failures.ts';
import { freshData, subLoop } from './steps/sub-loops.ts';
import { CancellationScope, isCancellation, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

/** The result of one part. waiting: it continues by itself later. skipped: its input is missing. cancelled: somebody ended its run. */
export interface LifecyclePart {
  part: 'data' | 'training' | 'prediction' | 'monitoring';
  result: 'done' | 'failed' | 'cancelled' | 'waiting' | 'skipped';
  detail: string;
}
export interface LifecycleResult {
  asOf: Instant;
  parts: LifecyclePart[];
}
type Came = Pick<LifecyclePart, 'result' | 'detail'>;

const done = (detail: string): Came => ({ result: 'done', detail });
const skipped: Came = { result: 'skipped', detail: 'there is no fresh data' };

/**
 * Runs each loop once, in order. Training and prediction need the data. A training that fails or waits leaves the
 * champion, which can still predict; monitoring finds its own rows.
 */
export async function lifecycle({ pipeline, asOf: asked, automation }: LoopInput): Promise<LifecycleResult> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'lifecycle' },
  ]);
  const asOf = await momentOf(asked);
  const moment = { pipeline, asOf };
  const parts: LifecyclePart[] = [];
  const take = async (part: LifecyclePart['part'], work: () => Promise<Came>): Promise<boolean> => {
    setCurrentDetails([...parts.map(inWords), `- ${part} is under way`].join('\n'));
    const came = await work().catch((error: unknown): Came => {
      if (CancellationScope.current().consideredCancelled && isCancellation(error)) throw error;
      const ended = endedFromOutside(error);
      return ended === null
        ? { result: 'failed', detail: rootMessage(error) }
        : { result: 'cancelled', detail: `its run was ${ended}` };
    });
    parts.push({ part, ...came });
    setCurrentDetails(parts.map(inWords).join('\n'));
    return came.result === 'done';
  };

  const fresh = await take('data', async () => done(`snapshot ${await freshData(moment)}`));
  let champion: number | null = null;
  await take('training', async () => {
    if (!fresh) return skipped;
    const came = await train(pipeline.name, asOf, automation);
    if (came.outcome?.result === 'promoted') champion = came.outcome.version;
    return trained(came);
  });
  // A new champion began to serve after `asOf`, and it was trained for this batch.
  const batch = { ...moment, ...(champion !== null && { version: champion }) };
  await take('prediction', async () => (fresh ? predicted(await subLoop('prediction', batch)) : skipped));
  await take('monitoring', async () => monitored(await subLoop('monitoring', moment)));
  return { asOf, parts };
}

/** Through the retraining loop, so there is never a second training at the same time. */
async function train(pipeline: string, asOf: Instant, automation: LoopInput['automation']): Promise<Trained> {
  const request = await askOnSchedule({
    pipeline,
    asOf,
    ...(isBackfilled() && { backfilled: true }),
    ...(automation && { automation }),
  });
  return awaitTraining({ pipeline, request, asOf });
}

function trained({ outcome, why }: Trained): Came {
  if (!outcome) return { result: 'waiting', detail: why };
  if (outcome.result === 'cancelled') return { result: 'cancelled', detail: outcome.reason };
  const version = outcome.version === null ? '' : `${versionName(outcome.version)} `;
  const detail = `${version}${outcome.result}: ${outcome.reason}`;
  return outcome.result === 'failed' ? { result: 'failed', detail } : done(detail);
}

const predicted = ({ batch, version, rows, note }: PredictionResult): Came =>
  done(version === null ? (note ?? '') : `batch ${batch} of ${rows} rows by ${versionName(version)}`);

const monitored = ({ verdict, level }: MonitoringResult): Came =>
  done(verdict === null ? 'no champion yet' : `${level} (verdict ${verdict})`);

const inWords = ({ part, result, detail }: LifecyclePart): string => `- ${part} ${result}: ${detail}`;
