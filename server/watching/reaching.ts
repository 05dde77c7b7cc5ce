import {
  declaredTargets,
  failingByOwner,
  includes,
  installedTargets,
  lackingOf,
  type Named,
  type Reaches,
} from '../../core/alerts/reach.ts';
import { INSTALLATION_COOLDOWN, type Alerts } from '../../core/alerts/alerts.ts';
import { isOfAny, serverOf } from '../../core/alerts/of-servers.ts';
import { isUndelivered, undeliveredAlert, undeliveredFingerprint } from '../../core/alerts/rules/undelivered-alert.ts';
import { type InstalledManners } from '../../core/alerts/installed.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Target } from '../../core/channels/index.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';
import { createConditions } from './conditions.ts';
import { createDeclared } from './deliveries.ts';
import { createTurns } from './turns.ts';

const EVERY = 30 * SECOND;
/** After an outage of the database all servers have been silent: by then those that are there have spoken. */
const LOOKS_FIRST = 10;
/** So is it after a pause, as when the machines slept. */
const LONGEST_PAUSE = 5 * MINUTE;

export interface ReachingParts {
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  always: Target[];
  installed?: InstalledManners | undefined;
  reaches: Pick<Reaches, 'report' | 'heard' | 'failing'>;
  alerts: Pick<Alerts, 'raise' | 'resolve' | 'open'>;
  clock: Clock;
  /** What this server lacks to reach a recipient; null: nothing. */
  lacks: (target: Target) => string | null;
  /** Whether this server has a mail server. */
  mail: boolean;
  replica: string;
  log: Log;
  everyMs?: number;
  now?: () => number;
}

/**
 * Says again and again which recipients of alerts this server cannot reach, since only it knows what is set here, and
 * raises an alert about those whom messages have not reached for some time.
 */
export function createReaching(parts: ReachingParts) {
  const { pipelines, installed = {}, reaches, lacks, mail, replica, log, everyMs = EVERY, now = Date.now } = parts;
  const declared = createDeclared(pipelines);
  const conditions = createConditions({ ...parts, by: 'the watchdog' });
  let complaint = '';
  /** How many in a row were complete. */
  let looks = 0;
  let looked = now();

  async function names(): Promise<Named[]> {
    const named: Named[] = [{ pipeline: null, targets: installedTargets(parts.always, installed) }];
    for (const ref of await pipelines.list()) {
      // One that cannot be read hides no other; its alerts go to the installation.
      const notifications = await declared(ref).catch(() => null);
      if (notifications) named.push({ pipeline: ref.name, targets: declaredTargets(notifications) });
    }
    return named;
  }

  /** Those whom messages still reach are told of the others. */
  async function lookAtFailing(named: readonly Named[]): Promise<void> {
    // What was given up says nothing of one whom nobody names any more.
    const failing = (await reaches.failing()).filter(
      (one) => !one.givenUp || named.some(({ targets }) => includes(targets, one)),
    );
    const owners = failingByOwner(failing, named, parts.always);
    for (const [pipeline, its] of owners)
      await conditions.bad(undeliveredAlert(pipeline, its, instant(parts.clock.now())), INSTALLATION_COOLDOWN);
    const bad = new Set([...owners.keys()].map(undeliveredFingerprint));
    const shared = new Set(
      owners
        .get(null)
        ?.flatMap(({ pipelines: its }) => its)
        .map(undeliveredFingerprint),
    );
    for (const fingerprint of await parts.alerts.open())
      if (isUndelivered(fingerprint) && !bad.has(fingerprint))
        await conditions.good(
          fingerprint,
          shared.has(fingerprint)
            ? 'an alert of the whole installation tells of it'
            : 'messages arrive there again, or have not been tried for a week',
        );
  }

  /** What a server told of itself nobody else can end. A container that is replaced has another name. */
  async function endWhatGoneServersTold(): Promise<void> {
    const told = [...(await parts.alerts.open())].filter((fingerprint) => serverOf(fingerprint) !== null);
    if (told.length === 0) return;
    const heard = await reaches.heard();
    for (const fingerprint of told) {
      if (isOfAny(fingerprint, heard)) continue;
      const reason = `server ${serverOf(fingerprint)} has said nothing for an hour`;
      await parts.alerts.resolve(fingerprint, { at: instant(parts.clock.now()), by: 'the watchdog', reason });
    }
  }

  async function look(): Promise<void> {
    if (now() - looked > LONGEST_PAUSE) looks = 0;
    looked = now();
    try {
      const named = await names();
      const digestAlone = installed.digest?.alone && ({ digestAlone: true } as const);
      const always = [...named[0]!.targets];
      await reaches.report({ server: replica, mail, always, ...digestAlone, lacks: lackingOf(named, lacks) });
      conditions.refresh();
      await lookAtFailing(named);
      looks += 1;
      if (looks > LOOKS_FIRST) await endWhatGoneServersTold();
      complaint = '';
    } catch (error) {
      looks = 0;
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
