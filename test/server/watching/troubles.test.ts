import { type AlertCounts, type Outbox } from '../../../core/alerts/deliveries.ts';
import { channelNames, type ChannelName } from '../../../core/channels/index.ts';
import { type Channel } from '../../../core/channels/channel.ts';
import { createClock } from '../../../adapters/machine/clock.ts';
import { createDeliveries } from '../../../server/watching/deliveries.ts';
import { until } from '../fakes.ts';
import assert from 'node:assert/strict';
import { pino } from 'pino';

const counts: AlertCounts = { open: { warning: 1, critical: 0 }, waiting: 2, givenUp: 0 };
const gone = () => Promise.reject(new Error('the database is away'));

describe('a server that delivers alerts', () => {
  const warned: string[] = [];
  let rounds = 0;
  const deliveries = (outbox: Partial<Outbox>) => {
    [warned.length, rounds] = [0, 0];
    const quiet: Channel = { send: () => Promise.resolve() };
    return createDeliveries({
      outbox: {
        address: () => {
          rounds += 1;
          return Promise.resolve(0);
        },
        take: () => Promise.resolve([]),
        counts: () => Promise.resolve(counts),
        ...outbox,
      } as Outbox,
      reminders: {
        release: () => Promise.resolve(0),
        returned: () => Promise.resolve([]),
        tellReturned: () => Promise.resolve(),
        unacknowledged: () => Promise.resolve([]),
        escalate: () => Promise.resolve(),
        digest: () => Promise.resolve(),
      },
      clock: createClock(),
      channels: Object.fromEntries(channelNames.map((name) => [name, quiet])) as Record<ChannelName, Channel>,
      pipelines: { list: () => Promise.resolve([]), applied: gone, declaration: gone },
      always: [],
      log: pino({ level: 'warn' }, { write: (line: string) => void warned.push((JSON.parse(line) as { msg: string }).msg) }), // prettier-ignore
      everyMs: 1,
    });
  };

  it('says once that one channel cannot take messages, and counts them meanwhile', async () => {
    const server = deliveries({ take: (_, channel) => (channel === 'email' ? gone() : Promise.resolve([])) });
    server.start();
    await until(() => rounds > 20, 'it has looked often');
    await server.stop();
    assert.deepEqual([warned, server.counts], [['cannot deliver alerts for now: the database is away'], counts]);
  });

  it('says once that the database is away, counts nothing then, and says so again the next time', async () => {
    let [away, tried] = [true, 0];
    const orGone =
      <T>(answer: T) =>
      async (): Promise<T> => {
        tried += 1;
        return away ? gone() : answer;
      };
    const server = deliveries({ address: orGone(0), take: orGone([]), counts: orGone(counts) });
    server.start();
    for (let outage = 1; outage <= 2; outage++) {
      tried = 0;
      await until(() => tried > 100, 'all have tried');
      assert.deepEqual([warned.length, server.counts], [outage, null]);
      away = false;
      await until(() => server.counts !== null, 'it is back');
      tried = 0;
      await until(() => tried > 100, 'all know it');
      away = true;
    }
    await server.stop();
  });
});
