import { type RolloutOutcome } from '../core/rollout/rollouts.ts';
import { type Opened } from '../activities/rollout/rollout.ts';
import { versionName } from '../core/base/ids.ts';
import { openDesk, verbOf } from './steps/approval.ts';
import { failed, rootMessage, rootType } from './run/failures.ts';
import { attributes, orderRollout, type RolloutInput } from './messages.ts';
import { orders } from '../core/rollout/steps/decide.ts';
import { stepName } from '../core/rollout/steps/step-words.ts';
import {
  awaitTurn,
  confirmVersion,
  endRollout,
  giveOrder,
  openRollout,
  promoteVersion,
  takeStep,
} from './steps/steps.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<RolloutOutcome, 'endedAt'>;
type Desk = ReturnType<typeof openDesk>;
/** A turn or a step is over: what follows belongs to a run of its own, so that no history grows with a rollout. */
const CONTINUES = 'it continues';
/** At most a day of hourly ones, so that no history grows with a confirmation. */
const LOOKS_IN_A_RUN = 24;

/** Gives a registered version traffic, step by step as its declaration says, and reports the outcome. */
export async function rollout(input: RolloutInput): Promise<Outcome> {
  const { pipeline, rollout: id, reopened } = input;
  const desk = openDesk(id);
  openOrders(id);
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'rollout' },
  ]);
  // A cancellation must not prevent storing what has happened.
  const end = (outcome: Outcome, cancelled = false): Promise<void> =>
    CancellationScope.nonCancellable(async () => {
      await endRollout({ rollout: id, reopened, outcome, ...(cancelled && { cancelled }) });
      await condition(allHandlersFinished);
    });
  let opened: Opened;
  let outcome: Outcome | typeof CONTINUES;
  try {
    opened = await openRollout({ rollout: id });
    outcome = await takeToTraffic(input, opened, desk);
    if (outcome === CONTINUES) await condition(allHandlersFinished);
    else if (!input.confirming) {
      setCurrentDetails(`${outcome.result}: ${outcome.reason}`);
      await end(outcome);
    }
  } catch (error) {
    // However the run ends, the rollout ends too: its cycle waits for it.
    await end(failed(error), isCancellation(error));
    throw error;
  }
  if (outcome === CONTINUES) return continueAsNew<typeof rollout>(input);
  if (outcome.result !== 'promoted' || !opened.confirms) return outcome;
  const confirmed = await confirm(id, opened, outcome);
  return confirmed === CONTINUES ? continueAsNew<typeof rollout>({ ...input, confirming: true }) : confirmed;
}

async function takeToTraffic(
  { pipeline, rollout: id }: RolloutInput,
  opened: Opened,
  desk: Desk,
): Promise<Outcome | typeof CONTINUES> {
  const { version, cycle, ended, waits, steps = [], passed = 0 } = opened;
  const name = versionName(version);
  upsertSearchAttributes([
    { key: attributes.version, value: name },
    ...(cycle === null ? [] : [{ key: attributes.cycle, value: cycle }]),
  ]);
  // A run that was started while the one before it ended repeats nothing.
  if (ended) return ended;
  if (waits) {
    setCurrentDetails(`${name} waits until an earlier rollout has ended`);
    await awaitTurn({ rollout: id, waits });
    return CONTINUES; // its way depends on the champion that it finds then
  }

  const step = steps[passed];
  // A shadow answers nobody, so it needs nobody's approval.
  const allowed = step?.share === 'shadow' ? { reason: opened.reason } : await isAllowed(opened, desk);
  if (allowed.result) return allowed;
  if (!step) return promote({ rollout: id, reason: allowed.reason, ...(opened.confirms && { confirms: true }) }, name);
  setCurrentDetails(stepInMarkdown(pipeline, steps, passed));
  const came = await takeStep.executeWithOptions({ summary: step.words }, [{ rollout: id, step: passed }]);
  return came.result === 'next' ? CONTINUES : came;
}

/**
 * After all traffic labels have the last word, as they mature. Its cycle is closed and nobody waits, so a newer rollout
 * may change the traffic, which ends this.
 */
