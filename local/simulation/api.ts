import { type Row } from '../../core/data/data.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { createRandom } from '../../core/base/random.ts';
import { type Simulation, type SimulatedEvent, type SimulationOptions } from '../../core/sources/simulation.ts';
import { type SimulatedSource } from './source.ts';
import { before, instant, type Instant } from '../../core/time/time.ts';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a public API is on a bad day: the share of requests that are slow, and that are turned away. */
export interface Moods {
  slow: number;
  slowMs: number;
  unavailable: number;
}
const usualMoods: Moods = { slow: 0.03, slowMs: 700, unavailable: 0.04 };
const MOST_PER_PAGE = 5_000;
const REMEMBERED_STRETCHES = 8;

export interface SimulatedApi {
  /** What the declaration's variable holds. */
  url: string;
  source: SimulatedSource;
}

/**
 * Serves a simulation's rows as a paged JSON API on this machine: those of a stretch of time that have arrived by now.
 * It holds no state: it generates rows on request.
 */
export async function serveSimulation(
  simulation: Simulation,
  { source, label }: Pick<Pipeline, 'source' | 'label'>,
  { now, moods = usualMoods, ...options }: SimulationOptions & { now(): Date; moods?: Moods },
): Promise<SimulatedApi> {
  let { driftSince } = options;
  let world = simulation.create(options);
  const random = createRandom(`${options.seed}/moods`);
  const timeFields: Record<string, string> = {
    ...(source.kind === 'http' && { [source.path]: source.time }),
    ...(label.facts?.kind === 'http' && { [label.facts.path]: label.facts.observedAt }),
  };
  // The pages of one stretch are asked for one after the other, and rows are made as far as somebody has asked.
  const stretches = new Map<string, { made: Row[]; rest: Iterator<Row> }>();

  function* rowsOf(path: string, field: string, from: Instant, to: Instant): Generator<Row, undefined> {
    const shown = instant(now());
    const within = ({ at, values }: { at: Instant; values: Row }): boolean => {
      const time = instant(Date.parse(String(values[field])));
      return at <= shown && time >= from && time < to;
    };
    for (const { row, facts } of world.between(before(from, simulation.factsWithin), to))
      for (const each of [row, ...facts]) if (each.table === path && within(each)) yield each.values;
    return undefined;
  }

  function page(path: string, field: string, from: Instant, to: Instant, start: number, end: number) {
    const asked = `${path} ${from} ${to}`;
    const known = start > 0 ? stretches.get(asked) : undefined;
    const stretch = known ?? { made: [], rest: rowsOf(path, field, from, to) };
    stretches.delete(asked); // and in again, as the newest
    stretches.set(asked, stretch);
    const [oldest] = stretches.keys();
    if (stretches.size > REMEMBERED_STRETCHES) stretches.delete(oldest!);
    // One more than the page holds, to know whether there is another.
    while (stretch.made.length <= end) {
      const next = stretch.rest.next();
      if (next.done) break;
      stretch.made.push(next.value);
    }
    return { data: stretch.made.slice(start, end), next: end < stretch.made.length ? String(end) : null };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (random.uniform() < moods.slow) await sleep(moods.slowMs);
    if (random.uniform() < moods.unavailable) return say(503, { error: 'try again soon' }, { 'retry-after': '1' });
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://api');
    const field = timeFields[pathname];
    if (field === undefined) return say(404, { error: `paths are: ${Object.keys(timeFields).join(', ')}` });
    const [from, to] = [Date.parse(searchParams.get('from') ?? ''), Date.parse(searchParams.get('to') ?? '')];
    const limit = Math.min(MOST_PER_PAGE, Number(searchParams.get('limit') ?? 100));
    const start = Number(searchParams.get('cursor') ?? 0);
    if (!(from <= to) || !(limit >= 1) || !(start >= 0))
      return say(400, {
        error: 'ask with from and to (ISO 8601), limit (1 or more) and the cursor of the page before',
      });
    say(200, page(pathname, field, instant(from), instant(to), start, start + limit));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(messageOf(error)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    source: {
      async advance(from, to, tell) {
        const events: SimulatedEvent[] = [];
        if (tell) for (const event of world.between(from, to)) events.push(event);
        await tell?.(events);
      },
      drift(since) {
        driftSince = since;
        world = simulation.create({ ...options, driftSince });
      },
      driftSince: () => driftSince,
      async close() {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      },
    },
  };
}
