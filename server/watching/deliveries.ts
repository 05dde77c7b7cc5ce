import { includes, type Reaches } from '../../core/alerts/reach.ts';
import { AskedToWait, type Channel } from '../../core/channels/channel.ts';
import { channelNames, type ChannelName, type Target } from '../../core/channels/index.ts';
import {
  type Delivery,
  type AlertCounts,
  type Outbox,
  isTooOld,
  pauseAfter,
  waitAsked,
} from '../../core/alerts/deliveries.ts';
import { LONGEST_TEST_MS } from '../../core/alerts/test-messages.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { routeOf, type Route, type Unaddressed } from '../../core/alerts/manners.ts';
import { type Notifications } from '../../core/declaration/notifications.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND } from '../../core/time/time.ts';
import { createTurns } from './turns.ts';
import { createReminding, type RemindingParts } from './reminding.ts';
import { type Log } from '../shipping/spool.ts';
import { within } from '../../core/time/time-limit.ts';

export interface DeliveriesParts extends Omit<RemindingParts, 'declared'> {
  outbox: Outbox;
  clock: Clock;
  channels: Record<ChannelName, Channel>;
  pipelines: Pick<Pipelines, 'list' | 'applied' | 'declaration'>;
  /** The recipients of every alert of the installation. */
  always: Target[];
  reaches?: Pick<Reaches, 'failing'>;
  log: Log;
  everyMs?: number;
  /** Is told of each attempt. */
  attempted?: (channel: ChannelName, outcome: AttemptOutcome) => void;
}

/** given up: it was the last of many that failed. */
export type AttemptOutcome = 'delivered' | 'failed' | 'given up';

