import { endOfDirect, wordsOfDirect } from '../../core/alerts/direct-words.ts';
import { type Channel } from '../../core/channels/channel.ts';
import { hears, type ChannelName, type Target } from '../../core/channels/index.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { MINUTE, type Instant } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';

/** Messages that cannot wait in the database, since it is what they are about. */
export interface Direct {
  /** Tells each recipient of the installation once of an outage since `from`; at most one attempt a minute. */
  tell(from: Instant, seconds: number): void;
  /** Ends the incidents that were opened so, also by a process before this one: an open incident pages nobody again. */
  over(at: Instant): void;
}

const ENDS_AGAIN_AFTER = 15 * MINUTE;

interface DirectParts {
  channels: Record<ChannelName, Channel>;
  always: Target[];
  log: Log;
  machine: () => number;
}

export function createDirect({ channels, always, log, machine }: DirectParts): Direct {
  let known = { from: '', attemptAt: -Infinity, reached: new Set<Target>() };
  const hasIncidents = ({ channel }: Target): boolean => channel === 'pagerduty';
  const open = new Set(always.filter(hasIncidents));
  let endedAt = -Infinity;

  async function send(target: Target, from: Instant, seconds: number): Promise<void> {
    if (hasIncidents(target)) open.add(target);
    try {
      await channels[target.channel].send({ ...wordsOfDirect(from, seconds), target: target.target });
      known.reached.add(target);
    } catch (error) {
      log.warn({ channel: target.channel }, `that the database is away is not delivered: ${messageOf(error)}`);
    }
  }

  async function end(target: Target, at: Instant): Promise<void> {
    try {
      await channels[target.channel].send({ ...endOfDirect(at), target: target.target });
      open.delete(target);
    } catch (error) {
      log.warn({ channel: target.channel }, `that the database answers is not delivered: ${messageOf(error)}`);
    }
  }

  return {
    over(at) {
      if (open.size === 0 || machine() - endedAt < ENDS_AGAIN_AFTER) return;
      endedAt = machine();
      for (const target of open) void end(target, at);
    },
    tell(from, seconds) {
      if (known.from !== from) known = { from, attemptAt: -Infinity, reached: new Set() };
      if (machine() - known.attemptAt < MINUTE) return;
      known.attemptAt = machine();
      endedAt = -Infinity;
      for (const target of always)
        if (!known.reached.has(target) && hears(target, { telling: 'opened', severity: 'critical', hushed: false }))
          void send(target, from, seconds);
    },
  };
}
