import { UserError } from '../../../core/base/errors/errors.ts';
import { loops, versionName } from '../../../core/base/ids.ts';
import { atStep } from '../../../core/rollout/steps/step-words.ts';
import type { RunState } from '../../../core/runs/runs.ts';
import { leaksInWords } from '../../../core/training/leaks.ts';
import { ASKED_BY_HAND } from '../../../core/training/retraining/asked.ts';
import { reopensAt } from '../../../core/training/retraining/retraining.ts';
import { scheduledLoops, type ScheduledLoop } from '../../../core/runs/schedules.ts';
import type { Instant } from '../../../core/time/time.ts';
import { command, type Context } from '../../command.ts';
import { momentOption } from '../../moment.ts';
import { columns } from '../../words.ts';
import { Option } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';

interface RunOptions {
  asOf?: Instant;
  wait: boolean;
  force?: true;
}

const LOOK_EVERY = 500;

type Momentary = Exclude<ScheduledLoop, 'retraining'>;
const isScheduled = (loop: string): loop is Momentary =>
  loop !== 'retraining' && (scheduledLoops as readonly string[]).includes(loop);

const isLoop = (word: string): boolean => (loops as readonly string[]).includes(word);

export const run = command<RunOptions>({
  arguments: '<pipeline> <loop>',
  summary: 'Run a loop once and wait for it to finish',
  description: `Run a loop once (${loops.join(', ')}) and wait for it to finish`,
  example: 'fraud data --as-of 2026-01-19T02:00Z',
  options: [
    momentOption('--as-of <time>', 'the time to run it for (default: now)'),
    new Option('--no-wait', 'return as soon as it starts'),
    new Option('--force', 'for training: train even if nothing has changed since the last one'),
  ],
  async run(given, options, context) {
    const [pipeline, loop] = inOrder(given, context);
    if (loop === 'training') return runTraining(pipeline, options, context);
    if (options.force) throw new UserError('REQUEST_INVALID', '--force is for training only. Leave it out.');
    if (!isScheduled(loop))
      throw new UserError('REQUEST_INVALID', `There is no loop "${loop}". Loops are: ${loops.join(', ')}`);
    const { run } = context.operations;
    const workflowId = await run.start(loop, pipeline, options.asOf);
    context.note(`Running ${workflowId}${context.temporalUi ? `. See it at ${context.temporalUi}` : ''}`);
    if (!options.wait) return context.result({ workflowId }, workflowId);
    await follow(() => run.state(workflowId), context);
    const facts = await run.result(workflowId);
    context.result({ workflowId, result: facts }, describe(facts));
  },
});

/** Until the next release the loop may come first, as it did. */
function inOrder([pipeline = '', loop = '']: string[], { note }: Context): [pipeline: string, loop: string] {
  if (!isLoop(pipeline) || isLoop(loop)) return [pipeline, loop];
  note(`Name the pipeline first, as in all commands: perennial run ${loop} ${pipeline}. The next release asks for it.`);
  return [loop, pipeline];
}

/**
 * A training goes through the retraining loop, which starts at most one at a time; the command waits for its cycle, but
 * not for the steps of a rollout: they last as long as the traffic needs.
 */
