import { versionName } from '../core/base/ids.ts';
import { versionIn } from '../core/training/versions/version-names.ts';
import type { OrderName } from '../core/rollout/steps/decide.ts';
import { scheduledLoops } from '../core/runs/schedules.ts';
import { action, called, type Action, type Field } from './action.ts';
import { aboutAlerts } from './alert-actions.ts';
import { naming } from './naming-actions.ts';
import * as z from 'zod';

const name = z.string().min(1);
/** v3, 3 or an alias. */
const version = z.coerce.string().min(1);
const reason = z.string().trim().min(1, 'give a reason; it is kept with the change').max(500);
const loop = z.enum(scheduledLoops);

const evenSame = ['end at once', 'train anyway'] as const;

const why: Field = { name: 'reason', label: 'Reason (kept with the change)' };

/** The console's actions, each through the operation that the command line also calls. */
export const actions: Readonly<Record<string, Action>> = {
  promote: action(z.object({ pipeline: name, version, reason }), {
    verb: 'Promote',
    words: (given) =>
      `Gives ${called(given['version'])} all traffic of ${given['pipeline']} immediately, whatever its gate said.`,
    fields: [why],
    async perform({ models }, given) {
      const meant = await versionIn(given.version, given.pipeline, models);
      const { generation } = await models.promote({ ...given, version: meant });
      return `${versionName(meant)} now serves ${given.pipeline} (generation ${generation}).`;
    },
  }),
  'roll-back': action(z.object({ pipeline: name, version: version.optional(), reason }), {
    verb: 'Roll back',
    words: ({ pipeline, version: to }) =>
      `Gives all traffic of ${pipeline} back to ${to ? called(to) : 'the previous version'} immediately.`,
    fields: [why],
    async perform({ models }, { pipeline, version: to, reason: said }) {
      const meant = to === undefined ? undefined : await versionIn(to, pipeline, models);
      const { champion } = await models.rollBack({ pipeline, to: meant, reason: said });
      return `${versionName(champion)} serves ${pipeline} again.`;
    },
  }),
  ...naming,
  retrain: action(z.object({ pipeline: name, reason, even: z.enum(evenSame).default(evenSame[0]) }), {
    verb: 'Retrain',
    words: ({ pipeline }) => `Trains ${pipeline} on the newest data. The challenger serves if it passes the gate.`,
    fields: [why, { name: 'even', label: 'If nothing is new since the last training', choices: evenSame }],
    async perform({ retraining }, { even, ...given }) {
      await retraining.ask({ ...given, ...(even === evenSame[1] && { force: true as const }) });
      return `Asked ${given.pipeline} to retrain.`;
    },
  }),
  run: action(z.object({ pipeline: name, loop }), {
    verb: 'Run',
    words: ({ pipeline }) => `Runs one loop of ${pipeline} once, now, as its schedule would.`,
    fields: [{ name: 'loop', label: 'Loop', choices: scheduledLoops }],
    async perform({ run }, { pipeline, loop: which }) {
      return `${await run.start(which, pipeline)} runs.`;
    },
  }),
  pause: action(z.object({ pipeline: name, loop, reason }), {
    verb: 'Pause',
    words: ({ pipeline, loop: which }) =>
      `Stops scheduled runs of the ${which} loop of ${pipeline} until somebody resumes it. Current runs continue.`,
    fields: [why],
    async perform({ schedules }, given) {
      const loops = await schedules.pause(given);
      return `Paused ${given.pipeline}: ${loops.join(', ')}.`;
    },
  }),
  resume: action(z.object({ pipeline: name, loop, reason }), {
    verb: 'Resume',
    words: ({ pipeline, loop: which }) => `Resumes the schedule of the ${which} loop of ${pipeline}.`,
    fields: [why],
    async perform({ schedules }, given) {
      const loops = await schedules.resume(given);
      return `Resumed ${given.pipeline}: ${loops.join(', ')}.`;
    },
  }),
  cancel: action(z.object({ run: name }), {
    verb: 'Cancel the run',
    words: ({ run }) => `Asks ${run} to stop. It cleans up first.`,
    fields: [],
    async perform({ runs }, { run }) {
      const { status } = await runs.cancel(run);
      return `Asked ${run} to stop; it is ${status}.`;
    },
  }),
  approve: decision('Approve', true, ({ pipeline, version: of }) => `Gives ${called(of)} all traffic of ${pipeline}.`),
  reject: decision(
    'Reject',
    false,
    ({ pipeline, version: of }) => `Archives ${called(of)} of ${pipeline}; the champion stays.`,
  ),
  hold: order('hold', {
    verb: 'Hold',
    does: 'Keeps it in its step until somebody lets it continue. If it is worse than allowed, it is rolled back all the same.',
    done: 'Holding',
  }),
  continue: order('continue', {
    verb: 'Continue',
    does: 'Lets it take its next step as soon as the evidence allows.',
    done: 'Continuing with',
  }),
  skip: order('skip', {
    verb: 'Skip',
    does: 'Takes it to its next step now, without the rest of the evidence, unless it is proven worse than allowed.',
    done: 'Skipped a step of',
  }),
  abort: order('abort', {
    verb: 'Abort',
    does: 'Ends it: the champion gets all traffic back within seconds.',
    done: 'Aborted the rollout of',
  }),
  'stop-experiment': action(z.object({ pipeline: name, experiment: name, reason }), {
    verb: 'Stop',
    words: ({ pipeline, experiment }) =>
      `Ends experiment ${experiment}: the champion of ${pipeline} gets all traffic, and what is known is kept.`,
    fields: [why],
    async perform({ experiments }, given) {
      const { id, obeyed } = await experiments.stop(given);
      return obeyed ? `Stopped ${id}.` : `Stored for ${id}, but no worker runs it now; it ends when one does.`;
    },
  }),
  ...aboutAlerts,
};

function decision(verb: string, approve: boolean, words: Action['words']): Action {
  return action(z.object({ pipeline: name, version, reason }), {
    verb,
    words,
    fields: [why],
    async perform({ approvals, models }, { pipeline, version: of, reason: said }) {
      const meant = await versionIn(of, pipeline, models);
      const { outcome } = await approvals.decide({ pipeline, version: meant, approve, reason: said });
      const done = `${versionName(meant)} of ${pipeline} was ${approve ? 'approved' : 'rejected'}`;
      return outcome ? `${done}: ${outcome.result}. ${outcome.reason}` : `${done}; the outcome is not known yet.`;
    },
  });
}

/** Tells the rollout that was shown what to do, and with `step` only in that step. */
function order(what: OrderName, { verb, does, done }: { verb: string; does: string; done: string }): Action {
  const step = z.coerce.number().int().min(0).optional();
  return action(z.object({ pipeline: name, rollout: name.optional(), step, reason }), {
    verb,
    words: ({ pipeline, version: of }) =>
      `${of ? `The rollout of ${called(of)}` : 'The rollout'} of ${pipeline}. ${does}`,
    fields: [why],
    async perform({ rollouts }, given) {
      const { version: of, obeyed } = await rollouts.order({ ...given, order: what });
      const named = `${versionName(of)} of ${given.pipeline}`;
      return obeyed
        ? `${done} ${named}.`
        : `Stored for ${named}, but no worker runs its step now; it obeys when one does.`;
    },
  });
}
