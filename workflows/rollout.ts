import { type RolloutOutcome } from '../core/rollout/rollouts.ts';
import { type Opened } from '../activities/rollout/rollout.ts';
import { versionName } from '../core/base/ids.ts';
import { openDesk, verbOf } from './approval.ts';
import { failed, rootMessage, rootType } from './failures.ts';
import { attributes, orderRollout, type RolloutInput } from './messages.ts';
import { orders } from '../core/rollout/decide.ts';
import { stepName } from '../core/rollout/step-words.ts';
import { awaitTurn, endRollout, giveOrder, openRollout, promoteVersion, takeStep } from './steps.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<RolloutOutcome, 'endedAt'>;
type Desk = ReturnType<typeof openDesk>;
/** A turn or a step is over: what follows belongs to a run of its own, so that no history grows with a rollout. */
const CONTINUES = 'it continues';

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
  const end = (outcome: Outcome): Promise<void> =>
    CancellationScope.nonCancellable(async () => {
      await endRollout({ rollout: id, reopened, outcome });
      await condition(allHandlersFinished);
    });
  let outcome: Outcome | typeof CONTINUES;
  try {
    outcome = await takeToTraffic(input, desk);
    if (outcome === CONTINUES) await condition(allHandlersFinished);
    else {
      setCurrentDetails(`${outcome.result}: ${outcome.reason}`);
      await end(outcome);
    }
  } catch (error) {
    // However the run ends, the rollout ends too: its cycle waits for it.
    await end(failed(error));
    throw error;
  }
  if (outcome !== CONTINUES) return outcome;
  return continueAsNew<typeof rollout>(input);
}

async function takeToTraffic({ pipeline, rollout: id }: RolloutInput, desk: Desk): Promise<Outcome | typeof CONTINUES> {
  const opened = await openRollout({ rollout: id });
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
  if (!step) return promote(id, name, allowed.reason);
  setCurrentDetails(stepInMarkdown(pipeline, steps, passed));
  const came = await takeStep.executeWithOptions({ summary: step.words }, [{ rollout: id, step: passed }]);
  return came.result === 'next' ? CONTINUES : came;
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

async function promote(id: string, name: string, reason: string): Promise<Outcome> {
  try {
    // Not cancellable: the traffic may have changed already, and the outcome has to say so.
    await CancellationScope.nonCancellable(() =>
      promoteVersion.executeWithOptions({ summary: name }, [{ rollout: id, reason }]),
    );
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
