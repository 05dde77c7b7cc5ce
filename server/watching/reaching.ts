import { declaredTargets, installedTargets, lackingOf, type Reach, type Reaches } from '../../core/alerts/reach.ts';
import { INSTALLATION_COOLDOWN, type Alerts } from '../../core/alerts/alerts.ts';
import { isUndelivered, undeliveredAlert, undeliveredFingerprint } from '../../core/alerts/rules/undelivered-alert.ts';
import { type InstalledManners } from '../../core/alerts/installed.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Target } from '../../core/channels/index.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, SECOND } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';
import { createConditions } from './conditions.ts';
import { createDeclared } from './deliveries.ts';
import { createTurns } from './turns.ts';

const EVERY = 30 * SECOND;

export interface ReachingParts {
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  always: Target[];
  installed?: InstalledManners | undefined;
  reaches: Pick<Reaches, 'report' | 'failing'>;
  alerts: Pick<Alerts, 'raise' | 'resolve' | 'open'>;
  clock: Clock;
  /** What this server lacks to reach a recipient; null: nothing. */
  lacks: (target: Target) => string | null;
  /** Whether this server has a mail server. */
  mail: boolean;
  replica: string;
  log: Log;
  everyMs?: number;
}

/**
 * Says again and again which recipients of alerts this server cannot reach, since only it knows what is set here, and
 * raises an alert about those whom messages have not reached for some time.
 */
export function createReaching(parts: ReachingParts) {
  const { pipelines, always, installed = {}, reaches, lacks, mail, replica, log, everyMs = EVERY } = parts;
  const declared = createDeclared(pipelines);
  const conditions = createConditions({ ...parts, by: 'the watchdog' });
  let complaint = '';

  async function reach(): Promise<Reach> {
    const named = [{ pipeline: null as string | null, targets: installedTargets(always, installed) }];
    for (const ref of await pipelines.list()) {
      // One that cannot be read hides no other; its alerts go to the installation.
      const notifications = await declared(ref).catch(() => null);
      if (notifications) named.push({ pipeline: ref.name, targets: declaredTargets(notifications) });
    }
    return { server: replica, mail, always: [...named[0]!.targets], lacks: lackingOf(named, lacks) };
  }

  /** Those whom messages still reach are told of the others. */
  async function lookAtFailing(): Promise<void> {
    const failing = await reaches.failing();
    const whose = new Set(failing.flatMap(({ pipelines: names }) => (names.length === 0 ? [null] : names)));
    for (const pipeline of whose) {
      const its = failing.filter(({ pipelines: names }) => (pipeline === null ? names.length === 0 : names.includes(pipeline))); // prettier-ignore
      await conditions.bad(undeliveredAlert(pipeline, its, instant(parts.clock.now())), INSTALLATION_COOLDOWN);
    }
    const bad = new Set([...whose].map(undeliveredFingerprint));
    for (const fingerprint of await parts.alerts.open())
      if (isUndelivered(fingerprint) && !bad.has(fingerprint))
        await conditions.good(fingerprint, 'no message waits any more because its recipient cannot be reached');
  }

  async function look(): Promise<void> {
    try {
      await reaches.report(await reach());
      conditions.refresh();
      await lookAtFailing();
      complaint = '';
    } catch (error) {
      if (messageOf(error) !== complaint) log.warn(`cannot say whom alerts reach: ${messageOf(error)}`);
      complaint = messageOf(error);
    }
  }

  const turns = createTurns(look, everyMs, { ms: SECOND, for: 'the last word on whom alerts reach' });
  return {
    look,
    start(): void {
      void look().finally(() => turns.start());
    },
    stop: () => turns.stop(),
  };
}
