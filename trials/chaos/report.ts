import { faultInWords } from './plan.ts';
import { type ChaosOptions, type RoundResult } from './rounds.ts';

export interface ChaosFacts {
  ok: boolean;
  seed: number;
  faultsARound: number;
  outageMinutes: number | null;
  rounds: RoundFacts[];
  /** Faults done, by victim and blow. */
  faults: Record<string, number>;
  skipped: number;
  invariants: number;
  /** From a blow until its victim answered again. */
  recoverySeconds: { median: number; worst: number } | null;
  /** From the last fault of a round until nothing was under way any more. */
  quietSeconds: { median: number; worst: number } | null;
  broken: { round: number; invariant: string; what: string[] }[];
}

interface RoundFacts {
  round: number;
  seconds: number;
  faults: string[];
  counted: Record<string, string>;
}

/** What rounds of chaos add up to. */
export function factsOf(
  { seed, faults: faultsARound, outageMs }: Pick<ChaosOptions, 'seed' | 'faults' | 'outageMs'>,
  results: readonly RoundResult[],
): ChaosFacts {
  const struck = results.flatMap((result) => result.struck);
  const faults: Record<string, number> = {};
  for (const { fault } of struck) {
    const kind = `${fault.victim} ${fault.blow}`;
    faults[kind] = (faults[kind] ?? 0) + 1;
  }
  const broken = results.flatMap(({ round, findings }) =>
    findings
      .filter((one) => one.broken.length > 0)
      .map((one) => ({ round, invariant: one.invariant, what: one.broken })),
  );
  return {
    ok: broken.length === 0 && results.length > 0,
    seed,
    faultsARound,
    outageMinutes: outageMs === null ? null : outageMs / 60_000,
    rounds: results.map(({ round, seconds, struck: done, findings }) => ({
      round,
      seconds: tenths(seconds),
      faults: done.map(({ fault }) => faultInWords(fault)),
      counted: Object.fromEntries(findings.map(({ invariant, counted }) => [invariant, counted])),
    })),
    faults,
    skipped: results.reduce((sum, { skipped }) => sum + skipped.length, 0),
    invariants: results.reduce((sum, { findings }) => sum + findings.length, 0),
    recoverySeconds: spread(struck.flatMap(({ recoveredMs }) => (recoveredMs === null ? [] : [recoveredMs / 1_000]))),
    quietSeconds: spread(results.map(({ quietAfterSeconds }) => quietAfterSeconds)),
    broken,
  };
}

/** The facts for a person: a table, and for what is broken how to see it again. */
export function factsInWords(facts: ChaosFacts, logs: string): string {
  const { rounds, seed, outageMinutes, recoverySeconds, quietSeconds } = facts;
  const what = outageMinutes === null ? `--faults ${facts.faultsARound}` : `--outages ${outageMinutes}`;
  const again = `npm run chaos -- --seed ${seed} ${what}`;
  const last = rounds.at(-1);
  const lines = [
    ['seed', String(seed)],
    ['rounds', `${rounds.length} in ${tenths(rounds.reduce((sum, { seconds }) => sum + seconds, 0))} s`],
    ['faults', inTwos(facts.faults) + (facts.skipped > 0 ? ` (${facts.skipped} whose moment did not come)` : '')],
    ['answering again', inSpread(recoverySeconds)],
    ['all quiet again', inSpread(quietSeconds)],
    ['invariants looked at', `${facts.invariants}, broken ${facts.broken.length}`],
    ...Object.entries(last?.counted ?? {}).map(([invariant, counted]) => [`  ${invariant}`, counted]),
  ];
  const width = Math.max(...lines.map(([name = '']) => name.length));
  const table = lines.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}\n`).join('');
  const broken = facts.broken.map(
    ({ round, invariant, what }) =>
      `\nBROKEN in round ${round}: ${invariant}\n  ${what.join('\n  ')}\n` +
      `See it again with: ${again} --round ${round}\n` +
      (round > 1 ? `With the rounds before it: ${again} --rounds ${round}\n` : '') +
      `The logs are in ${logs}\n`,
  );
  return table + broken.join('');
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

function spread(values: number[]): { median: number; worst: number } | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return { median: tenths(sorted[Math.floor(sorted.length / 2)]!), worst: tenths(sorted.at(-1)!) };
}

const inSpread = (value: { median: number; worst: number } | null): string =>
  value ? `median ${value.median} s, worst ${value.worst} s` : '-';
const inTwos = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, times]) => `${kind} ${times}`)
    .join(', ') || 'none';
