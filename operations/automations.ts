import type { Alerts, Severity } from '../core/alerts/alerts.ts';
import { noticeFingerprint } from '../core/alerts/occurrence.ts';
import { tryOut, type AutomationLedger, type Tried } from '../core/automations/automations.ts';
import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant } from '../core/time/time.ts';
import { acts, reads } from './door.ts';

export interface AutomationPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  automationLedger: Pick<AutomationLedger, 'latest' | 'runs'>;
  alerts: Pick<Alerts, 'raise'>;
  sharedClock: SharedClock;
}

export interface TriedOut {
  automations: string[];
  /** How many events there were. */
  events: number;
  tried: Tried[];
}

interface Notice {
  pipeline: string;
  automation: string;
  /** What it is about: the same is told once. */
  occasion: string;
  /** An alert of its own, whatever was told shortly before. */
  each?: boolean;
  severity: Severity;
  summary: string;
  detail: string;
}

export const createAutomationOperations = ({ pipelines, automationLedger, alerts, sharedClock }: AutomationPorts) => ({
  /** What the declared automations would have done about the newest events, and what they did. Changes nothing. */
  test: reads(async (name: string, last: number): Promise<TriedOut> => {
    const { automations } = await pipelines.declaration(await pipelines.applied(name));
    if (!automations)
      throw new UserError(
        'REQUEST_INVALID',
        `${name} declares no automations. Add automations: [...] to its declaration, then: perennial apply`,
      );
    const events = await automationLedger.latest(name, last);
    const runs = await automationLedger.runs(
      name,
      events.map(({ id }) => id),
    );
    return {
      automations: automations.map((automation) => automation.name),
      events: events.length,
      tried: tryOut(automations, events, runs),
    };
  }),

  /** Tells the people of a pipeline what one of its automations has to say. */
  notify: acts(({ record }) => async (notice: Notice): Promise<void> => {
    const { pipeline, automation, occasion, each = false, severity, summary, detail } = notice;
    const { notifications } = await pipelines.declaration(await pipelines.applied(pipeline));
    const at = instant((await sharedClock.read()).now());
    const fingerprint = noticeFingerprint(pipeline, automation, each ? occasion : null);
    const told = { severity, summary: `${pipeline}: ${summary}`, detail, at };
    await alerts.raise({ fingerprint, kind: 'automation', pipeline, occasion, ...told }, notifications.cooldown);
    await record({ action: 'notify', pipeline, details: { automation, severity, summary } });
  }),
});
