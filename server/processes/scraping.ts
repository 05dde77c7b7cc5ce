import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { type Measured, type ToProcess, type ToSupervisor } from './messages.ts';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** A process that does not answer by then, for example because it is dying, is left out of the scrape. */
const LONGEST_MEASURING = SECOND;
const LONGEST_SCRAPE = 3 * SECOND;

/** A process as the supervisor speaks with it. */
export interface Peer {
  send(message: ToProcess): void;
}

/** The supervisor's part: a scrape reaches one process, and its answer has the metrics of all. */
export function createScrapes(peers: () => Peer[], own: Registry) {
  const underWay = new Map<number, { waitsFor: Set<Peer>; metrics: Measured[]; end(): void }>();
  let next = 1;

  return {
    async scrape(asking: Peer, id: number): Promise<void> {
      const number = next++;
      const waitsFor = new Set(peers());
      const metrics = [await own.getMetricsAsJSON()];
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LONGEST_MEASURING);
        underWay.set(number, { waitsFor, metrics, end: () => (clearTimeout(timer), resolve()) });
        for (const peer of waitsFor) peer.send({ kind: 'measure', id: number });
      });
      underWay.delete(number);
      asking.send({ kind: 'scraped', id, metrics });
    },

    measured(peer: Peer, number: number, metrics: Measured): void {
      const scrape = underWay.get(number);
      if (!scrape?.waitsFor.delete(peer)) return;
      scrape.metrics.push(metrics);
      if (scrape.waitsFor.size === 0) scrape.end();
    },
  };
}

/** The part of each process: it measures itself when asked, and can ask for a scrape of all. */
export function createScraper(
  registry: Registry,
  channel: { send(message: ToSupervisor): void; onMessage(hear: (message: ToProcess) => void): void },
) {
  const waiting = new Map<number, (metrics: Measured[]) => void>();
  let next = 1;

  async function measure(id: number): Promise<void> {
    channel.send({ kind: 'measured', id, metrics: await registry.getMetricsAsJSON() });
  }
  channel.onMessage((message) => {
    if (message.kind === 'measure') void measure(message.id);
    else waiting.get(message.id)?.(message.metrics);
  });

  /** The metrics of all processes as text; each series has the label of its process. */
  return async (): Promise<string> => {
    const id = next++;
    const answer = new Promise<Measured[]>((resolve) => waiting.set(id, resolve));
    channel.send({ kind: 'scrape', id });
    try {
      const metrics = await within(LONGEST_SCRAPE, 'asking all processes for their metrics', answer);
      return await AggregatorRegistry.aggregate(metrics).metrics();
    } finally {
      waiting.delete(id);
    }
  };
}
