import { after, before, earliest, latest, type Instant } from '../time/time.ts';
import { cooldownOf, USUAL_COOLDOWN, type Automation } from './declared.ts';
import { actionInWords } from './actions/index.ts';
import { eventInWords, matches, type Occurred } from './events/index.ts';

/** taken: it is under way, or was when its server died. cooling: it had acted shortly before. */
export type RunState = 'taken' | 'done' | 'failed' | 'cooling';

export interface AutomationRun {
  automation: string;
  event: number;
  at: Instant;
  state: RunState;
  says: string;
}

/** What happened, and what automations did about it. */
export interface AutomationLedger {
  /** Events that no look has seen, the oldest first, of these pipelines; those of others count as seen. */
  unseen(pipelines: readonly string[], limit: number): Promise<Occurred[]>;
  seen(events: readonly number[]): Promise<void>;
  /** The newest of a pipeline, the oldest first. */
  latest(pipeline: string, limit: number): Promise<Occurred[]>;
  /**
   * Takes an event for an automation, once: known when it was taken before, cooling when the automation acted since then, or
   * when it may have caused the event, which is noted.
   */
  take(
    run: Pick<AutomationRun, 'automation' | 'event' | 'at'> & {
      pipeline: string;
      since: Instant;
      caused: { from: Instant; to: Instant };
    },
  ): Promise<'taken' | 'cooling' | 'known'>;
  end(run: Pick<AutomationRun, 'automation' | 'event' | 'state' | 'says'> & { pipeline: string }): Promise<void>;
  /** What automations of these pipelines took, and nobody said for minutes how it ended: longer than an action may take. */
  lost(pipelines: readonly string[]): Promise<{ automation: string; event: Occurred }[]>;
  runs(pipeline: string, events: readonly number[]): Promise<AutomationRun[]>;
  /** Forgets events of more than a month ago, with what was done about them. */
  prune(): Promise<void>;
}

/**
 * When an automation that caused an event acted: shortly before the run began that the event tells of, whose time the event
 * has. A run may take longer than the cooldown. Clocks of two machines differ a little.
 */
export function causedBy(automation: Automation, { at }: Pick<Occurred, 'at'>): { from: Instant; to: Instant } {
  const longest = earliest(before(at, cooldownOf(automation)), before(at, '1 minute'));
  return { from: latest(longest, before(at, USUAL_COOLDOWN)), to: after(at, '1 minute') };
}

/** What an automation would do about an event, and did. */
export interface Tried {
  at: Instant;
  event: string;
  automation: string;
  action: string;
  /** It would do nothing, since it would have acted shortly before. */
  cools: boolean;
  /** It would do nothing, since what it did may have caused the event. */
  caused: boolean;
  /** null: it was not declared then, or has not looked yet. */
  did: Pick<AutomationRun, 'at' | 'state' | 'says'> | null;
}

/** What automations would do about events that happened; one that none means is left out. */
export function tryOut(
  automations: readonly Automation[],
  events: readonly Occurred[],
  runs: readonly AutomationRun[],
): Tried[] {
  const acted = new Map<string, Instant[]>();
  return events.flatMap((event) =>
    automations
      .filter(({ on }) => matches(on, event))
      .map((automation): Tried => {
        const did = runs.find((run) => run.event === event.id && run.automation === automation.name);
        // As it is decided when it happens: by when it acted. An event of a run has the time at which that began.
        const at = did?.at ?? event.at;
        const earlier = acted.get(automation.name) ?? [];
        const [since, { from, to }] = [before(at, cooldownOf(automation)), causedBy(automation, event)];
        const cools = earlier.some((act) => act > since);
        const caused = earlier.some((act) => from <= act && act <= to);
        if (!cools && !caused) acted.set(automation.name, [...earlier, at]);
        return {
          at: event.at,
          event: eventInWords(event),
          automation: automation.name,
          action: actionInWords(automation.do),
          cools,
          caused,
          did: did ? { at: did.at, state: did.state, says: did.says } : null,
        };
      }),
  );
}
