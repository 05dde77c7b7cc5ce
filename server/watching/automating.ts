import { operator } from '../../core/access/actor.ts';
import { act, type Hands } from '../../core/automations/actions/index.ts';
import { causedBy, type AutomationLedger } from '../../core/automations/automations.ts';
import { cooldownOf, type Automation } from '../../core/automations/declared.ts';
import { eventInWords, matches, type Occurred } from '../../core/automations/events/index.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { inParallel } from '../../core/base/in-parallel.ts';
import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Clock } from '../../core/time/clock.ts';
import { before, HOUR, instant, MINUTE, SECOND } from '../../core/time/time.ts';
import { within } from '../../core/time/time-limit.ts';
import { type Door } from '../../operations/index.ts';
import { type Log } from '../shipping/spool.ts';
import { createTurns, type Turns } from './turns.ts';

export interface AutomatingParts {
  ledger: AutomationLedger;
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  operations: Pick<Door, 'as'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
  everyMs?: number;
}

export interface Automating extends Turns {
  /** Looks once at what happened, and acts on it. Rejects when the database does not answer. */
  round(): Promise<void>;
}

const AT_ONCE = 100;
/** Predictions need the server's connections too. */
const READ_AT_ONCE = 4;
/** What an action asks for waits at most so long. */
const LONGEST_ACTION = 30 * SECOND;
const UNKNOWN = 'its outcome is unknown, since the server stopped or lost its database while it acted';

/**
 * Lets declared automations act on what happened, each once for an event: it takes the event before it acts, so an action
 * whose outcome is lost with the server is not repeated, but told of.
 */
export function createAutomating(parts: AutomatingParts): Automating {
  const { ledger, pipelines, operations, clock, log, everyMs = 5 * SECOND } = parts;
  /** Without those of a declaration that this release cannot read: null. */
  const declared = new Map<string, { revision: string; automations: readonly Automation[] | null }>();
  let complaint = '';
  let pruneAt = Date.now() + HOUR;
  let lookForLostAt = 0;

  /** Reads again what was applied since the last look. */
  async function readDeclarations(): Promise<void> {
    const changed = (await pipelines.list()).filter(({ name, revision }) => declared.get(name)?.revision !== revision);
    await inParallel(READ_AT_ONCE, changed, async (ref) => {
      const automations = await automationsOf(ref);
      declared.set(ref.name, { revision: ref.revision, automations });
    });
  }

  async function automationsOf(ref: PipelineRef): Promise<readonly Automation[] | null> {
    try {
      return (await pipelines.declaration(ref)).automations ?? [];
    } catch (error) {
      // One that this release cannot read must not stop the others.
      if (error instanceof UserError && error.code === 'PIPELINE_INVALID') return null;
      throw error;
    }
  }

  function handsOf(automation: string, event: Occurred) {
    const { pipeline, id } = event;
    const asked = operations.as(operator(`automation ${automation}`, 'automation'));
    const notice = { pipeline, automation, occasion: `event/${id}` };
    const soon = <T>(what: Promise<T>): Promise<T> => within(LONGEST_ACTION, `the automation ${automation}`, what);
    // Each by itself: what took its time is told of all the same.
    const hands: Hands = {
      pipeline,
      automation,
      run: (loop, why) => soon(asked.run.start(loop, pipeline, undefined, why)),
      pause: (loop, reason) => soon(asked.schedules.pause({ pipeline, reason, ...(loop !== undefined && { loop }) })),
      rollBack: async (reason) => (await soon(asked.models.rollBack({ pipeline, reason }))).champion,
      notify: (told) => soon(asked.automations.notify({ ...notice, each: true, ...told })),
    };
    const complain = (summary: string, why: string): Promise<void> => {
      const detail =
        `It was to act since ${eventInWords(event)}: ${why}\nIt does not try again for this. ` +
        `What it did and would do: perennial automations test ${pipeline}`;
      return asked.automations.notify({ ...notice, severity: 'warning', summary, detail });
    };
    return { hands, complain };
  }

  async function actOn(event: Occurred, automation: Automation): Promise<void> {
    const at = instant(clock.now());
    const which = { pipeline: event.pipeline, automation: automation.name, event: event.id };
    const taken = await ledger.take({
      ...which,
      at,
      since: before(at, cooldownOf(automation)),
      caused: causedBy(automation, event),
    });
    if (taken !== 'taken') return;
    const { hands, complain } = handsOf(automation.name, event);
    const why = eventInWords(event);
    let says: string;
    try {
      says = await act(automation.do, hands, why);
    } catch (error) {
      // First: a server that dies in between leaves what is lost, which another tells.
      await complain(`the automation ${automation.name} failed`, messageOf(error));
      return ledger.end({ ...which, state: 'failed', says: messageOf(error) });
    }
    await ledger.end({ ...which, state: 'done', says });
    log.info({ ...which }, `automation ${automation.name} of ${event.pipeline}: ${says}, since ${why}`);
  }

  /** People are told of what was lost before it ends: a server that dies here leaves it to the next, which tells the same. */
  async function endLost(names: readonly string[]): Promise<void> {
    for (const { automation, event } of await ledger.lost(names)) {
      await handsOf(automation, event).complain(`the automation ${automation} may have failed`, UNKNOWN);
      await ledger.end({ pipeline: event.pipeline, automation, event: event.id, state: 'failed', says: UNKNOWN });
    }
  }

  async function round(): Promise<void> {
    await readDeclarations();
    const names = [...declared].filter(([, { automations }]) => automations?.length).map(([name]) => name);
    const events = await ledger.unseen(names, AT_ONCE);
    for (const event of events) {
      for (const automation of declared.get(event.pipeline)?.automations ?? [])
        if (matches(automation.on, event)) await actOn(event, automation);
      await ledger.seen([event.id]);
    }
    if (Date.now() >= lookForLostAt) {
      // Also of what is no longer declared: people are told of it all the same.
      await endLost([...declared].filter(([, { automations }]) => automations !== null).map(([name]) => name));
      lookForLostAt = Date.now() + MINUTE;
    }
    if (Date.now() < pruneAt) return;
    pruneAt = Date.now() + HOUR;
    await ledger.prune();
  }

  const roundOrComplaint = (): Promise<void> =>
    round().then(
      () => void (complaint = ''),
      (error: unknown) => {
        if (messageOf(error) !== complaint) log.warn(`automations wait: ${messageOf(error)}`);
        complaint = messageOf(error);
      },
    );

  return { round, ...createTurns(roundOrComplaint, everyMs, { ms: SECOND, for: 'the last automations' }) };
}
