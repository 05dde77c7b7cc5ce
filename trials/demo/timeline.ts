import { type Instant } from '../../core/time/time.ts';

/** One link of the story: what happened, when in the simulated world, and the id for looking it up. */
export interface Link {
  step: string;
  /** The simulated moment. */
  asOf: Instant;
  /** Real seconds since the demo began. */
  seconds: number;
  id: string;
  facts: Record<string, unknown>;
}

/** A link of the chain that did not happen. */
export class BrokenLink extends Error {}

/** Ends the demo unless the link happened; `why` describes what was found instead. */
export function demand(happened: unknown, step: string, why: string): asserts happened {
  if (!happened) throw new BrokenLink(`"${step}" did not happen: ${why}`);
}

/** Collects the links as they happen. */
export function createTimeline(tell: (link: Link) => void) {
  const started = performance.now();
  const links: Link[] = [];
  return {
    links,
    seconds: () => (performance.now() - started) / 1000,
    add(step: string, asOf: Instant, id: string, facts: Record<string, unknown>): void {
      const link = { step, asOf, seconds: Math.round((performance.now() - started) / 100) / 10, id, facts };
      links.push(link);
      tell(link);
    },
  };
}
export type Timeline = ReturnType<typeof createTimeline>;

export const linkInWords = ({ step, asOf, seconds, id, facts }: Link): string =>
  `${seconds.toFixed(1).padStart(6)} s  ${asOf.slice(0, 16).replace('T', ' ')}  ${step.padEnd(20)} ${id}\n` +
  Object.entries(facts)
    .map(([name, value]) => `${' '.repeat(28)}${name}: ${inWords(value)}\n`)
    .join('');

function inWords(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(3);
  if (Array.isArray(value)) return value.map(inWords).join(', ');
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, inner]) => `${name} ${inWords(inner)}`)
      .join(', ');
  return String(value);
}