async function runTraining(pipeline: string, { asOf, wait, force }: RunOptions, context: Context): Promise<void> {
  const { retraining } = context.operations;
  const request = await retraining.ask({
    pipeline,
    reason: ASKED_BY_HAND,
    ...(asOf && { asOf }),
    ...(force && { force }),
  });
  context.note(`Asked ${pipeline} to retrain`);
  if (!wait) return context.result({ request: request.id }, request.id);
  const note = onceEach(context.note);
  for (; ; await sleep(LOOK_EVERY)) {
    const cycle = await retraining.cycleOf(request);
    if (cycle) note(`Cycle ${cycle.id} is training`);
    await context.operations.run.ready(); // throws when no worker is left to do it
    const again = cycle && reopensAt(cycle);
    if (again) note(`Cycle ${cycle.id} failed: ${cycle.outcome?.reason}. It will be retried at ${again}`);
    const rollout = cycle && !cycle.outcome ? await rolloutOf(cycle.id, pipeline, context) : {};
    if (rollout.steps) {
      await noteLeaks(rollout.version, pipeline, context);
      return context.result(cycle, rollout.steps);
    }
    if (rollout.waits) note(rollout.waits);
    if (!cycle?.outcome || again) continue;
    if (cycle.outcome.result === 'failed')
      throw new UserError('RUN_FAILED', `Cycle ${cycle.id} failed: ${cycle.outcome.reason}`);
    if (cycle.outcome.result === 'cancelled')
      throw new UserError('RUN_FAILED', `Cycle ${cycle.id} has ended: ${cycle.outcome.reason}`);
    await noteLeaks(cycle.outcome.version, pipeline, context);
    const version = cycle.outcome.version === null ? '' : ` v${cycle.outcome.version}`;
    return context.result(cycle, `${cycle.id}:${version} ${cycle.outcome.result}: ${cycle.outcome.reason}`);
  }
}

/** What the version's training data gave away: its metrics may promise too much. */
async function noteLeaks(version: number | null | undefined, pipeline: string, context: Context): Promise<void> {
  const versions = version == null ? [] : await context.operations.models.list(pipeline);
  const leaks = versions.find((each) => each.version === version)?.leaks;
  for (const leak of leaks ? leaksInWords(leaks) : []) context.note(`Leak: ${leak}`);
}

/** Says where the rollout of a cycle's challenger is, once it is in a step, or what it waits for. */
async function rolloutOf(
  cycle: string,
  pipeline: string,
  { operations: { rollouts } }: Context,
): Promise<{ steps?: string; waits?: string; version?: number }> {
  const [newest, ...others] = await rollouts.list(pipeline);
  if (newest?.cycle !== cycle) return {};
  const { version, steps, step, waitsFor } = await rollouts.show({ pipeline, id: newest.id });
  const passed = `${cycle}: passed its gate; `;
  if (step) {
    const name = versionName(version);
    const at = steps
      ? `${atStep(name, steps[step.at]!)}, step ${step.at + 1} of ${steps.length + 1}`
      : `${name} in step ${step.at + 1}`;
    return { version, steps: `${passed}${at}. Watch it with: perennial rollouts show ${pipeline}` };
  }
  if (waitsFor === null) return {};
  const earlier = others.find(({ id }) => id === waitsFor);
  const what = earlier ? `the rollout of ${versionName(earlier.version)}` : `experiment ${waitsFor}`;
  const watch = earlier
    ? `perennial rollouts show ${pipeline} --id ${waitsFor}`
    : `perennial experiments status ${pipeline}`;
  return { waits: `${passed}${versionName(version)} waits until ${what} has ended. Watch that with: ${watch}` };
}

/** Reports steps that are retried while the run continues. */
async function follow(look: () => Promise<RunState>, context: Context): Promise<void> {
  const note = onceEach(context.note);
  for (let state = await look(); state.status === 'running'; state = await look()) {
    for (const { name, attempt, lastError } of state.steps)
      if (lastError !== null) note(`${name}, attempt ${attempt}: ${lastError}`);
    await sleep(LOOK_EVERY);
  }
}

function onceEach(note: (words: string) => void): (words: string) => void {
  const told = new Set<string>();
  return (words) => {
    if (!told.has(words)) note(words);
    told.add(words);
  };
}

/** One line a fact that there is; what is a list of facts, a table. */
const describe = (facts: unknown): string =>
  Object.entries(facts as Record<string, unknown>)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}:${isTable(value) ? `\n${columns(value.map(cells))}` : ` ${inWords(value)}`}`)
    .join('\n');
const inWords = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const isTable = (value: unknown): value is object[] => Array.isArray(value) && typeof value[0] === 'object';
const cells = (row: object): string[] => ['', ...Object.values(row).map(inWords)];
