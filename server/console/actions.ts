import { UserError } from '../../core/base/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { scheduledLoops } from '../../core/runs/schedules.ts';
import { after } from '../../core/time/time.ts';
import { type Operations } from '../../operations/index.ts';
import * as z from 'zod';

const name = z.string().min(1);
const version = z.coerce.number().int().min(1);
const reason = z.string().trim().min(1, 'say why: it is kept with the change').max(500);
const loop = z.enum(scheduledLoops);

export interface Field {
  name: string;
  label: string;
  choices?: readonly string[];
}
const why: Field = { name: 'reason', label: 'Why (kept with the change)' };

type Given = Record<string, string>;

export interface Action {
  /** The button that does it. */
  verb: string;
  /** What happens then, before it does. */
  words: (given: Given) => string;
  /** What is asked for, besides what the address says. */
  fields: readonly Field[];
  /** Does it, and says what was done. */
  perform: (operations: Operations, given: unknown) => Promise<string>;
}

function action<Shape extends z.ZodType>(
  given: Shape,
  {
    perform,
    ...rest
  }: Omit<Action, 'perform'> & {
    perform: (operations: Operations, given: z.output<Shape>) => Promise<string>;
  },
): Action {
  return {
    ...rest,
    async perform(operations, sent) {
      const parsed = given.safeParse(sent);
      if (parsed.success) return perform(operations, parsed.data);
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the form'}: ${message}`);
      throw new UserError('REQUEST_INVALID', `Nothing was done. ${problems.join('; ')}`);
    },
  };
}

/** What people can do from the console, each through the operation that the command line calls too. */
export const actions: Readonly<Record<string, Action>> = {
  promote: action(z.object({ pipeline: name, version, reason }), {
    verb: 'Promote',
    words: (given) => `v${given['version']} gets all traffic of ${given['pipeline']} at once, whatever its gate said.`,
    fields: [why],
    async perform({ models }, given) {
      const { generation } = await models.promote(given);
      return `${given.pipeline} is served by ${versionName(given.version)} now (generation ${generation}).`;
    },
  }),
  'roll-back': action(z.object({ pipeline: name, version: version.optional(), reason }), {
    verb: 'Roll back',
    words: ({ pipeline, version: to }) =>
      `${to ? versionName(Number(to)) : 'The version that served before'} gets all traffic of ${pipeline} back, at once.`,
    fields: [why],
    async perform({ models }, { pipeline, version: to, reason: said }) {
      const { champion } = await models.rollBack({ pipeline, to, reason: said });
      return `${pipeline} is served by ${versionName(champion)} again.`;
    },
  }),
  retrain: action(z.object({ pipeline: name, reason }), {
    verb: 'Ask for a training',
    words: ({ pipeline }) =>
      `The retraining loop of ${pipeline} trains on the newest data. Its challenger serves when it passes the gate.`,
    fields: [why],
    async perform({ retraining }, given) {
      await retraining.ask(given);
      return `${given.pipeline} was asked to retrain.`;
    },
  }),
  run: action(z.object({ pipeline: name, loop }), {
    verb: 'Run',
    words: ({ pipeline }) => `A loop of ${pipeline} runs once, for now, as its schedule would run it.`,
    fields: [{ name: 'loop', label: 'Loop', choices: scheduledLoops }],
    async perform({ run }, { pipeline, loop: which }) {
      return `${await run.start(which, pipeline)} runs.`;
    },
  }),
  pause: action(z.object({ pipeline: name, loop, reason }), {
    verb: 'Pause',
    words: ({ pipeline, loop: which }) =>
      `The ${which} loop of ${pipeline} does not run by itself until somebody resumes it. What runs already goes on.`,
    fields: [why],
    async perform({ schedules }, given) {
      const loops = await schedules.pause(given);
      return `Paused of ${given.pipeline}: ${loops.join(', ')}.`;
    },
  }),
  resume: action(z.object({ pipeline: name, loop, reason }), {
    verb: 'Resume',
    words: ({ pipeline, loop: which }) => `The ${which} loop of ${pipeline} runs by itself again.`,
    fields: [why],
    async perform({ schedules }, given) {
      const loops = await schedules.resume(given);
      return `Resumed of ${given.pipeline}: ${loops.join(', ')}.`;
    },
  }),
  cancel: action(z.object({ run: name }), {
    verb: 'Cancel the run',
    words: ({ run }) => `${run} is asked to end. It tidies up first.`,
    fields: [],
    async perform({ runs }, { run }) {
      const { status } = await runs.cancel(run);
      return `${run} was asked to end; it is ${status}.`;
    },
  }),
  approve: decision('Approve', true, ({ pipeline, version: of }) => `v${of} of ${pipeline} gets all traffic.`),
  reject: decision(
    'Reject',
    false,
    ({ pipeline, version: of }) => `v${of} of ${pipeline} is archived; the champion stays.`,
  ),
  resolve: action(z.object({ alert: name }), {
    verb: 'Resolve',
    words: () => 'The alert ends. If its cause goes on, the next occurrence opens another.',
    fields: [],
    async perform({ alerts }, { alert }) {
      return `Resolved: ${(await alerts.resolve(alert)).summary}`;
    },
  }),
  silence: action(z.object({ alert: name, hours: z.coerce.number().int().min(1).max(720) }), {
    verb: 'Silence',
    words: () => 'Nobody is told of this alert, nor of those like it, for a while. It stays listed here.',
    fields: [{ name: 'hours', label: 'Hours', choices: ['1', '8', '24', '72'] }],
    async perform({ alerts, overview }, { alert, hours }) {
      const { summary } = await alerts.silence(alert, after(await overview.now(), `${hours} hours`));
      return `Silenced for ${hours} hours: ${summary}`;
    },
  }),
};

function decision(verb: string, approve: boolean, words: Action['words']): Action {
  return action(z.object({ pipeline: name, version, reason }), {
    verb,
    words,
    fields: [why],
    async perform({ approvals }, { pipeline, version: meant, reason: said }) {
      const { outcome } = await approvals.decide({ pipeline, version: meant, approve, reason: said });
      const done = `${versionName(meant)} of ${pipeline} was ${approve ? 'approved' : 'rejected'}`;
      return outcome ? `${done}: ${outcome.result}. ${outcome.reason}` : `${done}; what comes of it is not known yet.`;
    },
  });
}
