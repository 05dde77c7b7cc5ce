import type { Verdict } from '../drift/verdict.ts';
import type { Value } from './value.ts';

const amount = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');
const alike = ({ cost, saved }: Value): string => `deciding all rows alike would cost ${amount(cost + saved)}`;

/** What the champion's wrong decisions cost a day, by the declared costs; null where none are declared, or nothing is known. */
export function costsInWords({
  version,
  performance,
  estimated,
}: Pick<Verdict, 'version' | 'performance' | 'estimated'>): string | null {
  const known = performance.find((each) => each.version === version)?.value;
  const likely = estimated?.value;
  if (!known && !likely) return null;
  const byLabels = known && `${amount(known.cost)} a day by the newest labels`;
  const byEstimate = likely && `about ${amount(likely.cost)} a day in this window, as estimated before its labels come`;
  const costs = [byEstimate, byLabels].filter((words) => words !== undefined).join(', and ');
  return `By the declared costs, wrong decisions cost ${costs}; ${alike((likely ?? known)!)}.`;
}