async function confirm(id: string, opened: Opened, promoted: Outcome): Promise<Outcome | typeof CONTINUES> {
  try {
    return await awaitLabels(id, opened, promoted);
  } catch (error) {
    // However the run ends, nothing scores as a shadow for it any longer.
    const given = `its run ended early: ${rootMessage(error)}`;
    await CancellationScope.nonCancellable(() => confirmVersion({ rollout: id, given }));
    throw error;
  }
}

async function awaitLabels(id: string, { version }: Opened, promoted: Outcome): Promise<Outcome | typeof CONTINUES> {
  const name = versionName(version);
  for (let looks = 0; looks < LOOKS_IN_A_RUN; looks++) {
    const came = await confirmVersion.executeWithOptions({ summary: name }, [{ rollout: id }]);
    if (came.result !== 'waits') {
      setCurrentDetails(`${promoted.result}, then ${came.result}: ${came.reason}`);
      await condition(allHandlersFinished);
      return came.result === 'taken back' ? { result: 'rolled back', reason: came.reason } : promoted;
    }
    setCurrentDetails(`${name} has all traffic. Labels are to confirm it: ${came.reason}`);
    await sleep(came.milliseconds);
  }
  await condition(allHandlersFinished);
  return CONTINUES;
}

/** What the Temporal Web UI shows of a step. */
function stepInMarkdown(pipeline: string, steps: NonNullable<Opened['steps']>, at: number): string {
  const names = [...steps.map(stepName), '100 %'];
  const way = names.map((name, i) => (i < at ? `${name} (done)` : i === at ? `**${name} (now)**` : name));
  const orderNames = orders.map((order) => `\`${order}\``);
  return [
    `**${steps[at]!.words}**: step ${at + 1} of ${names.length}`,
    `Steps: ${way.join(', ')}`,
    `The heartbeat of \`takeStep\` says what it waits for; \`perennial rollouts show ${pipeline}\` shows the numbers.`,
    `To act, in the console or with one of ${orderNames.join(', ')}: \`perennial rollouts hold ${pipeline} --reason "..."\``,
  ].join('\n\n');
}

/** Waits for a person, where the declaration asks for one. */
async function isAllowed(opened: Opened, desk: Desk): Promise<{ reason: string; result?: never } | Outcome> {
  const { version, cycle, approval, reason } = opened;
  if (approval !== 'person') return { reason };
  const { decision, within, superseded } = await desk.waitForDecision((until) =>
    setCurrentDetails(`${versionName(version)} waits until ${until} for somebody to approve it: \`perennial approve\``),
  );
  if (superseded !== undefined) return { result: 'superseded', reason: superseded };
  if (!decision) return { result: 'refused', reason: `nobody approved it within ${within}` };
  const why = `${cycle === null ? 'started by hand' : 'gate'}: ${reason}`;
  const said = `${verbOf(decision)} by ${decision.by}: ${decision.reason} (${why})`;
  return decision.approve ? { reason: said } : { result: 'refused', reason: said };
}

async function promote(wish: { rollout: string; reason: string; confirms?: true }, name: string): Promise<Outcome> {
  const { reason } = wish;
  try {
    // Not cancellable: the traffic may have changed already, and the outcome has to say so.
    await CancellationScope.nonCancellable(() => promoteVersion.executeWithOptions({ summary: name }, [wish]));
    return { result: 'promoted', reason };
  } catch (error) {
    if (rootType(error) !== 'TRAFFIC_SUPERSEDED') throw error;
    return { result: 'superseded', reason: rootMessage(error) };
  }
}

/** Takes people's orders while a step is under way; they count once they are stored. */
function openOrders(rollout: string): void {
  setHandler(orderRollout, (given) => giveOrder({ rollout, ...given }), {
    validator({ order, by, reason }) {
      if (!orders.includes(order)) throw new Error(`There is no order "${order}". Orders are: ${orders.join(', ')}.`);
      if (!by || !reason) throw new Error('Say by whom and why: {"order": "hold", "by": "ada", "reason": "..."}');
    },
  });
}
