import { UserError } from '../core/base/errors/errors.ts';
import { shown } from '../core/base/errors/shown.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import type { Instant } from '../core/time/time.ts';
import { momentAsked } from './moment.ts';
import type { Cycle, RetrainRequest } from '../core/training/retraining/retraining.ts';
import type { RetrainingLedger } from '../core/training/retraining/retraining-ledger.ts';
import type { RetrainingLoop } from '../core/training/retraining/retraining-loop.ts';
import { withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';
import { acts, reads } from './door.ts';
import { allShown, type SaidByGatesPorts } from './said-by-gates.ts';
import { randomUUID } from 'node:crypto';

export interface RetrainPorts extends SaidByGatesPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declared'>;
  ledger: Pick<RetrainingLedger, 'recordRequest' | 'cycles'>;
  loop: Pick<RetrainingLoop, 'ask'>;
  runs: Pick<Runs, 'requireWorker'>;
  sharedClock: SharedClock;
}

/** A person's request for a new model. It goes through the retraining loop, so two trainings never run at once. */
export const createRetrain = ({ pipelines, crowd, ledger, loop, runs, sharedClock }: RetrainPorts) => ({
  ask: acts(({ actor, record }) => async ({ pipeline, reason, asOf, force }: Wish): Promise<RetrainRequest> => {
    await pipelines.applied(pipeline);
    await runs.requireWorker();
    const request: RetrainRequest = {
      id: `person/${randomUUID()}`,
      pipeline,
      reason: 'person',
      asOf: await momentAsked(sharedClock, asOf),
      detail: shown(`${reason} (${actor.name})`),
      driftSince: null,
      ...(force && { force }),
    };
    await ledger.recordRequest(request);
    await record({
      action: 'retrain',
      pipeline,
      details: { request: request.id, asOf: request.asOf, reason, ...(force && { force }) },
    });
    try {
      await loop.ask(request);
    } catch (error) {
      throw error instanceof UserError ? untold(request, error) : error;
    }
    return request;
  }),

  /** The cycle that settles a request, once there is one. */
  cycleOf: reads(async (request: RetrainRequest): Promise<Cycle | null> => {
    const cycles = await ledger.cycles(request.pipeline, 50);
    const its = cycles.filter((cycle) => cycle.requests.includes(request.id)).slice(0, 1);
    const [cycle] = await allShown({ pipelines, crowd }, its, ({ outcome }) => outcome?.version, withOutcomeShown);
    return cycle ?? null;
  }),
});

interface Wish {
  pipeline: string;
  reason: string;
  /** Left out: now. */
  asOf?: Instant;
  /** Though nothing is new since the last training. */
  force?: true;
}

/** Temporal became unreachable between the check of its workers and the message. */
export const untold = ({ pipeline }: RetrainRequest, cause: UserError): UserError =>
  new UserError(
    cause.code,
    `The request is stored, but the retraining loop of ${pipeline} may not have heard of it: ${cause.message} The loop ` +
      'reads all stored requests when fresh data or another request arrives. To see whether this one ' +
      `is waiting or already in training: perennial status ${pipeline}`,
    { cause },
  );