export interface Deliveries {
  /** Sends due messages; returns how many were delivered. Rejects when the database does not answer. */
  round(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
  /** Of some seconds ago; null while the database does not answer. */
  readonly counts: AlertCounts | null;
}

const AT_ONCE = 10;
/** In a storm; then it looks what else is due. */
const ADDRESSES_AT_ONCE = 20;
/** Shorter than the lease of a delivery, so no other server sends it meanwhile. */
const LONGEST_ATTEMPT = MINUTE;

/**
 * Delivers alert messages to people, at least once. Due messages are in the database, so none is lost with a server.
 */
export function createDeliveries(parts: DeliveriesParts): Deliveries {
  const { outbox, clock, channels, pipelines, always, log, everyMs = 2 * SECOND, attempted = () => undefined } = parts;
  let counts: AlertCounts | null = null;
  let stopped = false;

  const declared = createDeclared(pipelines);
  const reminding = createReminding({ ...parts, declared });

  async function route(message: Unaddressed): Promise<Route> {
    const notifications = message.pipeline === null ? null : await notificationsOf(message.pipeline);
    const routed = routeOf(message, notifications, always, instant(clock.now()), parts.installed);
    if (message.kind !== 'undelivered' || !parts.reaches) return routed;
    // Whom it is about cannot hear of it, and a message that fails would only keep it open.
    const failing = await parts.reaches.failing();
    return { ...routed, targets: routed.targets.filter((target) => !includes(failing, target)) };
  }

  async function notificationsOf(pipeline: string): Promise<Notifications | null> {
    try {
      return await declared(await pipelines.applied(pipeline));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // An unreadable declaration must not delay the messages of others.
      log.warn(`an alert of ${pipeline} goes to the installation only: ${messageOf(error)}`);
      return null;
    }
  }

  /** Receivers that asked to be left alone: a message more would only make that longer. */
  const holds = new Map<string, { until: number; why: string }>();

  async function deliver(delivery: Delivery): Promise<boolean> {
    const { id, channel, target, attempts, createdAt, subject, telling } = delivery;
    const age = Date.now() - Date.parse(createdAt);
    if (telling === 'test' && age > LONGEST_TEST_MS) {
      await outbox.failed(id, 'no server took it in time', null);
      return false;
    }
    const hold = holds.get(`${channel}/${target}`);
    if (hold && hold.until > Date.now() && telling !== 'test') {
      if (isTooOld(age)) await giveUp(delivery, hold.why);
      else await outbox.held(id, hold.why, hold.until - Date.now());
      return false;
    }
    try {
      await within(LONGEST_ATTEMPT, `sending by ${channel}`, channels[channel].send(delivery));
    } catch (error) {
      if (telling === 'test') {
        // Who asked is told; nobody waits for another attempt.
        attempted(channel, 'failed');
        await outbox.failed(id, messageOf(error), null);
        return false;
      }
      const asked = error instanceof AskedToWait ? error.waitMs : 0;
      if (asked > 0) holds.set(`${channel}/${target}`, { until: Date.now() + waitAsked(asked), why: messageOf(error) });
      const pause = pauseAfter(attempts, Date.now() - Date.parse(createdAt), asked);
      if (pause === null) {
        await giveUp(delivery, messageOf(error));
        return false;
      }
      const next = `again in ${Math.round(pause / SECOND)} s`;
      log.warn({ channel, target, attempts }, `"${subject}" is not delivered (${next}): ${messageOf(error)}`);
      attempted(channel, 'failed');
      await outbox.failed(id, messageOf(error), pause);
      return false;
    }
    attempted(channel, 'delivered');
    // Not one that it asked for meanwhile.
    if (holds.get(`${channel}/${target}`) === hold) holds.delete(`${channel}/${target}`);
    await outbox.delivered(id);
    return true;
  }

  async function giveUp({ id, channel, target, attempts, subject }: Delivery, why: string): Promise<void> {
    log.error({ channel, target, attempts }, `"${subject}" is not delivered (given up after three days): ${why}`);
    attempted(channel, 'given up');
    await outbox.failed(id, why, null);
  }

  async function address(): Promise<void> {
    try {
      await reminding.look();
      for (let i = 0; i < ADDRESSES_AT_ONCE && !stopped; i++)
        if ((await outbox.address(route, instant(clock.now()))) === 0) break;
      counts = await outbox.counts();
    } catch (error) {
      counts = null;
      throw error;
    }
  }

  async function send(channel: ChannelName): Promise<number> {
    let delivered = 0;
    while (!stopped) {
      const due = await outbox.take(AT_ONCE, channel);
      if (due.length === 0) break;
      delivered += (await Promise.all(due.map(deliver))).filter(Boolean).length;
    }
    return delivered;
  }

  async function round(): Promise<number> {
    await address();
    const delivered = await Promise.all(channelNames.map(send));
    counts = await outbox.counts();
    return delivered.reduce((all, more) => all + more);
  }

  /** What each turn complains of now: a reason is logged once, however many turns have it, and for how long. */
  const complaints = new Map<string, string>();
  async function orWarning(turn: string, work: Promise<unknown>): Promise<void> {
    try {
      await work;
      complaints.delete(turn);
    } catch (error) {
      // The messages wait in the database; others report that it does not answer.
      const why = messageOf(error);
      if (![...complaints.values()].includes(why)) log.warn(`cannot deliver alerts for now: ${why}`);
      complaints.set(turn, why);
    }
  }

  // A channel that hangs holds up neither another one nor the choice of recipients.
  const turns = ['addresses' as const, ...channelNames].map((name) => {
    const work = name === 'addresses' ? address : () => send(name);
    return createTurns(() => orWarning(name, work()), everyMs, { ms: 3 * SECOND, for: 'the last deliveries' });
  });
  return {
    round,
    start() {
      for (const turn of turns) turn.start();
    },
    async stop() {
      stopped = true; // after the messages that are being sent
      await Promise.all(turns.map((turn) => turn.stop()));
    },
    get counts() {
      return counts;
    },
  };
}

/** What is declared, read again when it changes. */
export function createDeclared(pipelines: Pick<Pipelines, 'declaration'>) {
  const known = new Map<string, { revision: string; notifications: Notifications }>();
  return async (ref: PipelineRef): Promise<Notifications> => {
    const before = known.get(ref.name);
    if (before?.revision === ref.revision) return before.notifications;
    const { notifications } = await pipelines.declaration(ref);
    known.set(ref.name, { revision: ref.revision, notifications });
    return notifications;
  };
}
