import { UserError } from '../core/base/errors/errors.ts';
import { shown } from '../core/base/errors/shown.ts';
import { featuresOf } from '../core/columns/index.ts';
import { bringOnnx } from '../core/brought/bring.ts';
import { modelKey } from '../core/data/objects/object-keys.ts';
import type { ObjectStore } from '../core/data/objects/objects.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import type { RetrainRequest } from '../core/training/retraining/retraining.ts';
import type { RetrainingLedger } from '../core/training/retraining/retraining-ledger.ts';
import type { RetrainingLoop } from '../core/training/retraining/retraining-loop.ts';
import { acts } from './door.ts';
import { momentAsked } from './moment.ts';
import { untold } from './retrain.ts';
import { createHash, randomUUID } from 'node:crypto';

export interface ModelBringingPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  ledger: Pick<RetrainingLedger, 'recordRequest'>;
  loop: Pick<RetrainingLoop, 'ask'>;
  runs: Pick<Runs, 'requireWorker'>;
  store: Pick<ObjectStore, 'put'>;
  sharedClock: SharedClock;
}

interface Brought {
  pipeline: string;
  /** The file's name, for people. */
  file: string;
  bytes: Uint8Array;
  /** The columns of a file that takes all of them as one input, in their order. */
  named?: string[] | undefined;
  reason: string;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Brings a model from elsewhere: it becomes one of ours at once, or an error says why not. The retraining loop then
 * judges it in a cycle of its own, as it judges what it trains.
 */
export const createModelBringing = (ports: ModelBringingPorts) => {
  const { pipelines, ledger, loop, runs, store, sharedClock } = ports;
  return {
    bring: acts(
      ({ actor, record }) =>
        async ({ pipeline, file, bytes, named, reason }: Brought): Promise<RetrainRequest> => {
          const { columns, label } = await pipelines.declaration(await pipelines.applied(pipeline));
          const { kind, classes } = label;
          const model = bringOnnx(bytes, { file, columns: featuresOf(columns), label: kind, classes, named });
          await runs.requireWorker();
          const text = new TextEncoder().encode(JSON.stringify(model));
          const sha256 = hashOf(text);
          const objectKey = modelKey(pipeline, sha256);
          await store.put(objectKey, text);
          const request: RetrainRequest = {
            id: `person/${randomUUID()}`,
            pipeline,
            reason: 'person',
            asOf: await momentAsked(sharedClock),
            detail: shown(`${file} brought: ${reason} (${actor.name})`),
            driftSince: null,
            brought: { objectKey, sha256, file, fileSha256: hashOf(bytes) },
          };
          await ledger.recordRequest(request);
          const { fileSha256 } = request.brought!;
          await record({ action: 'bring', pipeline, details: { request: request.id, file, fileSha256, reason } });
          try {
            await loop.ask(request);
          } catch (error) {
            throw error instanceof UserError ? untold(request, error) : error;
          }
          return request;
        },
    ),
  };
};
