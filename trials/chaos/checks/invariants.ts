import { messageOf } from '../../../core/base/errors/errors.ts';
import { checksOfData } from './data.ts';
import { checksOfMachine } from './machine.ts';
import { checksOfModels } from './models.ts';
import { checksOfResults } from './results.ts';
import { checksOfServing } from './serving.ts';
import { type Evidence, type Invariant } from './evidence.ts';

export interface Finding {
  invariant: string;
  counted: string;
  broken: string[];
}

const MOST_TOLD = 5;

export const invariants: readonly Invariant[] = [
  ...checksOfModels,
  ...checksOfData,
  ...checksOfResults,
  ...checksOfServing,
  ...checksOfMachine,
];

/** Checks all of them; one that cannot be checked counts as broken. */
export async function checkAll(evidence: Evidence): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, look } of invariants) {
    const { counted, broken } = await look(evidence).catch((error: unknown) => ({
      counted: '',
      broken: [`it could not be looked at: ${messageOf(error)}`],
    }));
    const more = broken.length - MOST_TOLD;
    const told = more > 0 ? [...broken.slice(0, MOST_TOLD), `and ${more} more`] : broken;
    findings.push({ invariant: name, counted, broken: told });
  }
  return findings;
}
